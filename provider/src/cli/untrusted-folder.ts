import { existsSync, realpathSync } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { ProblemError } from "../core/errors";

/** No project comes near; what goes beyond is made to keep a server busy. */
export const UNTRUSTED_LIMITS = { files: 10_000, totalBytes: 100 * 1024 * 1024 };

/**
 * Refuses a folder of somebody who may not be trusted that has more than ordinary files: a link could show a file of
 * this machine in what is printed.
 *
 * @throws ProblemError `assets/untrusted`
 */
export async function assertHarmless(folder: string, limits = UNTRUSTED_LIMITS): Promise<void> {
  // Whoever reads it says that it is missing.
  if (!existsSync(folder)) return;
  if (realpathSync(folder) !== resolve(folder)) throw untrusted("it is a symbolic link, or lies behind one");
  const pending = [folder];
  const seen = { files: 0, bytes: 0 };
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    const state = await lstat(path);
    const name = relative(folder, path);
    if (state.isSymbolicLink()) throw untrusted(`${name} is a symbolic link`);
    if (state.isDirectory()) {
      for (const entry of await readdir(path)) pending.push(join(path, entry));
    } else if (!state.isFile()) throw untrusted(`${name} is no ordinary file`);
    seen.files += 1;
    seen.bytes += state.size;
    if (seen.files > limits.files) throw untrusted(`it has more than ${limits.files} files`);
    if (seen.bytes > limits.totalBytes) throw untrusted(`it has more than ${limits.totalBytes} bytes`);
  }
}

function untrusted(why: string): ProblemError {
  return new ProblemError({
    code: "assets/untrusted",
    summary: "This folder of somebody else is not looked at.",
    why,
    remedy: "Take that out of the pull request; asset files are ordinary files.",
    exitCode: 3,
  });
}
