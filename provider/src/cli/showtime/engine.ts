import { join } from "node:path";
import { z } from "zod";
import { ProblemError } from "../../core/errors";
import type { EnvironmentArguments } from "../../showtime/environment";
import { stopped } from "../ask";
import { askPulumi, type EngineRun, runPulumi } from "../pulumi-engine";
import { assertBackend, makeBackendStack, removeBackendStack } from "../stack-backend";
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
const countersSchema = z.object({ generation: z.number(), round: z.number().default(0) });

/** What the state of a stack says. */
export interface StackFacts {
  readonly isThere: boolean;
  /** Whether it has resources. */
  readonly isEmpty: boolean;
  readonly hasPending: boolean;
  readonly generation: number;
  readonly round: number;
}

const NO_STACK: StackFacts = { isThere: false, isEmpty: true, hasPending: false, generation: 0, round: 0 };

/**
 * Reads the state of a stack, and makes sure that it can be changed.
 *
 * @throws ProblemError `engine/missing`, `engine/no-login`, `engine/no-passphrase`
 */
export async function readStack({ folder, stack }: Workspace): Promise<StackFacts> {
  const [exported] = await Promise.all([exportIfThere(stack, folder), assertBackend(folder)]);
  if (exported === undefined) return NO_STACK;
  const { deployment } = stateSchema.parse(JSON.parse(exported));
  const { resources, pending_operations: pending } = deployment;
  const counters = (resources ?? []).flatMap(({ outputs }) => countersSchema.safeParse(outputs).data ?? []);
  return {
    isThere: true,
    isEmpty: (resources ?? []).length === 0,
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

/** Runs `pulumi up` on what is declared, after a refresh: what somebody changed on AWS is mended. */
export async function runUp(
  workspace: Workspace,
  facts: StackFacts,
  environment: EnvironmentArguments | undefined,
): Promise<HostRun> {
  const { folder, stack } = workspace;
  workspace.declare(environment);
  return guardLock(async () => {
    if (!facts.isThere) await makeStack(stack, folder);
    if (facts.hasPending) await clearPendingOperations(stack, folder);
    const log = join(folder, "events.jsonl");
    const refresh = facts.isEmpty ? [] : ["--refresh"];
    const flags = ["--yes", "--skip-preview", "--non-interactive", "--stack", stack, "--event-log", log, ...refresh];
    const run = await runPulumi(["up", ...flags], { cwd: folder, env: engineEnvironment(environment) });
    // Somebody killed the engine alone (no memory was left): its lock is ours, and nobody else would know.
    if (run.signal !== undefined) await takeOverStack(workspace);
    return judge(run, log);
  });
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
  const run = await runPulumi(["preview", ...flags], { cwd: folder, env: engineEnvironment(environment) });
  if (run.cancelled) throw stopped();
  if (run.code !== 0) throw explainRun(run, "");
  return run.stdout.trim();
}

/** Ends the lock of a run that is dead, and forgets what it had begun: the hooks look at AWS themselves. */
export async function takeOverStack({ folder, stack }: Workspace): Promise<void> {
  await askPulumi(["cancel", "--yes", "--stack", stack, "--non-interactive"], folder);
  await clearPendingOperations(stack, folder);
}

/** What tells the hooks of the pull request's repository; the rest they have from this process. */
function engineEnvironment(environment: EnvironmentArguments | undefined): Record<string, string> {
  const repository = environment?.settings.repository;
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
