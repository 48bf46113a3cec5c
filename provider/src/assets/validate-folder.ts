import { isTemplated, loadJinjaParser } from "../core/jinja-parser";
import { loadSqlReader } from "../core/sql-parser";
import { type Access, resolveAccess } from "./access";
import type { Finding } from "./definition";
import type { FixableFile } from "./fix-file";
import { findProblems, placeProblems, sortFindings } from "./lint";
import { readFiles } from "./read-files";
import { listIdentities, type ReadOptions, resolveDatasetIds } from "./read-folder";
import { checkChartColumns } from "./rules/chart-columns";
import { checkFilterTargets, checkLostFilters } from "./rules/filters";
import type { Problem } from "./rules/registry";
import { checkSql } from "./rules/sql";
import { listSqlTexts, type SqlText } from "./sql-texts";

/** What was found in a folder. */
export interface Validation {
  /** The files that were read as assets, by path. */
  readonly files: readonly FixableFile[];
  readonly access: Access;
  /** As `sortFindings` orders them. */
  readonly findings: readonly Finding[];
}

/**
 * Checks a folder by all rules: those of every deployment, and those that take more time.
 *
 * @throws ProblemError `assets/folder-missing` where the folder cannot be read
 */
export async function validateFolder(folder: string, options: ReadOptions = {}): Promise<Validation> {
  const read = await readFiles(folder, options);
  const files = options.keepIds ? [...read.assets] : resolveDatasetIds(read.assets);
  const { access, findings } = resolveAccess(read.accessFiles, listIdentities(files), read.paths);
  const problems = [
    ...findProblems(files, { ...options, unread: read.unread }),
    ...checkChartColumns(files),
    ...checkLostFilters(files),
    ...files.flatMap(checkFilterTargets),
    ...(await checkAllSql(listSqlTexts(files))),
  ];
  const pairs = read.assets.map((stated, index) => ({ stated, resolved: files[index] ?? stated }));
  return { files: pairs, access, findings: sortFindings([...read.findings, ...findings, ...placeProblems(problems)]) };
}

async function checkAllSql(texts: readonly SqlText[]): Promise<Problem[]> {
  if (texts.length === 0) return [];
  const isAnyTemplated = texts.some(({ sql }) => isTemplated(sql));
  const [readSql, checkJinja] = await Promise.all([
    loadSqlReader(),
    isAnyTemplated ? loadJinjaParser() : () => undefined,
  ]);
  return checkSql(texts, { readSql, checkJinja });
}
