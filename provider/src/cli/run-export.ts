import { readFile } from "node:fs/promises";
import { relative, resolve } from "node:path";
import { ASSET_KINDS } from "../assets/definition";
import type { FileChange } from "../assets/write-file";
import { writeFolder } from "../assets/write-folder";
import { count, formatJson, plainLine } from "../core/plain-text";
import { describeAsset } from "../settings/strategy";
import { confirm } from "./confirm";
import { assertNoSecrets, locate, readExport, type ServerExportPlan, toChange } from "./export";
import { pickUncommitted } from "./git";
import { findStackOfRole, type Instance, openInstance } from "./instances";
import { tell } from "./progress";

/** What `export` was called with. */
export interface ExportCommandOptions {
  readonly from?: string;
  readonly outputDir?: string;
  readonly cwd: string;
  readonly only: readonly string[];
  readonly all?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/**
 * Writes what is on a server into files.
 *
 * @returns the exit code
 */
export async function runExport(options: ExportCommandOptions): Promise<number> {
  const { cwd, only, all = false, dryRun = false, yes = false, json = false } = options;
  const instance = await openInstance(
    options.from ?? findStackOfRole("production", cwd, "Name one: --from <stack>."),
    cwd,
  );
  const folder = options.outputDir === undefined ? instance.folder : resolve(options.outputDir);
  const plan = await readExport({ instance, folder, cwd, only, all });
  assertNoSecrets(plan, instance.name);
  show(plan, folder);
  const writes = await Promise.all([...plan.added, ...plan.changed].map((file) => toChange(file, folder)));
  const removals = await Promise.all(plan.gone.map(async ({ path }) => readRemoval(locate(folder, path))));
  const isIdle = writes.length + removals.length === 0;
  if (!dryRun && !isIdle) {
    if (!yes && !(await mayOverwrite(plan, folder, writes))) {
      tell("Nothing was written.");
      return 3;
    }
    await writeFolder({ folder, writes, removals });
  }
  if (json) process.stdout.write(`${formatJson(toReport(plan, instance, folder))}\n`);
  tell(summarise(plan, folder, dryRun));
  if (plan.failures.length > 0) return 1;
  return dryRun && !isIdle ? 7 : 0;
}

async function readRemoval(location: string): Promise<{ location: string; before: string }> {
  return { location, before: await readFile(location, "utf8") };
}

/** Asks before anything is overwritten that git does not have, and before files are removed. */
async function mayOverwrite(
  { gone }: ServerExportPlan,
  folder: string,
  writes: readonly FileChange[],
): Promise<boolean> {
  const there = writes.flatMap(({ location, before }) => (before === undefined ? [] : [location]));
  const lost = await pickUncommitted(folder, there);
  const questions = [
    ...(gone.length > 0 ? [`Remove ${count(gone.length, "file")}`] : []),
    ...(lost.length > 0
      ? [
          `${gone.length > 0 ? "o" : "O"}verwrite ${count(lost.length, "file")} that git does not have as ${lost.length === 1 ? "it is" : "they are"}`,
        ]
      : []),
  ];
  return questions.length === 0 || confirm(`${questions.join(", and ")}?`);
}

/** More lines than this nobody reads. */
const MOST_LINES = 40;

function show({ added, changed, gone, failures }: ServerExportPlan, folder: string): void {
  const lines = [
    ...added.map(({ path, kind, title }) => `+ ${path} (${describeAsset(kind, title)})`),
    ...changed.map(({ path, kind, title }) => `~ ${path} (${describeAsset(kind, title)})`),
    ...gone.map(({ path, kind, title }) => `- ${path} (${describeAsset(kind, title)}): no longer on the server`),
  ];
  // A first export is nothing but new files.
  const isFirst = changed.length + gone.length === 0 && added.length > MOST_LINES;
  const shown = isFirst ? [] : lines.slice(0, MOST_LINES);
  for (const line of shown) tell(plainLine(line));
  if (!isFirst && lines.length > shown.length) tell(`… and ${lines.length - shown.length} more in ${folder}`);
  for (const { remote, error } of failures) {
    tell(`failed: ${plainLine(describeAsset(remote.kind, remote.title))} (id ${remote.id}): ${error.message}`);
  }
}

function summarise(plan: ServerExportPlan, folder: string, dryRun: boolean): string {
  const { added, changed, gone, unchanged, drafts, homeless, failures, unseen } = plan;
  const would = dryRun ? "would be " : "";
  const kinds = ASSET_KINDS.map((kind) => ({ kind, number: added.filter((file) => file.kind === kind).length }));
  const news = kinds.filter(({ number }) => number > 0).map(({ kind, number }) => count(number, kind));
  return [
    `${relative(process.cwd(), folder) || "."}: ${added.length} ${would}new${news.length > 0 ? ` (${news.join(", ")})` : ""}, ${changed.length} ${would}changed, ${gone.length} ${would}removed, ${unchanged.length} as they were.`,
    ...(unseen.length > 0
      ? [
          `${count(unseen.length, "file")} left as ${unseen.length === 1 ? "it is" : "they are"}: this account does not see whether the server has the assets.`,
        ]
      : []),
    ...(drafts.length > 0 ? [`${count(drafts.length, "draft dashboard")} left out; --all takes them too.`] : []),
    ...(homeless.length > 0
      ? [
          `Left out because their dataset was deleted: ${homeless.map((title) => plainLine(describeAsset("chart", title))).join(", ")}.`,
        ]
      : []),
    ...(failures.length > 0 ? [`${count(failures.length, "asset")} could not be exported; see above.`] : []),
  ].join("\n");
}

function toReport(plan: ServerExportPlan, { name, settings }: Instance, folder: string) {
  const list = (files: readonly { path: string; kind: string; title: string }[]) =>
    files.map(({ path, kind, title }) => ({ path, kind, title }));
  return {
    version: 1,
    from: name,
    url: settings.url,
    folder,
    added: list(plan.added),
    changed: list(plan.changed),
    removed: list(plan.gone),
    unchanged: plan.unchanged.length,
    notSeen: list(plan.unseen),
    drafts: plan.drafts,
    withoutDataset: plan.homeless,
    failed: plan.failures.map(({ remote: { kind, title, id }, error }) => ({ kind, title, id, reason: error.message })),
  };
}
