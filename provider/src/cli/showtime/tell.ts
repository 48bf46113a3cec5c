import { describeUnknown, ProblemError } from "../../core/errors";
import { redact } from "../../core/redact";
import type { DeploymentState } from "../../github/deployments";
import type { WantedEnvironment } from "../../showtime/decision";
import type { EnvironmentFacts } from "../../showtime/environment";
import { digestFlags, readFlags } from "../../showtime/flags";
import { findActive } from "../../showtime/in-use";
import { compareLabels, viewLabels } from "../../showtime/label-view";
import { nameService } from "../../showtime/names";
import { type Board, isCommentStale } from "./board";
import { longAgo, readOthers } from "./claim";
import { type CommentFacts, formatComment } from "./comment-text";
import type { Seen } from "./look";
import type { Parties } from "./parties";

/** Tells GitHub as much as can be told. @returns what could not be told, in words */
export async function tellAll(works: readonly (() => Promise<void>)[]): Promise<string[]> {
  const failures: string[] = [];
  for (const work of works) {
    await work().catch((error: unknown) => {
      failures.push(error instanceof ProblemError ? error.message : redact(describeUnknown(error)));
    });
  }
  return failures;
}

/**
 * Labels of what is about to be made, next to what is there. Nothing is taken away yet.
 *
 * @returns what was added
 */
export async function tellBegin(
  board: Board,
  { pullRequest, environments }: Seen,
  wanted: WantedEnvironment,
): Promise<readonly string[]> {
  const key = { pullRequest: pullRequest.number, commit: wanted.commit };
  const begun: EnvironmentFacts = {
    ...{ service: nameService(key), serviceArn: "", ...key, isLegacy: false, generation: Number.MAX_SAFE_INTEGER },
    ...{ status: "building", created: undefined, expires: undefined, url: undefined, taskDefinition: undefined },
    ...{ timeToLive: wanted.timeToLive, requester: wanted.requester, size: wanted.size, assets: wanted.assets },
    flags: digestFlags(wanted.flags),
  };
  const { add } = compareLabels(pullRequest.labels, viewLabels([...environments, begun]));
  if (add.length > 0) await board.putLabels(pullRequest.number, { add, remove: [] });
  return add;
}

/** How a change ended, for GitHub. */
export interface End {
  /** What there is now. */
  readonly environments: readonly EnvironmentFacts[];
  /** Labels that the pull request has by now. */
  readonly present: readonly string[];
  /** Labels that were to be done. */
  readonly done: readonly string[];
  /** Whether the labels that show what runs stay as they are. */
  readonly isViewKept?: boolean;
  readonly comment?: Pick<CommentFacts, "failure" | "reason" | "notes"> & {
    readonly state?: CommentFacts["state"];
  };
  readonly deployment?: {
    readonly id: string;
    readonly state: DeploymentState;
    readonly description: string;
    /** Whether the stack was ours: of earlier jobs that died nothing is left to be done then. */
    readonly hadStack?: boolean;
  };
}

/** Brings labels, comment and deployment to how a change ended. @returns what could not be told */
export function tellEnd({ board, environment, settings, now }: Parties, seen: Seen, end: End): Promise<string[]> {
  const { pullRequest } = seen;
  const { environments, present, done, comment, deployment, isViewKept = false } = end;
  const changes = isViewKept ? { add: [], remove: [] } : compareLabels(present, viewLabels(environments));
  const gone = new Set([...changes.remove, ...present.filter((name) => done.includes(name))]);
  const active = findActive(environments);
  const url = active?.url;
  return tellAll([
    async () => {
      if (changes.add.length + gone.size > 0)
        await board.putLabels(pullRequest.number, { add: changes.add, remove: [...gone] });
    },
    async () => {
      if (comment === undefined) return;
      const text = formatComment({
        ...{ pullRequest: pullRequest.number, repositoryUrl: repositoryUrl(environment, settings.repository) },
        ...{ state: active?.status ?? "removed", runUrl: runUrl(environment), ...comment },
        environment: describeActive(seen, active),
      });
      if (isCommentStale(pullRequest, text)) await board.putComment(pullRequest, text);
    },
    async () => {
      if (deployment === undefined) return;
      const { id, state, description, hadStack = false } = deployment;
      const dead = hadStack
        ? (await readOthers(pullRequest.deployments, id, board.hasRunEnded, longAgo(now(), settings))).dead
        : [];
      const isReplaced = state === "success" || state === "inactive";
      const shown = isReplaced ? listShown(seen).map(({ id: other }) => other) : [];
      const replaces = [...shown, ...dead];
      await board.setDeployment(id, {
        ...{ state, description },
        ...(state === "success" && { url }),
        ...(replaces.length > 0 && { replaces }),
      });
    },
  ]);
}

