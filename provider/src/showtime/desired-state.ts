import { findChanges } from "./changes";
import type { Change, Decision, Request, WantedEnvironment } from "./decision";
import type { EnvironmentFacts, EnvironmentStatus } from "./environment";
import { digestFlags } from "./flags";
import { findUsed, isBegun } from "./in-use";
import { type ReadLabels, readLabels } from "./labels";
import { shortCommit } from "./names";
import type { PullRequestFacts } from "./pull-request";
import type { ShowtimeSettings } from "./settings";
import { type StartOptions, toWanted, type Wish } from "./wanted";

export type { StartOptions } from "./wanted";

/** All that decides what happens to a pull request's environment. State labels are not among it. */
export interface DecideInput {
  readonly request: Request;
  /** A person's command; else labels, a push or a changed text. */
  readonly isCommand: boolean;
  readonly options: StartOptions;
  readonly pullRequest: PullRequestFacts;
  /** Those of this pull request. */
  readonly environments: readonly EnvironmentFacts[];
  /** Whether who asks has write permission. Of a push nobody asks. */
  readonly mayTrigger: boolean;
  readonly settings: ShowtimeSettings;
  /** Whether the run before ended without a word, so that what it had begun may not be finished. */
  readonly isInterrupted?: boolean;
}

const INTERRUPTED = "the run before ended before it was done";

/** What is read out of the input before anything is decided. */
interface Situation extends DecideInput {
  readonly labels: ReadLabels;
  /** Environments of this tool that are not being removed, the newest generation first. */
  readonly live: readonly EnvironmentFacts[];
  /** All of this tool, also what is being removed. */
  readonly own: readonly EnvironmentFacts[];
}

/** What labels ask for: to stop wins over to start, which costs money. Without a trigger they are to be followed. */
export function readRequest(labels: ReadLabels): Request {
  if (labels.stop.length > 0) return "stop";
  return labels.start.length > 0 ? "start" : "sync";
}

/** What is to happen. */
export function decide(input: DecideInput): Decision {
  const own = input.environments
    .filter(({ isLegacy }) => !isLegacy)
    .sort((one, other) => other.generation - one.generation);
  const live = own.filter(({ status }) => status !== "stopping");
  const situation = { ...input, labels: readLabels(input.pullRequest.labels), own, live };
  if (input.request === "stop") return decideStop(situation);
  return decideClosed(situation) ?? (input.request === "start" ? decideStart(situation) : decideSync(situation));
}

/** Also when blocked, and also when nothing is seen: a job may be just making it, and holds the claim. */
function decideStop(situation: Situation): Decision {
  if (!situation.mayTrigger) return refuseStranger("stop");
  const { own, environments } = situation;
  const legacy = environments.filter(({ isLegacy }) => isLegacy).map(({ service }) => service);
  const rest = legacy.length === 0 ? "" : `; ${legacy.join(", ")} of Superset Showtime is left to cleanup`;
  const what = own.length === 0 ? "nothing runs; what is left over is removed" : "it was asked for";
  return { action: "remove", reason: what + rest };
}

/** A closed pull request has no environment. A command to start it is refused, and removes nothing. */
function decideClosed({
  request,
  isCommand,
  pullRequest,
  own,
  mayTrigger,
  isInterrupted,
}: Situation): Decision | undefined {
  const { state, number } = pullRequest;
  if (state === "open") return undefined;
  if (own.length > 0 && !(request === "start" && isCommand)) {
    return { action: "remove", reason: `the pull request is ${state}` };
  }
  if (request === "sync" && isInterrupted) return { action: "remove", reason: INTERRUPTED };
  if (request === "sync") return none(`the pull request is ${state}, and nothing runs`);
  if (!mayTrigger) return refuseStranger("start");
  return {
    action: "refuse",
    code: "showtime/closed",
    reason: `Pull request ${number} is ${state}.`,
    remedy: "Open it again, then start.",
  };
}

function decideStart(situation: Situation): Decision {
  const { labels, mayTrigger, pullRequest, options } = situation;
  if (!mayTrigger) return refuseStranger("start");
  const [guard] = labels.blocked;
  if (guard !== undefined) {
    return {
      action: "refuse",
      code: "showtime/blocked",
      reason: `Pull request ${pullRequest.number} is blocked by the label "${guard}".`,
      remedy: "Whoever set it may remove it, then start again.",
    };
  }
  const pinned = options.commit?.toLowerCase();
  const wish = wishFor(situation, pinned ?? pullRequest.head, pinned === undefined);
  return compare(situation, wish);
}

