import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, inject, onTestFinished, test } from "vitest";
import { z } from "zod";
import { canonicalise } from "../../provider/src/assets/canonical";
import type { AssetDocument } from "../../provider/src/assets/definition";
import { listFilterable } from "../../provider/src/assets/lost-filters";
import { renderForImport } from "../../provider/src/assets/render";
import { backendOf } from "../../provider/src/assets/sql-engines";
import { listOf, mappingOf } from "../../provider/src/assets/values";
import { loadSqlParser } from "../../provider/src/core/sql-parser";
import { mergeDataset } from "../../provider/src/plan/merge-dataset";
import { createSupersetClient, type SupersetClient } from "../../provider/src/superset/client";
import { exportDocuments } from "../../provider/src/superset/export";
import { type ImportEntry, importEntries } from "../../provider/src/superset/importer";
import type { RemoteAsset } from "../../provider/src/superset/inventory";
import { ensureSuperset } from "../../scripts/lib/python.mjs";
import { queryPostgres } from "../support/postgres.mjs";
import { useSuperset } from "../support/servers";

/** A database with data that a test may change. */
interface DataStore {
  readonly uri: string;
  readonly password?: string;
  readonly schema: string;
  run(sql: string): Promise<void>;
}

async function createPostgres(): Promise<DataStore> {
  const port = inject("postgresPort");
  const name = `data_${randomUUID().slice(0, 8)}`;
  await queryPostgres(port, "postgres", `CREATE DATABASE ${name}`);
  // Superset keeps connections.
  onTestFinished(async () => void (await queryPostgres(port, "postgres", `DROP DATABASE ${name} WITH (FORCE)`)));
  return {
    uri: `postgresql+psycopg2://postgres:XXXXXXXXXX@127.0.0.1:${port}/${name}`,
    password: "postgres",
    schema: "public",
    run: async (sql) => void (await queryPostgres(port, name, sql)),
  };
}

const RUN_SQLITE = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.executescript(sys.argv[2]); c.commit()";

