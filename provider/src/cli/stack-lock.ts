import { existsSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import { z } from "zod";
import { ProblemError } from "../core/errors";
import { describeProcess, isRunning } from "../core/processes";
import { askPulumi } from "./pulumi-engine";

/** Who holds a stack: Pulumi Cloud does not name them. */
export type LockHolder = NamedHolder | typeof SOMEBODY;

/** Whoever holds a stack of Pulumi Cloud. */
export const SOMEBODY = "somebody";

/** A holder, as Pulumi tells it where the state is in a folder or a bucket: `created by root@host (pid 123) at 2026-…`. */
export interface NamedHolder {
  readonly user: string;
  readonly host: string;
  readonly pid: number;
  readonly since: string;
}

const HOLDER = /created by (\S+)@(\S+) \(pid (\d+)\) at (\S+)/g;

/** What Pulumi Cloud answers while a stack is being changed. */
const CONFLICT = /\[409\] Conflict: Another update is currently in progress/;

/** Reads the holders of the stack's lock out of Pulumi's message; empty if it is about something else. */
export function readLockHolders(output: string): LockHolder[] {
  if (CONFLICT.test(output)) return [SOMEBODY];
  if (!/currently locked by/.test(output)) return [];
  return [...output.matchAll(HOLDER)].map(([, user = "", host = "", pid = "0", since = ""]) => ({
    user,
    host,
    pid: Number(pid),
    since,
  }));
}

/**
 * Removes the lock that a killed run left behind, and what that run had begun.
 *
 * @throws ProblemError `stack/locked` unless every holder is proven dead
 */
export async function takeOverLock(holders: readonly LockHolder[], stack: string, cwd: string): Promise<void> {
  const alive = holders.find((holder) => !isProvenDead(holder));
  if (alive !== undefined) throw stackLocked(alive, stack);
  for (const holder of holders)
    process.stderr.write(`The lock of ${describeHolder(holder)} is stale: that process is gone. Taking over.\n`);
  await askPulumi(["cancel", "--yes", "--stack", stack], cwd);
  await clearPendingOperations(stack, cwd);
}

/** Gone, or its number belongs to another program by now. */
function isProvenDead(holder: LockHolder): boolean {
  if (holder === SOMEBODY || !isOfMachine(holder, readMachine())) return false;
  return !isRunning(holder.pid) || describeProcess(holder.pid)?.name.startsWith("pulumi") !== true;
}

/** What tells the processes of this machine from those of others. */
export interface Machine {
  /** Undefined for an account without a name. */
  readonly user: string | undefined;
  readonly host: string;
  /** Whether others may have the same name and other processes. */
  readonly isNameShared: boolean;
}

/** Whether a lock is known to be of a process of this machine and account: no other can be looked for. */
export function isOfMachine(holder: Pick<NamedHolder, "user" | "host">, machine: Machine): boolean {
  return !machine.isNameShared && holder.host === machine.host && holder.user === machine.user;
}

/** What is known of this machine. */
export function readMachine(): Machine {
  const host = hostname();
  const isContainer = CONTAINER_MARKS.some((mark) => existsSync(mark));
  // The machines of a CI service may all have one name. So may containers, but for the name that each gets of its own.
  const isNameShared = Boolean(process.env.CI) || (isContainer && !/^[0-9a-f]{12}$/.test(host));
  return { user: readUser(), host, isNameShared };
}

/** What Docker and Podman put into their containers. */
const CONTAINER_MARKS = ["/.dockerenv", "/run/.containerenv"];

function readUser(): string | undefined {
  try {
    return userInfo().username;
  } catch (error) {
    // Containers run as accounts that their system has no entry for.
    if ((error as NodeJS.ErrnoException).code === "ERR_SYSTEM_ERROR") return undefined;
    throw error;
  }
}

const stateSchema = z.looseObject({
  deployment: z.looseObject({ pending_operations: z.array(z.unknown()).optional() }),
});

/** What a killed run had begun is not known; the next plan asks the server itself, so the engine's notes can go. */
export async function clearPendingOperations(stack: string, cwd: string): Promise<void> {
  const exported = await askPulumi(["stack", "export", "--stack", stack], cwd);
  const state = stateSchema.parse(JSON.parse(exported));
  const pending = state.deployment.pending_operations ?? [];
  if (pending.length === 0) return;
  process.stderr.write(
    `Clearing ${pending.length} operation${pending.length === 1 ? "" : "s"} that the killed run had begun.\n`,
  );
  state.deployment.pending_operations = [];
  await askPulumi(["stack", "import", "--stack", stack], cwd, JSON.stringify(state));
}

/** The refusal to deploy a stack that somebody else deploys. */
export function stackLocked(holder: LockHolder, stack: string): ProblemError {
  return new ProblemError({
    code: "stack/locked",
    summary: `Stack "${stack}" is in use by ${describeHolder(holder)}.`,
    remedy:
      holder !== SOMEBODY && isOfMachine(holder, readMachine())
        ? "Wait for it to end, then run this again."
        : `Wait for it. If you know that it is dead (it may have run on another machine): pulumi cancel --stack ${stack}`,
    place: { stack },
    exitCode: 3,
  });
}

/** As people recognise it. */
export function describeHolder(holder: LockHolder): string {
  if (holder === SOMEBODY) return "somebody whom Pulumi Cloud does not name";
  const { user, host, pid, since } = holder;
  return `${user}@${host} (process ${pid}, since ${since})`;
}
