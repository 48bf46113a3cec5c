import { type AgeRules, judgeEnvironments, type Verdict } from "./cleanup-verdict";
import type { EnvironmentFacts, Leftover } from "./environment";
import { isStateLabel } from "./labels";
import { shortCommit } from "./names";
import type { PullRequestFacts } from "./pull-request";
import type { ShowtimeSettings } from "./settings";

/** What cleanup knows of a pull request. */
export interface LookedUp {
  readonly state: PullRequestFacts["state"];
  readonly labels?: readonly string[] | undefined;
}

/** The stack of a pull request. */
export interface StackFacts {
  readonly pullRequest: number;
  /** When it was changed last, where the backend says so. */
  readonly updated: Date | undefined;
}

/** All that cleanup judges, once. */
export interface CleanupInput extends AgeRules {
  readonly environments: readonly EnvironmentFacts[];
  readonly stacks: readonly StackFacts[];
  readonly leftovers: readonly Leftover[];
  /** Looked up directly. Undefined: there is no such pull request. Absent: it could not be looked up. */
  readonly pullRequests: ReadonlyMap<number, LookedUp | undefined>;
  readonly settings: Pick<ShowtimeSettings, "takesOverShowtime">;
}

/** What is removed together. */
export interface Removal {
  readonly pullRequest: number;
  readonly environments: readonly EnvironmentFacts[];
  /** Whether the stack of the pull request is removed with them. False where a part stays, or there is no stack. */
  readonly hasStack: boolean;
  readonly reason: string;
}

/** Something of a pull request, and why this happens with it. */
export interface Judged {
  readonly pullRequest: number;
  readonly reason: string;
}

/** What cleanup does, and why. */
export interface CleanupPlan {
  readonly removals: readonly Removal[];
  readonly leftovers: readonly { readonly leftover: Leftover; readonly reason: string }[];
  /** State labels of closed pull requests that have no environment any more. */
  readonly labels: readonly {
    readonly pullRequest: number;
    readonly labels: readonly string[];
    readonly reason: string;
  }[];
  readonly kept: readonly Judged[];
  /** What could not be judged. It is kept, and cleanup fails. */
  readonly problems: readonly Judged[];
}

/** What is younger may belong to a job that is just making it. */
export const YOUNG_MILLISECONDS = 3_600_000;

/** Judges everything once. Nothing is removed of a pull request that was not looked up. */
export function planCleanup(input: CleanupInput): CleanupPlan {
  const numbers = [...input.environments, ...input.stacks, ...input.leftovers].map(({ pullRequest }) => pullRequest);
  const parts = [...new Set(numbers)].sort((one, other) => one - other).map((number) => planPullRequest(input, number));
  const removals = parts.flatMap((part) => part.removals);
  return {
    removals,
    leftovers: parts.flatMap((part) => part.leftovers),
    labels: planLabels(input, removals),
    kept: parts.flatMap((part) => part.kept),
    problems: parts.flatMap((part) => part.problems),
  };
}

type Part = Omit<CleanupPlan, "labels">;

function planPullRequest(input: CleanupInput, pullRequest: number): Part {
  const isOfIt = (one: { readonly pullRequest: number }) => one.pullRequest === pullRequest;
  const environments = input.environments.filter(isOfIt);
  const leftovers = input.leftovers.filter(isOfIt);
  if (!input.pullRequests.has(pullRequest)) {
    const reason = "the pull request could not be looked up: everything of it is kept";
    return { removals: [], leftovers: [], kept: [], problems: [{ pullRequest, reason }] };
  }
  const found = input.pullRequests.get(pullRequest);
  const gone = whyGone(pullRequest, found);
  const own = environments.filter(({ isLegacy }) => !isLegacy);
  const verdicts = [
    ...planStack(input, pullRequest, own, gone),
    ...judgeLegacy(
      input,
      environments.filter(({ isLegacy }) => isLegacy),
      gone,
    ),
  ];
  const judged = leftovers.map((leftover) => ({ leftover, ...judgeLeftover(input, leftover, own, gone) }));
  return {
    removals: verdicts.flatMap((verdict) =>
      verdict.remove
        ? [{ pullRequest, environments: verdict.environments, hasStack: verdict.hasStack, reason: verdict.reason }]
        : [],
    ),
    leftovers: judged.flatMap(({ leftover, remove, reason }) => (remove ? [{ leftover, reason }] : [])),
    kept: [
      ...verdicts.filter(({ remove }) => !remove).map(({ reason }) => ({ pullRequest, reason })),
      ...judged
        .filter(({ remove }) => !remove)
        .map(({ leftover, reason }) => ({ pullRequest, reason: `${leftover.kind} ${leftover.id}: ${reason}` })),
    ],
    problems: [],
  };
}

