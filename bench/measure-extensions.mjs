import { randomFillSync } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { median } from "./measure.mjs";
import { runMeasured } from "./run-measured.mjs";

const CLI = fileURLToPath(new URL("../provider/bin/pulumi-superset.cjs", import.meta.url));
const PEAK_MEMORY = fileURLToPath(new URL("peak-memory.cjs", import.meta.url));
const READ_BUNDLE = fileURLToPath(new URL("read-bundle.mjs", import.meta.url));
const BUNDLES = 200;
const MEGABYTE = 1024 * 1024;
const LARGE_MEGABYTES = 50;
const SUMMED_MEGABYTES = 180;

/**
 * Bundles: how quickly they are summed, what memory a large one takes, and how long a start takes that finds all as it
 * is.
 * @param {Pick<import("./measure.mjs").Bench, "step" | "rounds" | "folder">} bench
 */
export async function measureExtensions({ step, rounds, folder }) {
  createRequire(import.meta.url)("../provider/build.cjs").ensureBuilt();
  const place = join(folder, "extensions");
  return {
    speed: await step("extensions: checksums", () => measureSpeed(join(place, "summed"), rounds)),
    large: await measureLarge(join(place, "large"), step),
    many: await measureMany(join(place, "many"), { step, rounds }),
  };
}

/** Megabytes per second of processor time: of all threads together, so that no second core helps. */
async function measureSpeed(folder, rounds) {
  const { packBundle, readBundle } = loadExtensions();
  const source = writeExtension(join(folder, "dev"), { name: "summed", megabytes: SUMMED_MEGABYTES });
  const packed = { kind: "supx", path: join(folder, "summed.supx") };
  await packBundle(await readSound(readBundle, source), packed.path);
  const speeds = { folder: [], supx: [] };
  for (let round = 0; round < rounds; round += 1) {
    for (const { kind, path } of [source, packed]) {
      const run = await runMeasured(process.execPath, [READ_BUNDLE, kind, path], { cwd: folder, env: process.env });
      speeds[kind].push(SUMMED_MEGABYTES / Number(run.output));
    }
  }
  return { folder: median(speeds.folder), packed: median(speeds.supx) };
}

/** The largest memory of whole processes that pack a large bundle, and bring it to a target. */
async function measureLarge(folder, step) {
  const { path } = writeExtension(join(folder, "dev"), { name: "large", megabytes: LARGE_MEGABYTES });
  const file = join(folder, "bundles/large.supx");
  for (const each of ["bundles", "target"]) mkdirSync(join(folder, each), { recursive: true });
  const measure = (title, ...args) =>
    step(`extensions: ${LARGE_MEGABYTES} MB, ${title}`, () => runExtension(folder, args));
  const pack = await measure("pack", "pack", path, "--output", file);
  const upsert = await measure("upsert", ...upsertArguments(folder));
  return { megabytes: LARGE_MEGABYTES, pack: pack.memory, upsert: upsert.memory };
}

/** A start that has nothing to do, beside a command that does nothing. */
async function measureMany(folder, { step, rounds }) {
  const { packBundle, readBundle } = loadExtensions();
  for (const each of ["bundles", "target"]) mkdirSync(join(folder, each), { recursive: true });
  for (let number = 0; number < BUNDLES; number += 1) {
    const source = writeExtension(join(folder, "dev", `${number}`), { name: `e${number}`, megabytes: 0 });
    await packBundle(await readSound(readBundle, source), join(folder, "bundles", `e${number}.supx`));
  }
  await step(`extensions: first upsert of ${BUNDLES}`, () => runExtension(folder, upsertArguments(folder)));
  const before = describeFiles(join(folder, "target"));
  const runs = [];
  for (let round = 1; round <= rounds; round += 1) {
    const title = `extensions: upsert of ${BUNDLES} unchanged, ${round} of ${rounds}`;
    runs.push((await step(title, () => runExtension(folder, upsertArguments(folder)))).seconds);
  }
  const written = describeFiles(join(folder, "target")).filter((line) => !before.includes(line));
  return { count: BUNDLES, seconds: median(runs), written: written.length };
}

function upsertArguments(folder) {
  return ["upsert", "--strict", "--from", join(folder, "bundles"), "--target", join(folder, "target")];
}

/** Runs `pulumi-superset extension …`, with the largest memory of its process in bytes. */
async function runExtension(folder, args) {
  const peak = join(folder, "peak");
  const env = { ...process.env, PEAK_MEMORY_FILE: peak };
  const command = ["--require", PEAK_MEMORY, CLI, "extension", ...args];
  const { seconds } = await runMeasured(process.execPath, command, { cwd: folder, env });
  return { seconds, memory: Number(readFileSync(peak, "utf8")) };
}

function loadExtensions() {
  const load = createRequire(new URL("../provider/package.json", import.meta.url));
  return { ...load("./dist/extensions/pack.js"), ...load("./dist/extensions/read-bundle.js") };
}

async function readSound(readBundle, source) {
  const { bundle, findings } = await readBundle(source);
  if (bundle === undefined) throw new Error(findings.map(({ summary }) => summary).join("\n"));
  return bundle;
}

/** A development folder whose frontend has files of up to 60 MB that no compression makes smaller. */
function writeExtension(path, { name, megabytes }) {
  const dist = join(path, "dist");
  mkdirSync(join(dist, "frontend/dist"), { recursive: true });
  const frontend = { remoteEntry: "remoteEntry.js", moduleFederationName: name };
  const manifest = { id: `bench.${name}`, publisher: "bench", name, displayName: name, version: "1.0.0", frontend };
  writeFileSync(join(dist, "manifest.json"), JSON.stringify(manifest));
  writeFileSync(join(dist, "frontend/dist/remoteEntry.js"), `window.${name} = {};\n`);
  for (let left = megabytes; left > 0; left -= 60) {
    const content = randomFillSync(Buffer.alloc(Math.min(left, 60) * MEGABYTE));
    writeFileSync(join(dist, `frontend/dist/${left}.js`), content);
  }
  return { kind: "folder", path };
}

/** Each file with what changes when it is written: time and inode. */
function describeFiles(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      const { ino, mtimeMs } = statSync(path);
      return `${path} ${ino} ${mtimeMs}`;
    });
}
