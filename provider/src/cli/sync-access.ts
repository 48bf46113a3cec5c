import { existsSync, readFileSync } from "node:fs";
import type { RowLevelSecurityRule } from "../assets/access";
import type { Definition } from "../assets/definition";
import { readAssets } from "../assets/read-folder";
import { createPathFilter, scanFolder } from "../assets/scan-folder";
import { ProblemError } from "../core/errors";
import { plainLine } from "../core/plain-text";
import { writeInside } from "./bundle";
import type { Instance } from "./instances";

/** What {@link copyAccess} needs. */
export interface AccessCopy {
  readonly source: Instance;
  readonly target: Instance;
  /** The files of the project. */
  readonly definitions: readonly Definition[];
  /** Where the content of the source is. */
  readonly folder: string;
  /** Paths of its files. */
  readonly written: readonly string[];
}

/**
 * Copies the files about owners, roles and rows: exports hold nothing of that, so those of the project hold. What they
 * say about assets that the source does not have is no mistake: each gets a file that nothing reads.
 *
 * @returns globs of those files
 * @throws ProblemError `sync/rule-incomplete`
 */
export async function copyAccess(copy: AccessCopy): Promise<string[]> {
  const { target, folder, definitions, written } = copy;
  if (!existsSync(target.folder)) return [];
  const { include, exclude } = target.settings;
  const filter = { exclude, ...(include !== undefined && { include }) };
  const { accessFiles } = await scanFolder(target.folder, filter);
  if (accessFiles.length === 0) return [];
  const isIncluded = createPathFilter(filter);
  const there = new Set(written);
  const lacking = definitions.map(({ path }) => path).filter((path) => isIncluded(path) && !there.has(path));
  assertWhole((await readAssets(target.folder, filter)).access.rules, new Set(lacking), copy);
  for (const { path, location } of accessFiles) await writeInside(folder, path, readFileSync(location));
  for (const path of lacking) await writeInside(folder, path, "");
  return lacking.map(escapeGlob);
}

/** A rule without one of its datasets would show all rows of that one, where the target has it. */
function assertWhole(
  rules: readonly RowLevelSecurityRule[],
  lacking: ReadonlySet<string>,
  { source, target }: AccessCopy,
): void {
  const lines = rules.flatMap(({ name, path, datasets }) => {
    const missing = datasets.flatMap((dataset) => (lacking.has(dataset.path ?? "") ? [dataset.path] : []));
    if (missing.length === 0 || missing.length === datasets.length) return [];
    return [`  ${path}: ${plainLine(`rule "${name}"`)} also limits ${missing.join(", ")}`];
  });
  if (lines.length === 0) return;
  throw new ProblemError({
    code: "sync/rule-incomplete",
    summary: `Row-level security rules limit datasets that ${source.name} does not have; nothing was written:\n${lines.join("\n")}`,
    why: `without them in the rule, people would see all their rows on ${target.name}`,
    remedy: `Deploy these datasets to ${source.name} first, or make rules of their own for them.`,
    place: { stack: target.name },
    exitCode: 3,
  });
}

/** A glob that means exactly this path. */
function escapeGlob(path: string): string {
  return path.replace(/[\\*?[\](){}!+@|]/g, "\\$&");
}
