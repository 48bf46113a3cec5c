import { describeUnknown, ProblemError } from "../core/errors";
import { mapInParallel } from "../core/parallel";
import type { ExtensionBundle, Finding } from "../extensions/bundle";
import { type ExtensionsReading, readExtensions } from "../extensions/read-extensions";
import { assertPublicKey } from "../extensions/signature";
import { readSignature } from "./bundle-signature";
import {
  type Delivered,
  type DeliveredVersion,
  type ExtensionTarget,
  isUpToDate,
  versionOf,
  withLease,
} from "./target";

/** Levels as in Superset's log. */
export type Level = "DEBUG" | "INFO" | "WARNING" | "ERROR";

export type Tell = (level: Level, line: string) => void;

export interface UpsertOptions {
  /** Folder with the bundles to deliver; undefined where none is named. */
  readonly discovery: string | undefined;
  readonly target: ExtensionTarget;
  /** How long to wait for an extension that somebody else delivers, in milliseconds. */
  readonly lockTimeoutMs: number;
  /** Public Ed25519 key in PEM. With it, bundles that are not signed with its other half are refused. */
  readonly requiredKey?: string;
  readonly tell: Tell;
}

/** What became of one extension. */
export interface UpsertOutcome {
  readonly path: string;
  readonly result: "updated" | "skipped" | "error";
  /** One line. */
  readonly reason: string;
  /** Unknown of a bundle that cannot be read. */
  readonly id?: string;
  readonly version?: string;
}

export interface UpsertResult {
  readonly discovered: number;
  readonly updated: number;
  readonly skipped: number;
  readonly errors: number;
  /** In the order of the paths. */
  readonly extensions: readonly UpsertOutcome[];
  readonly findings: readonly Finding[];
  /** What stopped all of it before any extension. */
  readonly problem?: ProblemError;
  /** The last line, which other programs look for; none where all of it was skipped. */
  readonly summary?: string;
}

/** What an upsert comes to that is skipped. */
export const NOTHING = { discovered: 0, updated: 0, skipped: 0, errors: 0, extensions: [], findings: [] };

/** Extensions at the same time: enough for requests to a bucket, few enough for the threads that read files. */
const WIDTH = 8;

/**
 * Brings a target to what a folder has: finds the bundles, reads them, compares checksums, delivers what differs, and
 * counts. Extensions that are only on the target stay. Nothing is thrown: a start of Superset must not fail for this.
 */
export async function upsertExtensions(options: UpsertOptions): Promise<UpsertResult> {
  const { discovery, target, tell } = options;
  if (discovery === undefined) {
    tell("INFO", "No folder of extensions is named (SUPERSET_EXTENSIONS_PATH); extension updates are skipped.");
    return NOTHING;
  }
  try {
    tell("DEBUG", `Looking for extensions in ${discovery}.`);
    if (options.requiredKey !== undefined) assertPublicKey(options.requiredKey);
    const reading = await readExtensions(discovery);
    const broken = tellBroken(reading, tell);
    tell("DEBUG", `Comparing ${reading.bundles.length} with ${target.place}.`);
    const delivered = new Map((await target.list()).map((each) => [each.id, each]));
    const outcomes = await mapInParallel(reading.bundles, WIDTH, (bundle) =>
      deliver(bundle, delivered.get(bundle.id), options),
    );
    const result = count([...broken, ...outcomes], reading);
    return { ...result, summary: formatSummary(result) };
  } catch (error) {
    const problem = toProblem(error);
    tell("WARNING", `${oneLine(problem)} Extension updates are skipped.`);
    return { ...NOTHING, problem };
  }
}

function formatSummary({ discovered, updated, skipped, errors }: UpsertResult): string {
  const counts = `Discovered: ${discovered}, Updated: ${updated}, Skipped: ${skipped}, Errors: ${errors}`;
  return `Extension update check completed successfully. ${counts}`;
}

/** Bundles that are not taken, each once, however much is wrong with it. */
function tellBroken({ findings }: ExtensionsReading, tell: Tell): UpsertOutcome[] {
  for (const { path, entry, summary, remedy, rule } of findings)
    tell("WARNING", `${path}${entry === undefined ? "" : ` (${entry})`}: ${summary} [${rule}]. ${remedy}`);
  const errors = findings.filter(({ severity }) => severity === "error");
  return [...new Set(errors.map(({ path }) => path))].map((path) => {
    const its = errors.filter((finding) => finding.path === path);
    return { path, result: "error", reason: its.map(({ summary }) => summary).join("; ") };
  });
}

