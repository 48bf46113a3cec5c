import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { provideCorpus } from "../../bench/corpus.mjs";
import type { Definition } from "../../provider/src/assets/definition";
import { readAssets } from "../../provider/src/assets/read-folder";
import { createSupersetClient, type SupersetClient } from "../../provider/src/superset/client";
import { type ImportEntry, importEntries } from "../../provider/src/superset/importer";
import { type AssetFolder, makeAssets } from "../support/asset-folder";
import {
  listChanged,
  listMismatches,
  listRemaining,
  listWritten,
  readPlan,
  type Snapshot,
  takeSnapshot,
} from "../support/planned-changes";
import { createProject, type PulumiProject } from "../support/pulumi-project";
import { RandomFolder } from "../support/random-changes";
import { useSuperset } from "../support/servers";

/** `npm run test:long` asks for more, on the whole corpus. */
const CHANGES = Number(process.env.RANDOM_CHANGES ?? 30);
const SEED = Number(process.env.RANDOM_SEED ?? 1);
const IS_LONG = CHANGES > 30;
/** Each round costs three runs of the engine: without more asked for, one round has all. */
const AT_ONCE = IS_LONG ? 10 : CHANGES;
const MINUTE = 60_000;

let temporary: string;
let folder: AssetFolder;
let project: PulumiProject;
let client: SupersetClient;
let assets: RandomFolder;
/** Names of the databases by the UUIDs that the files use. */
let databases: ReadonlyMap<string, string>;

beforeAll(async () => {
  createRequire(import.meta.url)("../../provider/build.cjs").ensureBuilt();
  const server = await useSuperset();
  temporary = mkdtempSync(join(tmpdir(), "pulumi-superset-random-"));
  const corpus = await provideCorpus(join(temporary, "corpus"));
  const mappedDatabaseUuids = Object.keys(corpus.databases);
  const { definitions } = await readAssets(corpus.folder, { exclude: corpus.exclude, mappedDatabaseUuids });
  const chosen = IS_LONG ? definitions : choosePart(definitions);
  folder = makeAssets();
  for (const { path } of chosen) {
    folder.write(path, corpus.files.find((file) => file.path === path)?.text ?? "");
  }
  const { url, username, password } = server;
  client = createSupersetClient({ url, auth: { provider: "db", username, password } });
  databases = new Map([
    ...Object.entries(corpus.databases).map(([uuid, { name }]): [string, string] => [uuid, name]),
    ...definitions.flatMap(({ kind, uuid, title }): [string, string][] => (kind === "database" ? [[uuid, title]] : [])),
  ]);
  await createDatabases(new Set(databases.values()));
  const settings = { databases: corpus.databases, strategy: "CREATE | UPDATE | DELETE" };
  project = await createProject({ server, assets: folder.path, settings });
  assets = new RandomFolder(folder, chosen, SEED);
  const { code, output } = await project.up();
  if (code !== 0) throw new Error(`The first deployment failed:\n${output}`);
}, 10 * MINUTE);
afterAll(() => {
  project?.remove();
  folder?.dispose();
  rmSync(temporary, { recursive: true, force: true });
});

/** The databases are there, as those of an environment are, each under a UUID of its own. */
async function createDatabases(names: ReadonlySet<string>): Promise<void> {
  const entries = [...names].map((title): ImportEntry => {
    const uuid = randomUUID();
    const sqlalchemy_uri = `sqlite:///${join(temporary, "data.db")}`;
    const document = { database_name: title, sqlalchemy_uri, extra: {}, uuid, version: "1.0.0" };
    return { kind: "database", uuid, title, path: `databases/${title}.yaml`, document };
  });
  for (const outcome of await importEntries(client, entries)) if ("error" in outcome) throw outcome.error;
}

/** Every fifth dashboard and some loose assets, with all that they use. */
function choosePart(definitions: readonly Definition[]): Definition[] {
  const steps = { database: 1, dataset: 40, chart: 25, dashboard: 5 };
  const chosen = new Set<Definition>();
  const choose = (definition: Definition) => {
    chosen.add(definition);
    for (const { uuid } of definition.references) {
      const used = definitions.find((candidate) => candidate.uuid === uuid);
      if (used !== undefined) choose(used);
    }
  };
  for (const [kind, step] of Object.entries(steps)) {
    const ofKind = definitions.filter((definition) => definition.kind === kind);
    for (const definition of ofKind.filter((_, index) => index % step === 0)) choose(definition);
  }
  return [...chosen];
}

it(`the plan names exactly what ${CHANGES} random changes do on the server`, { timeout: 90 * MINUTE }, async () => {
  const mismatches: string[] = [];
  const reports: string[] = [];
  let before = await takeSnapshot(client);
  for (let done = 0; done < CHANGES; done += AT_ONCE) {
    const changes = assets.change(Math.min(AT_ONCE, CHANGES - done));
    const about = `seed ${SEED}, changes ${done + 1} to ${done + changes.length}:\n  ${changes.join("\n  ")}`;
    const { found, after } = await deployBatch(before, about);
    if (IS_LONG) console.log(`${done + changes.length} changes, seed ${SEED}: ${found.length} mismatches`);
    mismatches.push(...found);
    if (found.length > 0) reports.push(`${about}\n${found.join("\n")}`);
    before = after;
  }
  console.log(`${CHANGES} random changes of ${before.size} assets, seed ${SEED}: ${mismatches.length} mismatches`);
  expect(reports.join("\n\n")).toBe("");
});

async function deployBatch(before: Snapshot, about: string): Promise<{ found: string[]; after: Snapshot }> {
  const planned = await readPlan(project, about);
  const up = await project.up();
  const after = await takeSnapshot(client);
  const titleOf = (key: string) => (after.get(key) ?? before.get(key))?.title ?? "on no server";
  const found = [
    ...listMismatches(planned, listChanged(before, after), titleOf),
    ...listMismatches(planned, listWritten(before, after), titleOf).map((line) => `written: ${line}`),
  ];
  const { definitions } = await readAssets(folder.path, { mappedDatabaseUuids: [...databases.keys()] });
  found.push(...listRemaining(definitions, databases, after));
  if (up.code !== 0) found.push(`up failed:\n${up.output}`);
  const rest = await project.preview({ expectNoChanges: true });
  if (rest.code !== 0) found.push(`something is left to do:\n${rest.output}`);
  return { found, after };
}
