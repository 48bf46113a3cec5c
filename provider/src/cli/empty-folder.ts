import { existsSync, readdirSync, rmdirSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { type FileChange, readIfThere } from "../assets/write-file";
import { writeFolder } from "../assets/write-folder";
import { ProblemError } from "../core/errors";
import type { Step } from "./steps";

/** What a new repository begins with. */
const ORDINARY = /^(\.git|\.gitignore|\.gitattributes|\.DS_Store|(README|LICEN[CS]E|COPYING)(\.\w+)?)$/i;

/**
 * Refuses a folder that has something of its own.
 *
 * @throws ProblemError `init/not-empty`
 */
export function assertEmpty(folder: string): void {
  const others = existsSync(folder) ? readdirSync(folder).filter((name) => !ORDINARY.test(name)) : [];
  if (others.length === 0) return;
  const isProject = others.some((name) => /^Pulumi\.(ya?ml|json)$/.test(name));
  const shown = others.slice(0, 5).join(", ");
  throw new ProblemError({
    code: "init/not-empty",
    summary: `The folder ${folder} is not empty: it has ${shown}${others.length > 5 ? ", …" : ""}. Nothing was written.`,
    remedy: isProject
      ? "It is a project already: `pulumi-superset stack add` makes one more stack in it."
      : "Name a new folder: pulumi-superset init <folder>.",
    exitCode: 3,
  });
}

/** The name of a project in a folder, as Pulumi allows it. */
export function nameProject(folder: string): string {
  const name = basename(folder)
    .replace(/[^A-Za-z0-9_.-]+/g, "-")
    .replace(/^[^A-Za-z0-9]+/, "");
  return name.slice(0, 100) || "dashboards";
}

/**
 * Writes files into an empty folder, at once: no other process, and nobody who stops this one, sees some of them.
 *
 * @param files none of which is there
 */
export function writeProject(folder: string, files: readonly FileChange[]): Step {
  let first: string | undefined;
  let isWritten = false;
  const removeMade = () => removeFolders(folder, first);
  return {
    async run() {
      // It may have been filled while people were asked.
      assertEmpty(folder);
      first = await mkdir(folder, { recursive: true });
      // Whoever stops it while it prepares ends the process there.
      process.once("exit", removeMade);
      await writeFolder({ folder, writes: files, removals: [] });
      isWritten = true;
      process.off("exit", removeMade);
    },
    async undo() {
      process.off("exit", removeMade);
      for (const { location, after } of files) {
        // What this did not write is somebody else's.
        if (isWritten || (await readIfThere(location)) === after) await rm(location, { force: true });
      }
      const inside = new Set(files.flatMap(({ location }) => listParents(location, folder)));
      // Deepest first.
      for (const path of [...inside].sort().reverse()) if (isVacant(path)) rmdirSync(path);
      removeMade();
    },
  };
}

/** The folders from that of a file up to, and without, the one of the project. */
function listParents(location: string, folder: string): string[] {
  const parents: string[] = [];
  for (let path = dirname(location); path !== folder && path.startsWith(folder); path = dirname(path))
    parents.push(path);
  return parents;
}

/** Removes the folders that were made for a project, as far as they hold nothing. */
function removeFolders(folder: string, first: string | undefined): void {
  if (first === undefined) return;
  for (let path = folder; path.startsWith(first) && isVacant(path); path = join(path, "..")) rmdirSync(path);
}

function isVacant(path: string): boolean {
  return existsSync(path) && readdirSync(path).length === 0;
}
