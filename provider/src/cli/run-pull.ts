import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { updateText } from "../assets/update-text";
import { type FileChange, replaceFile } from "../assets/write-file";
import { count, plainLine } from "../core/plain-text";
import { describeAsset } from "../settings/strategy";
import { confirm } from "./confirm";
import { tell } from "./progress";
import { type PulledAsset, type PullOptions, type PullPlan, planPulls } from "./pull";
import { describeOutlook } from "./pull-outlook";
import { formatNew, formatPulled } from "./pull-report";
import { sayWhenStopped } from "./stopping";

/** What `pull` was called with. */
export interface PullCommandOptions {
  readonly stack: string;
  readonly cwd: string;
  readonly assets?: string;
  readonly ours?: boolean;
  readonly theirs?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

/**
 * Shows what the server has otherwise, and writes it into the files.
 *
 * @returns the exit code
 */
export async function runPull(paths: readonly string[], options: PullCommandOptions): Promise<number> {
  const { stack, cwd, assets, dryRun = false, yes = false } = options;
  const prefer: PullOptions["prefer"] = options.theirs ? "theirs" : options.ours ? "ours" : undefined;
  const plan = await planPulls({ stack, cwd, assets, paths, prefer });
  const updates = await readUpdates(plan.pulled);
  for (const pulled of plan.pulled) print(formatPulled(pulled, updates.get(pulled)));
  for (const { definition, usedBy } of plan.added) print(formatNew(definition, usedBy));
  showNotes(plan);
  const changes = [...updates.values(), ...listNewFiles(plan)];
  const isConflicting = plan.pulled.some(({ pulled }) => pulled.verdict === "conflict");
  if (isConflicting) tell(CONFLICT_ADVICE);
  if (dryRun) {
    tell(changes.length === 0 ? "Nothing to write." : `${count(changes.length, "file")} would be written.`);
    if (isConflicting) return 3;
    return changes.length > 0 || plan.gone.length > 0 || plan.pulled.some(isFileless) ? 7 : 0;
  }
  const isWanted = await write(changes, plan, yes);
  return isConflicting || !isWanted ? 3 : 0;
}

/** A deployment writes whole files: what else changed on the server would be lost. */
const CONFLICT_ADVICE = `Conflicts: put the server's value into the file and pull again; or keep the file's and
deploy, which writes the whole file over the server's version. To decide all
conflicts and merge the rest: --theirs or --ours.`;

/**
 * Writes, if people want it, and tells what comes next.
 *
 * @returns whether they want it
 */
async function write(changes: readonly FileChange[], plan: PullPlan, yes: boolean): Promise<boolean> {
  if (changes.length === 0) {
    tell("Nothing to write.");
    if (plan.pulled.some(({ pulled }) => pulled.verdict === "kept")) tell(describeOutlook(plan));
    return true;
  }
  if (!yes && !(await confirm(`Write ${count(changes.length, "file")}?`))) {
    tell("Nothing was written.");
    return false;
  }
  sayWhenStopped("Stopped; by then some of the files may be written. The same command does the rest.");
  for (const change of changes) await replaceFile(change);
  tell(`${count(changes.length, "file")} written. ${describeOutlook(plan)}`);
  return true;
}

function isFileless({ pulled }: PulledAsset): boolean {
  return pulled.verdict === "fileless";
}

function showNotes({ gone, unresolved }: PullPlan): void {
  for (const { kind, title, path } of gone) {
    tell(
      `${path}: ${plainLine(describeAsset(kind, title))} is no longer on the server. \`pulumi up\` makes it again; remove the file if it is to go.`,
    );
  }
  for (const { reference, usedBy } of unresolved) {
    tell(
      `${usedBy} uses the ${reference.kind} ${reference.uuid}, which has no file and cannot get one: ${REASONS[reference.kind] ?? "it is not on the server"}.`,
    );
  }
}

const REASONS: Readonly<Record<string, string>> = {
  database: "add a file for it, or map it in `superset:databases`",
};

/** What is to be written into the files that there are. */
async function readUpdates(pulled: readonly PulledAsset[]): Promise<ReadonlyMap<PulledAsset, FileChange>> {
  const updates = pulled.map(async (asset): Promise<[PulledAsset, FileChange][]> => {
    if (asset.pulled.verdict !== "write") return [];
    const { file, after } = asset.pulled;
    const before = await readFile(file.location, "utf8");
    const text = updateText(file.definition.kind, before, after);
    return [[asset, { location: file.location, before, after: text }]];
  });
  return new Map((await Promise.all(updates)).flat());
}

function listNewFiles({ folder, added }: PullPlan): FileChange[] {
  return added.map(({ definition }) => ({ location: join(folder, definition.path), after: definition.canonical }));
}

function print(text: string | undefined): void {
  if (text !== undefined) process.stdout.write(`${text}\n\n`);
}