type StackVerdict = Verdict & { readonly hasStack: boolean };

/** Environments and stack of one pull request. */
function planStack(
  input: CleanupInput,
  pullRequest: number,
  own: readonly EnvironmentFacts[],
  gone: string | undefined,
): readonly StackVerdict[] {
  const stack = input.stacks.find((one) => one.pullRequest === pullRequest);
  const hasStack = stack !== undefined;
  if (own.length === 0) return stack === undefined ? [] : [{ ...judgeEmptyStack(input, stack, gone), hasStack }];
  if (gone !== undefined) return [{ remove: true, environments: own, reason: gone, hasStack }];
  return judgeEnvironments(own, input).map((verdict) => ({
    ...verdict,
    hasStack: hasStack && verdict.environments.length === own.length,
  }));
}

function judgeEmptyStack({ now }: CleanupInput, { updated }: StackFacts, gone: string | undefined): Verdict {
  if (gone !== undefined) return { remove: true, environments: [], reason: gone };
  return isOlderThanHour(updated, now)
    ? { remove: true, environments: [], reason: "a stack without an environment" }
    : { remove: false, environments: [], reason: "a stack without an environment, which a job may be just making" };
}

/** Tags of Superset Showtime do not say whose a service is, so only the settings can. */
function judgeLegacy(
  input: CleanupInput,
  legacy: readonly EnvironmentFacts[],
  gone: string | undefined,
): readonly StackVerdict[] {
  return legacy.map((one) => {
    const base = { environments: [one], hasStack: false };
    const kept = (why: string) => ({ ...base, remove: false, reason: `${one.service} of Superset Showtime: ${why}` });
    if (!input.settings.takesOverShowtime) return kept("the settings do not say that it is ours (takesOverShowtime)");
    if (gone !== undefined) return { ...base, remove: true, reason: gone };
    const [verdict] = judgeEnvironments([one], input);
    return verdict?.remove ? { ...verdict, hasStack: false } : kept(verdict?.reason ?? "it is not due");
  });
}

function judgeLeftover(
  { now }: CleanupInput,
  { commit, created }: Leftover,
  own: readonly EnvironmentFacts[],
  gone: string | undefined,
): { readonly remove: boolean; readonly reason: string } {
  // What names no commit belongs to the pull request's address.
  const user = own.find(
    (one) => commit === undefined || (one.commit && shortCommit(one.commit)) === shortCommit(commit),
  );
  if (user !== undefined) return { remove: false, reason: `${user.service} uses it` };
  if (created === undefined) {
    // Nobody knows how old it is; a job of a closed pull request has nothing to make.
    return gone === undefined
      ? { remove: false, reason: "nothing says how old it is, and the pull request is open" }
      : { remove: true, reason: gone };
  }
  if (!isOlderThanHour(created, now))
    return { remove: false, reason: "younger than an hour: a job may be just using it" };
  return { remove: true, reason: gone ?? "its service is gone" };
}

/** Labels are removed after what they show, never before: those of a pull request with environments wait until it has none. */
function planLabels({ environments, pullRequests }: CleanupInput, removals: readonly Removal[]): CleanupPlan["labels"] {
  const waiting = new Set([...environments, ...removals].map(({ pullRequest }) => pullRequest));
  return [...pullRequests].flatMap(([pullRequest, found]) => {
    const labels = found?.labels?.filter(isStateLabel) ?? [];
    const reason = whyGone(pullRequest, found);
    return reason === undefined || labels.length === 0 || waiting.has(pullRequest)
      ? []
      : [{ pullRequest, labels, reason }];
  });
}

function whyGone(pullRequest: number, found: LookedUp | undefined): string | undefined {
  if (found === undefined) return `there is no pull request ${pullRequest}`;
  return found.state === "open" ? undefined : `the pull request is ${found.state}`;
}

function isOlderThanHour(moment: Date | undefined, now: Date): boolean {
  return moment !== undefined && now.getTime() - moment.getTime() >= YOUNG_MILLISECONDS;
}
