import { hostname } from "node:os";
import { isRunning } from "../../core/processes";
import type { DeploymentClaim, DeploymentFacts } from "../../showtime/pull-request";
import { describeHolder, type LockHolder, readMachine, SOMEBODY } from "../stack-lock";

/** States of a deployment on GitHub after which its job does no more. */
const FINAL = new Set(["success", "failure", "error", "inactive"]);

/** How far GitHub's clock and that of a machine may be apart. */
const CLOCK_SKEW_MS = 60_000;

/** What this process says of itself. */
export function readOwnClaim(environment: NodeJS.ProcessEnv = process.env): DeploymentClaim {
  return {
    runId: readCount(environment.GITHUB_RUN_ID),
    runAttempt: readCount(environment.GITHUB_RUN_ATTEMPT),
    host: hostname(),
    pid: process.pid,
  };
}

function readCount(text: string | undefined): number | undefined {
  return text !== undefined && /^[1-9]\d{0,15}$/.test(text) ? Number(text) : undefined;
}

/** A deployment that claims the pull request. */
export type Claim = DeploymentFacts & { readonly claim: DeploymentClaim };

/** The claims whose jobs did not say that they are done, oldest first. */
export function listOpenClaims(deployments: readonly DeploymentFacts[]): Claim[] {
  // GitHub's times have seconds only; it gives the newest first.
  return deployments.filter(isOpenClaim).reverse();
}

/**
 * The open claims of other jobs.
 *
 * @param own id of our own deployment
 */
export function listOtherClaims(deployments: readonly DeploymentFacts[], own: string | undefined): Claim[] {
  return listOpenClaims(deployments).filter(({ id }) => id !== own);
}

function isOpenClaim(deployment: DeploymentFacts): deployment is Claim {
  return deployment.claim !== undefined && !FINAL.has(deployment.state ?? "pending");
}

/** What is known of who claims a pull request, at a moment. */
export interface Situation {
  readonly holders: readonly LockHolder[];
  /** As {@link listOpenClaims} gives them. */
  readonly claims: readonly Claim[];
  /** Id of our own deployment; undefined where none could be made (dry runs). */
  readonly own: string | undefined;
  /** Ids of the claims whose runs have ended. */
  readonly ended: ReadonlySet<string>;
}

/** What to do about a lock that somebody has. */
export type Turn =
  /** Everybody who may hold it is gone, and we are the next. */
  | { readonly kind: "take over" }
  /** Its holder runs, or an older job waits for it too. */
  | { readonly kind: "wait" }
  /** Nobody can tell whether its holder still runs. */
  | { readonly kind: "refuse"; readonly holder: LockHolder };

/** Decides about a lock; it has no lease, so that its holder must be proven dead. */
export function judgeLock({ holders, claims, own, ended }: Situation): Turn {
  const others = claims.filter(({ id }) => id !== own);
  for (const holder of holders) {
    const possible = others.filter((claim) => mayHold(claim, holder));
    const unknown = possible.some(({ claim, id }) => claim.runId === undefined && !ended.has(id));
    // Whoever runs Pulumi by hand makes no claim.
    if (possible.length === 0 || unknown) return { kind: "refuse", holder };
    if (possible.some(({ id }) => !ended.has(id))) return { kind: "wait" };
  }
  const at = claims.findIndex(({ id }) => id === own);
  const older = at === -1 ? claims : claims.slice(0, at);
  const isWaitedFor = older.some(({ id, claim }) => claim.runId !== undefined && !ended.has(id));
  return isWaitedFor ? { kind: "wait" } : { kind: "take over" };
}

/** A job claims first and locks then; several machines may have one name. Where nobody is named, it may be any of them. */
function mayHold({ claim, created }: Claim, holder: LockHolder): boolean {
  if (holder === SOMEBODY) return true;
  const { host, since } = holder;
  const locked = Date.parse(since);
  return claim.host === host && (Number.isNaN(locked) || created.getTime() <= locked + CLOCK_SKEW_MS);
}

/**
 * The claims whose runs have ended.
 *
 * @param hasRunEnded asks GitHub about a run
 */
export async function findEnded(
  claims: readonly Claim[],
  own: string | undefined,
  hasRunEnded: (runId: number, attempt: number) => Promise<boolean>,
): Promise<Set<string>> {
  const others = claims.filter(({ id }) => id !== own);
  const known = await Promise.all(
    others.map(async ({ id, claim }) => ((await isOver(claim, hasRunEnded)) ? [id] : [])),
  );
  return new Set(known.flat());
}

/** What the claims of other jobs that did not say that they are done tell. */
export interface OthersAtWork {
  /** Whether somebody is at work. */
  readonly isBusy: boolean;
  /** Ids of the claims whose runs ended without a word. */
  readonly dead: readonly string[];
}

/** Whether a person's machine is still at it nobody can ask; no change takes so long. */
export function longAgo(now: Date, { deadlineMinutes }: { readonly deadlineMinutes: number }): Date {
  return new Date(now.getTime() - 2 * deadlineMinutes * 60_000 - 3_600_000);
}

/** Looks whether others are at work, or died there; nobody is asked where there is no such claim. */
export async function readOthers(
  deployments: readonly DeploymentFacts[],
  own: string | undefined,
  hasRunEnded: (runId: number, attempt: number) => Promise<boolean>,
  longAgo = new Date(0),
): Promise<OthersAtWork> {
  const others = listOtherClaims(deployments, own);
  const dead = await findEnded(others, own, hasRunEnded);
  for (const { id, claim, created } of others) if (claim.runId === undefined && created < longAgo) dead.add(id);
  return { isBusy: dead.size < others.length, dead: [...dead] };
}

async function isOver(
  { runId, runAttempt, host, pid }: DeploymentClaim,
  hasRunEnded: (runId: number, attempt: number) => Promise<boolean>,
): Promise<boolean> {
  if (runId !== undefined) return hasRunEnded(runId, runAttempt ?? 1);
  // Numbers of processes say nothing about another machine.
  const machine = readMachine();
  return host === machine.host && !machine.isNameShared && !isRunning(pid);
}

/** Whether two looks saw the same lock. */
export function isSameLock(left: readonly LockHolder[], right: readonly LockHolder[]): boolean {
  const key = (holders: readonly LockHolder[]) => holders.map(describeHolder).sort().join("\n");
  return key(left) === key(right);
}
