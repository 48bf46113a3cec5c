import { ProblemError } from "../../core/errors";
import type { DeploymentState } from "../../github/deployments";
import type { EnvironmentFacts } from "../../showtime/environment";
import { shortCommit } from "../../showtime/names";
import type { PullRequestFacts } from "../../showtime/pull-request";
import type { Change } from "./change";
import { listOtherClaims } from "./claim";
import type { HostRun } from "./host";
import type { Seen } from "./look";
import type { Outcome } from "./outcome";
import type { AssetsReport, Parties } from "./parties";
import { type End, tellEnd } from "./tell";

/** A change that is over. */
export interface EndedChange {
  readonly seen: Seen;
  readonly decision: Change;
  readonly run: Exclude<HostRun, { kind: "locked" }>;
  /** Labels that this job added. */
  readonly announced: readonly string[];
  readonly claimed: string | undefined;
  /** Why it was removed, in place of the decision's. */
  readonly reason: string | undefined;
}

/** Reads what there is now, puts the assets into it, and tells GitHub. */
export async function endChange(parties: Parties, change: EndedChange): Promise<Outcome> {
  const { seen, decision, run, announced, claimed } = change;
  const number = seen.pullRequest.number;
  const { environments, unread } = await readAfter(parties, change);
  const commit = decision.action === "deploy" ? decision.wanted.commit : undefined;
  const made = environments.find((facts) => !facts.isLegacy && facts.commit === commit);
  const hasAssets = run.kind === "done" && decision.action === "deploy" && decision.wanted.assets;
  const assets = hasAssets && made !== undefined ? await putAssets(parties, made) : undefined;
  const problem = run.kind === "failed" ? run.problem : (assets ?? unread);
  const pullRequest = await readAgain(parties, seen, claimed);
  const present = [...new Set([...pullRequest.labels, ...announced])];
  const untold = await tellEnd(
    parties,
    { ...seen, pullRequest },
    {
      ...{ environments, present, done: listDone(change), isViewKept: unread !== undefined },
      ...(run.kind !== "stopped" && { comment: toComment(change, environments.length === 0, problem) }),
      ...(claimed !== undefined && {
        deployment: { id: claimed, hadStack: run.kind !== "stopped", ...toDeployment(change) },
      }),
    },
  );
  const outcome = { done: decision.action === "deploy" ? "deployed" : "removed", failed: "failed", stopped: "stopped" };
  return {
    ...{ pullRequest: number, reason: decision.reason, problem, untold },
    notes: seen.notes,
    outcome: problem?.exitCode === 130 ? "stopped" : (outcome[run.kind] as Outcome["outcome"]),
    ...(commit !== undefined && { commit, url: made?.url, expires: made?.expires }),
  };
}

/** What AWS does not tell any more (its credentials may be over by now) hides nothing of how the change ended. */
async function readAfter(
  { host }: Parties,
  { run, seen: { pullRequest, environments } }: EndedChange,
): Promise<{ readonly environments: readonly EnvironmentFacts[]; readonly unread?: ProblemError }> {
  if (run.kind === "done" && run.environments !== undefined) return { environments: run.environments };
  try {
    return { environments: await host.readEnvironments(pullRequest.number) };
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    return { environments, unread: error };
  }
}

/**
 * The pull request as it is now, where another job was at work when it was looked at: that job may have told its end since,
 * in labels that are stale by now, and in a comment that must not be there twice. What is asked for since is not answered
 * yet: labels to be done stay those that were seen.
 */
async function readAgain(
  { board }: Parties,
  { pullRequest }: Seen,
  own: string | undefined,
): Promise<PullRequestFacts> {
  if (listOtherClaims(pullRequest.deployments, own).length === 0) return pullRequest;
  try {
    return await board.read(pullRequest.number);
  } catch (error) {
    // What is told next says that GitHub is not to be reached.
    if (!(error instanceof ProblemError)) throw error;
    return pullRequest;
  }
}

/** The environment is up, whatever becomes of its assets. */
async function putAssets(parties: Parties, made: EnvironmentFacts): Promise<ProblemError | undefined> {
  try {
    return describeAssets(await parties.putAssets(made));
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    if (error.exitCode === 130) return error;
    return describeAssets({ isDone: false, summary: error.summary, problems: error.message.split("\n") });
  }
}

/** `stop` leaves no label of this tool; what failed is not tried again until somebody asks. */
function listDone({ seen, decision, run }: EndedChange): readonly string[] {
  const { all, start, stop, sync } = seen.labels;
  if (run.kind === "stopped") return [];
  const isOver = decision.action === "remove" && (seen.request === "stop" || seen.pullRequest.state !== "open");
  return isOver && run.kind === "done" ? all : [...start, ...stop, ...sync];
}

function toComment(
  { seen, decision, run, reason }: EndedChange,
  isEmpty: boolean,
  problem: ProblemError | undefined,
): NonNullable<End["comment"]> {
  if (run.kind === "done" && decision.action === "remove") {
    return { state: "removed", reason: reason ?? decision.reason, notes: seen.notes };
  }
  return {
    notes: seen.notes,
    ...(problem !== undefined && { failure: problem.message }),
    ...(run.kind === "failed" && isEmpty && { state: "failed" }),
  };
}

function toDeployment({ decision, run }: EndedChange): { state: DeploymentState; description: string } {
  if (run.kind === "stopped") return { state: "error", description: "Stopped by a person." };
  if (run.kind === "failed") return { state: "failure", description: run.problem.summary };
  if (decision.action === "remove") return { state: "inactive", description: "Removed." };
  return { state: "success", description: `${shortCommit(decision.wanted.commit)} runs.` };
}

function describeAssets({ isDone, summary, problems }: AssetsReport): ProblemError | undefined {
  if (isDone) return undefined;
  return new ProblemError({
    code: "showtime/assets-failed",
    summary: `The environment runs, but not all assets of the branch are in it: ${summary}`,
    ...(problems.length > 0 && { why: problems.join("\n") }),
    remedy: "Correct the files, or run the same again with --force.",
  });
}