function decideSync(situation: Situation): Decision {
  const { labels, mayTrigger, live, own, pullRequest, options, isInterrupted } = situation;
  if (labels.sync.length > 0 && !mayTrigger) return refuseStranger("sync");
  if (labels.blocked.length > 0) return none("the pull request is blocked");
  if (live.length === 0 && isInterrupted) return { action: "remove", reason: INTERRUPTED };
  if (live.length === 0) return none(own.length > 0 ? "the environment is being removed" : "there is no environment");
  if (labels.freeze.length > 0 && options.commit === undefined) return decideFrozen(situation);
  const pinned = options.commit?.toLowerCase();
  return compare(situation, wishFor(situation, pinned ?? pullRequest.head, pinned === undefined));
}

/**
 * Frozen: the commit and the flags stay. What of it is broken is mended, another time to live counts. Of an update that
 * was interrupted, what people use stays.
 */
function decideFrozen(situation: Situation): Decision {
  const { live, pullRequest } = situation;
  const current = findUsed(live) ?? live[0];
  if (current?.commit === undefined) return none("there is no environment");
  const isBehind = current.commit !== pullRequest.head;
  const wish = wishFor(situation, current.commit, false, current);
  const behind = isBehind ? `, at ${shortCommit(current.commit)}` : "";
  // Of the flags that it was made with only the digest is known: it could not be made again without changing them.
  if (wish.kind === "wanted" && digestFlags(wish.wanted.flags) !== current.flags) {
    return none(`the environment is frozen${behind}, and the feature flags changed`, wish.notes);
  }
  const decision = compare(situation, wish);
  return decision.action === "none" ? none(`the environment is frozen${behind}`, decision.notes) : decision;
}

/** What was said of the newest generation stays said. */
function wishFor(situation: Situation, commit: string, followsHead: boolean, current = situation.live[0]): Wish {
  return toWanted({ ...situation, commit, followsHead, current });
}

function compare(situation: Situation, wish: Wish): Decision {
  if (wish.kind === "refused") return wish.refusal;
  const { live, settings, options } = situation;
  const { wanted, notes } = wish;
  const [newest, ...older] = live;
  const current = live.find(({ commit }) => commit === wanted.commit) ?? newest;
  const changes = current === undefined ? [] : findChanges(current, wanted, settings);
  const reason =
    older.length > 0 ? `an update was not finished: ${list(live)} are there` : whyDeploy(situation, wanted, changes);
  if (reason !== undefined) {
    return { action: "deploy", wanted, changes, isForced: options.force === true, reason, notes };
  }
  const what = newest?.status === "failed" ? "failed; it is tried again when it changes" : "runs as it is wanted";
  return none(`${shortCommit(wanted.commit)} ${what}`, notes);
}

/** Why the one environment that is there, or none, is not left as it is. */
function whyDeploy(
  { live, options, request, isInterrupted }: Situation,
  wanted: WantedEnvironment,
  changes: readonly Change[],
): string | undefined {
  const [current] = live;
  if (current === undefined) return "there is no environment";
  if (changes.includes("commit")) return `${list([current])} is there, ${shortCommit(wanted.commit)} is wanted`;
  if (options.force) return "it is forced";
  if (isInterrupted) return INTERRUPTED;
  // What failed for a reason fails again: a sync tries it again only when its flags changed.
  if (current.status === "failed" && request === "sync" && !changes.includes("feature flags")) return undefined;
  if (changes.length > 0) return `new ${changes.join(", ")}`;
  if (current.status === "running") return undefined;
  const what = isBegun(current) ? "was begun and is not finished" : "is not as it was left";
  return `${list([current])} ${BROKEN[current.status] ?? what}`;
}

const BROKEN: { readonly [status in EnvironmentStatus]?: string } = {
  failed: "failed",
  stopped: "was scaled to zero",
};

function list(environments: readonly EnvironmentFacts[]): string {
  return environments.map(({ commit = "" }) => shortCommit(commit)).join(", ");
}

function none(reason: string, notes: readonly string[] = []): Decision {
  return { action: "none", reason, notes };
}

function refuseStranger(request: Request): Decision {
  return {
    action: "refuse",
    code: "showtime/not-allowed",
    reason: `Who asked to ${request} has no write permission in this repository, or it could not be found out.`,
    remedy: `Ask somebody with write permission to ${request} it.`,
  };
}
