import type { EnvironmentFacts } from "./environment";
import { findUsed, isBegun } from "./in-use";
import { formatMinute, formatTimeToLive, type TimeToLive } from "./time-to-live";

/** What happens with some environments of one pull request, and why. */
export interface Verdict {
  readonly remove: boolean;
  readonly environments: readonly EnvironmentFacts[];
  readonly reason: string;
}

/** When the time of an environment is over. */
export interface AgeRules {
  readonly now: Date;
  /** Removes what is older, whatever its time to live. */
  readonly olderThan?: TimeToLive | undefined;
  /** With `olderThan`: only what is older and whose own time is over too. Without it nothing changes. */
  readonly respectTimeToLive?: boolean | undefined;
}

const HOUR = 3_600_000;

const BROKEN: ReadonlySet<string> = new Set(["failed", "stopped"]);

/**
 * Judges the environments of one open pull request. What people use decides for all: when its time is over, all go; until
 * then it stays, also where a newer one was never finished.
 *
 * @param environments at least one
 */
export function judgeEnvironments(environments: readonly EnvironmentFacts[], rules: AgeRules): readonly Verdict[] {
  const live = environments
    .filter(({ status }) => status !== "stopping")
    .sort((one, other) => other.generation - one.generation);
  const [newest] = live;
  if (newest === undefined) return [{ remove: false, environments, reason: "it is being removed already" }];
  if (isBegun(newest) && isYoung(newest, rules.now)) {
    return [{ remove: false, environments, reason: `${newest.service} is being made` }];
  }
  const used = findUsed(live) ?? newest;
  const due = whyDue(used, rules);
  if (due.isDue) return [{ remove: true, environments, reason: due.why }];
  const orphans = live.filter((one) => one !== used).flatMap((one) => judgeOther(one, used, rules));
  return [...orphans, { remove: false, environments: [used], reason: due.why }];
}

/** One beside that which people use: of an update that was interrupted. */
function judgeOther(one: EnvironmentFacts, used: EnvironmentFacts, rules: AgeRules): Verdict {
  const verdict = (remove: boolean, reason: string) => ({
    remove,
    environments: [one],
    reason: `${one.service} ${reason}`,
  });
  const isNewer = one.generation > used.generation;
  if (isNewer && isYoung(one, rules.now)) return verdict(false, "is younger than an hour: it is left to its job");
  if (isNewer) return verdict(true, `was never finished; ${used.service} stays`);
  if (BROKEN.has(one.status)) return verdict(true, `was replaced by ${used.service}, and is ${one.status}`);
  const due = whyDue(one, rules);
  return due.isDue ? verdict(true, due.why) : verdict(false, `runs beside ${used.service}: the next sync removes one`);
}

interface Due {
  readonly isDue: boolean;
  readonly why: string;
}

function whyDue(one: EnvironmentFacts, rules: AgeRules): Due {
  const { olderThan } = rules;
  if (olderThan === undefined) return whyExpired(one, rules);
  const old = whyOld(one, olderThan, rules);
  if (!rules.respectTimeToLive || !old.isDue) return old;
  const expired = whyExpired(one, rules);
  return expired.isDue ? { isDue: true, why: `${expired.why}, ${old.why}` } : expired;
}

function whyExpired({ expires, isLegacy }: EnvironmentFacts, { now }: AgeRules): Due {
  if (expires === undefined) {
    const why = isLegacy ? "its tags do not say when it expires" : "it lives until the pull request is closed";
    return { isDue: false, why };
  }
  const isDue = expires.getTime() <= now.getTime();
  return { isDue, why: `${isDue ? "it expired" : "it expires"} ${formatMinute(expires)}` };
}

function whyOld({ created }: EnvironmentFacts, olderThan: NonNullable<AgeRules["olderThan"]>, { now }: AgeRules): Due {
  const limit = formatTimeToLive(olderThan);
  if (created === undefined) return { isDue: false, why: "its tags do not say how old it is" };
  const isDue = olderThan !== "close" && now.getTime() - created.getTime() > olderThan.hours * HOUR;
  return { isDue, why: isDue ? `it is older than ${limit}` : `it is not older than ${limit}` };
}

function isYoung({ created }: EnvironmentFacts, now: Date): boolean {
  return created !== undefined && now.getTime() - created.getTime() < HOUR;
}
