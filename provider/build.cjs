/**
 * Compiles the TypeScript sources when they changed since the last build. Everything that runs compiled code in this
 * repository (the program, the hooks, the CLI) calls it first, so an edited source never runs stale. A published
 * package has no sources and never comes here.
 */
const { createHash } = require("node:crypto");
const { execFileSync } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");

const ROOT = path.resolve(__dirname, "..");
const STAMP = path.join(__dirname, "dist", ".sources");
/** Compiled folders by the folder of their sources. */
const OUTPUTS = { "provider/src": "provider/dist", stacks: "dist/stacks" };
const SOURCES = ["provider/src", "stacks", "provider/tsconfig.json", "tsconfig.base.json", "package-lock.json"];

/** All files below the source folders, sorted. */
function listSources() {
  const files = SOURCES.flatMap((source) => {
    const full = path.join(ROOT, source);
    if (!fs.existsSync(full)) return [];
    if (fs.statSync(full).isFile()) return [full];
    const entries = fs.readdirSync(full, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name));
  });
  return files.filter((file) => /\.(ts|cts|json)$/.test(file)).sort();
}

function digestSources() {
  const hash = createHash("sha256");
  for (const file of listSources())
    hash.update(path.relative(ROOT, file)).update("\0").update(fs.readFileSync(file)).update("\0");
  return hash.digest("hex");
}

function isComplete() {
  return Object.values(OUTPUTS).every((folder) => fs.existsSync(path.join(ROOT, folder, "index.js")));
}

function isUpToDate(digest) {
  return isComplete() && fs.existsSync(STAMP) && fs.readFileSync(STAMP, "utf8") === digest;
}

/** What was compiled from a source that is gone would still be loaded, and published. */
function removeOrphans() {
  for (const [sources, compiled] of Object.entries(OUTPUTS)) {
    for (const name of fs.readdirSync(path.join(ROOT, compiled), { recursive: true })) {
      const source = /^(.*)\.(js|d\.ts)$/.exec(name)?.[1];
      if (source === undefined || fs.existsSync(path.join(ROOT, sources, `${source}.ts`))) continue;
      fs.rmSync(path.join(ROOT, compiled, name));
    }
  }
}

/** Compiles if needed; throws with the compiler's messages when the sources do not compile. */
function ensureBuilt() {
  const digest = digestSources();
  if (isUpToDate(digest)) return false;
  // The compiler may write and then fail: what is there belongs to no known sources until it has ended well.
  fs.rmSync(STAMP, { force: true });
  try {
    const compiler = require.resolve("typescript/bin/tsc", { paths: [ROOT] });
    const projects = ["provider", "stacks"];
    // Without its output the compiler would still trust its own notes.
    const flags = isComplete() ? [] : ["--force"];
    execFileSync(process.execPath, [compiler, "-b", ...projects, ...flags], { cwd: ROOT, encoding: "utf8" });
  } catch (error) {
    throw new Error(`The TypeScript sources do not compile:\n${error.stdout || error.message}`);
  }
  removeOrphans();
  fs.writeFileSync(STAMP, digest);
  return true;
}

module.exports = { ensureBuilt };

if (require.main === module) {
  try {
    ensureBuilt();
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
