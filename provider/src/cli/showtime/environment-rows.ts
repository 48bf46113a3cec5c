import pc from "picocolors";
import type { EnvironmentFacts, EnvironmentStatus } from "../../showtime/environment";
import { findActive, findUsed } from "../../showtime/in-use";
import { shortCommit } from "../../showtime/names";
import type { ShowtimeSettings } from "../../showtime/settings";
import type { Column, Paint } from "./tables";

/** What an environment is among those of its pull request. */
export type EnvironmentType =
  /** The one that people are given. */
  | "active"
  /** One that does not answer, or not yet: there is none that people use, or it is newer than that. */
  | "building"
  /** An older one that is about to go. */
  | "replaced"
  /** Of Superset Showtime. */
  | "legacy";

/** One environment in a table, or in JSON. */
export interface EnvironmentRow {
  readonly facts: EnvironmentFacts;
  readonly type: EnvironmentType;
}

/** What the settings say of where environments are found. */
export type Place = Pick<ShowtimeSettings, "region" | "cluster" | "logGroup">;

/** The environments with what they are, by pull request, the newest first. */
export function toRows(environments: readonly EnvironmentFacts[]): EnvironmentRow[] {
  return environments
    .map((facts) => ({ facts, type: typeOf(facts, environments) }))
    .sort((left, right) => {
      const byNumber = left.facts.pullRequest - right.facts.pullRequest;
      return byNumber === 0 ? right.facts.generation - left.facts.generation : byNumber;
    });
}

function typeOf(facts: EnvironmentFacts, all: readonly EnvironmentFacts[]): EnvironmentType {
  if (facts.isLegacy) return "legacy";
  const others = all.filter(({ pullRequest }) => pullRequest === facts.pullRequest);
  // What failed or was scaled to zero is still where its address leads, if nothing else answers.
  const active = findUsed(others) ?? findActive(others.filter(({ url }) => url !== undefined));
  if (active === undefined || facts.generation > active.generation) return "building";
  return facts === active ? "active" : "replaced";
}

/** The columns of `list`; the last to fit in are those that `below` has too. */
export function listColumns(now: Date): Column<EnvironmentRow>[] {
  return [
    { head: "PR", cell: ({ facts }) => String(facts.pullRequest), paint: () => pc.bold },
    { head: "SERVICE", cell: ({ facts }) => facts.service, spare: 2 },
    { head: "TYPE", cell: ({ type }) => type, paint: ({ type }) => (type === "active" ? undefined : pc.dim) },
    { head: "STATUS", cell: ({ facts }) => facts.status, paint: ({ facts }) => paintOf(facts.status) },
    { head: "COMMIT", cell: ({ facts }) => (facts.commit === undefined ? "" : shortCommit(facts.commit)) },
    { head: "AGE", cell: ({ facts }) => (facts.created === undefined ? "" : formatSpan(now, facts.created)) },
    {
      head: "TTL",
      cell: ({ facts }) => formatTtl(facts, now),
      paint: ({ facts }) => (isExpired(facts, now) ? pc.red : undefined),
    },
    { head: "USER", cell: ({ facts }) => facts.requester ?? "", narrowest: 8 },
    { head: "ADDRESS", cell: ({ facts }) => facts.url ?? "", spare: 1 },
  ];
}

/** What stands below a row that has no room for it. */
export function describeBelow({ facts }: EnvironmentRow): string[] {
  return [facts.service, facts.url].filter((text) => text !== undefined);
}

/** How a status looks. */
export function paintOf(status: EnvironmentStatus): Paint | undefined {
  if (status === "running") return pc.green;
  if (status === "failed") return pc.red;
  return pc.yellow;
}

function isExpired({ expires }: EnvironmentFacts, now: Date): boolean {
  return expires !== undefined && expires.getTime() <= now.getTime();
}

function formatTtl(facts: EnvironmentFacts, now: Date): string {
  const { timeToLive, expires } = facts;
  if (expires === undefined) return timeToLive ?? "";
  const left = isExpired(facts, now) ? "expired" : `${formatSpan(expires, now)} left`;
  return timeToLive === undefined ? left : `${timeToLive}, ${left}`;
}

const UNITS = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
] as const;

/** The time between two moments in one unit, as people say it: hours up to two days. */
export function formatSpan(later: Date, earlier: Date): string {
  const span = Math.max(0, later.getTime() - earlier.getTime());
  for (const [unit, length] of UNITS) {
    const least = unit === "d" ? 2 : 1;
    if (span >= least * length) return `${Math.floor(span / length)}${unit}`;
  }
  return `${Math.floor(span / 1000)}s`;
}

/** Where AWS itself shows the service. */
export function linkService({ region, cluster }: Place, service: string): string {
  const path = `ecs/v2/clusters/${encodeURIComponent(cluster)}/services/${encodeURIComponent(service)}`;
  return `https://${consoleOf(region)}/${path}/health?region=${region}`;
}

/** Where AWS itself shows what the environment says: the streams of its service. */
export function linkLogs({ region, logGroup }: Place, service: string): string {
  // The console wants what stands behind the # encoded twice, with $ in place of %.
  const twice = (text: string) => encodeURIComponent(encodeURIComponent(text)).replaceAll("%", "$");
  const once = (text: string) => encodeURIComponent(text).replaceAll("%", "$");
  const filter = once(`?logStreamNameFilter=${service}`);
  return `https://${consoleOf(region)}/cloudwatch/home?region=${region}#logsV2:log-groups/log-group/${twice(logGroup)}${filter}`;
}

function consoleOf(region: string): string {
  if (region.startsWith("cn-")) return `${region}.console.amazonaws.cn`;
  if (region.startsWith("us-gov-")) return `${region}.console.amazonaws-us-gov.com`;
  return `${region}.console.aws.amazon.com`;
}

/** One environment for programs. */
export function toReport({ facts, type }: EnvironmentRow, place: Place) {
  return {
    pullRequest: facts.pullRequest,
    service: facts.service,
    type,
    status: facts.status,
    why: facts.why ?? null,
    commit: facts.commit ?? null,
    generation: facts.generation,
    url: facts.url ?? null,
    created: facts.created?.toISOString() ?? null,
    expires: facts.expires?.toISOString() ?? null,
    timeToLive: facts.timeToLive ?? null,
    requester: facts.requester ?? null,
    size: facts.size ?? null,
    flags: facts.flags ?? null,
    assets: facts.assets,
    taskDefinition: facts.taskDefinition ?? null,
    logGroup: place.logGroup,
    logs: linkLogs(place, facts.service),
    console: linkService(place, facts.service),
  };
}
