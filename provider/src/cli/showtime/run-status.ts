import pc from "picocolors";
import { formatJson } from "../../core/plain-text";
import { readEnvironments } from "../../environment/list";
import { readPullRequest } from "../../github/pull-request";
import type { FeatureFlags } from "../../showtime/environment";
import { digestFlags, readFlags } from "../../showtime/flags";
import { readLabels } from "../../showtime/labels";
import { shortCommit } from "../../showtime/names";
import type { PullRequestFacts } from "../../showtime/pull-request";
import type { ShowtimeSettings } from "../../showtime/settings";
import { formatMinute } from "../../showtime/time-to-live";
import { showStep } from "../progress";
import { COMMENT_MARKER } from "./board";
import { type EnvironmentRow, formatSpan, linkLogs, linkService, paintOf, toReport, toRows } from "./environment-rows";
import { openPlaces } from "./places";
import { formatFacts, type Paint } from "./tables";

/** What `status` was called with. */
export interface StatusOptions {
  readonly cwd: string;
  readonly json?: boolean;
}

/** What is known of the environments of one pull request. */
export interface StatusFacts {
  readonly rows: readonly EnvironmentRow[];
  readonly pullRequest: PullRequestFacts;
  readonly settings: ShowtimeSettings;
}

/**
 * Says how the environment of a pull request stands.
 *
 * @returns the exit code; 0 also where there is none
 */
export async function runStatus(pullRequest: number, { cwd, json }: StatusOptions): Promise<number> {
  const { aws, github, settings } = await openPlaces({ cwd });
  const [environments, facts] = await showStep("Asking AWS and GitHub", () =>
    Promise.all([readEnvironments(aws, settings, pullRequest), readPullRequest(github, pullRequest, COMMENT_MARKER)]),
  );
  const status = { rows: toRows(environments), pullRequest: facts, settings };
  process.stdout.write(`${json ? formatJson(toStatusReport(status)) : formatStatus(status)}\n`);
  return 0;
}

/** For people. */
export function formatStatus({ rows, pullRequest, settings }: StatusFacts, now = new Date()): string {
  const { number, state } = pullRequest;
  const triggers = listTriggers(pullRequest);
  const asked = triggers.length === 0 ? [] : [`Active triggers: ${triggers.join(", ")}`];
  if (rows.length === 0) return [`No environment for #${number} (${state}).`, ...asked].join("\n");
  const blocks = rows.map((row) => formatFacts(describeEnvironment(row, { pullRequest, settings, now })));
  return blocks.map((lines) => lines.join("\n")).join("\n\n");
}

interface Context {
  readonly pullRequest: PullRequestFacts;
  readonly settings: ShowtimeSettings;
  readonly now: Date;
}

function describeEnvironment(row: EnvironmentRow, context: Context): [name: string, value: string, paint?: Paint][] {
  const { facts, type } = row;
  const { pullRequest, settings, now } = context;
  const { why } = facts;
  return [
    [
      "Environment",
      `#${facts.pullRequest}, ${type}${pullRequest.state === "open" ? "" : `; the pull request is ${pullRequest.state}`}`,
    ],
    ["Status", facts.status, paintOf(facts.status) ?? String],
    ...(why === undefined ? [] : [["Why", why, pc.yellow] satisfies [string, string, Paint]]),
    ["Service", facts.service],
    ["Address", facts.url ?? "none yet"],
    ["Commit", describeCommit(facts.commit, pullRequest.head)],
    [
      "Created",
      facts.created === undefined ? "unknown" : `${formatMinute(facts.created)}, ${formatSpan(now, facts.created)} ago`,
    ],
    ["Expires", describeExpiry(row, now)],
    ["Requested by", facts.requester ?? "unknown"],
    ["Size", describeSize(facts.size, settings)],
    ["Flags", describeFlags(row, pullRequest)],
    ["Assets", facts.assets ? "those of the branch" : "none"],
    ["Log group", settings.logGroup],
    ["Logs", linkLogs(settings, facts.service)],
    ["AWS console", linkService(settings, facts.service)],
    ["Active triggers", listTriggers(pullRequest).join(", ") || "none"],
  ];
}

function describeCommit(commit: string | undefined, head: string): string {
  if (commit === undefined) return "unknown";
  const isHead = head.startsWith(commit);
  return isHead
    ? `${shortCommit(commit)}, the head of the pull request`
    : `${shortCommit(commit)}; the head is ${shortCommit(head)}`;
}

function describeExpiry({ facts }: EnvironmentRow, now: Date): string {
  const { expires, timeToLive, isLegacy } = facts;
  if (expires === undefined) return isLegacy ? "unknown" : "when the pull request is closed";
  const span =
    expires > now ? `in ${formatSpan(expires, now)}` : `${formatSpan(now, expires)} ago: the next cleanup removes it`;
  return `${formatMinute(expires)}, ${span}${timeToLive === undefined ? "" : ` (time to live ${timeToLive})`}`;
}

function describeSize(name: string | undefined, { sizes }: ShowtimeSettings): string {
  if (name === undefined) return "unknown";
  const size = sizes[name];
  return size === undefined ? name : `${name}: ${size.cpu / 1024} CPU, ${size.memory / 1024} GiB`;
}

/** The service knows the digest of its flags; their names are in the labels and the text of the pull request. */
function describeFlags({ facts }: EnvironmentRow, { body, labels }: PullRequestFacts): string {
  if (facts.isLegacy) return "unknown";
  const { flags } = readFlags(body, readLabels(labels));
  const names = nameFlags(flags);
  if (facts.flags === digestFlags(flags)) return names;
  return `others than the pull request asks for (${names}): the next sync changes them`;
}

function nameFlags(flags: FeatureFlags): string {
  const names = Object.entries(flags).map(([name, isOn]) => `${name} ${isOn ? "on" : "off"}`);
  return names.join(", ") || "none";
}

/** Labels that ask for something, and are still there. */
function listTriggers({ labels }: PullRequestFacts): string[] {
  const { start, stop, sync, freeze, blocked } = readLabels(labels);
  return [...start, ...stop, ...sync, ...freeze, ...blocked];
}

/** For programs; null where there is none. */
export function toStatusReport({ rows, pullRequest, settings }: StatusFacts) {
  if (rows.length === 0) return null;
  return {
    version: 1,
    pullRequest: pullRequest.number,
    state: pullRequest.state,
    head: pullRequest.head,
    triggers: listTriggers(pullRequest),
    wantedFlags: readFlags(pullRequest.body, readLabels(pullRequest.labels)).flags,
    environments: rows.map((row) => toReport(row, settings)),
  };
}
