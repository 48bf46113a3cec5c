import { statSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";

/** Whether a folder is there, or a link to one. */
export function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** Records, signatures and settings of a build are far smaller. */
const SMALL_BYTES = 64 * 1024;

/**
 * The text of a small file that others may have put there; undefined where nothing is. What is no file, or is too large to
 * be meant, counts as empty: a pipe would hold its reader up for ever.
 */
export async function readSmallFile(path: string): Promise<string | undefined> {
  try {
    const found = await stat(path);
    return found.isFile() && found.size <= SMALL_BYTES ? await readFile(path, "utf8") : "";
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
