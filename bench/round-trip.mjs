import { createRequire } from "node:module";
import { listChartIds, listDashboardIds, namesOfLayout } from "./held-ids.mjs";

const require = createRequire(new URL("../provider/package.json", import.meta.url));

/**
 * @typedef {object} Difference
 * @property {string} kind
 * @property {string} title
 * @property {string} path
 * @property {string[]} keys where source and server differ, as paths of keys
 */

/**
 * @typedef {object} RoundTrip
 * @property {string} name of the source
 * @property {number} total how many assets went to the server
 * @property {Difference[]} different those that came back with other content
 * @property {number} ids how many integer ids the server's assets hold
 * @property {string[]} wrongIds ids that name another object than the source does, or none
 */

/**
 * Imports a source into an empty server as the hooks do, exports all, and compares the canonical forms by UUID; then
 * looks up what every integer id on the server means.
 * @param {import("../provider/src/superset/client").SupersetClient} client
 * @param {import("./round-trip-sources.mjs").Source} source
 * @param {{sqlite: string}} options `sqlite`: the file to which the databases are pointed
 * @returns {Promise<RoundTrip>}
 */
export async function makeRoundTrip(client, source, { sqlite }) {
  const definitions = retarget(source, sqlite);
  await importAll(client, definitions);
  const { loadInventory } = require("./dist/superset/inventory.js");
  const inventory = await loadInventory(client);
  const exported = await exportAll(client, inventory);
  const different = definitions.flatMap((definition) => {
    const keys = compare(definition, exported);
    const { kind, title, path } = definition;
    return keys.length === 0 ? [] : [{ kind, title, path, keys }];
  });
  const { lines, wrong } = await checkIds(client, definitions, inventory, exported);
  return { name: source.name, total: definitions.length, different, ids: lines, wrongIds: wrong };
}

/** Databases over SQLite, and datasets of databases that are in no file in those that bear their name. */
function retarget({ definitions, databases }, sqlite) {
  const { defineFromDocument } = require("./dist/assets/define.js");
  const byName = new Map(definitions.filter(({ kind }) => kind === "database").map(({ title, uuid }) => [title, uuid]));
  return definitions.map((definition) => {
    const { kind, document } = definition;
    if (kind === "database") {
      return defineFromDocument(kind, { ...document, sqlalchemy_uri: `sqlite:///${sqlite}` }, definition);
    }
    const database_uuid = byName.get(databases[document.database_uuid]);
    return database_uuid === undefined
      ? definition
      : defineFromDocument(kind, { ...document, database_uuid }, definition);
  });
}

async function importAll(client, definitions) {
  const { ASSET_KINDS } = require("./dist/assets/definition.js");
  const { renderForImport } = require("./dist/assets/render.js");
  const { importEntries } = require("./dist/superset/importer.js");
  for (const wanted of ASSET_KINDS) {
    const entries = definitions
      .filter(({ kind }) => kind === wanted)
      .map(({ kind, uuid, title, path, ...rest }) => {
        return { kind, uuid, title, path, document: renderForImport({ kind, ...rest }, { managed: false }) };
      });
    const outcomes = await importEntries(client, entries, { before: () => undefined });
    for (const outcome of outcomes) if ("error" in outcome) throw outcome.error;
  }
}

async function exportAll(client, inventory) {
  const { ASSET_KINDS } = require("./dist/assets/definition.js");
  const { exportDocuments } = require("./dist/superset/export.js");
  const exported = new Map();
  for (const kind of ASSET_KINDS) {
    const remotes = inventory.all().filter((remote) => remote.kind === kind);
    for (const [uuid, document] of await exportDocuments(client, kind, remotes)) {
      exported.set(keyOf({ kind, uuid }), document);
    }
  }
  return exported;
}

function keyOf({ kind, uuid }) {
  return `${kind} ${uuid}`;
}

/** @returns {string[]} paths of keys at which the canonical forms differ */
function compare({ kind, uuid, document }, exported) {
  const { canonicalise } = require("./dist/assets/canonical.js");
  const { withoutInherited } = require("./dist/assets/inherited.js");
  const found = exported.get(keyOf({ kind, uuid }));
  if (found === undefined) return ["not on the server"];
  const database = exported.get(keyOf({ kind: "database", uuid: found.database_uuid }));
  const own = withoutInherited({ document: found, database }, document);
  return listDifferences(canonicalise(kind, document), canonicalise(kind, own));
}

function listDifferences(left, right, path = "") {
  if (Object.is(left, right)) return [];
  const areNested = [left, right].every((side) => typeof side === "object" && side !== null);
  if (!areNested || Array.isArray(left) !== Array.isArray(right)) return [path];
  const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...keys].flatMap((key) => listDifferences(left[key], right[key], path === "" ? key : `${path}.${key}`));
}

/** What each id on the server names, against what the source says. */
async function checkIds(client, definitions, inventory, exported) {
  const { nameAppendedCharts } = require("./dist/assets/appended-charts.js");
  const uuids = new Map(inventory.all().map(({ kind, id, uuid }) => [`${kind} ${id}`, uuid]));
  const names = {
    chart: (id) => uuids.get(`chart ${Number(id)}`),
    dataset: (id) => uuids.get(`dataset ${Number(id)}`),
    isServer: true,
  };
  let lines = 0;
  const wrong = [];
  for (const { kind, uuid, title, document } of definitions) {
    const note = (expected, found) => {
      lines += found.length;
      const sides = [
        ["not right", found.filter((line) => !expected.includes(line))],
        ["missing", expected.filter((line) => !found.includes(line))],
      ];
      for (const [what, list] of sides) wrong.push(...list.map((line) => `${kind} ${title}: ${what}: ${line}`));
    };
    if (kind === "chart") {
      const found = listChartIds(exported.get(keyOf({ kind, uuid })) ?? {}, names);
      note(
        found.map((line) => line.replace(/(datasource: ).*/, `$1${document.dataset_uuid.toLowerCase()}`)),
        found,
      );
    }
    if (kind === "dashboard") {
      // What is sent has names of its own for charts that an export appended.
      const { position = {}, metadata = {} } = nameAppendedCharts(document);
      const own = { chart: namesOfLayout(position), dataset: () => undefined, isServer: false };
      const expected = listDashboardIds({ position, metadata }, own);
      const { id } = inventory.byUuid(kind, uuid);
      const links = [...new Set(expected.flatMap((line) => /^layout \S+: (\S+)/.exec(line)?.[1] ?? []))].sort();
      note([...expected, `linked: ${links.join(" ")}`], await readDashboardIds(client, id, names));
    }
  }
  return { lines, wrong };
}

async function readDashboardIds(client, id, names) {
  const { z } = require("zod");
  const Dashboard = z.object({ result: z.object({ json_metadata: z.string(), position_json: z.string() }) });
  const Charts = z.object({ result: z.array(z.object({ id: z.number() })) });
  const { result } = await client.get(`/api/v1/dashboard/${id}`, Dashboard);
  const charts = await client.get(`/api/v1/dashboard/${id}/charts`, Charts);
  const dashboard = { position: JSON.parse(result.position_json), metadata: JSON.parse(result.json_metadata) };
  const links = charts.result.map((chart) => names.chart(chart.id) ?? `unknown ${chart.id}`).sort();
  return [...listDashboardIds(dashboard, names), `linked: ${links.join(" ")}`];
}
