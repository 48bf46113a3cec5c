import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describeUnknown, ProblemError } from "./errors";

/** A folder that lives no longer than this process. */
export interface TemporaryFolder {
  readonly path: string;
  remove(): void;
}

/**
 * Makes a folder that is also removed where somebody stops this process (`process.exit`, not a kill).
 *
 * @throws ProblemError `temporary-folder/not-writable`
 */
export function makeTemporaryFolder(prefix = "pulumi-superset-", parent = tmpdir()): TemporaryFolder {
  const path = makeNow(join(parent, prefix));
  const removeNow = () => rmSync(path, { recursive: true, force: true });
  process.once("exit", removeNow);
  return {
    path,
    remove() {
      process.off("exit", removeNow);
      removeNow();
    },
  };
}

function makeNow(start: string): string {
  try {
    return mkdtempSync(start);
  } catch (error) {
    throw new ProblemError({
      code: "temporary-folder/not-writable",
      summary: `No temporary folder can be made in ${dirname(start)}; nothing was written.`,
      why: describeUnknown(error),
      remedy: "Let TMPDIR name a folder that is there and may be written to.",
    });
  }
}

/** Does work in a folder that is removed afterwards. */
export async function inTemporaryFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = makeTemporaryFolder();
  try {
    return await work(folder.path);
  } finally {
    folder.remove();
  }
}
