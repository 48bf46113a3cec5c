import { ProblemError } from "../../core/errors";
import { mapInParallel } from "../../core/parallel";
import type { CleanupPlan, Removal } from "../../showtime/cleanup-plan";
import type { EnvironmentFacts, Leftover } from "../../showtime/environment";

/** What became of one thing. `locked`: a job is at work there. `kept`: it is not due any more. */
type Removed = "removed" | "locked" | "kept";

/** How cleanup removes things. */
export interface CleanupActions {
  /** Looks once more: somebody was asked in between, and others came first. */
  isStillDue(removal: Removal): Promise<boolean>;
  /** Removes all that a pull request has, with its stack and its labels. */
  removePullRequest(pullRequest: number, reason: string): Promise<Removed>;
  /** Removes one environment that no stack knows, or that is not the one of its stack. */
  removeEnvironment(environment: EnvironmentFacts): Promise<void>;
  removeLeftover(leftover: Leftover): Promise<Removed>;
  removeLabels(pullRequest: number, labels: readonly string[]): Promise<void>;
}

/** One thing that cleanup removes. */
export interface CleanupStep {
  readonly pullRequest: number;
  readonly what: string;
  readonly reason: string;
  remove(): Promise<Removed>;
}

/** What became of a step. */
export interface CleanupResult {
  readonly step: CleanupStep;
  readonly outcome: Removed | "failed";
  readonly problem?: ProblemError;
}

/** The steps of a plan. Those of one list do not touch each other; the lists come one after the other. */
export function toSteps(plan: CleanupPlan, actions: CleanupActions): CleanupStep[][] {
  const done = async (work: Promise<void>) => {
    await work;
    return "removed" as const;
  };
  const removeAll = async (removal: Removal) => {
    const { pullRequest, environments, hasStack, reason } = removal;
    if (!(await actions.isStillDue(removal))) return "kept";
    if (hasStack) return actions.removePullRequest(pullRequest, reason);
    return done(inOrder(environments, (environment) => actions.removeEnvironment(environment)));
  };
  return [
    plan.removals.map((removal) => ({
      pullRequest: removal.pullRequest,
      reason: removal.reason,
      what: [...removal.environments.map(({ service }) => service), ...(removal.hasStack ? ["its stack"] : [])].join(
        ", ",
      ),
      remove: () => removeAll(removal),
    })),
    plan.leftovers.map(({ leftover, reason }) => ({
      pullRequest: leftover.pullRequest,
      reason,
      what: describeLeftover(leftover),
      remove: () => actions.removeLeftover(leftover),
    })),
    plan.labels.map(({ pullRequest, labels, reason }) => ({
      pullRequest,
      reason,
      what: labels.length === 1 ? `label ${labels[0]}` : `${labels.length} labels of what was`,
      remove: () => done(actions.removeLabels(pullRequest, labels)),
    })),
  ];
}

/** All are tried, even if one cannot be removed: then the error tells of the first. */
async function inOrder<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const problems: unknown[] = [];
  for (const item of items) {
    try {
      await work(item);
    } catch (error) {
      problems.push(error);
    }
  }
  if (problems.length > 0) throw problems[0];
}

/** Of an ARN people know what stands behind service, region, account and kind. */
function describeLeftover({ kind, id }: Leftover): string {
  return `${kind} ${id.replace(/^arn:(?:[^:]*:){4}[\w-]+[/:]/, "")}`;
}

/**
 * Runs steps, some at a time. One that fails does not keep the others from being done.
 *
 * @throws ProblemError `cli/stopped`; errors that are no problems
 */
export async function runSteps(steps: readonly (readonly CleanupStep[])[], width: number): Promise<CleanupResult[]> {
  const results: CleanupResult[] = [];
  for (const phase of steps) results.push(...(await mapInParallel(phase, width, runStep)));
  return results;
}

async function runStep(step: CleanupStep): Promise<CleanupResult> {
  try {
    return { step, outcome: await step.remove() };
  } catch (error) {
    if (!(error instanceof ProblemError) || error.exitCode === 130) throw error;
    return { step, outcome: "failed", problem: error };
  }
}
