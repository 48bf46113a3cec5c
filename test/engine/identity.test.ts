import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { parse, stringify } from "yaml";
import type { ImportEntry } from "../../provider/src/superset/importer";
import { createSamples } from "../support/import-samples";
import { clientOf } from "../support/people";
import { createProject, type PulumiProject } from "../support/pulumi-project";
import { putEntries } from "../support/put-entries";
import { readContent } from "../support/server-content";
import { type TestServer, useSuperset } from "../support/servers";
import { type SmallAssets, writeSmallAssets } from "../support/small-assets";

let server: TestServer;
let assets: SmallAssets;
let project: PulumiProject;

beforeAll(async () => {
  server = await useSuperset();
});

/** A folder with a database, a dataset, two charts and a dashboard, on an empty server, and a stack for it. */
async function begin(): Promise<void> {
  await server.empty();
  assets = writeSmallAssets({ charts: 2 });
  project = await createProject({
    server,
    assets: assets.path,
    settings: { databases: undefined, strategy: "CREATE | UPDATE | DELETE" },
  });
}

function end(): void {
  project?.remove();
  assets?.dispose();
}

/** Puts assets onto the server as somebody else would. */
const put = (entries: readonly ImportEntry[]) => putEntries(clientOf(server), entries);

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

const LINKS = `
  SELECT d.uuid::text AS dashboard, s.uuid::text AS chart, t.uuid::text AS dataset, b.uuid::text AS database
  FROM dashboard_slices l JOIN dashboards d ON d.id = l.dashboard_id JOIN slices s ON s.id = l.slice_id
  JOIN tables t ON t.id = s.datasource_id JOIN dbs b ON b.id = t.database_id ORDER BY s.uuid`;

const LINKED_CHARTS = [1, 2].map((number) => `charts/chart-${number}.yaml`);

describe("a server that grew by hand", () => {
  let uuids: Awaited<ReturnType<typeof growByHand>>;

  beforeAll(async () => {
    await begin();
    uuids = await growByHand();
  });
  afterAll(end);

  it("is left alone, with the reason, where superset:adopt is false", async () => {
    project.configure({ adopt: false });
    const before = await readContent(server);
    const up = await project.up();
    expect(up.code).not.toBe(0);
    expect(up.output).toContain("superset:adopt is false");
    expect(await readContent(server)).toEqual(before);
    project.configure({ adopt: undefined });
  });

  it("keeps its UUIDs and ids: the same table and slug are taken over, and references point at them", async () => {
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
    const charts = LINKED_CHARTS.map((file) => String(entryOf("chart", file).uuid)).sort();
    expect(await server.query(LINKS)).toEqual(charts.map((chart) => ({ ...uuids, chart })));
  });

  it("is written under its UUIDs later, too, and keeps what was there where its file goes", async () => {
    assets.edit("datasets/db/orders.yaml", "sql: select 1 as a", "sql: select 2 as a");
    assets.remove("dashboards/board.yaml");
    const up = await project.up();
    expect(up.code, up.output).toBe(0);
    expect(up.output).toMatch(/ 1 updated\n[\s\S]* 1 deleted\n/);
    expect(await server.query(`SELECT sql FROM tables WHERE uuid = '${uuids.dataset}'`)).toEqual([
      { sql: "select 2 as a" },
    ]);
    expect(await server.query("SELECT css FROM dashboards")).toHaveLength(1);
  });
});

/** Files beside those of {@link writeSmallAssets}: a dataset in another database, and one that settings map. */
const FURTHER = {
  moving: { database: "databases/moving.yaml", dataset: "datasets/moving.yaml", chart: "charts/moving.yaml" },
  mapped: { database: "databases/mapped.yaml", dataset: "datasets/mapped.yaml", chart: "charts/mapped.yaml" },
};

