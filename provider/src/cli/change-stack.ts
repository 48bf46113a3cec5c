import { rmSync } from "node:fs";
import { join, relative } from "node:path";
import { assetKey } from "../assets/asset-key";
import type { Definition } from "../assets/definition";
import { ProblemError } from "../core/errors";
import { count, plainLine } from "../core/plain-text";
import { inTemporaryFolder } from "../core/temporary-folder";
import { type Comparison, compareSides } from "../plan/compare-sides";
import { digestPlan, isChange, type PlanRecord, verbOf } from "../plan/reviewed-plan";
import { PLAN_MOVED, readPlanRecord } from "../resources/plan-record";
import { packBundle } from "./bundle";
import {
  type DeployOptions,
  type DeployResult,
  deploy,
  pickChosen,
  previewDeployment,
  type SavedPlan,
  type SharedRun,
} from "./deploy";
import { noteFailedAssets } from "./failed-assets";
import { formatComparison } from "./format-comparison";
import type { Instance } from "./instances";
import {
  createManifest,
  type Manifest,
  makeManifestFolder,
  nameManifest,
  type WrittenManifest,
  writeManifest,
} from "./manifest";
import { pickDiagnostics } from "./plan-report";
import { tell } from "./progress";
import { reportFailure, reportPlan } from "./report-file";
import { withSharedLogin } from "./stack-login";
import { assertNoCredentials, type StackSnapshot, takeSnapshot } from "./stack-snapshot";

/** What {@link changeStack} does. */
export interface StackChange {
  readonly instance: Instance;
  readonly options: DeployOptions;
  /** What the files say that are to be deployed. */
  readonly declared: readonly Definition[];
  /** Title over what is about to change. */
  readonly title: string;
  readonly dryRun: boolean;
  /** Asks whether the plan is to be applied. */
  readonly ask: (summary: string) => Promise<boolean>;
  /** File that gets the plan in Markdown. */
  readonly report?: string | undefined;
  /** Checksum of the only plan that may be applied. */
  readonly expected?: string | undefined;
  /** What the manifest says beside the plan; absent: none is written. */
  readonly note?: Omit<Manifest, "version" | "id" | "stack" | "status" | "startedAt" | "assets" | "bundle" | "target">;
}

/**
 * Plans, shows, asks, and applies exactly the plan that was shown: the engine keeps to the plan that it saved, and the
 * program refuses one in which a file or the server is another than it was.
 *
 * @returns the exit code
 */
export async function changeStack(change: StackChange): Promise<number> {
  const { settings, name, client } = change.instance;
  return inTemporaryFolder((folder) => {
    const plan: SavedPlan = { engine: join(folder, "plan.json"), record: join(folder, "plan.jsonl") };
    return withSharedLogin(settings, name, (login) => planAndApply(change, { plan, login }), client);
  });
}

async function planAndApply(change: StackChange, shared: SharedRun): Promise<number> {
  const { instance, options, declared, title, dryRun, ask, report } = change;
  if (change.note !== undefined && !dryRun) makeManifestFolder(instance.name, options.cwd);
  const { code, output } = await previewDeployment(options, [], shared);
  if (code !== 0) {
    reportFailure(report, instance.name, pickDiagnostics(output));
    return code;
  }
  const records = pickChosen(readPlanRecord(shared.plan.record), options).filter(isChange);
  const checksum = digestPlan(records);
  if (records.length === 0) {
    tell(`${instance.name} has it all already: nothing to do.`);
    reportPlan(report, { stack: instance.name, comparison: { differences: [], same: 0 }, changes: 0, checksum });
    return 0;
  }
  assertExpected(change, checksum);
  const snapshot = await takeSnapshot(instance, options.cwd, declared);
  if (change.note !== undefined) assertNoCredentials(snapshot, instance.name);
  const comparison = pickPlanned(snapshot, declared, records);
  process.stdout.write(`\n${formatComparison(title, comparison, false)}\n`);
  const summary = summarise(records);
  const others = listOthers(comparison, records);
  for (const line of others) process.stdout.write(`${plainLine(line)}\n`);
  reportPlan(report, { stack: instance.name, comparison, others, summary, changes: records.length, checksum });
  if (dryRun) {
    tell(`${summary} Nothing was written. Checksum of this plan: ${checksum}`);
    return 7;
  }
  if (!(await ask(summary))) {
    tell("Nothing was written.");
    return 3;
  }
  return apply(change, shared, records, snapshot);
}

/** @throws ProblemError `plan/moved` where somebody agreed to another plan */
function assertExpected({ expected, instance }: StackChange, checksum: string): void {
  if (expected === undefined || expected === checksum) return;
  throw new ProblemError({
    code: PLAN_MOVED,
    summary: `The plan has the checksum ${checksum}, and ${expected} was agreed to; nothing was written.`,
    why: "a file or the server was changed in between",
    remedy: "Look at the new plan (--dry-run), and agree to it.",
    place: { stack: instance.name },
    exitCode: 3,
  });
}

