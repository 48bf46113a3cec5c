import { statSync } from "node:fs";
import { relative, resolve } from "node:path";
import { assetKey } from "../assets/asset-key";
import { defineFromDocument } from "../assets/define";
import type { Definition } from "../assets/definition";
import { withoutInherited } from "../assets/inherited";
import { createPathFilter, type FolderFilter } from "../assets/scan-folder";
import { ProblemError } from "../core/errors";
import { inTemporaryFolder } from "../core/temporary-folder";
import type { Side } from "../plan/compare-sides";
import { unpackBundle } from "./bundle";
import { archiveFolder, explainGit, findCommit } from "./git";
import { openInstance } from "./instances";
import { findProject, findStackFile, listStackNames, type ProjectFiles } from "./project-files";
import { readDefinitions } from "./read-definitions";
import { SIDE_HELP } from "./selector-help";
import { readServerContent } from "./server-content";
import { listSupInstances } from "./sup-config";
import { chooseScope } from "./validate-scope";

/** A side that was read. */
export interface NamedSide extends Side {
  /** How people know it: `stack qa`, `folder assets`, `commit 1a2b3c4`. */
  readonly label: string;
  /** What the settings of a stack leave out. */
  readonly filter?: FolderFilter;
}

/**
 * Reads a side by its name. A stack's name wins over a folder's; `./name` is always a folder.
 *
 * @throws ProblemError `diff/unknown-side`; what reading it fails with
 */
export async function readSide(name: string, cwd: string): Promise<NamedSide> {
  const project = findProject(cwd);
  const isServer = findStackFile(project, name) !== undefined || listSupInstances().includes(name);
  if (isServer) return readServerSide(name, cwd);
  const path = resolve(name);
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isDirectory()) {
    return {
      label: `folder ${relative(process.cwd(), path) || "."}`,
      isServer: false,
      definitions: await readDefinitions(path, chooseScope({ cwd, assetsDir: path }).read),
    };
  }
  if (found?.isFile()) return { label: `bundle ${name}`, isServer: false, definitions: await readArchive(path, name) };
  const commit = await findCommit(project.folder, name);
  if (commit === undefined) throw await unknownSide(name, project);
  return { label: `commit ${commit.slice(0, 9)}`, isServer: false, definitions: await readCommit(commit, cwd) };
}

async function readServerSide(name: string, cwd: string): Promise<NamedSide> {
  const instance = await openInstance(name, cwd);
  const definitions = readDefinitions(instance.folder, instance.settings);
  const { objects, failures } = await readServerContent({ instance, cwd, definitions, only: [] });
  const [failed] = failures;
  // A comparison that leaves something out would call it removed.
  if (failed !== undefined) throw failed.error;
  const files = new Map((await definitions).map((file) => [assetKey(file.kind, file.uuid), file]));
  return {
    label: instance.stack === undefined ? `server ${name}` : `stack ${name}`,
    isServer: true,
    filter: instance.settings,
    definitions: objects.map((object): Definition => {
      const { kind, document } = object;
      const file = files.get(assetKey(kind, String(document.uuid).toLowerCase()));
      return defineFromDocument(kind, withoutInherited(object, file?.document), { path: file?.path ?? "", name: "" });
    }),
  };
}

async function readCommit(commit: string, cwd: string): Promise<Definition[]> {
  const project = findProject(cwd);
  const { folder, read } = chooseScope({ cwd });
  const archive = await archiveFolder(project.folder, commit, relative(project.folder, folder));
  // The folder may be younger than the commit.
  return archive === undefined ? [] : readArchive(archive, `commit ${commit}`, read);
}

/** Reads the files of a ZIP as those of a folder; Superset puts one folder around them all. */
async function readArchive(archive: Buffer | string, name: string, filter: FolderFilter = {}): Promise<Definition[]> {
  try {
    return await inTemporaryFolder(async (folder) => {
      await unpackBundle(archive, folder);
      return readDefinitions(folder, filter);
    });
  } catch (error) {
    if (!(error instanceof ProblemError) || error.code !== "assets/broken-files") throw error;
    throw new ProblemError({ code: error.code, summary: `${name}: ${error.summary}`, exitCode: 3 });
  }
}

/** Whether the settings of the sides let a difference through; what has no file, nothing leaves out. */
export function createSideFilter(sides: readonly NamedSide[]): (path: string) => boolean {
  const filters = sides.flatMap(({ filter }) => (filter === undefined ? [] : [createPathFilter(filter)]));
  return (path) => path === "" || filters.every((isIncluded) => isIncluded(path));
}

async function unknownSide(name: string, project: ProjectFiles): Promise<ProblemError> {
  const stacks = listStackNames(project);
  const why = await explainGit(project.folder);
  return new ProblemError({
    code: "diff/unknown-side",
    summary: `"${name}" is no stack, folder, file or git revision. Stacks of this project: ${stacks.join(", ") || "none"}.`,
    ...(why !== undefined && { why }),
    remedy: `Name ${SIDE_HELP}.`,
    exitCode: 2,
  });
}
