import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { ReadOptions } from "../assets/read-folder";
import { ProblemError } from "../core/errors";
import { suggestNearest } from "../core/nearest";
import { findProjectIfAny } from "./project-files";
import { readStackFiles, type StackFile } from "./stack-files";

/** What is validated, and what is known of it from settings. */
export interface ValidateScope {
  /** On the disk. */
  readonly folder: string;
  readonly read: ReadOptions;
}

/** What people asked for. */
export interface ScopeOptions {
  readonly cwd: string;
  readonly assetsDir?: string | undefined;
  readonly stack?: string | undefined;
}

/**
 * Finds the folder of the asset files, and what the settings of the project say about them: of one stack, or what all
 * its stacks say. A database that any stack maps needs no file; a file that all stacks leave out is not looked at.
 *
 * @throws ProblemError `stack/unknown`, `validate/several-folders`, `settings/unreadable`
 */
export function chooseScope({ cwd, assetsDir, stack }: ScopeOptions): ValidateScope {
  const project = findProjectIfAny(cwd);
  if (project === undefined) {
    if (stack !== undefined) throw unknownStack(stack, cwd, []);
    return { folder: assetsDir === undefined ? resolve(cwd, "assets") : resolve(assetsDir), read: {} };
  }
  const { stacks, defaults } = readStackFiles(project);
  const chosen = stack === undefined ? stacks : [findStack(stacks, stack, cwd)];
  const relevant = chosen.length === 0 ? [defaults] : chosen;
  const folders = [...new Set(relevant.map(({ assets }) => resolve(project.programFolder, assets)))];
  const folder = assetsDir === undefined ? onlyFolder(folders) : resolve(assetsDir);
  const mappedDatabaseUuids = [...new Set(relevant.flatMap(({ databases }) => databases))];
  // Globs are about the project's own files.
  const filter = folders.includes(folder) ? joinFilters(relevant) : {};
  return { folder, read: { ...filter, mappedDatabaseUuids, keepIds: relevant.every((each) => !each.fixCrossFilters) } };
}

function joinFilters(stacks: readonly StackFile[]): Pick<ReadOptions, "include" | "exclude"> {
  const [first] = stacks;
  const exclude = (first?.exclude ?? []).filter((glob) => stacks.every((stack) => stack.exclude.includes(glob)));
  const wanted = stacks.map(({ include }) => include);
  const isSame = wanted.every((include) => include?.join("\n") === first?.include?.join("\n"));
  return { exclude, ...(isSame && first?.include !== undefined && { include: first.include }) };
}

function onlyFolder(folders: readonly string[]): string {
  const [first = "", ...others] = folders;
  if (others.length === 0) return first;
  // A stack that is only an example may name a folder that is not there.
  const present = folders.filter((folder) => existsSync(folder));
  if (present.length === 1) return present[0] as string;
  throw new ProblemError({
    code: "validate/several-folders",
    summary: `The stacks of this project have different assets folders: ${folders.join(", ")}.`,
    remedy: "Name one with --assets-dir, or a stack with --stack.",
    exitCode: 2,
  });
}

function findStack(stacks: readonly StackFile[], name: string, cwd: string): StackFile {
  // Of `organisation/project/stack` the file has the last part.
  const own = name.split("/").at(-1) ?? name;
  const found = stacks.find(({ stack }) => stack === own);
  if (found === undefined)
    throw unknownStack(
      own,
      cwd,
      stacks.map(({ stack }) => stack),
    );
  return found;
}

function unknownStack(name: string, cwd: string, known: readonly string[]): ProblemError {
  return new ProblemError({
    code: "stack/unknown",
    summary: `There is no Pulumi.${name}.yaml in the project of ${resolve(cwd)}${suggestNearest(name, known)}`,
    remedy: "Name a stack that has a file, or the folder of the project with --cwd.",
    exitCode: 2,
  });
}