describe("a server that grew by hand, and what happens to it later", () => {
  /** UUID that the mapped dataset names as its database. */
  const elsewhere = randomUUID();

  beforeAll(async () => {
    await begin();
    for (const files of Object.values(FURTHER)) {
      const samples = createSamples();
      const database = samples.database();
      const dataset = samples.dataset(database);
      assets.write(files.database, stringify(database.document));
      assets.write(files.dataset, stringify(dataset.document));
      assets.write(files.chart, stringify(samples.chart(dataset).document));
    }
    assets.edit(FURTHER.mapped.dataset, /^database_uuid: .*$/m, `database_uuid: ${elsewhere}`);
    project.configure({ databases: { [elsewhere]: { name: databaseOf("mapped").database_name } } });
  });
  afterAll(end);

  const databaseOf = (which: keyof typeof FURTHER) =>
    parse(assets.read(FURTHER[which].database)) as { readonly uuid: string; readonly database_name: string };

  it("gets the UUIDs of the files where superset:takeOver says so", async () => {
    const uuids = await growByHand();
    project.configure({ takeOver: true });
    const ids = await server.query(`SELECT id FROM dashboards WHERE uuid = '${uuids.dashboard}'`);
    const up = await project.up();
    expect(up.code, up.output).toBe(0);
    const file = entryOf("dashboard", "dashboards/board.yaml").uuid;
    expect(await server.query(`SELECT id FROM dashboards WHERE uuid = '${file}'`)).toEqual(ids);
    project.configure({ takeOver: undefined });
  });

  it("has datasets in a database that settings map, and that its own file created in the same run", async () => {
    const rows = `SELECT b.uuid::text FROM slices s JOIN tables t ON t.id = s.datasource_id JOIN dbs b ON b.id = t.database_id
      WHERE s.uuid = '${entryOf("chart", FURTHER.mapped.chart).uuid}'`;
    expect(await server.query(rows)).toEqual([{ uuid: databaseOf("mapped").uuid }]);
  });

  it("is taken as it is where it was rebuilt: other integer ids are recorded, and nothing is written", async () => {
    await server.empty();
    const others = createSamples();
    const foreign = others.database();
    const dataset = others.dataset(foreign);
    await put([foreign, dataset, others.chart(dataset), others.dashboard([])]);
    await put([
      ...["databases/db.yaml", FURTHER.moving.database, FURTHER.mapped.database].map((file) =>
        entryOf("database", file),
      ),
      ...["datasets/db/orders.yaml", FURTHER.moving.dataset].map((file) => entryOf("dataset", file)),
      entryOf("dataset", FURTHER.mapped.dataset, { database_uuid: databaseOf("mapped").uuid }),
      ...[...LINKED_CHARTS, FURTHER.moving.chart, FURTHER.mapped.chart].map((file) => entryOf("chart", file)),
      entryOf("dashboard", "dashboards/board.yaml"),
    ]);
    const before = await readContent(server);
    expect((await project.preview()).output).toContain("take: it has another id now");
    const up = await project.up();
    expect(up.code, up.output).toBe(0);
    expect((await readContent(server)).assets).toEqual(before.assets);
    const ids = new Map(before.versions.map((line) => [line.split(" ")[1], Number(line.split(" ")[2])]));
    // Of the three databases one was there before: it is used as it is, and is no resource.
    expect(project.resources()).toHaveLength(10);
    for (const { outputs } of project.resources()) expect(outputs.supersetId).toBe(ids.get(String(outputs.uuid)));
  });

  it("keeps an object that moves: to another database (PostgreSQL has a default catalog), or to another table", async () => {
    const readDatasets = async () => {
      const rows = await server.query(
        "SELECT t.uuid::text, t.id, t.table_name, d.database_name FROM tables t JOIN dbs d ON d.id = t.database_id",
      );
      return new Map(rows.map(({ uuid, ...row }) => [String(uuid), row]));
    };
    const [orders, moving, mapped] = ["datasets/db/orders.yaml", FURTHER.moving.dataset, FURTHER.mapped.dataset].map(
      (file) => entryOf("dataset", file).uuid,
    );
    const before = await readDatasets();
    const sqlite = createSamples().database();
    const postgres = createSamples().database(
      `postgresql+psycopg2://postgres:XXXXXXXXXX@127.0.0.1:${inject("postgresPort")}/postgres`,
    );
    await put([sqlite, { ...postgres, password: "postgres" }]);
    project.configure({
      databases: {
        [entryOf("database", "databases/db.yaml").uuid]: { name: sqlite.title },
        [databaseOf("moving").uuid]: { name: postgres.title },
        [elsewhere]: { name: databaseOf("mapped").database_name },
      },
    });
    const uuid = randomUUID();
    const text = assets.read(FURTHER.mapped.dataset);
    const named = (name: string) => text.replace(/^table_name: .*$/m, `table_name: ${name}`);
    assets.write(FURTHER.mapped.dataset, named("renamed"));
    assets.write("datasets/second.yaml", named("second").replace(/^uuid: .*$/m, `uuid: ${uuid}`));
    assets.edit(FURTHER.mapped.chart, /^dataset_uuid: .*$/m, `dataset_uuid: ${uuid}`);

    const preview = await project.preview();
    expect(preview.output.match(/it is in another database/g), preview.output).toHaveLength(2);
    const up = await project.up();
    expect(up.code, up.output).toBe(0);
    const after = await readDatasets();
    expect(after.get(orders ?? "")).toEqual({ ...before.get(orders ?? ""), database_name: sqlite.title });
    expect(after.get(moving ?? "")).toEqual({ ...before.get(moving ?? ""), database_name: postgres.title });
    expect(after.get(mapped ?? "")).toEqual({ ...before.get(mapped ?? ""), table_name: "renamed" });
    const used = await server.query(
      `SELECT t.table_name FROM slices s JOIN tables t ON t.id = s.datasource_id WHERE s.uuid = '${entryOf("chart", FURTHER.mapped.chart).uuid}'`,
    );
    expect(used).toEqual([{ table_name: "second" }]);
    const again = await project.preview({ expectNoChanges: true });
    expect(again.code, again.output).toBe(0);
  });
});
