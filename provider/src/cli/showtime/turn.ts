import type { PullRequestFacts } from "../../showtime/pull-request";
import { type LockHolder, stackLocked } from "../stack-lock";
import type { Board } from "./board";
import { findEnded, isSameLock, judgeLock, listOpenClaims } from "./claim";
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
    { deployments }: PullRequestFacts,
    own: string | undefined,
    signal: AbortSignal,
    waits = true,
  ): Promise<Next> {
    const claims = listOpenClaims(deployments);
    const ended = await findEnded(claims, own, this.board.hasRunEnded);
    const turn = judgeLock({ holders, claims, own, ended });
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

  private get board(): Board {
    return this.parties.board;
  }
}