async function createSqlite(): Promise<DataStore> {
  const folder = mkdtempSync(join(tmpdir(), "retained-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "data.db");
  const { python } = await ensureSuperset();
  return {
    uri: `sqlite:///${file}`,
    schema: "main",
    run: async (sql) => void execFileSync(python, ["-c", RUN_SQLITE, file, sql]),
  };
}

const MAKE = `
CREATE TABLE orders (region VARCHAR(20), gone_text VARCHAR(20), gone_number BIGINT, gone_time TIMESTAMP);
INSERT INTO orders VALUES
  ('north', 'a', 1, '2026-01-01 10:00:00'), ('north', 'b', 2, '2026-01-02 10:00:00'), ('south', 'a', 4, '2026-01-02 11:00:00');`;
const LOST = ["gone_text", "gone_number", "gone_time"];
const DROP = LOST.map((column) => `ALTER TABLE orders DROP COLUMN ${column};`).join("\n");

const column = (column_name: string, type: string, rest = {}) => ({ column_name, type, ...rest });
const metrics = [
  { metric_name: "rows", expression: "COUNT(*)" },
  { metric_name: "total", expression: "SUM(gone_number) -- of all\n" },
];

/** What the file states at first, and after it lost three columns, one of them calculated from another. */
function definitions(databaseUuid: string, schema: string): { before: AssetDocument; now: AssetDocument } {
  const common = { table_name: "orders", schema, uuid: randomUUID(), version: "1.0.0", database_uuid: databaseUuid };
  const region = column("region", "VARCHAR(20)");
  const columns = [
    region,
    column("gone_text", "VARCHAR(20)"),
    column("gone_number", "BIGINT"),
    column("gone_time", "TIMESTAMP", { is_dttm: true }),
    column("doubled", "BIGINT", { expression: 'gone_number * 2 + LENGTH("gone_text")' }),
  ];
  const old = { metric_name: "old", expression: "MAX(gone_number)" };
  return {
    before: { ...common, columns, metrics: [...metrics, old], main_dttm_col: "gone_time" },
    now: { ...common, columns: [region], metrics },
  };
}

const Answer = z.object({ result: z.array(z.object({ data: z.array(z.record(z.string(), z.unknown())) })) });

/** One dataset on a server. */
class Deployed {
  #remote: RemoteAsset | undefined;

  constructor(
    readonly client: SupersetClient,
    readonly engine: string,
    readonly retained: "null" | "value",
  ) {}

  async write(document: AssetDocument, isMerged = false): Promise<void> {
    const rendered = renderForImport({ kind: "dataset", document }, { managed: false, isMerged });
    const entry: ImportEntry = {
      kind: "dataset",
      uuid: String(document.uuid),
      title: "orders",
      path: "datasets/orders.yaml",
      document: rendered,
    };
    const [outcome] = await importEntries(this.client, [entry]);
    if (outcome === undefined || "error" in outcome) throw outcome?.error ?? new Error("Nothing was imported.");
    this.#remote = outcome.remote;
  }

  get remote(): RemoteAsset {
    if (this.#remote === undefined) throw new Error("The dataset was not written yet.");
    return this.#remote;
  }

  /** What the server has. */
  async read(): Promise<AssetDocument> {
    const [document] = (await exportDocuments(this.client, "dataset", [this.remote])).values();
    if (document === undefined) throw new Error("The dataset is not in its export.");
    return document;
  }

  /** Merges a definition with what the server has, and writes the outcome. */
  async update(stated: AssetDocument): Promise<string[]> {
    const parse = await loadSqlParser();
    const live = await this.read();
    const applied = listOf(live.columns).map((column) => String(mappingOf(column).column_name));
    const options = { engine: this.engine, retained: this.retained, applied, parse };
    const { document, items } = mergeDataset(stated, live, options);
    await this.write(document, true);
    return items.map(({ name, how }) => `${name}: ${how}`);
  }

  /** The rows of one query on the dataset. */
  async ask(query: object): Promise<Record<string, unknown>[]> {
    const body = {
      datasource: { id: this.remote.id, type: "table" },
      force: true,
      queries: [{ row_limit: 100, metrics: ["rows"], columns: [], filters: [], ...query }],
    };
    const { result } = await this.client.send("POST", "/api/v1/chart/data", body, Answer);
    return result[0]?.data ?? [];
  }
}

const filter = (col: string, op: string, val?: unknown) => ({ filters: [{ col, op, val }] });

/** A time axis with a grain, as charts of today ask for it. */
const byDay = {
  columns: [
    {
      columnType: "BASE_AXIS",
      expressionType: "SQL",
      label: "gone_time",
      sqlExpression: "gone_time",
      timeGrain: "P1D",
    },
  ],
};
/** The same as older charts ask for it. */
const byDayAsBefore = { granularity: "gone_time", is_timeseries: true, extras: { time_grain_sqla: "P1D" } };

const sumOf = (column_name: string) => ({
  expressionType: "SIMPLE",
  aggregate: "SUM",
  column: { column_name },
  label: "sum",
});

async function deploy(data: DataStore, retained: "null" | "value" = "null") {
  const { url, username, password } = await useSuperset();
  const client = createSupersetClient({ url, auth: { provider: "db", username, password } });
  const uuid = randomUUID();
  const database = { database_name: `data-${uuid}`, sqlalchemy_uri: data.uri, uuid, version: "1.0.0" };
  const document = renderForImport({ kind: "database", document: database }, { managed: false });
  const entry: ImportEntry = { kind: "database", uuid, title: "data", path: "databases/data.yaml", document };
  await importEntries(client, [data.password === undefined ? entry : { ...entry, password: data.password }]);
  const { before, now } = definitions(uuid, data.schema);
  const deployed = new Deployed(client, backendOf(data.uri), retained);
  await data.run(MAKE);
  await deployed.write(before);
  return { deployed, before, now };
}

describe.each([
  ["PostgreSQL", createPostgres],
  ["SQLite", createSqlite],
])("columns that a dataset on %s lost", (_, create) => {
  test("answer NULL wherever a chart uses them, and come back with the file", async () => {
    const data = await create();
    const { deployed, before, now } = await deploy(data);
    const ask = (query: object) => deployed.ask(query);
    expect(await ask({ metrics: ["total", "old"] })).toEqual([{ total: 7, old: 4 }]);

    await data.run(DROP);
    await expect(ask({ metrics: ["old"] })).rejects.toThrow();
    await expect(ask(byDay)).rejects.toThrow();
    expect(await deployed.update(now)).toEqual([
      "doubled: rewritten",
      "gone_number: answers NULL",
      "gone_text: answers NULL",
      "gone_time: answers NULL",
      "old: rewritten",
      "total: rewritten",
    ]);

    const dimensions = { columns: ["gone_text", "gone_number", "doubled"], orderby: [["gone_text", true]] };
    expect(await ask(dimensions)).toEqual([{ gone_text: null, gone_number: null, doubled: null, rows: 3 }]);
    expect(await ask({ columns: ["region", "gone_text"] })).toHaveLength(2);
    expect(await ask({ columns: ["gone_time"], metrics: undefined })).toHaveLength(3);
    expect(await ask(byDay)).toEqual([{ gone_time: null, rows: 3 }]);
    expect(await ask(byDayAsBefore)).toEqual([{ __timestamp: null, rows: 3 }]);
    expect(await ask({ ...byDayAsBefore, time_range: "2026-01-01 : 2026-02-01" })).toEqual([]);
    expect(await ask({ metrics: ["total", "old", sumOf("gone_number")] })).toEqual([
      { total: null, old: null, sum: null },
    ]);
    const none = [
      filter("gone_text", "==", "a"),
      filter("gone_text", "IN", ["a", "b"]),
      filter("gone_number", ">", 1),
      filter("gone_number", "NOT IN", [1]),
      filter("gone_text", "IS NOT NULL"),
      filter("gone_time", "TEMPORAL_RANGE", "2026-01-01 : 2026-02-01"),
      filter("doubled", "==", 4),
    ];
    for (const query of none) expect(await ask({ columns: ["region"], ...query })).toEqual([]);
    expect(await ask({ columns: ["region"] })).toHaveLength(2);

    expect(canonicalise("dataset", await deployed.read())).toEqual(canonicalise("dataset", now));
    const once = await deployed.read();
    await deployed.update(now);
    expect(await deployed.read()).toEqual(once);

    await data.run("DROP TABLE orders;");
    await data.run(MAKE);
    expect(await deployed.update(before)).toEqual([]);
    expect(canonicalise("dataset", await deployed.read())).toEqual(canonicalise("dataset", before));
    expect(await ask({ metrics: ["total", "old", sumOf("gone_number")] })).toEqual([{ total: 7, old: 4, sum: 7 }]);
    expect(await ask({ columns: ["doubled"], orderby: [["doubled", true]] })).toEqual([
      { doubled: 3, rows: 1 },
      { doubled: 5, rows: 1 },
      { doubled: 9, rows: 1 },
    ]);
    expect(await ask(byDay)).toHaveLength(2);
  });

  test("keep their values where the stack says so, as long as the table has them", async () => {
    const data = await create();
    const { deployed, before, now } = await deploy(data, "value");
    expect(await deployed.update(now)).toContain("gone_number: kept unchanged");
    expect(await deployed.ask({ metrics: ["total", "old"] })).toEqual([{ total: 7, old: 4 }]);
    expect(await deployed.ask({ columns: ["gone_text"] })).toHaveLength(2);
    expect(canonicalise("dataset", await deployed.read())).toEqual(canonicalise("dataset", now));
    await deployed.update(before);
    expect(canonicalise("dataset", await deployed.read())).toEqual(canonicalise("dataset", before));
  });
});

test("a filter takes effect on a column, its label, a metric, and nothing else", async () => {
  const data = await createSqlite();
  const { deployed, before } = await deploy(data);
  const columns = [column("region", "VARCHAR(20)", { verbose_name: "Where" })];
  const document = { ...before, columns, main_dttm_col: null };
  await deployed.write(document);
  const rowsOf = async (name: string, value: unknown) =>
    (await deployed.ask({ columns: ["region"], ...filter(name, "==", value) })).length;
  expect([...listFilterable(document)]).toEqual(["region", "Where", "rows", "total", "old"]);
  expect(await rowsOf("region", "north")).toBe(1);
  expect(await rowsOf("Where", "north")).toBe(1);
  expect(await rowsOf("rows", 1)).toBe(1);
  expect(await rowsOf("gone_text", "a")).toBe(2);
  expect(await rowsOf("gone_text", "nowhere")).toBe(2);
});
