import pc from "picocolors";
import { toCanonicalText } from "../assets/canonical";
import { ASSET_KINDS, type AssetKind, type Definition } from "../assets/definition";
import { planExport } from "../assets/export-files";
import { createPathFilter } from "../assets/scan-folder";
import { count } from "../core/plain-text";
import { inTemporaryFolder } from "../core/temporary-folder";
import { isManaged } from "../settings/read-settings";
import { seesPart } from "../superset/rights";
import { writeInside } from "./bundle";
import { changeStack } from "./change-stack";
import { assertWord, confirm, confirmWord } from "./confirm";
import { readFailedAssets } from "./failed-assets";
import { assertTwoServers, type Instance, openInstance, openTarget } from "./instances";
import { nameAuthor } from "./manifest";
import { readDefinitions } from "./read-definitions";
import { readServerContent } from "./server-content";
import { copyAccess } from "./sync-access";

/** What `sync` was called with. */
export interface SyncOptions {
  readonly cwd: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly confirm?: string;
  readonly all?: boolean;
  readonly failFast?: boolean;
  readonly retryFailed?: boolean;
  readonly parallel: string;
}

const WORDS = "SYNC TO PRODUCTION";

/**
 * Brings what one server has to another.
 *
 * @returns the exit code
 */
export async function runSync(from: string, to: string, given: SyncOptions): Promise<number> {
  const { cwd, dryRun = false, failFast = false, parallel } = given;
  const source = await openInstance(from, cwd);
  const target = await openTarget(to, cwd);
  assertTwoServers(source, target);
  const isProduction = target.settings.role === "production";
  const question = `Write it to ${target.settings.url}?`;
  if (isProduction) process.stderr.write(pc.yellow(`${target.name} is a production server: ${target.settings.url}\n`));
  if (isProduction && !dryRun) assertWord(question, WORDS, given.confirm);
  return inTemporaryFolder(async (folder) => {
    const { declared, exclude } = await writeSource(source, target, folder, given);
    const overrides = { assets: folder, exclude: JSON.stringify(exclude) };
    const version = await source.client.version();
    const code = await changeStack({
      instance: target,
      options: {
        ...{ stack: target.name, cwd, parallel, failFast, overrides },
        ...(given.retryFailed && { only: readFailedAssets({ stack: target.name, cwd }) }),
      },
      declared,
      title: `${target.name} as it is → ${source.name} as it is`,
      dryRun,
      ask: (summary) => askFor(`${summary} ${question}`, isProduction, given),
      ...(isProduction && {
        note: {
          kind: "sync",
          author: await nameAuthor(cwd),
          source: { url: source.settings.url, version, ...(source.stack !== undefined && { stack: source.stack }) },
        } as const,
      }),
    });
    if (code === 0) describeFlags(declared, target);
    return code;
  });
}

function askFor(
  question: string,
  isProduction: boolean,
  { yes = false, confirm: given }: SyncOptions,
): Promise<boolean> {
  if (isProduction) return confirmWord(question, WORDS, given);
  return yes ? Promise.resolve(true) : confirm(question);
}

/** What the source has, as files. */
interface WrittenSource {
  readonly declared: readonly Definition[];
  /** The setting `exclude` for them. */
  readonly exclude: readonly string[];
}

/** Writes what the source has as files, under the names and UUIDs that the project's own files give. */
async function writeSource(
  source: Instance,
  target: Instance,
  folder: string,
  { cwd, all = false }: SyncOptions,
): Promise<WrittenSource> {
  const reading = readDefinitions(target.folder, target.settings);
  const content = await readServerContent({ instance: source, cwd, only: [], definitions: reading });
  assertSeesEnough(content.partlySeen, source, target);
  const [failed] = content.failures;
  // What is missing in the source would look as if it were to go.
  if (failed !== undefined) throw failed.error;
  const definitions = await reading;
  const isIncluded = createPathFilter(target.settings);
  const plan = planExport({ ...content, definitions, isIncluded, takesDraft: () => all, isGone: () => false });
  const files = [
    ...[...plan.added, ...plan.changed].map(({ path, document }) => ({ path, text: toCanonicalText(document) })),
    ...plan.unchanged.map(({ path, canonical }) => ({ path, text: canonical })),
  ];
  for (const { path, text } of files) await writeInside(folder, path, text);
  const left = await copyAccess({ source, target, definitions, folder, written: files.map(({ path }) => path) });
  const exclude = [...target.settings.exclude, ...left];
  return { declared: await readDefinitions(folder, { exclude }), exclude };
}

/**
 * What the account of the source does not see would be missing on the target, or be deleted there.
 *
 * @throws ProblemError `account/sees-part`
 */
function assertSeesEnough(partlySeen: readonly AssetKind[], { client }: Instance, { settings }: Instance): void {
  const { default: always, kinds, globs } = settings.strategy;
  const mayDelete = [always, ...Object.values(kinds), ...Object.values(globs)].some((flags) =>
    flags.includes("DELETE"),
  );
  const isEnough = partlySeen.every((kind) => kind === "dashboard") && !mayDelete;
  if (partlySeen.length > 0 && !isEnough) throw seesPart(client, partlySeen);
}

/** What people may now do with what was written. */
function describeFlags(declared: readonly Definition[], { settings, name }: Instance): void {
  const counts = ASSET_KINDS.filter((kind) => kind !== "database").map((kind) =>
    count(declared.filter((definition) => definition.kind === kind).length, kind),
  );
  const state = isManaged(settings) ? "locked in Superset's UI" : "can be edited in Superset's UI";
  process.stderr.write(`${counts.join(", ")} on ${name}: ${state} (superset:managed).\n`);
}
