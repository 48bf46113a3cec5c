import { join } from "node:path";
import pc from "picocolors";
import { inTemporaryFolder } from "../core/temporary-folder";
import { listDropped, type PlanRecord } from "../plan/reviewed-plan";
import {
  MAY_EMPTY_VARIABLE,
  PLAN_RECORD_VARIABLE,
  REVIEWED_PLAN_VARIABLE,
  readPlanRecord,
} from "../resources/plan-record";
import { stopped } from "./ask";
import { checkStackDashboards } from "./check-dashboards";
import { explainEngine } from "./engine-failures";
import { readOutcomes } from "./event-log";
import { readInventory } from "./locate-assets";
import { showStep } from "./progress";
import { type EngineRun, runPulumi } from "./pulumi-engine";
import { isRefusal } from "./refusals";
import { type SettingOverrides, writeSettingsFile } from "./settings-file";
import { clearPendingOperations, readLockHolders, stackLocked, takeOverLock } from "./stack-lock";
import { type StackLogin, withSharedLogin } from "./stack-login";
import { readStackSettings } from "./stack-settings";
import { readStackState } from "./stack-state";
import { sayWhenStopped } from "./stopping";

/** What {@link deploy} needs. */
export interface DeployOptions {
  readonly stack: string;
  /** Folder of Pulumi.yaml. */
  readonly cwd: string;
  /** How many resources the engine works on at a time. */
  readonly parallel: string;
  /** Settings of this run. */
  readonly overrides?: SettingOverrides;
  /** Whether the first asset that fails ends it. Default: the others are still written. */
  readonly failFast?: boolean;
  /** Whether files that are none may delete all that the stack made. Default: that is refused. */
  readonly mayEmpty?: boolean;
  /** Only the resources of these names. */
  readonly only?: readonly string[];
}

/** A plan that somebody agreed to. */
export interface SavedPlan {
  /** What `pulumi preview --save-plan` wrote. */
  readonly engine: string;
  /** What the program noted ({@link PLAN_RECORD_VARIABLE}). */
  readonly record: string;
}

/** What a preview and the run that keeps to it have in common. */
export interface SharedRun {
  readonly plan: SavedPlan;
  readonly login: StackLogin;
  /** Told when all is written, and is only looked at once more. */
  readonly onWritten?: () => void;
}

/** How a deployment ended. */
export interface DeployResult {
  readonly code: number;
  /** What was to be written and failed. */
  readonly failed: readonly PlanRecord[];
  /** What was not tried, because something before it failed. */
  readonly notDone: readonly PlanRecord[];
  /** Whether the program refused the plan, such as one that is no longer the one agreed to: nothing was tried. */
  readonly isRefused?: boolean;
}

/**
 * Runs `pulumi up` with the recommended flags.
 *
 * Checkpoints are skipped: the engine writes the state once at the end instead of after every resource. That is safe
 * because a lost state costs nothing here: the next plan asks the server by UUID and takes over what it finds.
 *
 * @param shared nothing but its plan is done; absent: whatever the files ask for
 */
export async function deploy(options: DeployOptions, shared?: SharedRun): Promise<DeployResult> {
  return inLogin(options, shared, (login) =>
    inTemporaryFolder((folder) =>
      deployWith({ options, folder, login, plan: shared?.plan, onWritten: shared?.onWritten }),
    ),
  );
}

/** What one deployment works with. */
interface Deployment {
  readonly options: DeployOptions;
  /** For files of this run only. */
  readonly folder: string;
  readonly login: StackLogin;
  readonly plan: SavedPlan | undefined;
  readonly onWritten: SharedRun["onWritten"];
}

async function deployWith(deployment: Deployment): Promise<DeployResult> {
  const { stack, cwd } = deployment.options;
  const first = await runUp(deployment);
  const holders = readLockHolders(first.output);
  if (holders.length === 0) return finish(first, deployment);
  await takeOverLock(holders, stack, cwd);
  const second = await runUp(deployment);
  const [newHolder] = readLockHolders(second.output);
  // Somebody else was faster.
  if (newHolder !== undefined) throw stackLocked(newHolder, stack);
  return finish(second, deployment);
}