async function deliver(
  bundle: ExtensionBundle,
  before: Delivered | undefined,
  options: UpsertOptions,
): Promise<UpsertOutcome> {
  const about = { path: bundle.source.path, id: bundle.id, version: bundle.version };
  try {
    const { result, level, reason } = await bringUpToDate(bundle, before, options);
    options.tell(level, `${bundle.id} ${bundle.version}: ${reason}`);
    return { ...about, result, reason };
  } catch (error) {
    const problem = toProblem(error);
    // Another process was faster, and does the same.
    const isOvertaken = problem.code === "delivery/lock-lost";
    options.tell(isOvertaken ? "INFO" : "ERROR", `${bundle.id} ${bundle.version}: ${oneLine(problem)}`);
    return { ...about, result: isOvertaken ? "skipped" : "error", reason: problem.summary };
  }
}

interface Step {
  readonly result: "updated" | "skipped";
  readonly level: Level;
  readonly reason: string;
}

async function bringUpToDate(
  bundle: ExtensionBundle,
  before: Delivered | undefined,
  { target, lockTimeoutMs, requiredKey }: UpsertOptions,
): Promise<Step> {
  const signature = await readSignature(bundle, requiredKey);
  const wanted = versionOf(bundle, signature);
  const spared = spare(before, wanted);
  if (spared !== undefined) return spared;
  return withLease<Step>(target, bundle.id, lockTimeoutMs, {
    async work(lease) {
      // Who held the lock until now has most likely done what is to be done.
      const now = await target.read(bundle.id);
      const done = spare(now, wanted);
      if (done !== undefined) return done;
      await target.put(bundle, signature, lease);
      const level = now?.isRecordDamaged ? "WARNING" : "INFO";
      return { result: "updated", level, reason: describeChange(now, wanted) };
    },
    onHeld() {
      const reason = `somebody else has delivered it for ${lockTimeoutMs / 1000} s; skipped.`;
      return { result: "skipped", level: "INFO", reason };
    },
  });
}

/** Why nothing is to be written; undefined where something is. */
function spare(now: Delivered | undefined, wanted: DeliveredVersion): Step | undefined {
  if (isUpToDate(now, wanted)) return { result: "skipped", level: "DEBUG", reason: "unchanged." };
  if (now?.state !== "intact" || now.rolledBackFrom?.checksum !== wanted.checksum) return undefined;
  // The next start of a container would bring back what somebody has just taken away.
  const reason = `it was rolled back to ${now.version}, which stays until another bundle comes.`;
  return { result: "skipped", level: "INFO", reason };
}

function describeChange(now: Delivered | undefined, { version, checksum }: DeliveredVersion): string {
  if (now === undefined) return "delivered, new.";
  if (now.isRecordDamaged)
    return "delivered again: what was recorded of it was damaged, and nobody knows the version before it any more.";
  if (now.state === "foreign") return `delivered, in the place of ${now.file}, which somebody else put there.`;
  if (now.checksum !== checksum)
    return `delivered, in the place of ${now.version === version ? "another build" : now.version}.`;
  return now.state === "missing" ? "delivered again: its file was gone." : "delivered again: it was not as delivered.";
}

function count(extensions: readonly UpsertOutcome[], { discovered, findings }: ExtensionsReading): UpsertResult {
  const many = (result: UpsertOutcome["result"]) => extensions.filter((each) => each.result === result).length;
  return {
    ...{ discovered, updated: many("updated"), skipped: many("skipped"), errors: many("error"), findings },
    extensions: extensions.toSorted((left, right) => (left.path < right.path ? -1 : 1)),
  };
}

function toProblem(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  const why = describeUnknown(error);
  return new ProblemError({ code: "delivery/failed", summary: "The delivery failed.", why, cause: error });
}

function oneLine({ summary, why, remedy, code }: ProblemError): string {
  return [`${summary} [${code}]`, why, remedy].filter((part) => part !== undefined).join(" ");
}