/**
 * Where nothing was to be done: labels, comment and deployment are made right if a killed run, or somebody, left them
 * wrong. All of it was read already: nothing is asked where it is right.
 */
export async function tellUnchanged(
  parties: Parties,
  seen: Seen,
  own: string | undefined,
  triggers: readonly string[],
): Promise<string[]> {
  const { board } = parties;
  const { pullRequest, environments, decision, isBusy } = seen;
  // Whoever is at work tells how it ends.
  if (isBusy) return tellOwnEnd(board, own, decision.reason);
  const active = findActive(environments);
  const untold = await tellEnd(parties, seen, {
    ...{ environments, present: pullRequest.labels, done: triggers },
    ...(needsComment(parties, seen, active) && {
      comment: {
        ...(active === undefined && { reason: decision.reason }),
        notes: seen.notes,
      },
    }),
  });
  return [
    ...untold,
    ...(await tellAll([() => showDeployment(board, seen, active)])),
    ...(await tellOwnEnd(board, own, decision.reason)),
  ];
}

function tellOwnEnd(board: Board, own: string | undefined, reason: string): Promise<string[]> {
  if (own === undefined) return Promise.resolve([]);
  return tellAll([() => board.setDeployment(own, { state: "inactive", description: `Nothing to do: ${reason}` })]);
}

/** What people see as deployed. */
function listShown({ pullRequest }: Seen) {
  return pullRequest.deployments.filter(({ state, claim }) => state === "success" && claim !== undefined);
}

/** "View deployment" leads to where the environment is, and is not there where there is none. */
async function showDeployment(board: Board, seen: Seen, active: EnvironmentFacts | undefined): Promise<void> {
  const [newest, ...older] = listShown(seen);
  if (active === undefined) {
    if (newest === undefined) return;
    const replaces = older.map(({ id }) => id);
    await board.setDeployment(newest.id, { state: "inactive", description: "Removed.", replaces });
    return;
  }
  if (active.status !== "running" || active.url === undefined) return;
  const ours = newest ?? seen.pullRequest.deployments.find(({ claim, commit }) => claim && commit === active.commit);
  if (ours === undefined || (ours.state === "success" && ours.url === active.url)) return;
  if (ours.state === "failure") return;
  await board.setDeployment(ours.id, { state: "success", url: active.url, description: "Runs." });
}

const RUN_LINK = /\n\n\[Log of the run\]\(.*\)\s*$/;

/** Whether the comment says something else than what is; how the last change failed stays told. */
function needsComment(parties: Parties, seen: Seen, active: EnvironmentFacts | undefined): boolean {
  const { pullRequest } = seen;
  const { comment, deployments } = pullRequest;
  const last = deployments.find(({ claim }) => claim !== undefined);
  if (last?.state === "failure") return false;
  if (active === undefined) {
    return comment !== undefined && /Ephemeral environment: (running|updating|building|deploying)/.test(comment.body);
  }
  const text = formatComment({
    ...{
      pullRequest: pullRequest.number,
      repositoryUrl: repositoryUrl(parties.environment, parties.settings.repository),
    },
    ...{ state: active.status, environment: describeActive(seen, active) },
    notes: seen.notes,
  });
  const known = comment && { ...comment, body: comment.body.replaceAll("\r\n", "\n").replace(RUN_LINK, "") };
  return isCommentStale({ ...pullRequest, comment: known }, text);
}

function describeActive(
  { pullRequest, labels }: Seen,
  active: EnvironmentFacts | undefined,
): CommentFacts["environment"] {
  if (active?.commit === undefined) return undefined;
  const { commit, url, expires, timeToLive, requester, size, assets } = active;
  const { flags } = readFlags(pullRequest.body, labels);
  const isKnown = active.flags === digestFlags(flags);
  return { commit, url, expires, timeToLive, requester, size, assets, flags: isKnown ? flags : {} };
}

function repositoryUrl({ GITHUB_SERVER_URL, GITHUB_REPOSITORY }: NodeJS.ProcessEnv, repository?: string): string {
  return `${GITHUB_SERVER_URL || "https://github.com"}/${repository ?? GITHUB_REPOSITORY ?? ""}`;
}

function runUrl(environment: NodeJS.ProcessEnv): string | undefined {
  const { GITHUB_RUN_ID: id } = environment;
  return id ? `${repositoryUrl(environment, environment.GITHUB_REPOSITORY)}/actions/runs/${id}` : undefined;
}
