import { describe, expect, it } from "vitest";
import { defineFromDocument } from "../../provider/src/assets/define";
import type { AssetDocument, AssetKind, Definition } from "../../provider/src/assets/definition";
import { formatComparison } from "../../provider/src/cli/format-comparison";
import { formatChange } from "../../provider/src/plan/changes/change";
import { compareSides, type Side } from "../../provider/src/plan/compare-sides";
import { CHART_UUID, DASHBOARD_UUID, DATABASE_UUID, DATASET_UUID, OTHER_UUID } from "./assets-support";

const DATABASE = { uuid: DATABASE_UUID, database_name: "Shop", sqlalchemy_uri: "postgresql://one/shop" };
const DATASET = {
  uuid: DATASET_UUID,
  table_name: "orders",
  schema: "public",
  database_uuid: DATABASE_UUID,
  sql: "SELECT 1",
  columns: [{ column_name: "region", type: "TEXT" }],
  metrics: [{ metric_name: "net", expression: "SUM(net)" }],
};
const CHART = {
  uuid: CHART_UUID,
  slice_name: "Revenue",
  viz_type: "table",
  dataset_uuid: DATASET_UUID,
  params: { metrics: [metric("SUM", "net")], groupby: ["region"], row_limit: 100, viz_type: "table" },
};
const BOARD = {
  uuid: DASHBOARD_UUID,
  dashboard_title: "Sales",
  slug: "sales",
  published: true,
  position: {
    ROOT_ID: { type: "ROOT", id: "ROOT_ID", children: ["CHART-1"] },
    "CHART-1": {
      type: "CHART",
      id: "CHART-1",
      children: [],
      meta: { uuid: CHART_UUID, chartId: 1, sliceName: "Revenue", width: 4 },
    },
  },
  metadata: { native_filter_configuration: [{ id: "F1", name: "Region", targets: [{ datasetUuid: DATASET_UUID }] }] },
};

function metric(aggregate: string, column: string): object {
  return { expressionType: "SIMPLE", aggregate, column: { column_name: column }, label: `${aggregate}(${column})` };
}

function side(documents: Partial<Record<AssetKind, AssetDocument | readonly AssetDocument[]>>, isServer = false): Side {
  const all = { database: DATABASE, dataset: DATASET, chart: CHART, dashboard: BOARD, ...documents };
  const definitions = Object.entries(all).flatMap(([kind, given]) =>
    [given]
      .flat()
      .map(
        (document): Definition =>
          defineFromDocument(kind as AssetKind, document as AssetDocument, { path: `${kind}s/x.yaml`, name: "x" }),
      ),
  );
  return { definitions, isServer };
}

/** What is said about the one asset that differs. */
function wordsFor(kind: AssetKind, before: AssetDocument, after: AssetDocument): string[] {
  const { differences } = compareSides(side({ [kind]: before }), side({ [kind]: after }));
  expect(differences.map((difference) => [difference.kind, difference.verdict])).toEqual([[kind, "changed"]]);
  return differences.flatMap(({ changes }) => changes.map(formatChange));
}

const withParams = (params: object) => ({ ...CHART, params: { ...CHART.params, ...params } });
const withMetadata = (metadata: object) => ({ ...BOARD, metadata: { ...BOARD.metadata, ...metadata } });

