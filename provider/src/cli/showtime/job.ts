import { ProblemError } from "../../core/errors";
import type { Decision } from "../../showtime/decision";
import { findActive } from "../../showtime/in-use";
import { nameImageTag, nameWholeStack, shortCommit } from "../../showtime/names";
import { stopped } from "../ask";
import { tell } from "../progress";
import { describeHolder } from "../stack-lock";
import { type Change, toArguments, toPlan } from "./change";
import { listOtherClaims, readOwnClaim } from "./claim";
import { endChange } from "./end-change";
import type { HostRun, HostStack } from "./host";
import { look, type Seen } from "./look";
import type { Outcome } from "./outcome";
import type { Asked, Parties } from "./parties";
import { tellAll, tellBegin, tellEnd, tellUnchanged } from "./tell";
import { Turn } from "./turn";
import { type Stopping, watchSignals } from "./watch-signals";

/**
 * The one way in which environments change: read, decide, claim, change, tell. After each wait for somebody else all of it
 * begins anew, because what was waited for may have changed everything.
 *
 * @throws ProblemError whatever is found wrong before anything was begun
 */
export async function reconcileWith(parties: Parties, number: number, asked: Asked): Promise<Outcome> {
  const stopping = watchSignals();
  const job = new Job(parties, number, asked, stopping);
  try {
    return await job.run();
  } catch (error) {
    await job.giveUp(error);
    throw stopping.signal.aborted ? stopped() : error;
  } finally {
    stopping.release();
  }
}

type Refusal = Extract<Decision, { action: "refuse" }>;

/** One command's work on a pull request. */
class Job {
  private readonly turn: Turn;
  /** Our deployment on GitHub. */
  private claimed: string | undefined;
  private hasClaim = false;
  /** Whether older jobs are known to have ended. */
  private isAlone = false;
  /** Labels of what is about to be made. */
  private announced: readonly string[] = [];
  /** What could not be told on the way. */
  private readonly untold: string[] = [];

  constructor(
    private readonly parties: Parties,
    private readonly number: number,
    private readonly asked: Asked,
    private readonly stopping: Stopping,
  ) {
    this.turn = new Turn(parties, nameWholeStack(parties.settings.project, number));
  }

  async run(): Promise<Outcome> {
    for (;;) {
      const seen = await look(this.parties, this.number, this.asked, this.claimed);
      this.assertGoingOn();
      const { decision } = seen;
      if (decision.action === "none") return this.leave(seen);
      if (decision.action === "refuse") return this.refuse(seen, decision);
      const outcome = await this.change(seen, decision);
      if (outcome !== undefined) return outcome;
    }
  }

  /** Takes back what was said of a change that nobody makes now, where no outcome tells it. */
  async giveUp(error: unknown): Promise<void> {
    const { claimed, announced } = this;
    const { board } = this.parties;
    const summary = error instanceof ProblemError ? error.summary : "It failed.";
    const description = this.stopping.signal.aborted ? "Stopped." : summary;
    const works = [
      ...(announced.length === 0 ? [] : [() => board.putLabels(this.number, { add: [], remove: [...announced] })]),
      ...(claimed === undefined ? [] : [() => board.setDeployment(claimed, { state: "error", description })]),
    ];
    for (const failure of await tellAll(works)) tell(failure);
  }

  private async leave(seen: Seen): Promise<Outcome> {
    const { decision, isOutdated, environments } = seen;
    const isQuiet = this.asked.dryRun === true || isOutdated;
    const untold = isQuiet ? [] : await tellUnchanged(this.parties, seen, this.claimed, this.triggersOf(seen));
    const active = findActive(environments);
    return {
      ...{ pullRequest: this.number, outcome: "none", reason: decision.reason, untold: [...this.untold, ...untold] },
      ...{ commit: active?.commit, url: active?.url, expires: active?.expires },
      notes: seen.notes,
    };
  }

  /** What labels asked for is answered where it was asked; a command is answered by its own words. */
  private async refuse(seen: Seen, { code, reason, remedy }: Refusal): Promise<Outcome> {
    const { pullRequest, environments } = seen;
    const isThere = environments.some(({ isLegacy }) => !isLegacy);
    const deployment = this.claimed && ({ id: this.claimed, state: "error", description: reason } as const);
    const isAnswered = !this.asked.isCommand && !this.asked.dryRun;
    const untold = await tellEnd(this.parties, seen, {
      ...{ environments, present: pullRequest.labels, done: isAnswered ? this.triggersOf(seen) : [] },
      isViewKept: !isAnswered,
      ...(isAnswered && { comment: { reason: `${reason} ${remedy}`, ...(!isThere && { state: "refused" }) } }),
      ...(deployment && { deployment }),
    });
    const problem = new ProblemError({ code, summary: reason, remedy, exitCode: 3 });
    return { pullRequest: this.number, outcome: "refused", reason, notes: [], problem, untold };
  }

