import JSZip from "jszip";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { type ImportEntry, packBundle, toYaml } from "../../provider/src/superset/import-bundle";
import { readParents } from "../../provider/src/superset/import-explain";
import { Inventory } from "../../provider/src/superset/inventory";

const entry = (kind: ImportEntry["kind"], document: object): ImportEntry => ({
  kind,
  uuid: "11111111-1111-4111-8111-111111111111",
  title: "a title",
  path: "a/path.yaml",
  document,
});

test("the YAML means the same to a reader of YAML 1.1, whatever the strings are", () => {
  const shared = { a: 1 };
  const document = {
    yes: "yes",
    date: "2024-01-01",
    time: "1:30",
    octal: "0777",
    text: 'a\nb\u0085\u007f\u2028\ufeff "q" 😀 ١',
    tiny: 1e-7,
    huge: 1e21,
    words: "x: 1e-7",
    none: null,
    one: shared,
    two: shared,
  };
  const yaml = toYaml(document);
  expect(parse(yaml, { version: "1.1" })).toEqual(document);
  expect(yaml).not.toMatch(/[\u007f-\u009f\u2028\ufeff&*]/);
  expect(yaml).toContain('"tiny": 1.0e-7\n');
  expect(yaml).toContain('"huge": 1.0e+21\n');
  expect(yaml).toContain('"words": "x: 1e-7"\n');
});

test("only numbers get the point that PyYAML needs, wherever they stand; no text and no line of a text does", () => {
  const numbers = [1.5e-7, 1e-7, 2e-7, -3e25, 1.5];
  const sql = `SELECT *\nFROM orders_of_the_whole_year\nWHERE share < 1.5e-3\n  AND part: 1e-7\n- 2e-7\n`;
  const yaml = toYaml({ numbers, sql, nested: { [sql]: numbers } });
  expect(parse(yaml, { version: "1.1" })).toEqual({ numbers, sql, nested: { [sql]: numbers } });
  expect(yaml).toContain("- 1.5e-7\n- 1.0e-7\n- 2.0e-7\n- -3.0e+25\n- 1.5\n");
  expect(yaml).toContain(`"sql": ${JSON.stringify(sql)}\n`);
});

test("a bundle has one root folder, and metadata without a type", async () => {
  const zip = await JSZip.loadAsync(await (await packBundle([entry("chart", { a: 1 })])).arrayBuffer());
  expect(Object.keys(zip.files)).toEqual([
    "bundle/metadata.yaml",
    "bundle/charts/11111111-1111-4111-8111-111111111111.yaml",
  ]);
  expect(parse((await zip.file("bundle/metadata.yaml")?.async("text")) ?? "")).toEqual({ version: "1.0.0" });
});

test("what an asset refers to is read from its document", () => {
  const chart = { type: "CHART", meta: { uuid: "AAAAAAAA-0000-4000-8000-000000000000", chartId: 1 } };
  const metadata = { native_filter_configuration: [{ targets: [{ datasetUuid: "d" }, {}] }, {}] };
  expect(readParents(entry("dataset", { database_uuid: "X" }))).toEqual([{ kind: "database", uuid: "x" }]);
  expect(readParents(entry("chart", {}))).toEqual([]);
  expect(readParents(entry("dashboard", { position: { a: chart, b: { type: "TABS" }, c: "v2" } }))).toEqual([
    { kind: "chart", uuid: "aaaaaaaa-0000-4000-8000-000000000000" },
  ]);
  expect(
    readParents(
      entry("dashboard", { metadata: { native_filter_configuration: [metadata.native_filter_configuration[0]] } }),
    ),
  ).toEqual([{ kind: "dataset", uuid: "d" }]);
});

test("the inventory finds what the importer would take for the same dataset", () => {
  const base = { kind: "dataset", title: "orders", changedOn: "", catalog: null } as const;
  const inventory = new Inventory([
    { ...base, uuid: "a", id: 1, database: { id: 7 }, schema: "sales" },
    { ...base, uuid: "b", id: 2, database: { id: 7 }, schema: null },
    { ...base, uuid: "c", id: 3, database: { id: 8 }, schema: "sales" },
    { kind: "dashboard", uuid: "d", id: 4, title: "D", changedOn: "", slug: null },
  ]);
  const uuids = (schema: string | null) => inventory.datasetsByKey(7, schema, "orders").map(({ uuid }) => uuid);
  expect(uuids("sales")).toEqual(["a"]);
  expect(uuids(null)).toEqual(["a", "b"]);
  expect(inventory.byUuid("dataset", "A")?.id).toBe(1);
  expect(inventory.dashboardBySlug("")).toBeUndefined();
  inventory.forget({ kind: "dataset", uuid: "a" });
  expect(uuids("sales")).toEqual([]);
});
