import { randomUUID } from "node:crypto";
import { afterEach, beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import { parse } from "yaml";
import { createSupersetClient } from "../../provider/src/superset/client";
import { type ImportEntry, importEntries } from "../../provider/src/superset/importer";
import { createSamples } from "../support/import-samples";
import { createProject, type PulumiProject } from "../support/pulumi-project";
import { readContent } from "../support/server-content";
import { type TestServer, useSuperset } from "../support/servers";
import { type SmallAssets, writeSmallAssets } from "../support/small-assets";

let server: TestServer;
let assets: SmallAssets;
let project: PulumiProject;

beforeAll(async () => {
  server = await useSuperset();
});
beforeEach(async () => {
  await server.empty();
  assets = writeSmallAssets({ charts: 2 });
  project = await createProject({
    server,
    assets: assets.path,
    settings: { databases: undefined, strategy: "CREATE | UPDATE | DELETE" },
  });
});
afterEach(() => {
  project.remove();
  assets.dispose();
});

/** Puts assets onto the server as somebody else would. */
async function put(entries: readonly ImportEntry[]): Promise<void> {
  const { url, username, password } = server;
  const client = createSupersetClient({ url, auth: { provider: "db", username, password } });
  for (const outcome of await importEntries(client, entries)) if ("error" in outcome) throw outcome.error;
}

/** The file of the folder as an entry, with some keys changed. */
function entryOf(kind: ImportEntry["kind"], file: string, changes: Record<string, unknown> = {}): ImportEntry {
  const document = { ...(parse(assets.read(file)) as Record<string, unknown>), ...changes };
  return { kind, uuid: String(document.uuid), title: file, path: file, document };
}

/** The same database, table and slug as in the folder, under UUIDs of its own, beside other people's assets. */
async function growByHand(): Promise<{ database: string; dataset: string; dashboard: string }> {
  const others = createSamples();
  const foreign = others.database();
  const uuids = { database: randomUUID(), dataset: randomUUID(), dashboard: randomUUID() };
  const dataset = others.dataset(foreign);
  await put([
    foreign,
    dataset,
    others.chart(dataset),
    others.chart(dataset, "another"),
    entryOf("database", "databases/db.yaml", { uuid: uuids.database }),
    entryOf("dataset", "datasets/db/orders.yaml", { uuid: uuids.dataset, database_uuid: uuids.database }),
    entryOf("dashboard", "dashboards/board.yaml", { uuid: uuids.dashboard, position: {}, css: "/* by hand */" }),
  ]);
  return uuids;
}

async function expectNothingLeft(): Promise<void> {
  const preview = await project.preview({ expectNoChanges: true });
  expect(preview.code, preview.output).toBe(0);
}

const LINKS = `
  SELECT d.uuid::text AS dashboard, s.uuid::text AS chart, t.uuid::text AS dataset, b.uuid::text AS database
  FROM dashboard_slices l JOIN dashboards d ON d.id = l.dashboard_id JOIN slices s ON s.id = l.slice_id
  JOIN tables t ON t.id = s.datasource_id JOIN dbs b ON b.id = t.database_id ORDER BY s.uuid`;

describe("a server that grew by hand", () => {
  it("keeps its UUIDs and ids: the same table and slug are taken over, and references point at them", async () => {
    const uuids = await growByHand();
    const rows = "SELECT id, uuid::text FROM tables UNION ALL SELECT id, uuid::text FROM dashboards ORDER BY 2";
    const before = await server.query(rows);
    const preview = await project.preview();
    expect(preview.output).toContain(`written over ${uuids.dashboard}, which has the same slug and keeps its UUID`);
    // The table is as the file says: it is only taken into the state.
    expect(preview.output).toContain(
      `taken as ${uuids.dataset}, which has the same database, schema and table and keeps its UUID`,
    );
    const up = await project.up();
    expect(up.code, up.output).toBe(0);
    expect(await server.query(rows)).toEqual(before);
    const links = await server.query(LINKS);
    const charts = [1, 2].map((number) => String(entryOf("chart", `charts/chart-${number}.yaml`).uuid)).sort();
    expect(links).toEqual(charts.map((chart) => ({ ...uuids, chart })));
    await expectNothingLeft();

    assets.edit("datasets/db/orders.yaml", "sql: select 1 as a", "sql: select 2 as a");
    const second = await project.up();
    expect(second.code, second.output).toBe(0);
    expect(await server.query(`SELECT sql FROM tables WHERE uuid = '${uuids.dataset}'`)).toEqual([
      { sql: "select 2 as a" },
    ]);
    assets.remove("dashboards/board.yaml");
    const third = await project.up();
    expect(third.code, third.output).toBe(0);
    expect(await server.query("SELECT css FROM dashboards")).toHaveLength(1);
  });

  it("gets the UUIDs of the files where superset:takeOver says so", async () => {
    const uuids = await growByHand();
    project.configure({ takeOver: true });
    const ids = await server.query(`SELECT id FROM dashboards WHERE uuid = '${uuids.dashboard}'`);
    const up = await project.up();
    expect(up.code, up.output).toBe(0);
    const file = entryOf("dashboard", "dashboards/board.yaml").uuid;
    expect(await server.query(`SELECT id FROM dashboards WHERE uuid = '${file}'`)).toEqual(ids);
    await expectNothingLeft();
  });

  it("is left alone, with the reason, where superset:adopt is false", async () => {
    await growByHand();
    project.configure({ adopt: false });
    const before = await readContent(server);
    const up = await project.up();
    expect(up.code).not.toBe(0);
    expect(up.output).toContain("superset:adopt is false");
    expect(await readContent(server)).toEqual(before);
  });
});

describe("an object that moves", () => {
  it.each(["SQLite", "PostgreSQL, which has a default catalog"])(
    "to another database of %s stays the same object",
    async (engine) => {
      expect(await project.up()).toMatchObject({ code: 0 });
      const rows = "SELECT t.id, t.uuid::text, d.database_name FROM tables t JOIN dbs d ON d.id = t.database_id";
      const [before] = await server.query(rows);
      const postgres = `postgresql+psycopg2://postgres:XXXXXXXXXX@127.0.0.1:${inject("postgresPort")}/postgres`;
      const other = createSamples().database(engine === "SQLite" ? undefined : postgres);
      await put([{ ...other, password: "postgres" }]);
      project.configure({
        databases: { [String(entryOf("database", "databases/db.yaml").uuid)]: { name: other.title } },
      });
      const preview = await project.preview();
      expect(preview.output).toContain("it is in another database");
      const up = await project.up();
      expect(up.code, up.output).toBe(0);
      expect(await server.query(rows)).toEqual([{ ...before, database_name: other.title }]);
      await expectNothingLeft();
    },
  );

  it("to a database that settings map, and that its own file creates in the same run, waits for it", async () => {
    const { uuid, database_name: name } = parse(assets.read("databases/db.yaml"));
    const elsewhere = randomUUID();
    assets.edit("datasets/db/orders.yaml", `database_uuid: ${uuid}`, `database_uuid: ${elsewhere}`);
    project.configure({ databases: { [elsewhere]: { name } } });
    const up = await project.up();
    expect(up.code, up.output).toBe(0);
    expect(await server.query(LINKS)).toHaveLength(2);
    await expectNothingLeft();
  });

  it("to another table, or a chart to another dataset, ends right", async () => {
    expect(await project.up()).toMatchObject({ code: 0 });
    const [table] = await server.query("SELECT id FROM tables");
    assets.edit("datasets/db/orders.yaml", /^table_name: .*$/m, "table_name: renamed");
    const uuid = randomUUID();
    const second = assets.read("datasets/db/orders.yaml").replace(/^uuid: .*$/m, `uuid: ${uuid}`);
    assets.write("datasets/db/second.yaml", second.replace("table_name: renamed", "table_name: second"));
    assets.edit("charts/chart-1.yaml", /^dataset_uuid: .*$/m, `dataset_uuid: ${uuid}`);
    const up = await project.up();
    expect(up.code, up.output).toBe(0);
    expect(await server.query(`SELECT table_name FROM tables WHERE id = ${table?.id}`)).toEqual([
      { table_name: "renamed" },
    ]);
    const used = await server.query(
      "SELECT t.table_name FROM slices s JOIN tables t ON t.id = s.datasource_id WHERE s.slice_name = 'Chart 1'",
    );
    expect(used).toEqual([{ table_name: "second" }]);
    await expectNothingLeft();
  });
});

describe("a server that was rebuilt", () => {
  it("is taken as it is: other integer ids are recorded, and nothing is written", async () => {
    expect(await project.up()).toMatchObject({ code: 0 });
    await server.empty();
    const others = createSamples();
    const foreign = others.database();
    const dataset = others.dataset(foreign);
    await put([foreign, dataset, others.chart(dataset), others.dashboard([])]);
    await put([
      entryOf("database", "databases/db.yaml"),
      entryOf("dataset", "datasets/db/orders.yaml"),
      entryOf("chart", "charts/chart-1.yaml"),
      entryOf("chart", "charts/chart-2.yaml"),
      entryOf("dashboard", "dashboards/board.yaml"),
    ]);
    const before = await readContent(server);
    expect((await project.preview()).output).toContain("take: it has another id now");
    const up = await project.up();
    expect(up.code, up.output).toBe(0);
    expect((await readContent(server)).assets).toEqual(before.assets);
    const ids = new Map(before.versions.map((line) => [line.split(" ")[1], Number(line.split(" ")[2])]));
    for (const { outputs } of project.resources()) expect(outputs.supersetId).toBe(ids.get(String(outputs.uuid)));
    await expectNothingLeft();
  });
});