  /** @returns undefined where all of it begins anew */
  private async change(seen: Seen, decision: Change): Promise<Outcome | undefined> {
    const stack = await this.parties.host.openStack(this.number);
    try {
      if (this.asked.dryRun) return await toPlan(this.parties, seen, decision, stack);
      const unbuilt = await this.findUnbuilt(seen, decision);
      if (unbuilt !== undefined) return await this.failUnbuilt(seen, decision, unbuilt);
      this.assertGoingOn();
      await this.claim(seen, decision);
      this.assertGoingOn();
      const run = await this.apply(seen, decision, stack);
      if (run.kind === "locked" && !this.stopping.signal.aborted) return await this.wait(seen, stack, run);
      // Somebody stopped this while it waited, or the engine with it.
      const isStopped = run.kind === "locked" || (this.stopping.signal.aborted && run.kind === "failed");
      const ended = isStopped ? { kind: "stopped" as const } : run;
      const { claimed, asked, announced, parties } = this;
      const change = { seen, decision, run: ended, announced, claimed, reason: asked.reason };
      const outcome = await endChange(parties, change);
      return { ...outcome, untold: [...this.untold, ...outcome.untold] };
    } finally {
      stack.close();
    }
  }

  /** Only what was begun is ended: who stops this before wants nothing to begin. */
  private assertGoingOn(): void {
    if (this.stopping.signal.aborted) throw stopped();
  }

  /** A commit that nobody built is told before a deployment is announced. */
  private async findUnbuilt({ environments }: Seen, decision: Change): Promise<ProblemError | undefined> {
    if (decision.action === "remove") return undefined;
    const { commit, image } = decision.wanted;
    if (image !== undefined || environments.some((facts) => facts.commit === commit && !facts.isLegacy))
      return undefined;
    const key = { pullRequest: this.number, commit };
    if (await this.parties.host.hasImage(key)) return undefined;
    return new ProblemError({
      code: "showtime/no-image",
      summary: `There is no image ${nameImageTag(key)} in ${this.parties.settings.imageRepository}; nothing was changed.`,
      why: "it was not built, its build failed, or it was removed",
      remedy: "Let the workflow build it (set the start label), push it, or name another image with --image.",
    });
  }

  /** Who set a label waits for an answer on the pull request. */
  private async failUnbuilt(seen: Seen, { reason }: Change, problem: ProblemError): Promise<Outcome> {
    if (this.asked.isCommand) throw problem;
    const { environments, pullRequest } = seen;
    const isThere = environments.some(({ isLegacy }) => !isLegacy);
    const untold = await tellEnd(this.parties, seen, {
      ...{ environments, present: pullRequest.labels, done: this.triggersOf(seen) },
      comment: { failure: problem.message, ...(!isThere && { state: "failed" }) },
      ...(this.claimed !== undefined && {
        deployment: { id: this.claimed, state: "failure", description: problem.summary },
      }),
    });
    return { pullRequest: this.number, outcome: "failed", reason, notes: [], problem, untold };
  }

  private async claim({ pullRequest }: Seen, decision: Change): Promise<void> {
    if (this.hasClaim) return;
    const { board, environment } = this.parties;
    const commit = decision.action === "deploy" ? decision.wanted.commit : pullRequest.head;
    const words = `${decision.action === "deploy" ? "Deploy" : "Remove"}: ${decision.reason}`;
    this.claimed = await board.claim(this.number, commit, readOwnClaim(environment), words);
    this.hasClaim = true;
  }

  private async apply(seen: Seen, decision: Change, stack: HostStack): Promise<HostRun> {
    const { deployments } = seen.pullRequest;
    if (decision.action === "remove") {
      // Nothing is there; an older job may be just about to make it.
      const others = listOtherClaims(deployments, this.claimed);
      const isEarly = !stack.isThere && others.length > 0 && !this.isAlone;
      tell(`Removing all that there is of #${this.number}: ${this.asked.reason ?? decision.reason}`);
      return isEarly ? { kind: "locked", holders: [] } : stack.remove();
    }
    const { wanted } = decision;
    const isNew = !seen.environments.some(({ commit, isLegacy }) => commit === wanted.commit && !isLegacy);
    const begin = async () => {
      this.announced = [...this.announced, ...(await tellBegin(this.parties.board, seen, wanted))];
    };
    if (isNew) this.untold.push(...(await tellAll([begin])));
    tell(`Deploying ${shortCommit(wanted.commit)} for #${this.number}: ${decision.reason}`);
    return stack.deploy(toArguments(this.parties.settings, seen, decision, stack));
  }

  /** Waits for whoever is at work. */
  private async wait(
    { pullRequest }: Seen,
    stack: HostStack,
    { holders }: Extract<HostRun, { kind: "locked" }>,
  ): Promise<Outcome | undefined> {
    const { claimed, asked, parties } = this;
    const next = await this.turn.next(holders, pullRequest, claimed, this.stopping.signal, asked.waits);
    if (next === "leave") {
      const reason = "somebody else is at work on it";
      if (claimed) await parties.board.setDeployment(claimed, { state: "inactive", description: reason });
      return { pullRequest: this.number, outcome: "locked", reason, notes: [], untold: this.untold };
    }
    if (next !== "take over") return undefined;
    this.isAlone = true;
    if (holders.length === 0) return undefined;
    for (const holder of holders)
      tell(`The lock of ${describeHolder(holder)} is of a run that has ended. Taking over.`);
    await stack.takeOver();
    return undefined;
  }

  /** The labels that this run does; those of an outdated commit, and of a command, are left to their own runs. */
  private triggersOf({ labels, isOutdated }: Seen): string[] {
    return this.asked.isCommand || isOutdated ? [] : [...labels.start, ...labels.stop, ...labels.sync];
  }
}