describe("what changed, in words", () => {
  it.each<[string, AssetKind, AssetDocument, AssetDocument, string[]]>([
    ["a metric", "chart", CHART, withParams({ metrics: [metric("SUM", "gross")] }), ["metric SUM(net) → SUM(gross)"]],
    [
      "a saved metric",
      "chart",
      withParams({ metrics: ["net"] }),
      withParams({ metrics: ["net", "count"] }),
      ["new metric count"],
    ],
    [
      "a metric in SQL",
      "chart",
      CHART,
      withParams({ metrics: [{ expressionType: "SQL", sqlExpression: "SUM(a) / SUM(b)" }] }),
      ["metric SUM(net) → SUM(a) / SUM(b)"],
    ],
    ["a dimension", "chart", CHART, withParams({ groupby: [] }), ["dimension region removed"]],
    [
      "the order of dimensions",
      "chart",
      withParams({ groupby: ["a", "b"] }),
      withParams({ groupby: ["b", "a"] }),
      ["order of dimensions changed"],
    ],
    [
      "a filter",
      "chart",
      CHART,
      withParams({
        adhoc_filters: [
          { expressionType: "SIMPLE", clause: "WHERE", subject: "region", operator: "IN", comparator: ["EU", "US"] },
        ],
      }),
      ["new filter region IN (EU, US)"],
    ],
    ["an option", "chart", CHART, withParams({ row_limit: 1000 }), ["row limit 100 → 1000"]],
    [
      "an option of many parts",
      "chart",
      CHART,
      withParams({ column_config: { a: { b: 1 } } }),
      ["column config changed"],
    ],
    [
      "its name and type",
      "chart",
      CHART,
      { ...CHART, slice_name: "Net", viz_type: "pie" },
      ["name Revenue → Net", "type table → pie"],
    ],
    ["nothing but the stored query", "chart", CHART, { ...CHART, query_context: '{"a":1}' }, ["stored query changed"]],
    [
      "a column",
      "dataset",
      DATASET,
      { ...DATASET, columns: [{ column_name: "region", type: "INT" }] },
      ['column "region": type TEXT → INT'],
    ],
    ["another column", "dataset", DATASET, { ...DATASET, columns: [] }, ['column "region" removed']],
    [
      "the expression of a metric",
      "dataset",
      DATASET,
      { ...DATASET, metrics: [{ metric_name: "net", expression: "SUM(gross)" }] },
      ['metric "net": expression SUM(net) → SUM(gross)'],
    ],
    ["SQL", "dataset", DATASET, { ...DATASET, sql: "SELECT 2\nFROM a" }, ["SQL (+2 −1 lines) changed"]],
    ["the title", "dashboard", BOARD, { ...BOARD, dashboard_title: "Sales 2" }, ["title Sales → Sales 2"]],
    ["publication", "dashboard", BOARD, { ...BOARD, published: false }, ["published true → none"]],
    [
      "the layout",
      "dashboard",
      BOARD,
      {
        ...BOARD,
        position: {
          ...BOARD.position,
          "CHART-1": { ...BOARD.position["CHART-1"], meta: { ...BOARD.position["CHART-1"].meta, width: 6 } },
        },
      },
      ["layout changed"],
    ],
    [
      "a chart less",
      "dashboard",
      BOARD,
      { ...BOARD, position: { ROOT_ID: BOARD.position.ROOT_ID } },
      ['chart "Revenue" removed'],
    ],
    [
      "a native filter's name",
      "dashboard",
      BOARD,
      withMetadata({
        native_filter_configuration: [{ ...BOARD.metadata.native_filter_configuration[0], name: "Land" }],
      }),
      ['native filter "Land": name Region → Land'],
    ],
    [
      "a native filter less",
      "dashboard",
      BOARD,
      withMetadata({ native_filter_configuration: [] }),
      ['native filter "Region" removed'],
    ],
    [
      "cross-filters",
      "dashboard",
      BOARD,
      withMetadata({ chart_configuration: { 1: { id: 1, crossFilters: { scope: "global", chartsInScope: [] } } } }),
      ["cross-filters changed"],
    ],
    [
      "an address",
      "database",
      DATABASE,
      { ...DATABASE, sqlalchemy_uri: "postgresql://two/shop" },
      ["sqlalchemy uri postgresql://one/shop → postgresql://two/shop"],
    ],
  ])("%s", (_, kind, before, after, expected) => {
    expect(wordsFor(kind, before, after)).toEqual(expected);
  });

  it("is never nothing where something differs: whatever key is changed, a line names the asset", () => {
    for (const [kind, document] of [
      ["dataset", DATASET],
      ["chart", CHART],
      ["dashboard", BOARD],
    ] as const) {
      for (const key of Object.keys(document).filter((name) => name !== "uuid" && name !== "slug")) {
        const { [key as never]: _, ...rest } = document as Record<string, unknown>;
        const { differences } = compareSides(side({ [kind]: document }), side({ [kind]: rest }));
        expect(differences.flatMap(({ changes }) => changes).length, `${kind} without ${key}`).toBeGreaterThan(0);
      }
    }
  });
});

describe("two sides", () => {
  it("are the same where ids and UUIDs of two servers differ, and names and keys do not", () => {
    const map: Readonly<Record<string, string>> = {
      [DATABASE_UUID]: "a1111111-1111-4111-8111-111111111111",
      [DATASET_UUID]: "a2222222-2222-4222-8222-222222222222",
      [DASHBOARD_UUID]: "a4444444-4444-4444-8444-444444444444",
    };
    const other = JSON.parse(
      JSON.stringify({
        database: { ...DATABASE, sqlalchemy_uri: "postgresql://two/shop" },
        dataset: DATASET,
        chart: CHART,
        dashboard: BOARD,
      }).replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, (uuid) => map[uuid] ?? uuid),
    );
    expect(compareSides(side({}, true), side(other, true))).toEqual({ differences: [], same: 4 });
    // Between files an address counts.
    expect(compareSides(side({}), side(other)).differences).toMatchObject([{ kind: "database" }]);
  });

  it("tell what came and went, and in which dashboards a change is seen", () => {
    const added = { ...CHART, uuid: OTHER_UUID, slice_name: "Added" };
    const right = side({ chart: [CHART, added], dataset: { ...DATASET, sql: "SELECT 2" } });
    expect(compareSides(side({}), right).differences).toMatchObject([
      { kind: "chart", title: "Added", verdict: "added", seenIn: [] },
      { kind: "dataset", title: "orders", verdict: "changed", seenIn: ["Sales"] },
    ]);
    expect(compareSides(right, side({})).differences).toMatchObject([
      { kind: "chart", title: "Added", verdict: "removed" },
      { kind: "dataset", verdict: "changed" },
    ]);
  });

  it("are told in lines of 80 columns, without what a terminal would obey", () => {
    const hostile = `\u001b[31m${"long ".repeat(40)}`;
    const comparison = compareSides(side({}), side({ chart: { ...CHART, slice_name: hostile, viz_type: "pie" } }));
    const text = formatComparison("stack qa → folder assets", comparison, false);
    expect(text).not.toContain("\u001b");
    expect(text).toContain('seen in dashboard "Sales"');
    expect(text).toContain("0 added, 0 removed, 1 changed, 3 the same");
    const numbers = formatComparison("a → b", comparison, true);
    expect(numbers.split("\n")).toEqual([
      "a → b",
      "charts      0 added, 0 removed, 1 changed",
      "0 added, 0 removed, 1 changed, 3 the same",
    ]);
  });
});
