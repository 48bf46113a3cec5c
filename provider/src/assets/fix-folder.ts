import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Fix, type FixableFile, fixText, listFixes } from "./fix-file";
import { type FileChange, replaceFile } from "./write-file";

/** What can be put right in one file. */
export interface FileFix {
  /** Path inside the assets folder. */
  readonly file: string;
  readonly fixes: readonly Fix[];
  readonly change: FileChange;
}

/**
 * Finds what can be put right in files that were validated; nothing is written yet.
 *
 * @param keepsIds whether the ids of dashboards are sent as they are
 */
export async function planFixes(
  folder: string,
  files: readonly FixableFile[],
  keepsIds: boolean | undefined,
): Promise<FileFix[]> {
  const planned = files.map(async ({ stated, resolved }): Promise<FileFix[]> => {
    const fixes = listFixes({ stated, resolved }, keepsIds);
    if (fixes.length === 0) return [];
    const location = join(folder, stated.path);
    // With its byte order mark, which reading for validation leaves out.
    const before = await readFile(location, "utf8");
    const after = fixText(resolved, before, fixes);
    return after === undefined ? [] : [{ file: stated.path, fixes, change: { location, before, after } }];
  });
  return (await Promise.all(planned)).flat();
}

/** @throws ProblemError `assets/file-changed` where somebody changed a file since */
export async function writeFixes(fixes: readonly FileFix[]): Promise<void> {
  for (const { change } of fixes) await replaceFile(change);
}
