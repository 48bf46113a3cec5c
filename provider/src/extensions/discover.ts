import { readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { describeUnknown, ProblemError } from "../core/errors";
import type { BundleSource } from "./bundle";
import { MANIFEST_PATH } from "./manifest";

/** What Superset looks for, in this case only. */
export const BUNDLE_SUFFIX = ".supx";

/**
 * Finds the bundles that are meant by a folder: itself where it is an extension, as everywhere else, or those in it.
 *
 * @throws ProblemError as {@link listBundles}
 */
export async function discoverBundles(folder: string): Promise<BundleSource[]> {
  const own = folder.endsWith(BUNDLE_SUFFIX) ? undefined : await recognise(resolve(folder));
  return own === undefined ? listBundles(folder) : [own];
}

/**
 * Lists what Superset would look at in a folder, and development folders.
 *
 * @param folder not searched at any depth: `*.supx` in it, hidden ones too, and folders with `dist/manifest.json`
 * @returns in the order of their paths
 * @throws ProblemError `extensions/folder-missing`, `extensions/folder-unreadable`
 */
export async function listBundles(folder: string): Promise<BundleSource[]> {
  const names = await listNames(folder);
  const found = await Promise.all(names.sort().map((name) => recognise(resolve(folder, name))));
  return found.filter((source) => source !== undefined);
}

async function listNames(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    const isMissing = codeOf(error) === "ENOENT";
    throw new ProblemError({
      code: isMissing ? "extensions/folder-missing" : "extensions/folder-unreadable",
      summary: `The extensions folder ${folder} ${isMissing ? "is not there" : "cannot be read"}.`,
      why: describeUnknown(error),
      remedy: isMissing ? "Make it, or correct the path." : "It must be a folder that you may read.",
    });
  }
}

async function recognise(path: string): Promise<BundleSource | undefined> {
  if (path.endsWith(BUNDLE_SUFFIX)) return { kind: "supx", path };
  try {
    await stat(join(path, "dist", MANIFEST_PATH));
    return { kind: "folder", path };
  } catch (error) {
    // A folder without a manifest is none of ours. One that may not be read is told when it is read.
    return codeOf(error) === "EACCES" ? { kind: "folder", path } : undefined;
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
