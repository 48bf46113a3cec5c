import { execFile } from "node:child_process";
import { cpSync, existsSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { median } from "./measure.mjs";

const PROVIDER = fileURLToPath(new URL("../provider", import.meta.url));

/**
 * Whole processes of the command line, as the published package starts them: `--help`, and `validate` of a corpus once
 * and several times.
 * @param {import("./measure.mjs").Bench} bench
 * @param {import("./corpus.mjs").Corpus} corpus
 * @param {import("./corpus.mjs").Corpus} large
 */
export async function measureValidate({ step, rounds, folder }, corpus, large) {
  const program = publishTo(join(folder, "package"));
  const time = (title, ...args) => step(title, () => medianOf(rounds, () => run(program, args)));
  return {
    help: await time("the command line's --help", "--help"),
    once: await time("`validate`", "validate", "--assets-dir", corpus.folder),
    many: await time("`validate` of many", "validate", "--assets-dir", large.folder),
    files: large.files.length,
  };
}

/** What the package holds, without the sources: those are compiled at the start where they changed. */
function publishTo(folder) {
  mkdirSync(folder);
  for (const name of ["bin", "dist", "package.json"]) {
    cpSync(join(PROVIDER, name), join(folder, name), { recursive: true });
  }
  // npm puts into the provider's own folder what others need in another version.
  const own = join(PROVIDER, "node_modules");
  if (existsSync(own)) symlinkSync(own, join(folder, "node_modules"));
  symlinkSync(join(PROVIDER, "..", "node_modules"), join(folder, "..", "node_modules"));
  return join(folder, "bin", "pulumi-superset.cjs");
}

async function medianOf(rounds, work) {
  const seconds = [];
  for (let round = 0; round < rounds; round += 1) seconds.push(await work());
  return median(seconds);
}

/** Seconds that a process took; a real corpus has errors, for which it ends with 3. */
function run(program, args) {
  const began = performance.now();
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [program, ...args], { maxBuffer: 2 ** 28 }, (error) => {
      if (error !== null && error.code !== 3) reject(error);
      else resolve((performance.now() - began) / 1000);
    });
  });
}
