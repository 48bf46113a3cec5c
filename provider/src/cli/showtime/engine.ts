import { join } from "node:path";
import { z } from "zod";
import { ProblemError } from "../../core/errors";
import type { EnvironmentArguments } from "../../showtime/environment";
import { stopped } from "../ask";
import { askPulumi, type EngineRun, runPulumi } from "../pulumi-engine";
import { assertBackend, isPassphraseGiven, makeBackendStack, removeBackendStack } from "../stack-backend";
import { clearPendingOperations, type LockHolder, readLockHolders } from "../stack-lock";
import { explainRun } from "./engine-errors";
import type { HostRun } from "./host";
import type { Workspace } from "./workspace";

const stateSchema = z.object({
  deployment: z.object({
    resources: z.array(z.object({ outputs: z.unknown().optional() })).nullish(),
    pending_operations: z.array(z.unknown()).nullish(),
  }),
});

/** What a state keeps of an environment that counts. */
const countersSchema = z.object({ generation: z.number(), round: z.number().default(0), commit: z.string() });

/** What the state of a stack says. */
export interface StackFacts {
  readonly isThere: boolean;
  /** Of the environments that it knows of, also of those that it was removing. */
  readonly commits: readonly string[];
  readonly hasPending: boolean;
  readonly generation: number;
  readonly round: number;
}

const NO_STACK: StackFacts = { isThere: false, commits: [], hasPending: false, generation: 0, round: 0 };

/**
 * Reads the state of a stack, and makes sure that it can be changed.
 *
 * @throws ProblemError `engine/missing`, `engine/no-login`, `engine/no-passphrase`
 */
export async function readStack({ folder, stack }: Workspace): Promise<StackFacts> {
  // That somebody is logged in the export shows too.
  const asserted = isPassphraseGiven() ? undefined : assertBackend(folder);
  const [exported] = await Promise.all([exportIfThere(stack, folder), asserted]);
  if (exported === undefined) return NO_STACK;
  const { deployment } = stateSchema.parse(JSON.parse(exported));
  const { resources, pending_operations: pending } = deployment;
  const counters = (resources ?? []).flatMap(({ outputs }) => countersSchema.safeParse(outputs).data ?? []);
  return {
    isThere: true,
    commits: counters.map(({ commit }) => commit),
    hasPending: (pending ?? []).length > 0,
    generation: Math.max(0, ...counters.map(({ generation }) => generation)),
    round: Math.max(0, ...counters.map(({ round }) => round)),
  };
}

async function exportIfThere(stack: string, folder: string): Promise<string | undefined> {
  try {
    return await askPulumi(["stack", "export", "--stack", stack, "--non-interactive"], folder);
  } catch (error) {
    if (error instanceof ProblemError && error.code === "stack/missing") return undefined;
    throw error;
  }
}

/** Runs `pulumi up` on what is declared; what somebody changed on AWS is mended. */
export async function runUp(
  workspace: Workspace,
  facts: StackFacts,
  environment: EnvironmentArguments,
): Promise<HostRun> {
  const { folder, stack } = workspace;
  workspace.declare(environment);
  // However another commit's was changed: it is replaced. To look at it takes a process of its own.
  const refresh = facts.commits.includes(environment.commit) ? ["--refresh"] : [];
  return guardLock(async () => {
    if (!facts.isThere) await makeStack(stack, folder);
    return runEngine(workspace, facts, ["up", ...refresh], environment.settings.repository);
  });
}

/** Removes all that the stack made. Whoever removes looks at AWS first, so there is no refresh, and no program runs. */
export async function runDestroy(workspace: Workspace, facts: StackFacts): Promise<HostRun> {
  workspace.declare(undefined);
  return guardLock(() => runEngine(workspace, facts, ["destroy"]));
}

/** @param repository tells the hooks of the pull request's repository; the rest they have from this process */
async function runEngine(
  workspace: Workspace,
  { hasPending }: StackFacts,
  command: readonly string[],
  repository?: string,
): Promise<HostRun> {
  const { folder, stack } = workspace;
  if (hasPending) await clearPendingOperations(stack, folder);
  const log = join(folder, "events.jsonl");
  const flags = ["--yes", "--skip-preview", "--non-interactive", "--stack", stack, "--event-log", log];
  const run = await runPulumi([...command, ...flags], { cwd: folder, env: engineEnvironment(repository) });
  // Somebody killed the engine alone (no memory was left): its lock is ours, and nobody else would know.
  if (run.signal !== undefined) await takeOverStack(workspace);
  return judge(run, log);
}

/** Somebody else may have made it in between: both then see the same stack. */
async function makeStack(stack: string, folder: string): Promise<void> {
  try {
    await makeBackendStack(stack, folder);
  } catch (error) {
    if (!(error instanceof ProblemError && /already exists/.test(error.why ?? ""))) throw error;
  }
}

/** Removes a stack that has nothing any more; one that somebody removed in between is fine. */
export async function removeStack({ folder, stack }: Workspace): Promise<HostRun> {
  return guardLock(async () => {
    try {
      await removeBackendStack(stack, folder);
    } catch (error) {
      if (!(error instanceof ProblemError && error.code === "stack/missing")) throw error;
    }
    return { kind: "done" };
  });
}

/** What `pulumi preview` says, without anything that it needs the stack for. */
export async function previewStack(
  workspace: Workspace,
  environment: EnvironmentArguments | undefined,
): Promise<string> {
  const { folder, stack } = workspace;
  workspace.declare(environment);
  const flags = ["--non-interactive", "--suppress-progress", "--color", "never", "--stack", stack];
  const run = await runPulumi(["preview", ...flags], {
    cwd: folder,
    env: engineEnvironment(environment?.settings.repository),
  });
  if (run.cancelled) throw stopped();
  if (run.code !== 0) throw explainRun(run, "");
  return run.stdout.trim();
}

/** Ends the lock of a run that is dead, and forgets what it had begun: the hooks look at AWS themselves. */
export async function takeOverStack({ folder, stack }: Workspace): Promise<void> {
  await askPulumi(["cancel", "--yes", "--stack", stack, "--non-interactive"], folder);
  await clearPendingOperations(stack, folder);
}

function engineEnvironment(repository: string | undefined): Record<string, string> {
  return {
    PULUMI_DEBUG_COMMANDS: "true",
    ...(repository !== undefined && { GITHUB_REPOSITORY: repository }),
  };
}

async function guardLock(work: () => Promise<HostRun>): Promise<HostRun> {
  try {
    return await work();
  } catch (error) {
    const holders = error instanceof ProblemError ? readLockHolders(error.why ?? "") : [];
    if (holders.length === 0) throw error;
    return { kind: "locked", holders };
  }
}

function judge(run: EngineRun, log: string): HostRun {
  const holders: LockHolder[] = readLockHolders(run.output);
  if (holders.length > 0) return { kind: "locked", holders };
  if (run.cancelled) return { kind: "stopped" };
  return run.code === 0 ? { kind: "done" } : { kind: "failed", problem: explainRun(run, log) };
}