async function apply(
  { instance, options, note }: StackChange,
  shared: SharedRun,
  records: readonly PlanRecord[],
  snapshot: StackSnapshot,
): Promise<number> {
  if (note === undefined) return finish(options, await deploy(options, shared), true);
  const written = createManifest(await startManifest(instance, note, records, snapshot), options.cwd);
  const { file } = written;
  const where = relative(process.cwd(), file);
  let result: DeployResult | undefined;
  let isUntried = false;
  let isWritten = false;
  const onWritten = () => {
    isWritten = true;
  };
  const close = () => closeManifest(written, result ?? { code: isWritten ? 0 : 1 });
  // Where somebody stops this process in between.
  process.once("exit", close);
  try {
    result = await deploy(options, { ...shared, onWritten });
    return finish(options, result, false);
  } catch (error) {
    // Whatever ends it by name before the engine has begun, for example a lock, has tried nothing.
    const isNamed = error instanceof ProblemError && error.code !== "cli/stopped";
    isUntried = isNamed && result === undefined && !isWritten;
    throw error;
  } finally {
    process.off("exit", close);
    if (isUntried || result?.isRefused) rmSync(file);
    else tellManifest(where, close());
  }
}

function tellManifest(where: string, status: Manifest["status"]): void {
  tell(
    status === "done"
      ? `${where} says what was done. Commit it: \`pulumi-superset rollback\` needs it.`
      : `${where} says what was tried. \`pulumi-superset rollback\` brings back what was there before; the same command again does the rest.`,
  );
}

/** Writes down how it ended. */
function closeManifest(
  { manifest, file }: WrittenManifest,
  { code, failed: refused = [], notDone = [] }: Partial<DeployResult>,
): Manifest["status"] {
  const failed = [...refused, ...notDone].map(({ path }) => path);
  const status = code === 0 ? "done" : "failed";
  const finishedAt = new Date().toISOString();
  writeManifest({ file, manifest: { ...manifest, status, finishedAt, ...(failed.length > 0 && { failed }) } });
  return status;
}

function finish(options: DeployOptions, result: DeployResult, retries: boolean): number {
  noteFailedAssets(options, result, retries);
  return result.code;
}

async function startManifest(
  { name, settings, client }: Instance,
  note: NonNullable<StackChange["note"]>,
  records: readonly PlanRecord[],
  { definitions, files }: StackSnapshot,
): Promise<Manifest> {
  const before = new Map(definitions.map(({ kind, uuid, digest }) => [assetKey(kind, uuid), digest]));
  const now = new Date();
  return {
    version: 1,
    id: nameManifest(now, note.commit),
    stack: name,
    status: "started",
    startedAt: now.toISOString(),
    target: { stack: name, url: settings.url, version: await client.version() },
    ...note,
    assets: records.map((record) => toEntry(record, before)),
    bundle: (await packBundle(files)).toString("base64"),
  };
}

function toEntry(record: PlanRecord, before: ReadonlyMap<string, string>): Manifest["assets"][number] {
  const { kind, uuid, path, title, action, checksum } = record;
  const had = before.get(`${kind}:${uuid}`);
  return {
    ...{ kind, path, title, action },
    ...(uuid !== undefined && { uuid }),
    ...(had !== undefined && { before: had }),
    ...(checksum !== undefined && verbOf(record) !== "delete" && { after: checksum }),
  };
}

/** What differs of what the plan touches: a server may have much that no file is about. */
function pickPlanned(
  { definitions }: StackSnapshot,
  declared: readonly Definition[],
  records: readonly PlanRecord[],
): Comparison {
  const touched = new Set(records.map(({ kind, uuid }) => `${kind}:${uuid}`));
  const compared = compareSides({ definitions, isServer: true }, { definitions: declared, isServer: false });
  const differences = compared.differences.filter(({ kind, uuid }) => touched.has(assetKey(kind, uuid)));
  return { differences, same: compared.same };
}

/** What the comparison of contents does not show. */
function listOthers({ differences }: Comparison, records: readonly PlanRecord[]): string[] {
  const shown = new Set(differences.flatMap(({ kind, uuid, path }) => [assetKey(kind, uuid), `${kind}:${path}`]));
  const others = records.filter(
    ({ kind, uuid, path }) => !shown.has(`${kind}:${uuid}`) && !shown.has(`${kind}:${path}`),
  );
  return others.map(({ kind, title, action }) => `${kind} "${title}": ${action}`);
}

function summarise(records: readonly PlanRecord[]): string {
  const verbs = [...new Set(records.map(verbOf))];
  const parts = verbs.map((verb) => `${records.filter((record) => verbOf(record) === verb).length} to ${verb}`);
  return `${count(records.length, "asset")}: ${parts.join(", ")}.`;
}
