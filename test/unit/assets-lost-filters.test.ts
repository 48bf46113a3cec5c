import { describe, expect, it } from "vitest";
import type { AssetDocument } from "../../provider/src/assets/definition";
import { findLostFilters, listFilterable } from "../../provider/src/assets/lost-filters";
import type { Mapping } from "../../provider/src/assets/values";
import { define, UUIDS } from "./plan-support";

const DATASET: AssetDocument = {
  columns: [{ column_name: "country", verbose_name: "Country of birth" }],
  metrics: [{ metric_name: "total", expression: "SUM(a)" }],
};

/** The filters found in a chart or dashboard, as `column at place`. */
function lost(kind: "chart" | "dashboard", changes: Mapping, dataset: AssetDocument = DATASET): string[] {
  const known = new Map([[UUIDS.dataset as string, listFilterable(dataset)]]);
  const found = findLostFilters([define("dataset"), define(kind, changes)], (uuid) => known.get(uuid));
  return found.map(({ column, at }) => `${column} at ${at.join(".")}`);
}

const simple = (subject: string, rest: Mapping = {}): Mapping => ({
  expressionType: "SIMPLE",
  clause: "WHERE",
  operator: "IN",
  comparator: ["x"],
  subject,
  ...rest,
});

const chart = (filter: Mapping) => lost("chart", { params: { adhoc_filters: [filter] } });
const query = (filter: Mapping) =>
  lost("chart", { query_context: JSON.stringify({ queries: [{}, { filters: [filter] }] }) });
const native = (filter: Mapping) => lost("dashboard", { metadata: { native_filter_configuration: [filter] } });
const target = (name: unknown, datasetUuid: string = UUIDS.dataset) => ({
  targets: [{ datasetUuid, column: { name } }],
});

describe("a filter on a column that the dataset does not have", () => {
  it("is found in a chart", () => {
    expect(chart(simple("gone"))).toEqual(["gone at params.adhoc_filters.0"]);
    expect(chart(simple("gone", { operator: "TEMPORAL_RANGE", comparator: "Last week" }))).toHaveLength(1);
    expect(chart(simple("gone", { operator: "IS NOT NULL", comparator: null }))).toHaveLength(1);
    expect(lost("chart", { params: { adhoc_filters_b: [simple("gone")] } })).toEqual([
      "gone at params.adhoc_filters_b.0",
    ]);
  });

  it("is found in the query that reports send", () => {
    expect(query({ col: "gone", op: "==", val: 1 })).toEqual(["gone at query_context.queries.1.filters.0"]);
  });

  it("is found in a native filter and in what it offers", () => {
    expect(native(target("gone"))).toEqual(["gone at metadata.native_filter_configuration.0.targets.0.column.name"]);
    expect(native(target("gone", UUIDS.dataset.toUpperCase()))).toHaveLength(1);
    expect(native({ ...target("country"), adhoc_filters: [simple("gone")] })).toEqual([
      "gone at metadata.native_filter_configuration.0.adhoc_filters.0",
    ]);
  });

  it("names the definition and the dataset", () => {
    const definition = define("chart", { params: { adhoc_filters: [simple("gone")] } });
    expect(findLostFilters([definition], () => new Set())).toEqual([
      { definition, dataset: UUIDS.dataset, column: "gone", at: ["params", "adhoc_filters", 0] },
    ]);
  });
});

describe("no finding", () => {
  it.each<[string, string[]]>([
    ["a column", chart(simple("country"))],
    ["a label of a column", chart(simple("Country of birth"))],
    ["a metric", chart(simple("total"))],
    ["the time of the query", query({ col: "__timestamp", op: "TEMPORAL_RANGE", val: "Last week" })],
    ["no span of time", chart(simple("gone", { operator: "TEMPORAL_RANGE", comparator: "No filter" }))],
    ["no span of time in a query", query({ col: "gone", op: "TEMPORAL_RANGE", val: "No filter" })],
    ["own SQL", chart({ expressionType: "SQL", clause: "WHERE", sqlExpression: "gone = 1" })],
    ["a metric's condition", chart(simple("gone", { clause: "HAVING" }))],
    ["own SQL in a query", query({ col: { sqlExpression: "gone", label: "g" }, op: "==", val: 1 })],
    ["half a filter", chart({ expressionType: "SIMPLE", subject: "gone" })],
    ["a filter of time without a column", native({ filterType: "filter_time", targets: [{}] })],
    ["a dataset that is not known", native(target("gone", UUIDS.other))],
    ["a query that is no JSON", lost("chart", { query_context: "{" })],
    ["nothing at all", lost("dashboard", { metadata: null })],
  ])("%s", (_, found) => {
    expect(found).toEqual([]);
  });

  it.each(["{{ filter_values('gone')|where_in }}", '{{ get_filters(column="gone", remove_filter=True) }}'])(
    "what the dataset's SQL asks for: %s",
    (template) => {
      const sql = `select * from t where a in ${template}`;
      expect(lost("chart", { params: { adhoc_filters: [simple("gone")] } }, { ...DATASET, sql })).toEqual([]);
    },
  );
});