/**
 * Runs `pulumi preview` with the settings of such a run. Nothing is written, neither to the server nor to the state.
 *
 * @param args further arguments of `pulumi preview`
 * @param shared where the plan is saved; absent: nowhere
 */
export async function previewDeployment(
  options: DeployOptions,
  args: readonly string[],
  shared?: SharedRun,
): Promise<EngineRun> {
  const save = shared === undefined ? [] : [`--save-plan=${shared.plan.engine}`];
  const record = shared && { PULUMI_EXPERIMENTAL: "true", [PLAN_RECORD_VARIABLE]: shared.plan.record };
  return inLogin(options, shared, (login) =>
    inTemporaryFolder(async (folder) => {
      const flags = [...runFlags(options, folder), ...save, ...args];
      const env = { ...login.env, ...emptyEnvironment(options), ...record };
      const run = await runPulumi(["preview", ...flags], { cwd: options.cwd, env, show: true });
      if (run.cancelled) throw stopped();
      assertExplained(run);
      return run.code !== 0 && isRefusal(run.output) ? { ...run, code: REFUSED } : run;
    }),
  );
}

async function inLogin<T>(
  { stack, cwd }: DeployOptions,
  shared: SharedRun | undefined,
  run: (login: StackLogin) => Promise<T>,
): Promise<T> {
  if (shared !== undefined) return run(shared.login);
  return withSharedLogin(await readStackSettings(stack, cwd), stack, run);
}

/** Exit code of what was refused. */
const REFUSED = 3;

/** As shells tell that Ctrl-C ended something. */
const STOPPED = 130;

const SOME_WRITTEN = "Stopped; by then some of it may be written. The same command does the rest.";

const PLAN_RECORD = "plan.jsonl";
const EVENT_LOG = "events.jsonl";

/** The flags of preview and up alike. */
function runFlags({ stack, cwd, parallel, overrides, only = [] }: DeployOptions, folder: string): string[] {
  const file = overrides === undefined ? [] : ["--config-file", writeSettingsFile(stack, cwd, overrides, folder)];
  // The names are those of files, and the types before them do not matter.
  const targets = only.flatMap((name) => ["--target", `**::${name}`]);
  return ["--stack", stack, ...file, ...targets, "--non-interactive", "--parallel", parallel];
}

function emptyEnvironment({ mayEmpty = false }: DeployOptions): Record<string, string> {
  return mayEmpty ? { [MAY_EMPTY_VARIABLE]: "true" } : {};
}

/** @throws ProblemError where the engine could not even begin, and it is known what to do */
function assertExplained({ code, output }: EngineRun): void {
  const problem = code === 0 ? undefined : explainEngine(output);
  if (problem !== undefined) throw problem;
}

function runUp({ options, folder, login, plan }: Deployment): Promise<EngineRun> {
  const flags = [
    ...runFlags(options, folder),
    ...["--yes", "--skip-preview"],
    ...(options.failFast ? [] : ["--continue-on-error"]),
    ...(plan === undefined ? [] : [`--plan=${plan.engine}`]),
    ...["--event-log", join(folder, EVENT_LOG)],
  ];
  return runPulumi(["up", ...flags], {
    cwd: options.cwd,
    show: true,
    env: {
      ...login.env,
      ...emptyEnvironment(options),
      PULUMI_EXPERIMENTAL: "true",
      PULUMI_DEBUG_COMMANDS: "true",
      PULUMI_SKIP_CHECKPOINTS: "true",
      [PLAN_RECORD_VARIABLE]: join(folder, PLAN_RECORD),
      ...(plan && { [REVIEWED_PLAN_VARIABLE]: plan.record }),
    },
  });
}

