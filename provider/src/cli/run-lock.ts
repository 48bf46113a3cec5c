import pc from "picocolors";
import { ProblemError } from "../core/errors";
import { count, formatJson } from "../core/plain-text";
import type { SupersetClient } from "../superset/client";
import { isDatasetLocked, writeLock } from "../superset/management-flag";
import { assertWord, confirm, confirmWord } from "./confirm";
import { openTarget, type StackInstance } from "./instances";
import { readInventory } from "./locate-assets";
import {
  adviseNext,
  describeLock,
  type LockFailure,
  type LockPlan,
  type LockVerb,
  showLocks,
  summariseLocks,
  toLockReport,
} from "./lock-report";
import { showStep, tell } from "./progress";
import { selectLockable } from "./select-lockable";
import { type LocatedAsset, selectThisServer } from "./server-drift";
import { readStackState } from "./stack-state";
import { sayWhenStopped } from "./stopping";

/** What `lock` and `unlock` were called with. */
export interface LockOptions {
  readonly target: string;
  readonly cwd: string;
  readonly only: readonly string[];
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly confirm?: string;
  readonly json?: boolean;
}

const WORD = "UNLOCK";

/**
 * Locks or unlocks in the UI what a stack has deployed.
 *
 * @returns the exit code
 */
export async function runLock(verb: LockVerb, options: LockOptions): Promise<number> {
  const { target, cwd, only, dryRun = false, json = false } = options;
  const instance = await openTarget(target, cwd, { mayWrite: !dryRun });
  const needsWord = verb === "unlock" && instance.settings.role === "production";
  if (needsWord) tell(pc.yellow(`${instance.name} is a production server: ${instance.settings.url}`));
  const question = `Let people edit on ${instance.settings.url}?`;
  if (needsWord && !dryRun) assertWord(question, WORD, options.confirm);
  const plan = await planLock(verb, instance, cwd, only);
  showLocks(plan, verb);
  const isIdle = plan.changes.length === 0;
  if (!dryRun && !isIdle && !(await mayWrite(verb, plan, instance, needsWord, options))) {
    tell("Nothing was written.");
    return 3;
  }
  const failures = dryRun || isIdle ? [] : await writeAll(plan.changes, verb, instance.client);
  for (const { change, error } of failures) tell(`${pc.red("failed:")} ${describeLock(change)}: ${error.message}`);
  if (json) process.stdout.write(`${formatJson(toLockReport(plan, failures, verb, instance, dryRun))}\n`);
  tell(summariseLocks(plan, failures, verb, dryRun));
  if (dryRun) return isIdle ? 0 : 7;
  if (isIdle || failures.length < plan.changes.length) tell(adviseNext(verb, instance));
  return failures.length > 0 ? 1 : 0;
}

async function planLock(
  verb: LockVerb,
  { settings, stack, client }: StackInstance,
  cwd: string,
  only: readonly string[],
): Promise<LockPlan> {
  const deployed = await showStep("Reading the state", () => readStackState(stack, cwd));
  if (deployed.length === 0) throw nothingDeployed(stack);
  const state = selectThisServer(deployed, settings, stack);
  return showStep("Asking the server", async () => {
    const inventory = await readInventory(client, state);
    const selection = selectLockable(only, state, inventory, settings.url);
    const locks = await Promise.all(
      selection.assets.map(({ remote }) => remote.managed ?? isDatasetLocked(client, remote.id)),
    );
    return { ...selection, changes: selection.assets.filter((_, index) => locks[index] !== (verb === "lock")) };
  });
}

function nothingDeployed(stack: string): ProblemError {
  return new ProblemError({
    code: "lock/nothing-deployed",
    summary: "The stack has deployed nothing yet, so there is nothing to lock or unlock.",
    remedy: "Run `pulumi up` first.",
    place: { stack },
    exitCode: 3,
  });
}

function mayWrite(
  verb: LockVerb,
  { changes }: LockPlan,
  { settings }: StackInstance,
  needsWord: boolean,
  { yes = false, confirm: given }: LockOptions,
): Promise<boolean> {
  const question = `${verb === "lock" ? "Lock" : "Unlock"} ${count(changes.length, "asset")} on ${settings.url}?`;
  if (needsWord) return confirmWord(question, WORD, given);
  return yes ? Promise.resolve(true) : confirm(question);
}

/** Servers have few processes: more requests at the same time only wait there. */
const AT_ONCE = 4;

/** Writes all; what fails is told, and the others go on. */
async function writeAll(
  changes: readonly LocatedAsset[],
  verb: LockVerb,
  client: SupersetClient,
): Promise<LockFailure[]> {
  sayWhenStopped(`Stopped; by then some of it may be ${verb}ed. The same command does the rest.`);
  const failures: LockFailure[] = [];
  const write = async (change: LocatedAsset) => {
    try {
      await writeLock(client, change.remote, verb === "lock");
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      failures.push({ change, error });
    }
  };
  await showStep(`${verb === "lock" ? "Locking" : "Unlocking"} ${count(changes.length, "asset")}`, async () => {
    for (let start = 0; start < changes.length; start += AT_ONCE) {
      await Promise.all(changes.slice(start, start + AT_ONCE).map(write));
    }
  });
  return failures;
}
