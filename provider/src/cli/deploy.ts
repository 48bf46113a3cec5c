import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pc from "picocolors";
import { PLAN_RECORD_VARIABLE, type PlanRecord } from "../resources/plan-record";
import { checkStackDashboards } from "./check-dashboards";
import { explainEngine } from "./engine-failures";
import { readDoneNames } from "./event-log";
import { readInventory } from "./locate-assets";
import { showStep } from "./progress";
import { type EngineRun, runPulumi } from "./pulumi-engine";
import { clearPendingOperations, readLockHolders, stackLocked, takeOverLock } from "./stack-lock";
import { openServer, readStackSettings } from "./stack-settings";
import { readStackState } from "./stack-state";
import { writeStrategyFile } from "./strategy-file";

/** What {@link deploy} needs. */
export interface DeployOptions {
  readonly stack: string;
  /** Folder of Pulumi.yaml. */
  readonly cwd: string;
  /** How many resources the engine works on at a time. */
  readonly parallel: string;
  /** What this run may do, in place of the stack's own strategy. */
  readonly strategy?: string;
}

/**
 * Runs `pulumi up` with the recommended flags.
 *
 * Checkpoints are skipped: the engine writes the state once at the end instead of after every resource. That is safe
 * because a lost state costs nothing here: the next plan asks the server by UUID and takes over what it finds.
 *
 * @returns the exit code
 */
export async function deploy(options: DeployOptions): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "pulumi-superset-"));
  try {
    const first = await runUp(options, folder);
    const holders = readLockHolders(first.output);
    if (holders.length === 0) return await finish(first, options, folder);
    await takeOverLock(holders, options.stack, options.cwd);
    const second = await runUp(options, folder);
    const [newHolder] = readLockHolders(second.output);
    // Somebody else was faster.
    if (newHolder !== undefined) throw stackLocked(newHolder, options.stack);
    return await finish(second, options, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Runs `pulumi preview` with the settings of such a run. Nothing is written, neither to the server nor to the state.
 *
 * @param args further arguments of `pulumi preview`
 * @returns its exit code
 */
export async function previewDeployment(options: DeployOptions, args: readonly string[]): Promise<number> {
  const { stack, cwd, parallel } = options;
  const folder = mkdtempSync(join(tmpdir(), "pulumi-superset-"));
  try {
    const flags = [...strategyFlags(options, folder), "--non-interactive", "--parallel", parallel, ...args];
    const run = await runPulumi(["preview", "--stack", stack, ...flags], { cwd, show: true });
    assertExplained(run);
    return run.code;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const PLAN_RECORD = "plan.jsonl";
const EVENT_LOG = "events.jsonl";

/** Points the engine to a copy of the settings with the strategy of this run. */
function strategyFlags({ stack, cwd, strategy }: DeployOptions, folder: string): string[] {
  return strategy === undefined ? [] : ["--config-file", writeStrategyFile(stack, cwd, strategy, folder)];
}

/** @throws ProblemError where the engine could not even begin, and it is known what to do */
function assertExplained({ code, output }: EngineRun): void {
  const problem = code === 0 ? undefined : explainEngine(output);
  if (problem !== undefined) throw problem;
}

function runUp(options: DeployOptions, folder: string): Promise<EngineRun> {
  const { stack, cwd, parallel } = options;
  const flags = [
    ...strategyFlags(options, folder),
    "--yes",
    "--skip-preview",
    "--non-interactive",
    "--continue-on-error",
    "--parallel",
    parallel,
  ];
  return runPulumi(["up", "--stack", stack, ...flags, "--event-log", join(folder, EVENT_LOG)], {
    cwd,
    show: true,
    env: {
      PULUMI_EXPERIMENTAL: "true",
      PULUMI_DEBUG_COMMANDS: "true",
      PULUMI_SKIP_CHECKPOINTS: "true",
      [PLAN_RECORD_VARIABLE]: join(folder, PLAN_RECORD),
    },
  });
}

async function finish(run: EngineRun, options: DeployOptions, folder: string): Promise<number> {
  if (run.signal !== undefined) {
    // What it was about to do is not known: its notes end anywhere.
    process.stderr.write(
      `${pc.red("error:")} Pulumi's engine was ended by ${run.signal}. Run this again: it finds what is there and does the rest.\n`,
    );
    return 1;
  }
  assertExplained(run);
  if (/pending operations/.test(run.output)) await clearPendingOperations(options.stack, options.cwd);
  const planned = readPlan(folder);
  const missing = listNotDone(planned, folder);
  if (missing.length === 0 && run.code === 0) return checkWritten(planned, options);
  if (missing.length === 0) return 1;
  const reason = run.cancelled ? "because this was cancelled" : "because something before it failed";
  process.stderr.write(`${pc.yellow(`Not done (${missing.length}), ${reason}:`)}\n`);
  for (const { kind, title, path } of missing) process.stderr.write(`  ${path} (${kind} "${title}")\n`);
  const first = run.cancelled ? "Run" : "Correct what failed above and run";
  process.stderr.write(`${first} this again: it does only what is missing.\n`);
  return 1;
}

/** What the plan wanted to write. */
function readPlan(folder: string): PlanRecord[] {
  const file = join(folder, PLAN_RECORD);
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, "utf8").trim().split("\n");
  return lines.map((line) => JSON.parse(line) as PlanRecord);
}

/** What of it the engine never finished. */
function listNotDone(planned: readonly PlanRecord[], folder: string): PlanRecord[] {
  const done = readDoneNames(join(folder, EVENT_LOG));
  return planned.filter(({ name }) => !done.has(name));
}

/** Superset tells nothing of ids that act on the wrong charts (browser 2): so every written dashboard is looked at. */
async function checkWritten(planned: readonly PlanRecord[], { stack, cwd }: DeployOptions): Promise<number> {
  const names = new Set(planned.flatMap(({ kind, name }) => (kind === "dashboard" ? [name] : [])));
  if (names.size === 0) return 0;
  const checked = await showStep("Checking the ids in the written dashboards", async () => {
    const assets = await readStackState(stack, cwd);
    const client = openServer(await readStackSettings(stack, cwd), stack);
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
