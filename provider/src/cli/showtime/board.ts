import { hostname } from "node:os";
import { z } from "zod";
import { ProblemError } from "../../core/errors";
import { askGithub, readStatus } from "../../github/ask";
import type { GithubClient } from "../../github/client";
import { putComment } from "../../github/comment";
import { createDeployment, setDeploymentState, type WantedState } from "../../github/deployments";
import { addLabels, removeLabels } from "../../github/labels";
import { toBody } from "../../github/message";
import { readPermission } from "../../github/permission";
import { readPullRequest } from "../../github/pull-request";
import { hasRunEnded } from "../../github/runs";
import { USUAL_AUTHOR } from "../../github/usual-author";
import { hideAccount } from "../../showtime/hide-account";
import type { LabelChanges } from "../../showtime/label-view";
import { nameStack } from "../../showtime/names";
import type { DeploymentClaim, PullRequestFacts } from "../../showtime/pull-request";
import { tell } from "../progress";

/** What the one comment of a pull request is found again by. */
export const COMMENT_MARKER = "showtime";

/** Where people see environments and ask for them: GitHub, or a pretended one. */
export interface Board {
  read(pullRequest: number): Promise<PullRequestFacts>;
  /**
   * All 40 characters of a commit that somebody named.
   *
   * @throws ProblemError `showtime/no-commit`
   */
  findCommit(start: string): Promise<string>;
  /** Whether an account has write permission; what cannot be read is an error. */
  mayWrite(login: string): Promise<boolean>;
  hasRunEnded(runId: number, attempt: number): Promise<boolean>;
  /** @returns id of the deployment; undefined where none is made */
  claim(pullRequest: number, commit: string, claim: DeploymentClaim, description: string): Promise<string | undefined>;
  putLabels(pullRequest: number, changes: LabelChanges): Promise<void>;
  putComment(pullRequest: PullRequestFacts, text: string): Promise<void>;
  setDeployment(id: string, state: WantedState): Promise<void>;
}

const commitSchema = z.object({ sha: z.string().regex(/^[0-9a-f]{40}$/) });

/** GitHub itself. */
export function openBoard(github: GithubClient): Board {
  return {
    read: (pullRequest) => readPullRequest(github, pullRequest, COMMENT_MARKER),
    findCommit: (start) => findCommit(github, start),
    mayWrite: async (login) => ["admin", "write"].includes(await readPermission(github, login)),
    hasRunEnded: (runId, attempt) => hasRunEnded(github, runId, attempt),
    claim: (pullRequest, commit, claim, description) =>
      createDeployment(github, {
        ...{ commit, environment: nameStack(pullRequest), claim },
        description: hideAccount(description),
      }),
    async putLabels(pullRequest, { add, remove }) {
      // Never a moment without a status: what is new is there before what is old goes.
      await addLabels(github, pullRequest, add);
      await removeLabels(github, pullRequest, remove);
    },
    async putComment({ number, comment }, text) {
      await putComment(github, {
        number,
        marker: COMMENT_MARKER,
        author: USUAL_AUTHOR,
        text,
        known: comment ?? "none",
      });
    },
    setDeployment: (id, state) =>
      setDeploymentState(github, id, { ...state, description: hideAccount(state.description) }),
  };
}

function findCommit({ request, repository }: GithubClient, start: string): Promise<string> {
  return askGithub(`find the commit ${start}`, "contents: read", async () => {
    try {
      const { data } = await request("GET /repos/{owner}/{repo}/commits/{ref}", { ...repository, ref: start });
      return commitSchema.parse(data).sha;
    } catch (error) {
      // So GitHub says that there is none, or that several begin so.
      if (readStatus(error) !== 422) throw error;
      throw new ProblemError({
        code: "showtime/no-commit",
        summary: `There is no commit ${start} in the repository, or several begin so; nothing was changed.`,
        remedy: "Push it, or name one of the pull request's with more of its characters.",
        exitCode: 3,
      });
    }
  });
}

/** The same board, read only: what would be written is told. */
export function silenceBoard(board: Board): Board {
  return {
    ...board,
    async claim() {
      tell(`GitHub, not written: a deployment by ${hostname()}`);
      return undefined;
    },
    async putLabels(pullRequest, { add, remove }) {
      for (const name of add) tell(`GitHub, not written: label "${name}" onto #${pullRequest}`);
      for (const name of remove) tell(`GitHub, not written: label "${name}" off #${pullRequest}`);
    },
    async putComment({ number }, text) {
      tell(`GitHub, not written: the comment on #${number}\n${text.replace(/^/gm, "  | ")}`);
    },
    async setDeployment(_id, { state, description }) {
      tell(`GitHub, not written: the deployment's state ${state}: ${description}`);
    },
  };
}

/** Whether the comment says something else by now. */
export function isCommentStale({ comment }: PullRequestFacts, text: string): boolean {
  return comment?.body.replaceAll("\r\n", "\n").trimEnd() !== toBody(COMMENT_MARKER, text);
}
