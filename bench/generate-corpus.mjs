// Generates a corpus of assets of the size and shape of a real one (3 databases, 218 datasets, 128 charts,
// 19 dashboards), its defects included; and multiplies any corpus.
//
//   node bench/generate-corpus.mjs <folder> [--times 10] [--seed 1] [--defects]
//   node bench/generate-corpus.mjs <folder> --from <corpus> --times 10

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import {
  COUNTS,
  createMaker,
  fileName,
  makeChart,
  makeDashboard,
  makeDatabases,
  makeDatasets,
  repeat,
  uuidOf,
} from "./corpus-parts.mjs";

// `yaml` is a dependency of the provider, not of this script's package.
const { stringify } = createRequire(new URL("../provider/package.json", import.meta.url))("yaml");

/**
 * Writes a generated corpus; the same seed gives the same files.
 *
 * @param {string} folder
 * @param {{ times?: number, seed?: number, defects?: boolean }} [options] how many corpora's worth of assets (the
 *   databases stay three), the seed, and whether the defects of a real corpus are built in
 * @returns {{ databases: number, datasets: number, charts: number, dashboards: number, seed: number }} what was written
 */
export function generateCorpus(folder, { times = 1, seed = 1, defects = false } = {}) {
  const make = createMaker(seed);
  const databases = makeDatabases(make);
  write(folder, "metadata.yaml", { version: "1.0.0", type: "assets", timestamp: "2026-01-01T00:00:00+00:00" });
  for (const { document } of databases) write(folder, `databases/${fileName(document.database_name)}.yaml`, document);
  const written = { databases: databases.length, datasets: 0, charts: 0, dashboards: 0, seed };
  for (let copy = 1; copy <= times; copy += 1) {
    const suffix = copy === 1 ? "" : `_${copy}`;
    const datasets = makeDatasets(make, databases, suffix);
    const unused = defects && copy === 1 ? addDefects(make, datasets) : [];
    const charts = repeat(COUNTS.charts, (index) => makeChart(make, make.pick(datasets), index, suffix));
    const dashboards = repeat(COUNTS.dashboards, (index) => makeDashboard(make, charts, datasets, index, suffix));
    datasets.push(...unused);
    for (const { path, document } of [...datasets, ...charts, ...dashboards]) write(folder, path, document);
    written.datasets += datasets.length;
    written.charts += charts.length;
    written.dashboards += dashboards.length;
  }
  return written;
}

/**
 * Copies a corpus several times, each copy with UUIDs, table names and slugs of its own; the databases stay once.
 *
 * @param {string} source
 * @param {string} target
 * @param {number} times
 */
export function multiplyCorpus(source, target, times) {
  const files = listYaml(source).map((path) => ({ path, text: readFileSync(join(source, path), "utf8") }));
  const isShared = ({ path }) => /(?:^|\/)databases\/|(?:^|\/)metadata\.ya?ml$/.test(path);
  for (const { path, text } of files.filter(isShared)) writeText(target, path, text);
  const own = files.filter((file) => !isShared(file));
  const uuids = new Set(own.map(({ text }) => /^uuid: (\S+)/m.exec(text)?.[1]).filter(Boolean));
  for (let copy = 1; copy <= times; copy += 1) {
    for (const { path, text } of own) writeText(target, `copy-${copy}/${path}`, renew(text, uuids, copy));
  }
}

function renew(text, uuids, copy) {
  return text
    .replace(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, (uuid) =>
      uuids.has(uuid) ? uuidOf(`${uuid}/${copy}`) : uuid,
    )
    .replace(/^(table_name|slug): (?!null$|''$|""$)(['"]?)(.+?)\2$/gm, `$1: $2$3_x${copy}$2`);
}

/**
 * Three datasets of a database that is in no file, and three that repeat another's table: two with its UUID, one with
 * a UUID of its own that nothing uses.
 */
function addDefects(make, datasets) {
  const foreign = make.uuid();
  for (const { document } of datasets.slice(0, 3)) document.database_uuid = foreign;
  const again = [10, 11].map((index) => repeatDataset(datasets[index], datasets[index].document.uuid));
  const unused = repeatDataset(datasets[12], make.uuid());
  // Not the third: what is made after this must not use it.
  datasets.splice(20, 3, ...again);
  return [unused];
}

function repeatDataset({ path, document }, uuid) {
  return { path: path.replace(/\.yaml$/, "_again.yaml"), document: { ...document, uuid } };
}

function write(folder, path, document) {
  writeText(folder, path, stringify(document, { lineWidth: 0, aliasDuplicateObjects: false, indentSeq: false }));
}

function writeText(folder, path, text) {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

/** The YAML files of a folder at any depth, sorted, with `/`. */
export function listYaml(folder) {
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile() && /\.ya?ml$/.test(entry.name));
  return files.map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/")).sort();
}

function main() {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      times: { type: "string" },
      seed: { type: "string" },
      from: { type: "string" },
      defects: { type: "boolean" },
    },
  });
  const [folder] = positionals;
  if (folder === undefined) {
    console.error(
      "usage: node bench/generate-corpus.mjs <folder> [--times n] [--seed n] [--defects] [--from <corpus>]",
    );
    process.exit(2);
  }
  const times = Number(values.times ?? 1);
  if (values.from !== undefined) multiplyCorpus(values.from, folder, times);
  else
    console.log(
      JSON.stringify(
        generateCorpus(folder, { times, seed: Number(values.seed ?? 1), defects: values.defects ?? false }),
      ),
    );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
