import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder that lives no longer than this process. */
export interface TemporaryFolder {
  readonly path: string;
  remove(): void;
}

/** Makes a folder that is also removed where somebody stops this process (`process.exit`, not a kill). */
export function makeTemporaryFolder(prefix = "pulumi-superset-", parent = tmpdir()): TemporaryFolder {
  const path = mkdtempSync(join(parent, prefix));
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

/** Does work in a folder that is removed afterwards. */
export async function inTemporaryFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = makeTemporaryFolder();
  try {
    return await work(folder.path);
  } finally {
    folder.remove();
  }
}
