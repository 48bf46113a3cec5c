import { fitMarkdown, toCodeBlock, toCodeSpan } from "../../core/markdown";
import { LONGEST_BODY } from "../../github/message";
import type { EnvironmentStatus, FeatureFlags } from "../../showtime/environment";
import { hideAccount } from "../../showtime/hide-account";
import { SIGNS, TENT } from "../../showtime/label-grammar";
import { shortCommit } from "../../showtime/names";
import { formatMinute, parseTimeToLive } from "../../showtime/time-to-live";

/** What the comment of a pull request tells. Everybody who sees the pull request reads it: of AWS it names no account. */
export interface CommentFacts {
  readonly pullRequest: number;
  /** Address of the repository, as `https://github.com/owner/name`. */
  readonly repositoryUrl: string;
  readonly state: EnvironmentStatus | "removed" | "refused";
  /** The environment that people use, or that is being made; undefined where there is none. */
  readonly environment?: CommentEnvironment | undefined;
  /** Commit that is being made next to it. */
  readonly next?: string | undefined;
  /** What did not work, in words: the text of the problem, which may have several lines. */
  readonly failure?: string | undefined;
  /** Why it was removed or refused, in words. */
  readonly reason?: string | undefined;
  /** What of labels, text and options counts otherwise than it stands there. */
  readonly notes?: readonly string[] | undefined;
  /** Page of the run. */
  readonly runUrl?: string | undefined;
}

/** What is told of an environment. */
export interface CommentEnvironment {
  readonly commit: string;
  readonly url: string | undefined;
  readonly expires: Date | undefined;
  readonly timeToLive: string | undefined;
  readonly requester: string | undefined;
  readonly size: string | undefined;
  readonly flags: FeatureFlags;
  readonly assets: boolean;
}

const START = `${TENT} ${SIGNS.start} showtime-trigger-start`;
const STOP = `${TENT} ${SIGNS.stop} showtime-trigger-stop`;

/** Room for what the comment is found again by. */
const LONGEST_MARKER = 500;

/**
 * The one comment of a pull request, in Markdown. The same facts give the same text, without a clock in it, so that a run
 * that changes nothing writes nothing.
 */
export function formatComment(facts: CommentFacts): string {
  const { environment, runUrl } = facts;
  const [failure, reason] = [facts.failure, facts.reason].map((words) => words && hideAccount(words));
  const notes = (facts.notes ?? []).map(hideAccount);
  const isThere = environment !== undefined && facts.state !== "removed";
  const parts = [
    `### ${TENT} Ephemeral environment: ${facts.state}`,
    reason === undefined ? "" : `Why: ${toCodeSpan(reason)}`,
    failure === undefined ? "" : toCodeBlock(failure),
    environment === undefined || !isThere ? "" : listEnvironment(facts, environment),
    notes.length === 0 ? "" : `To note:\n\n${notes.map((note) => `- ${toCodeSpan(note)}`).join("\n")}`,
    isThere ? describeUse(facts) : `To start one, set the label ${toCodeSpan(START)}.`,
    link("Log of the run", runUrl),
  ];
  return `${fitMarkdown(parts.filter((part) => part !== "").join("\n\n"), LONGEST_BODY - LONGEST_MARKER)}\n`;
}

function listEnvironment(facts: CommentFacts, environment: CommentEnvironment): string {
  const { url, requester, size, flags, assets } = environment;
  const address = url === undefined ? undefined : toLink(url);
  const rows: readonly (readonly [string, string | undefined])[] = [
    ["Address", address === undefined ? undefined : `<${address}>`],
    ["Commit", formatCommit(facts, environment.commit)],
    ["Made next to it", facts.next && formatCommit(facts, facts.next)],
    ["Expires", formatExpiry(environment)],
    ["Requested by", requester && toCodeSpan(requester)],
    ["Size", size && toCodeSpan(size)],
    ["Feature flags", formatFlags(flags)],
    ["Assets", assets ? "those of the branch are in it" : undefined],
  ];
  return rows.flatMap(([name, value]) => (value ? [`- **${name}:** ${value}`] : [])).join("\n");
}

function describeUse({ pullRequest, state }: CommentFacts): string {
  const login = `To log in: \`pulumi-superset showtime login ${pullRequest}\` shows the user and the password to those who may read them.`;
  const stop = `To stop it, set the label ${toCodeSpan(STOP)}.`;
  return state === "running" || state === "updating" ? `${login}\n${stop}` : stop;
}

function formatCommit({ repositoryUrl }: CommentFacts, commit: string): string {
  const short = toCodeSpan(shortCommit(commit));
  const page = toLink(`${repositoryUrl}/commit/${encodeURIComponent(commit)}`);
  return page === undefined ? short : `[${short}](${page})`;
}

/** A moment and a span, no "in 3 hours": that would be wrong an hour later. */
function formatExpiry({ expires, timeToLive }: CommentEnvironment): string {
  if (expires === undefined) return "when the pull request is closed";
  const span = timeToLive === undefined ? undefined : describeTime(timeToLive);
  return span === undefined ? formatMinute(expires) : `${formatMinute(expires)} (${span})`;
}

function describeTime(text: string): string | undefined {
  const time = parseTimeToLive(text);
  if (time === undefined || time === "close") return undefined;
  if (time.hours % 24 !== 0) return `lives ${time.hours} ${time.hours === 1 ? "hour" : "hours"}`;
  return `lives ${time.hours / 24} ${time.hours === 24 ? "day" : "days"}`;
}

function formatFlags(flags: FeatureFlags): string | undefined {
  const words = Object.entries(flags).map(([flag, isOn]) => `${toCodeSpan(flag)} ${isOn ? "on" : "off"}`);
  return words.length === 0 ? undefined : words.join(", ");
}

function link(text: string, url: string | undefined): string {
  const address = url === undefined ? undefined : toLink(url);
  return address === undefined ? "" : `[${text}](${address})`;
}

/** An address of the web without anything that would end a link in Markdown; undefined for anything else. */
function toLink(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const { protocol, href } = new URL(text);
  if (protocol !== "http:" && protocol !== "https:") return undefined;
  return href.replace(/[()<>`\\]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}
