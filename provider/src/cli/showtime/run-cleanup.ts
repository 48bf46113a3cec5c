import { setTimeout as wait } from "node:timers/promises";
import { describeService } from "../../aws/ecs";
import { ProblemError } from "../../core/errors";
import { count } from "../../core/plain-text";
import { listLeftovers, removeLeftover } from "../../environment/leftovers";
import { listEnvironments, readEnvironments } from "../../environment/list";
import { removeEnvironment } from "../../environment/remove";
import { deleteLabelDefinition, removeLabel } from "../../github/labels";
import { groupByPullRequest, listLabelUses, readPullRequestStates } from "../../github/pull-requests";
import {
  type CleanupPlan,
  type LookedUp,
  planCleanup,
  type Removal,
  type StackFacts,
} from "../../showtime/cleanup-plan";
import type { EnvironmentFacts, Leftover } from "../../showtime/environment";
import { isStateLabel } from "../../showtime/labels";
import { nameService } from "../../showtime/names";
import { expiryOf, parseTimeToLive, type TimeToLive } from "../../showtime/time-to-live";
import { ask, stopped } from "../ask";
import { showStep } from "../progress";
import { type CleanupFindings, formatFindings, formatResults, toCleanupReport } from "./cleanup-report";
import { type CleanupActions, type CleanupResult, runSteps, toSteps } from "./cleanup-steps";
import { openPlaces, type Places } from "./places";
import { openParties, reconcile } from "./reconcile";
import { listStacks } from "./stacks";
import { tableWidth } from "./tables";