async function finish(run: EngineRun, { options, folder, login, plan, onWritten }: Deployment): Promise<DeployResult> {
  if (run.signal !== undefined) {
    // What it was about to do is not known: its notes end anywhere.
    process.stderr.write(
      `${pc.red("error:")} Pulumi's engine was ended by ${run.signal}. Run this again: it finds what is there and does the rest.\n`,
    );
    return { code: 1, failed: [], notDone: [] };
  }
  assertExplained(run);
  const outcomes = readOutcomes(join(folder, EVENT_LOG));
  const noted = readPlanRecord(join(folder, PLAN_RECORD));
  const planned = pickChosen(noted, options).filter(({ writes }) => writes);
  if (!outcomes.isUntouched || planned.length > 0) sayWhenStopped(SOME_WRITTEN);
  if (/pending operations/.test(run.output)) await clearPendingOperations(options.stack, options.cwd);
  if (run.code !== 0 && outcomes.isUntouched && isRefusal(run.output)) {
    return { code: REFUSED, failed: [], notDone: [], isRefused: true };
  }
  const failed = planned.filter(({ name }) => outcomes.failed.has(name));
  const notDone = planned.filter(({ name }) => !outcomes.done.has(name) && !outcomes.failed.has(name));
  const dropped = plan === undefined ? [] : listDropped(noted, readPlanRecord(plan.record));
  if (dropped.length > 0 && run.code === 0) return { code: tellDropped(dropped), failed, notDone: dropped };
  const isDone = notDone.length === 0 && run.code === 0;
  if (isDone) {
    onWritten?.();
    sayWhenStopped("Stopped; everything is written, only the ids in dashboards were not checked.");
    return { code: await checkWritten(planned, options, login), failed, notDone };
  }
  if (notDone.length > 0) tellNotDone(notDone, run);
  else if (run.cancelled && planned.length === 0) throw stopped();
  sayWhenStopped(undefined);
  return { code: run.cancelled ? STOPPED : 1, failed, notDone };
}

/** @returns the exit code */
function tellDropped(dropped: readonly PlanRecord[]): number {
  process.stderr.write(
    `${pc.red("error:")} Part of the plan was no longer to be done, because its files or the state changed in between:\n`,
  );
  for (const { kind, title, path, action } of dropped)
    process.stderr.write(`  ${path} (${kind} "${title}"): ${action}\n`);
  return 1;
}

/** What of a plan a run is about: the program always plans all of it. */
export function pickChosen(records: readonly PlanRecord[], { only }: Pick<DeployOptions, "only">): PlanRecord[] {
  return records.filter(({ name }) => only?.includes(name) ?? true);
}

function tellNotDone(notDone: readonly PlanRecord[], run: EngineRun): void {
  const reason = run.cancelled ? "because this was cancelled" : "because something before it failed";
  process.stderr.write(`${pc.yellow(`Not done (${notDone.length}), ${reason}:`)}\n`);
  for (const { kind, title, path } of notDone) process.stderr.write(`  ${path} (${kind} "${title}")\n`);
  const first = run.cancelled ? "Run" : "Correct what failed above and run";
  process.stderr.write(`${first} this again: it does only what is missing.\n`);
}

/** Superset tells nothing of ids that act on the wrong charts (browser 2): so every written dashboard is looked at. */
async function checkWritten(
  planned: readonly PlanRecord[],
  { stack, cwd }: DeployOptions,
  login: StackLogin,
): Promise<number> {
  const names = new Set(planned.flatMap(({ kind, name }) => (kind === "dashboard" ? [name] : [])));
  if (names.size === 0) return 0;
  const checked = await showStep("Checking the ids in the written dashboards", async () => {
    const assets = await readStackState(stack, cwd);
    const client = login.client();
    const written = assets.filter(({ kind, name }) => kind === "dashboard" && names.has(name));
    return checkStackDashboards(client, await readInventory(client, assets), assets, written);
  });
  const wrong = checked.flatMap(({ remote, wrong: found }) =>
    found.map(({ at, message }) => `  dashboard "${remote.title}", ${at}: ${message}`),
  );
  if (wrong.length === 0) {
    process.stderr.write(
      `${checked.length === 1 ? "1 dashboard" : `${checked.length} dashboards`}: every id is right.\n`,
    );
    return 0;
  }
  process.stderr.write(
    `${pc.red("error:")} Ids in dashboards act on something else than they should:\n${wrong.join("\n")}\n`,
  );
  process.stderr.write("Run this again; if it says the same, please report it.\n");
  return 1;
}
