import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ensureSuperset } from "../scripts/lib/python.mjs";
import { run } from "../scripts/lib/run.mjs";
import { provideCorpus } from "./corpus.mjs";
import { listYaml } from "./generate-corpus.mjs";

const require = createRequire(new URL("../provider/package.json", import.meta.url));

const SAMPLE = fileURLToPath(new URL("../assets", import.meta.url));

/** What comes back with other content than it went in with, and why that is so, by path. */
export const EXCEPTIONS = new Map([
  [
    "charts/world_health/Life_Expectancy_VS_Rural.yaml",
    "the importer makes a chart of the old type `bubble` one of `bubble_v2` and rewrites its params; validation warns of it",
  ],
]);

/**
 * @typedef {object} Source
 * @property {string} name
 * @property {import("../provider/src/assets/definition").Definition[]} definitions
 * @property {import("../provider/src/assets/definition").Finding[]} findings
 * @property {Record<string, string>} databases names of databases that are in no file, by the UUID that datasets use
 */

/**
 * Folders of assets from three places: the corpus (the real one if it is there), this project's sample, and the
 * examples that Superset itself brings.
 * @param {string} folder for copies
 * @returns {Promise<Source[]>}
 */
export async function provideSources(folder) {
  const corpus = await provideCorpus(join(folder, "corpus"));
  const examples = join(folder, "examples");
  await copyExamples(examples);
  return [
    await readSource(`corpus "${corpus.name}"`, corpus),
    await readSource("sample", { folder: SAMPLE }),
    await readSource("Superset's examples", { folder: examples }),
  ];
}

async function readSource(name, { folder, exclude = [], databases = {} }) {
  const { readAssets } = require("./dist/assets/read-folder.js");
  const { definitions, findings } = await readAssets(folder, { exclude, mappedDatabaseUuids: Object.keys(databases) });
  const names = Object.entries(databases).map(([uuid, database]) => [uuid, database.name]);
  return { name, definitions, findings, databases: Object.fromEntries(names) };
}

/** Superset's loader finds kinds by other folders than its exports have; a UUID that stands in two files counts once. */
async function copyExamples(target) {
  const source = join(await findSupersetPackage(), "examples");
  const seen = new Set();
  for (const file of listYaml(source)) {
    const path = placeOf(file);
    const text = readFileSync(join(source, file), "utf8");
    const uuid = /^uuid: (\S+)/m.exec(text)?.[1];
    if (path === undefined || uuid === undefined || seen.has(uuid)) continue;
    seen.add(uuid);
    mkdirSync(dirname(join(target, path)), { recursive: true });
    writeFileSync(join(target, path), text);
  }
}

/** Where a file of the examples would lie in an export: `sales/charts/a.yaml` → `charts/sales/a.yaml`. */
function placeOf(file) {
  if (file === "_shared/database.yaml") return "databases/examples.yaml";
  const [, example, kind, rest] = /^([^_][^/]*)\/(datasets?|charts|dashboard)(\/.+|\.yaml)$/.exec(file) ?? [];
  return kind === undefined ? undefined : `${kind.replace(/s?$/, "s")}/${example}${rest}`;
}

/** The folder of the installed Python package `superset`. */
export async function findSupersetPackage() {
  const { python } = await ensureSuperset();
  const find = "import importlib.util; print(importlib.util.find_spec('superset').submodule_search_locations[0])";
  const { stdout } = await run(python, ["-c", find]);
  return stdout.trim();
}
