import { assetKey } from "../assets/asset-key";
import { fromCanonicalText } from "../assets/canonical";
import { defineFromDocument } from "../assets/define";
import type { Definition } from "../assets/definition";
import { ProblemError } from "../core/errors";
import { inTemporaryFolder } from "../core/temporary-folder";
import { type Comparison, compareSides } from "../plan/compare-sides";
import { fingerprintTarget } from "../superset/connection";
import { stopped } from "./ask";
import { type Drift, formatDrift, hasDrifted } from "./drift-report";
import { explainEngine } from "./engine-failures";
import { formatComparison } from "./format-comparison";
import { listServerIds } from "./ids";
import { type Instance, openInstance } from "./instances";
import { readInventory } from "./locate-assets";
import { pickDiagnostics } from "./plan-report";
import { showStep, tell } from "./progress";
import { type EngineRun, runPulumi } from "./pulumi-engine";
import { assertReportable, writeReport } from "./report-file";
import { selectThisServer } from "./server-drift";
import { writeSettingsFile } from "./settings-file";
import { withSharedLogin } from "./stack-login";
import { takeSnapshot } from "./stack-snapshot";
import { readStackState, type StateAsset } from "./stack-state";

/** What `drift` was called with. */
export interface DriftOptions {
  readonly stack: string;
  readonly cwd: string;
  readonly report?: string;
}

/**
 * Finds out what drifted.
 *
 * @returns the exit code
 */
export async function runDrift({ stack, cwd, report }: DriftOptions): Promise<number> {
  assertReportable(report);
  const instance = await openInstance(stack, cwd);
  const drift = await withSharedLogin(
    instance.settings,
    stack,
    ({ env }) => findDrift(instance, cwd, env),
    instance.client,
  );
  const isFound = hasDrifted(drift);
  if (report !== undefined) writeReport(report, formatDrift(drift));
  if (drift.comparison.differences.length > 0) {
    process.stdout.write(`\n${formatComparison(`${stack} as deployed → as it is`, drift.comparison, false)}\n`);
  }
  tell(isFound ? `${stack} is not as it was deployed.` : `${stack} is as it was deployed.`);
  return isFound ? 7 : 0;
}

async function findDrift(instance: Instance, cwd: string, env: Readonly<Record<string, string>>): Promise<Drift> {
  const { name: stack, settings, client } = instance;
  const state = selectThisServer(await readStackState(stack, cwd), settings, stack);
  if (state.length === 0) throw neverDeployed(stack);
  const run = await runRefresh(stack, cwd, env);
  const inventory = await showStep(`Asking ${settings.url}`, () => readInventory(client, state));
  return {
    stack,
    url: settings.url,
    comparison: await compareApplied(instance, state, cwd),
    ids: listServerIds(state, inventory, fingerprintTarget(settings.url)),
    isMoved: run.code === CHANGES_FOUND,
    output: run.output,
  };
}

/** What Pulumi ends with where `--expect-no-changes` was not fulfilled. */
const CHANGES_FOUND = 7;

/** @throws ProblemError `cli/stopped`; where the engine could not find out */
async function runRefresh(stack: string, cwd: string, env: Readonly<Record<string, string>>): Promise<EngineRun> {
  // Without --run-program Pulumi uses the settings of the last deployment, old passwords included.
  const flags = ["--preview-only", "--run-program", "--expect-no-changes", "--diff", "--non-interactive"];
  const run = await inTemporaryFolder((folder) => {
    // With `refuse`, the usual setting of production, the program would end where it finds what is looked for.
    const settings = writeSettingsFile(stack, cwd, { onDrift: "keep" }, folder);
    const args = ["refresh", ...flags, "--stack", stack, "--config-file", settings];
    // What it shows is for engines; what it means follows in words.
    return showStep(`Comparing ${stack} with its server`, () => runPulumi(args, { cwd, env }));
  });
  if (run.cancelled) throw stopped();
  if ([0, CHANGES_FOUND].includes(run.code)) return run;
  throw (
    explainEngine(run.output) ??
    new ProblemError({
      code: "drift/unknown",
      summary: "Pulumi could not compare the stack with its server.",
      why: pickDiagnostics(run.output),
      place: { stack },
    })
  );
}

function neverDeployed(stack: string): ProblemError {
  return new ProblemError({
    code: "drift/never-deployed",
    summary: "Nothing was deployed to this stack yet, so nothing can have drifted.",
    remedy: `Deploy first: pulumi-superset deploy --stack ${stack}`,
    place: { stack },
    exitCode: 3,
  });
}

/** What was applied against what the server has: the engine tells that by lines, this in words. */
async function compareApplied(instance: Instance, state: readonly StateAsset[], cwd: string): Promise<Comparison> {
  // Databases are never written, and each server has its own address in them.
  const applied = state.filter(({ kind }) => kind !== "database").map(defineApplied);
  const known = new Set(applied.map(({ kind, uuid }) => assetKey(kind, uuid)));
  const { definitions } = await takeSnapshot(instance, cwd, []);
  const server = definitions.filter(({ kind, uuid }) => known.has(assetKey(kind, uuid)));
  return compareSides({ definitions: applied, isServer: false }, { definitions: server, isServer: true });
}

function defineApplied({ kind, path, name, applied, yaml }: StateAsset): Definition {
  return defineFromDocument(kind, fromCanonicalText(applied ?? yaml), { path, name });
}
