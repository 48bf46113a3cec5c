import { cpSync, existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { generateCorpus, multiplyCorpus } from "./generate-corpus.mjs";
import { removeLostFilters } from "./remove-lost-filters.mjs";

const require = createRequire(new URL("../provider/package.json", import.meta.url));

const REAL_CORPUS = fileURLToPath(new URL("../../shared/corpus/ol-superset", import.meta.url));

/**
 * @typedef {object} Corpus
 * @property {string} name
 * @property {string} folder
 * @property {Record<string, {name: string}>} databases the setting `databases`: repairs
 * @property {string[]} exclude the setting `exclude`: repairs
 * @property {{kind: string, path: string, text: string, uuid: string, title: string}[]} files what is deployed
 * @property {number} bytes size of those files
 */

/**
 * A copy of the real corpus if it is there, else a generated one of its size and shape, defects included.
 * @param {string} folder where to put it
 * @returns {Promise<Corpus>}
 */
export async function provideCorpus(folder) {
  const real = existsSync(REAL_CORPUS);
  if (real) cpSync(REAL_CORPUS, folder, { recursive: true, mode: 0 });
  else generateCorpus(folder, { defects: true });
  await removeLostFilters(folder, {
    ...require("./dist/assets/read-folder.js"),
    ...require("./dist/assets/lost-filters.js"),
  });
  return describeCorpus(real ? basename(REAL_CORPUS) : "generated", folder, await findRepairs(folder));
}

/**
 * A corpus several times, each copy with UUIDs of its own; the same repairs apply.
 * @param {Corpus} corpus
 * @param {string} folder
 * @param {number} times
 * @returns {Promise<Corpus>}
 */
export async function repeatCorpus(corpus, folder, times) {
  multiplyCorpus(corpus.folder, folder, times);
  return describeCorpus(`${corpus.name} × ${times}`, folder, corpus);
}

/** Does what validation advises, as far as settings can. */
async function findRepairs(folder) {
  const { readAssets } = require("./dist/assets/read-folder.js");
  const { definitions, findings } = await readAssets(folder);
  const errors = findings.filter(({ severity }) => severity === "error");
  const duplicates = errors.filter(({ rule }) => rule === "natural-key-duplicate" || rule === "uuid-duplicate");
  // A copy of the corpus lies one folder deeper.
  const exclude = [...new Set(duplicates.map(({ file }) => `**/${file}`))];
  const known = new Set(definitions.filter(({ kind }) => kind === "database").map(({ uuid }) => uuid));
  const databases = {};
  for (const { kind, path, references } of definitions) {
    const dangling = kind === "dataset" ? references.find(({ uuid }) => !known.has(uuid)) : undefined;
    // The folder of a dataset bears its database's name.
    if (dangling !== undefined) databases[dangling.uuid] = { name: path.split("/").at(-2) };
  }
  return { databases, exclude };
}

async function describeCorpus(name, folder, { databases, exclude }) {
  const { readAssets } = require("./dist/assets/read-folder.js");
  const mappedDatabaseUuids = Object.keys(databases);
  const { definitions, findings } = await readAssets(folder, { exclude, mappedDatabaseUuids });
  const errors = findings.filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw new Error(`${name}: not repaired: ${errors.map(({ file }) => file).join(", ")}`);
  const files = definitions.map(({ kind, path, uuid, title }) => {
    const text = readFileSync(join(folder, path), "utf8");
    return { kind, path: relative(folder, join(folder, path)), text, uuid, title };
  });
  const bytes = files.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
  return { name, folder, databases, exclude, files, bytes };
}
