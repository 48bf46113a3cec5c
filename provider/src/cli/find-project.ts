import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { ProblemError } from "../core/errors";

const projectSchema = z.looseObject({ main: z.string().optional() });

/**
 * The folder from which a program runs: that of Pulumi.yaml or, if set there, of its `main`. Settings name the assets
 * folder relative to it.
 *
 * @param cwd that folder or one below it, as for Pulumi itself
 * @throws ProblemError `project/missing`
 */
export function findProgramFolder(cwd: string): string {
  const file = findProjectFile(cwd);
  if (file === undefined) throw projectMissing(cwd);
  return programFolderOf(file);
}

/** The file of the project in a folder or above it. */
export function findProjectFile(cwd: string): string | undefined {
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    const file = ["Pulumi.yaml", "Pulumi.yml", "Pulumi.json"].map((name) => join(folder, name)).find(existsSync);
    if (file !== undefined || folder === dirname(folder)) return file;
  }
}

/** The folder from which the program of a project runs. */
export function programFolderOf(file: string): string {
  const { main } = projectSchema.parse(parse(readFileSync(file, "utf8")));
  if (main === undefined) return dirname(file);
  const program = resolve(dirname(file), main);
  return statSync(program, { throwIfNoEntry: false })?.isDirectory() ? program : dirname(program);
}

function projectMissing(cwd: string): ProblemError {
  return new ProblemError({
    code: "project/missing",
    summary: `There is no Pulumi.yaml in ${resolve(cwd)} or above it.`,
    remedy: "Name the folder of your Pulumi project with --cwd.",
    exitCode: 2,
  });
}
