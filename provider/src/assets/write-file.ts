import { randomUUID } from "node:crypto";
import { mkdir, readFile, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { ProblemError } from "../core/errors";

/** A file that is to be written. */
export interface FileChange {
  /** Path on the disk. */
  readonly location: string;
  /** What the file held when the new text was made; absent for a file that is to be new. */
  readonly before?: string;
  readonly after: string;
}

/**
 * Writes a file in one step: whoever reads it meanwhile sees the old text or the new one.
 *
 * @throws ProblemError `assets/file-changed` where somebody changed it since
 */
export async function replaceFile({ location, before, after }: FileChange): Promise<void> {
  // A link stays a link.
  const path = before === undefined ? location : await realpath(location);
  await assertUnchanged(path, before);
  await mkdir(dirname(path), { recursive: true });
  // A name with a dot is no asset to anybody who reads the folder at this moment.
  const draft = join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`);
  try {
    await writeFile(draft, after, { flag: "wx", ...(before !== undefined && { mode: (await stat(path)).mode }) });
    await rename(draft, path);
  } finally {
    await rm(draft, { force: true });
  }
}

/**
 * @param before what the file held; undefined: it was not there
 * @throws ProblemError `assets/file-changed`
 */
export async function assertUnchanged(location: string, before: string | undefined): Promise<void> {
  if ((await readIfThere(location)) !== before) throw fileChanged(location);
}

/** What a file holds; undefined where there is none. */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function fileChanged(file: string): ProblemError {
  return new ProblemError({
    code: "assets/file-changed",
    summary: "The file was changed while this ran; it was left as it is.",
    remedy: "Run this again.",
    place: { file },
    exitCode: 3,
  });
}
