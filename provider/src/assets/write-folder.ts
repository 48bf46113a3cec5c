import { randomUUID } from "node:crypto";
import { readdirSync, rmSync } from "node:fs";
import { mkdir, realpath, rename, rm, rmdir, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { describeUnknown, ProblemError } from "../core/errors";
import { isRunning } from "../core/processes";
import { assertUnchanged, type FileChange } from "./write-file";

/** What is to become of a folder. */
export interface FolderChange {
  /** Path on the disk; it is made where it is missing. */
  readonly folder: string;
  readonly writes: readonly FileChange[];
  /** Files that are to go, with what they held when that was decided. */
  readonly removals: readonly { readonly location: string; readonly before: string }[];
}

/** A name with a dot is no asset to anybody who reads the folder meanwhile. */
const STAGING = ".pulumi-superset-";

/**
 * Changes a folder as a whole: everything new is first written beside the files, and then takes their places at once. A
 * full disk, an error or Ctrl-C before that leaves the folder as it was.
 *
 * @throws ProblemError `assets/file-changed` where somebody changed a file meanwhile, `assets/folder-unwritable`
 */
export async function writeFolder({ folder, writes, removals }: FolderChange): Promise<void> {
  await attempt(folder, () => mkdir(folder, { recursive: true }));
  removeLeftovers(folder);
  const staging = join(folder, `${STAGING}${process.pid}-${randomUUID()}`);
  const release = removeOnSignal(staging);
  try {
    const staged = await attempt(folder, () => stage(staging, writes));
    for (const { location, before } of [...writes, ...removals]) await assertUnchanged(location, before);
    release();
    // From here on it is renames only: signals wait until all of them are done.
    await finishUndisturbed(async () => {
      await attempt(folder, () => moveIntoPlace(staged));
      for (const { location } of removals) await removeFile(location, folder);
    });
  } finally {
    release();
    await rm(staging, { recursive: true, force: true });
  }
}

interface StagedFile {
  readonly draft: string;
  readonly location: string;
}

async function stage(staging: string, writes: readonly FileChange[]): Promise<StagedFile[]> {
  await mkdir(staging);
  const staged: StagedFile[] = [];
  for (const [index, { location, before, after }] of writes.entries()) {
    // A link stays a link.
    const path = before === undefined ? location : await realpath(location);
    const draft = join(staging, `${index}-${basename(path).slice(-40)}`);
    await writeFile(draft, after, before === undefined ? {} : { mode: (await stat(path)).mode });
    staged.push({ draft, location: path });
  }
  return staged;
}

async function moveIntoPlace(staged: readonly StagedFile[]): Promise<void> {
  const folders = new Set(staged.map(({ location }) => dirname(location)));
  for (const folder of folders) await mkdir(folder, { recursive: true });
  for (const { draft, location } of staged) await rename(draft, location);
}

/** Removes a file, and the folders that are empty by that. */
async function removeFile(location: string, root: string): Promise<void> {
  await rm(location, { force: true });
  for (let folder = dirname(location); folder.startsWith(root) && folder !== root; folder = dirname(folder)) {
    if (readdirSync(folder).length > 0) return;
    await rmdir(folder);
  }
}

/** What a killed process left. */
function removeLeftovers(folder: string): void {
  for (const name of readdirSync(folder)) {
    const pid = name.startsWith(STAGING) ? Number.parseInt(name.slice(STAGING.length), 10) : Number.NaN;
    if (!Number.isNaN(pid) && !isRunning(pid)) rmSync(join(folder, name), { recursive: true, force: true });
  }
}

const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** @returns takes the listener away again */
function onSignal(listener: (exitCode: number) => void): () => void {
  const offs = Object.entries(SIGNALS).map(([signal, code]) => {
    const listen = () => listener(code);
    process.on(signal, listen);
    return () => void process.off(signal, listen);
  });
  return () => {
    for (const off of offs) off();
  };
}

function removeOnSignal(staging: string): () => void {
  return onSignal((exitCode) => {
    rmSync(staging, { recursive: true, force: true });
    process.exit(exitCode);
  });
}

async function finishUndisturbed(work: () => Promise<void>): Promise<void> {
  let isStopped = false;
  const off = onSignal(() => {
    isStopped = true;
  });
  try {
    await work();
  } finally {
    off();
  }
  if (isStopped) throw stoppedAfterwards();
}

function stoppedAfterwards(): ProblemError {
  return new ProblemError({
    code: "cli/stopped",
    summary: "Stopped; by then all files were written.",
    exitCode: 130,
  });
}

async function attempt<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new ProblemError({
      code: "assets/folder-unwritable",
      summary: `The folder ${folder} cannot be written.`,
      why: describeUnknown(error),
      remedy: "Make room on the disk, or give this user the right to write there; then run this again.",
      cause: error,
    });
  }
}
