import type { PullRequestFacts } from "../../showtime/pull-request";
import { type LockHolder, stackLocked } from "../stack-lock";
import type { Board } from "./board";
import { findEnded, isSameLock, type Turn as Judgement, judgeLock, listOpenClaims } from "./claim";
import type { Parties } from "./parties";

/** The first wait for a lock, and the longest. */
const FIRST_WAIT_MS = 2_000;
const LONGEST_WAIT_MS = 15_000;

/** What a job does next whose turn it is not. */
export type Next =
  | "again"
  | "take over"
  /** It would have to wait, and is not to. */
  | "leave";

/** Waits for the turn of a job at the stack of its pull request. */
export class Turn {
  private pause = FIRST_WAIT_MS;
  private readonly until: number;
  /** A lock of dead holders, as it was seen before. */
  private suspect: readonly LockHolder[] | undefined;

  constructor(
    private readonly parties: Pick<Parties, "board" | "now" | "wait" | "settings">,
    private readonly stack: string,
  ) {
    // A job before us may take its whole time, and remove what it made in as much again.
    this.until = parties.now().getTime() + 2 * parties.settings.deadlineMinutes * 60_000;
  }

  /**
   * Decides about a lock; waits where somebody is at work.
   *
   * @param holders of the lock; empty where there is none, and an older job may be about to take it
   * @param waits whether whoever may be at work is waited for; one that is dead is not waited for in any case
   * @throws ProblemError `stack/locked`
   */
  async next(
    holders: readonly LockHolder[],
    pullRequest: PullRequestFacts,
    own: string | undefined,
    signal: AbortSignal,
    waits = true,
  ): Promise<Next> {
    const turn = await this.judge(holders, pullRequest, own);
    if (turn.kind === "refuse") {
      if (!waits) return "leave";
      throw stackLocked(turn.holder, this.stack);
    }
    if (turn.kind === "take over") {
      // It is looked at twice: in between somebody may have been faster.
      if (this.suspect !== undefined && isSameLock(this.suspect, holders)) return "take over";
      this.suspect = holders;
      return "again";
    }
    this.suspect = undefined;
    if (!waits) return "leave";
    if (this.parties.now().getTime() >= this.until) {
      const [first] = holders;
      if (first === undefined) return "take over";
      throw stackLocked(first, this.stack);
    }
    await this.parties.wait(this.pause, signal);
    this.pause = Math.min(this.pause * 1.5, LONGEST_WAIT_MS);
    return "again";
  }

  private async judge(
    holders: readonly LockHolder[],
    { number, deployments }: PullRequestFacts,
    own: string | undefined,
  ): Promise<Judgement> {
    const first = await this.judgeBy(holders, deployments, own);
    // What was read before we claimed does not have those who claimed at the same time.
    const isOutdated = own !== undefined && deployments.every(({ id }) => id !== own);
    if (first.kind !== "refuse" || !isOutdated) return first;
    return this.judgeBy(holders, (await this.board.read(number)).deployments, own);
  }

  private async judgeBy(
    holders: readonly LockHolder[],
    deployments: PullRequestFacts["deployments"],
    own: string | undefined,
  ): Promise<Judgement> {
    const claims = listOpenClaims(deployments);
    return judgeLock({ holders, claims, own, ended: await findEnded(claims, own, this.board.hasRunEnded) });
  }

  private get board(): Board {
    return this.parties.board;
  }
}
