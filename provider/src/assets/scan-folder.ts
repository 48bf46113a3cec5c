import type { Dirent, Stats } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import picomatch from "picomatch";
import { describeUnknown, ProblemError } from "../core/errors";
import { matchAny } from "../core/match-any";
import { isAccessName } from "./access-file";
import type { Finding } from "./definition";
import { compareText } from "./values";

/** Larger files are not read: no asset comes near. */
export const LARGEST_FILE = 20 * 1024 * 1024;

/** Which files of a folder count; globs on the path inside the folder. */
export interface FolderFilter {
  readonly include?: readonly string[] | undefined;
  readonly exclude?: readonly string[] | undefined;
}

/** A file that is to be read. */
export interface FoundFile {
  /** Path inside the folder, with `/`. */
  readonly path: string;
  /** Path on the disk. */
  readonly location: string;
}

/** What a folder holds. */
export interface ScannedFolder {
  /** Files that the filter lets through, by path. */
  readonly files: readonly FoundFile[];
  /** Files named `access.yaml`: `include` is about assets, and must not take them away. */
  readonly accessFiles: readonly FoundFile[];
  /** Paths of all files, also of those that the filter leaves out. */
  readonly paths: readonly string[];
  readonly findings: readonly Finding[];
}

interface Walk {
  readonly root: string;
  readonly files: FoundFile[];
  readonly findings: Finding[];
  /** Real paths of the folders that were entered: a link may lead in a circle. */
  readonly entered: Set<string>;
}

/**
 * Lists the asset files of a folder, at any depth, by path.
 *
 * @throws ProblemError `assets/folder-missing` where the folder cannot be read
 */
export async function scanFolder(folder: string, filter: FolderFilter): Promise<ScannedFolder> {
  const root = await openFolder(folder);
  const walk: Walk = { root, files: [], findings: [], entered: new Set([root]) };
  await walkFolder(walk, root, "");
  walk.files.sort((left, right) => compareText(left.path, right.path));
  return applyFilter(walk, filter);
}

async function openFolder(folder: string): Promise<string> {
  try {
    const root = await realpath(folder);
    await readdir(root);
    return root;
  } catch (error) {
    throw new ProblemError({
      code: "assets/folder-missing",
      summary: `The assets folder ${folder} cannot be read.`,
      why: describeUnknown(error),
      remedy: "Create it, or name another one with the setting `superset:assets`.",
      cause: error,
      exitCode: 2,
    });
  }
}

async function walkFolder(walk: Walk, location: string, path: string): Promise<void> {
  let entries: Dirent[];
  try {
    entries = await readdir(location, { withFileTypes: true });
  } catch (error) {
    walk.findings.push(unreadable(path, describeUnknown(error)));
    return;
  }
  for (const entry of entries) {
    // Superset's importer skips these names as well (api 3.4).
    if (entry.name.startsWith(".") || entry.name.startsWith("_")) continue;
    const own = { path: path === "" ? entry.name : `${path}/${entry.name}`, location: join(location, entry.name) };
    if (entry.isDirectory()) await walkFolder(walk, own.location, own.path);
    else if (entry.isSymbolicLink()) await followLink(walk, own);
    else if (isAssetName(entry.name)) addFile(walk, own, entry);
  }
}

function addFile(walk: Walk, file: FoundFile, entry: Dirent | Stats): void {
  // A pipe or device would block for ever.
  if (entry.isFile()) walk.files.push(file);
  else walk.findings.push(unreadable(file.path, "it is no ordinary file"));
}

async function followLink(walk: Walk, link: FoundFile): Promise<void> {
  let target: string;
  let state: Stats;
  try {
    target = await realpath(link.location);
    state = await stat(target);
  } catch (error) {
    if (isAssetName(link.path)) walk.findings.push(unreadable(link.path, describeUnknown(error)));
    return;
  }
  if (!state.isDirectory() && !isAssetName(link.path)) return;
  if (!target.startsWith(walk.root + sep)) walk.findings.push(linkOutside(link.path));
  else if (!state.isDirectory()) addFile(walk, { ...link, location: target }, state);
  else if (!walk.entered.has(target)) {
    walk.entered.add(target);
    await walkFolder(walk, target, link.path);
  }
}

function isAssetName(name: string): boolean {
  return /\.ya?ml$/i.test(name);
}

/** Makes the check whether a filter lets a path through. */
export function createPathFilter({ include = ["**"], exclude = [] }: FolderFilter): (path: string) => boolean {
  const isIncluded = matchAny(include);
  const isExcluded = matchAny(exclude);
  return (path) => isIncluded(path) && !isExcluded(path);
}

function applyFilter({ files, findings }: Walk, filter: FolderFilter): ScannedFolder {
  const globs = { include: filter.include ?? ["**"], exclude: filter.exclude ?? [] };
  const problems = Object.entries(globs).flatMap(([setting, patterns]) =>
    patterns.flatMap((pattern) => checkGlob(setting, pattern, files)),
  );
  const isKept = createPathFilter(filter);
  const isExcluded = matchAny(globs.exclude);
  const kept = files.filter(({ path }) => isKept(path));
  const told = findings.filter(({ file }) => isKept(file));
  return {
    files: kept,
    accessFiles: files.filter(({ path }) => isAccessName(path) && !isExcluded(path)),
    paths: files.map(({ path }) => path),
    findings: [...told, ...problems],
  };
}

function checkGlob(setting: string, pattern: string, files: readonly FoundFile[]): Finding[] {
  const remedy = `Correct the setting \`superset:${setting}\`; globs are relative to the assets folder.`;
  const place = { file: pattern, remedy };
  if (pattern.startsWith("/") || pattern.split("/").includes("..")) {
    return [
      {
        ...place,
        rule: "path-outside",
        severity: "error",
        message: `the glob "${pattern}" leads out of the assets folder`,
      },
    ];
  }
  const matches = picomatch(pattern, { dot: true });
  if (pattern === "**" || files.some(({ path }) => matches(path))) return [];
  return [{ ...place, rule: "glob-unused", severity: "warning", message: `the glob "${pattern}" fits no file` }];
}

function linkOutside(file: string): Finding {
  const message = "the symbolic link leads out of the assets folder";
  return {
    rule: "path-outside",
    severity: "error",
    file,
    message,
    remedy: "Copy the file into the folder, or remove the link.",
  };
}

function unreadable(file: string, why: string): Finding {
  return {
    rule: "file-unreadable",
    severity: "error",
    file,
    message: `it cannot be read: ${why}`,
    remedy: "Make it an ordinary file that this user may read, or leave it out.",
  };
}
