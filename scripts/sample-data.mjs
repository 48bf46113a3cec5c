#!/usr/bin/env node
/**
 * Writes the sample data: the small SQLite database of an online shop that `assets/` draws its charts from.
 *
 *   node scripts/sample-data.mjs <output file> [--python <interpreter>]
 *
 * Node 20 cannot write SQLite, so `sample-data.py` does the work; it needs only Python's standard library.
 * The interpreter is `--python`, else $SAMPLE_PYTHON, else the first of python3, python and py.
 * A file that already holds this version of the data is left as it is, and a foreign file is never replaced.
 */
import { spawnSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, readSync, renameSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const GENERATOR = join(dirname(fileURLToPath(import.meta.url)), "sample-data.py");

/** Reads `NAME = 123` or `NAME = 0x1AB` from the generator, which owns both numbers of the stamp. */
function constantOfGenerator(name) {
  const match = readFileSync(GENERATOR, "utf8").match(new RegExp(`^${name} = (\\w+)`, "m"));
  if (!match) throw new Error(`${GENERATOR} does not define ${name}`);
  return Number(match[1]);
}

/** The stamp stands at fixed places in the header of every SQLite file, so reading it needs no SQLite. */
function stampOf(file) {
  const header = Buffer.alloc(100);
  let handle;
  try {
    handle = openSync(file, "r");
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
  try {
    const length = readSync(handle, header, 0, header.length, 0);
    if (length < 100 || header.toString("latin1", 0, 15) !== "SQLite format 3") return { application: 0, version: 0 };
    return { application: header.readUInt32BE(68), version: header.readUInt32BE(60) };
  } finally {
    closeSync(handle);
  }
}

function runGenerator(file, python) {
  const given = python ?? process.env.SAMPLE_PYTHON;
  const candidates = given ? [[given]] : [["python3"], ["python"], ["py", "-3"]];
  for (const [command, ...options] of candidates) {
    const result = spawnSync(command, [...options, GENERATOR, file], { encoding: "utf8" });
    if (result.error?.code === "ENOENT") continue;
    if (result.error) throw result.error;
    if (result.status !== 0) throw new Error(`${command} could not write the sample data:\n${result.stderr}`);
    return;
  }
  throw new Error(
    `No Python found (tried ${candidates.map((words) => words.join(" ")).join(", ")}). ` +
      "Install Python 3.10 or newer, or name one with --python.",
  );
}

/** Returns true when the file was written, false when it was there already. */
export function writeSampleData(output, { python } = {}) {
  const file = resolve(output);
  const wanted = { application: constantOfGenerator("APPLICATION_ID"), version: constantOfGenerator("VERSION") };
  const found = stampOf(file);
  if (found && found.application !== wanted.application) {
    throw new Error(`${file} exists and is not the sample database; it is left alone. Choose another file name.`);
  }
  if (found?.version === wanted.version) return false;

  mkdirSync(dirname(file), { recursive: true });
  const unfinished = `${file}.${process.pid}.tmp`;
  try {
    runGenerator(unfinished, python);
    renameSync(unfinished, file);
  } finally {
    rmSync(unfinished, { force: true });
  }
  return true;
}

function main(words) {
  const python = words.includes("--python") ? words.splice(words.indexOf("--python"), 2)[1] : undefined;
  if (words.length !== 1 || words[0].startsWith("-")) {
    console.error("Usage: node scripts/sample-data.mjs <output file> [--python <interpreter>]");
    return 2;
  }
  try {
    const written = writeSampleData(words[0], { python });
    console.log(written ? `Wrote ${words[0]}` : `${words[0]} is up to date`);
    return 0;
  } catch (error) {
    console.error(error.message);
    return 1;
  }
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  process.exitCode = main(process.argv.slice(2));
}
