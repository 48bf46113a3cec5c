import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { makeRoundTrip, type RoundTrip } from "../../bench/round-trip.mjs";
import { EXCEPTIONS, findSupersetPackage, provideSources, type Source } from "../../bench/round-trip-sources.mjs";
import { defineFromDocument } from "../../provider/src/assets/define";
import type { AssetKind } from "../../provider/src/assets/definition";
import { lintAssets } from "../../provider/src/assets/lint";
import { createSupersetClient } from "../../provider/src/superset/client";
import { createRandom } from "../support/random-changes";
import { EDITS } from "../support/random-edits";
import { type TestServer, useSuperset } from "../support/servers";

const SEED = Number(process.env.RANDOM_SEED ?? 1);
const EDITS_EACH = 5;

let server: TestServer;
let folder: string;
let sources: readonly Source[];

beforeAll(async () => {
  // The benchmark makes the same round trip, and has the compiled package only.
  createRequire(import.meta.url)("../../provider/build.cjs").ensureBuilt();
  server = await useSuperset();
  folder = mkdtempSync(join(tmpdir(), "pulumi-superset-round-trip-"));
  sources = await provideSources(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function findSource(name: string): Source {
  const source = sources.find((candidate) => candidate.name.startsWith(name));
  if (source === undefined) throw new Error(`There is no source "${name}".`);
  return source;
}

async function trip(source: Source): Promise<RoundTrip> {
  const { url, username, password } = server;
  await server.empty();
  const client = createSupersetClient({ url, auth: { provider: "db", username, password } });
  return makeRoundTrip(client, source, { sqlite: join(folder, "data.db") });
}

it.each([
  { name: "corpus", least: 360 },
  { name: "sample", least: 18 },
  { name: "Superset's examples", least: 134 },
])("$name comes back as it was, and every id on the server means the right thing", async ({ name, least }) => {
  const source = findSource(name);
  const { total, different, ids, wrongIds } = await trip(source);

  expect(total).toBeGreaterThanOrEqual(least);
  const excepted = source.definitions.filter(({ path }) => EXCEPTIONS.has(path));
  expect(different.map(({ path }) => path)).toEqual(excepted.map(({ path }) => path));
  // Nobody is surprised: validation names the same charts before they are sent.
  const warned = source.findings.filter(({ rule }) => rule === "viz-type-legacy");
  expect(warned.map(({ file }) => file)).toEqual(different.map(({ path }) => path));
  expect(ids).toBeGreaterThan(0);
  expect(wrongIds).toEqual([]);
});

it("what was edited at random comes back as it was", async () => {
  const source = findSource("Superset's examples");
  const random = createRandom(SEED);
  const documents = source.definitions.map(({ kind, document }) => ({ kind, document: structuredClone(document) }));
  const all = (wanted: AssetKind) => documents.flatMap(({ kind, document }) => (kind === wanted ? [document] : []));
  for (const { kind, document } of documents) {
    for (let edit = 0; edit < EDITS_EACH; edit++) random.pick(EDITS[kind])(document, { random, all });
  }
  const definitions = source.definitions.map((definition, index) =>
    defineFromDocument(definition.kind, documents[index]?.document ?? {}, definition),
  );
  const { different, wrongIds } = await trip({ ...source, definitions });
  const unexpected = different.filter(({ path }) => !EXCEPTIONS.has(path));
  expect(unexpected.map(({ path, keys }) => `${path}: ${keys.join(", ")}`)).toEqual([]);
  expect(wrongIds).toEqual([]);
});

it("every chart type that Superset's importer turns into another one is warned of", async () => {
  const python = readFileSync(join(await findSupersetPackage(), "migrations/shared/migrate_viz/processors.py"), "utf8");
  const types = [...python.matchAll(/^ {4}source_viz_type = "(\w+)"$/gm)].map(([, type = ""]) => type);
  expect(types.length).toBeGreaterThanOrEqual(12);
  const silent = types.filter((type) => {
    const document = { slice_name: type, viz_type: type, params: {} };
    const findings = lintAssets([{ kind: "chart", path: "charts/a.yaml", text: "", document }]);
    return !findings.some(({ rule }) => rule === "viz-type-legacy");
  });
  expect(silent).toEqual([]);
});