/** What `cleanup` was called with. */
export interface CleanupOptions {
  readonly cwd: string;
  /** Removes what is older, whatever its time to live. */
  readonly olderThan?: string;
  /** With `olderThan`: not before its own time is over. */
  readonly respectTtl?: boolean;
  /** No time to live counts as longer. */
  readonly maxAge?: string;
  readonly force?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** Each runs an engine of its own. */
const AT_ONCE = 3;

/**
 * Removes environments whose time is over, whose pull request is closed, and what is left of others.
 *
 * @returns the exit code: 1 where something could not be judged or removed
 * @throws ProblemError what AWS, GitHub or Pulumi fail with: then nothing is removed
 */
export async function runCleanup(options: CleanupOptions): Promise<number> {
  const { dryRun = false, force = false, json = false } = options;
  const rules = readRules(options);
  const places = await openPlaces({ cwd: options.cwd });
  const findings = await showStep("Asking AWS, GitHub and Pulumi", () => findAll(places, rules));
  const { plan, steps, definitions } = findings;
  if (!json || !dryRun) (json ? process.stderr : process.stdout).write(`${formatFindings(findings, tableWidth())}\n`);
  const isNothing = steps.length === 0 && definitions.length === 0;
  const isWanted = !dryRun && !isNothing && (force || (await confirmRemoval(findings)));
  const results = isWanted ? await removeAll(places, findings) : [];
  if (json) process.stdout.write(`${toCleanupReport(findings, dryRun, results)}\n`);
  else if (isWanted) process.stdout.write(`${formatResults(results, definitions.length)}\n`);
  return plan.problems.length > 0 || results.some(({ outcome }) => outcome === "failed") ? 1 : 0;
}

interface Rules {
  readonly olderThan: TimeToLive | undefined;
  readonly respectTimeToLive: boolean;
  readonly maxAge: TimeToLive | undefined;
}

function readRules({ olderThan, respectTtl = false, maxAge }: CleanupOptions): Rules {
  return {
    olderThan: olderThan === undefined ? undefined : readAge("--older-than", olderThan),
    respectTimeToLive: respectTtl,
    maxAge: maxAge === undefined ? undefined : readAge("--max-age", maxAge),
  };
}

/** @throws ProblemError `showtime/age-invalid` */
function readAge(option: string, text: string): TimeToLive {
  const time = parseTimeToLive(text);
  if (time !== undefined && time !== "close") return time;
  throw new ProblemError({
    code: "showtime/age-invalid",
    summary: `${option} "${text}" is no age; nothing was looked at.`,
    remedy: "Write hours, days or weeks: 48h, 3d, 1w.",
    exitCode: 2,
  });
}

interface AllFindings extends CleanupFindings {
  readonly steps: ReturnType<typeof toSteps>[number];
  readonly phases: ReturnType<typeof toSteps>;
}

/** Everything is read once, and judged once; what fails to answer ends it, before anything is removed. */
async function findAll(places: Places, { maxAge, ...rules }: Rules): Promise<AllFindings> {
  const { aws, github, settings } = places;
  const reading = listEnvironments(aws, settings);
  const [environments, { leftovers, notes }, stacks, uses] = await Promise.all([
    reading,
    reading.then((found) => listLeftovers(aws, settings, found)),
    listStacks(settings.project),
    listLabelUses(github, isStateLabel),
  ]);
  const numbers = [...environments, ...leftovers, ...stacks].map(({ pullRequest }) => pullRequest);
  const pullRequests = new Map<number, LookedUp | undefined>(await readPullRequestStates(github, numbers));
  for (const labelled of groupByPullRequest(uses)) {
    if (!pullRequests.has(labelled.number)) pullRequests.set(labelled.number, labelled);
  }
  const plan = planCleanup({
    ...rules,
    now: new Date(),
    environments: environments.map((facts) => capAge(facts, maxAge)),
    stacks,
    leftovers,
    pullRequests,
    settings,
  });
  const phases = toSteps(plan, actionsOf(places, { maxAge, ...rules }, stacks));
  const definitions = uses.filter((use) => use.pullRequests.length === 0).map(({ name }) => name);
  return { plan, phases, steps: phases.flat(), definitions, notes };
}

/** An environment that lives no longer than `--max-age` allows. */
function capAge(facts: EnvironmentFacts, maxAge: TimeToLive | undefined): EnvironmentFacts {
  if (maxAge === undefined || facts.created === undefined) return facts;
  const latest = expiryOf(facts.created, maxAge);
  if (latest === undefined || (facts.expires !== undefined && facts.expires <= latest)) return facts;
  return { ...facts, expires: latest };
}

function actionsOf(places: Places, rules: Rules, stacks: readonly StackFacts[]): CleanupActions {
  const { aws, github, settings } = places;
  return {
    async isStillDue({ pullRequest, environments, hasStack }) {
      const names = environments.map(({ service }) => service);
      const isSame = (one: Removal) =>
        one.hasStack === hasStack && one.environments.every(({ service }) => names.includes(service));
      return (await judgeAgain(places, rules, stacks, pullRequest)).some(isSame);
    },
    removePullRequest: (pullRequest, reason) => removePullRequest(places, pullRequest, reason),
    removeEnvironment: (facts) => removeEnvironment(aws, settings, facts, (milliseconds) => wait(milliseconds)),
    async removeLeftover(leftover) {
      if (await isUsedAgain(places, leftover)) return "kept";
      await removeLeftover(aws, settings, leftover);
      return "removed";
    },
    async removeLabels(pullRequest, labels) {
      for (const label of labels) await removeLabel(github, pullRequest, label);
    },
  };
}

/** What of a pull request is due by what is there now. */
async function judgeAgain(
  { aws, github, settings }: Places,
  { maxAge, ...rules }: Rules,
  stacks: readonly StackFacts[],
  pullRequest: number,
): Promise<CleanupPlan["removals"]> {
  const [environments, pullRequests] = await Promise.all([
    readEnvironments(aws, settings, pullRequest),
    readPullRequestStates(github, [pullRequest]),
  ]);
  return planCleanup({
    ...rules,
    ...{ now: new Date(), leftovers: [], pullRequests, settings },
    environments: environments.map((facts) => capAge(facts, maxAge)),
    stacks: stacks.filter((stack) => stack.pullRequest === pullRequest),
  }).removals;
}

/** Whether an environment that was made meanwhile uses it. */
async function isUsedAgain({ aws, settings }: Places, { pullRequest, commit }: Leftover): Promise<boolean> {
  if (commit === undefined) return (await readEnvironments(aws, settings, pullRequest)).length > 0;
  const service = await describeService(aws, settings.cluster, nameService({ pullRequest, commit }));
  return service?.status === "ACTIVE";
}

/** As `stop` does it; where there is no such pull request any more, there is nobody to tell. */
async function removePullRequest(places: Places, pullRequest: number, reason: string): Promise<"removed" | "locked"> {
  try {
    const asked = { request: "stop", isCommand: true, waits: false, reason } as const;
    const { outcome, problem } = await reconcile(places, pullRequest, asked);
    if (problem !== undefined) throw problem;
    if (outcome === "stopped") throw stopped();
    return outcome === "locked" ? "locked" : "removed";
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    if (error.code === "stack/locked") return "locked";
    if (error.code === "github/no-pull-request") return removeStack(places, pullRequest);
    throw error;
  }
}

async function removeStack(places: Places, pullRequest: number): Promise<"removed" | "locked"> {
  const stack = await openParties(places, {}).host.openStack(pullRequest);
  try {
    const run = await stack.remove();
    if (run.kind === "failed") throw run.problem;
    if (run.kind === "stopped") throw stopped();
    return run.kind === "locked" ? "locked" : "removed";
  } finally {
    stack.close();
  }
}

/** @throws ProblemError `cli/nobody-to-ask` without a terminal */
async function confirmRemoval({ steps, definitions }: AllFindings): Promise<boolean> {
  const text = `Remove ${count(steps.length + definitions.length, "thing")}? [y/N] `;
  return /^y(es)?$/i.test((await ask({ text, otherwise: "Pass --force to do it, or --dry-run to only look" })).trim());
}

async function removeAll(places: Places, { phases, definitions }: AllFindings): Promise<CleanupResult[]> {
  const results = await showStep("Removing", () => runSteps(phases, AT_ONCE));
  for (const name of definitions) await deleteLabelDefinition(places.github, name);
  return results;
}
