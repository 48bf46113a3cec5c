import { defineFromDocument } from "../../provider/src/assets/define";
import type { AssetKind } from "../../provider/src/assets/definition";
import { findLostFilters } from "../../provider/src/assets/lost-filters";
import { listOf, mappingOf } from "../../provider/src/assets/values";
import { DASHBOARD_EDITS, renumber } from "./random-dashboard-edits";
import { addItem, changeItem, type Edit, number, oddValue, set, setIn, textOrNull } from "./random-edit";

const CHART_EDITS: readonly Edit[] = [
  set("slice_name", (random) => `Chart ${random.word()}`),
  set("description", textOrNull),
  set("certified_by", textOrNull),
  set("cache_timeout", (random) => random.pick([null, number(random)])),
  setIn("params", "row_limit", number),
  setIn("params", "odd", oddValue),
  setIn("params", "show_legend", (random) => random.below(2) === 0),
  setIn("params", "color_scheme", (random) => random.pick(["supersetColors", "lyftColors", null])),
  setIn("params", "annotation_layers", (random) => [
    { annotationType: "FORMULA", name: random.word(), value: "x * 2", show: true },
  ]),
  (document) => {
    const [key] = Object.keys(mappingOf(document.params)).filter((name) => name !== "viz_type");
    if (key === undefined) return false;
    const { [key]: _, ...rest } = mappingOf(document.params);
    document.params = rest;
    return true;
  },
  (document, { random }) => {
    const viz_type = random.pick(["table", "big_number_total", "pie"]);
    Object.assign(document, { viz_type, params: { ...mappingOf(document.params), viz_type } });
    return true;
  },
  set("query_context", (random) => {
    const ids = { datasource: { id: 1 + random.below(99), type: "table" }, form_data: { slice_id: random.below(99) } };
    return random.pick([null, JSON.stringify({ ...ids, queries: [{ row_limit: number(random) }] })]);
  }),
  (document, { random, all }) => {
    // The other dataset need not have the columns that the chart filters by, and then the plan is refused.
    const definition = defineFromDocument("chart", document, { path: "", name: "" });
    if (findLostFilters([definition], () => new Set()).length > 0) return false;
    document.dataset_uuid = random.pick(all("dataset")).uuid;
    return true;
  },
];

const DATASET_EDITS: readonly Edit[] = [
  set("table_name", (random) => `table_${random.word()}`),
  set("schema", (random) => `schema_${random.word()}`),
  set("description", textOrNull),
  set("sql", (random) => random.pick([null, `select 1 as a -- ${random.word()}\n`, "select *\nfrom t\nwhere a > 1"])),
  set("offset", number),
  set("cache_timeout", (random) => random.pick([null, number(random)])),
  set("fetch_values_predicate", textOrNull),
  set("filter_select_enabled", (random) => random.below(2) === 0),
  set("always_filter_main_dttm", (random) => random.below(2) === 0),
  set("extra", (random) => random.pick([null, { warning_markdown: `**${random.word()}**` }])),
  set("template_params", (random) => random.pick([null, { region: random.word() }])),
  set("normalize_columns", (random) => random.below(2) === 0),
  set("default_endpoint", textOrNull),
  (document, { random }) => {
    const names = listOf(document.columns).map((column) => mappingOf(column).column_name);
    document.main_dttm_col = random.pick([null, ...names]);
    return true;
  },
  addItem("columns", (random) => ({
    column_name: `column_${random.word()}`,
    type: random.pick(["VARCHAR", "BIGINT", null]),
    expression: random.pick([null, "1 + 1"]),
  })),
  changeItem("columns", () => undefined),
  changeItem("columns", (column, random) => ({ ...column, verbose_name: textOrNull(random) })),
  changeItem("columns", (column, random) => ({ ...column, type: random.pick(["VARCHAR", "BIGINT", "TIMESTAMP"]) })),
  changeItem("columns", (column) => ({ ...column, is_dttm: column.is_dttm !== true, filterable: false })),
  changeItem("columns", (column, random) => ({ ...column, description: textOrNull(random), python_date_format: "%Y" })),
  changeItem("columns", (column, random) => ({ ...column, extra: random.pick([null, { odd: oddValue(random) }]) })),
  changeItem("columns", (column, random) => ({ ...column, expression: `lower(${random.word()})` })),
  addItem("metrics", (random) => ({ metric_name: `metric_${random.word()}`, expression: "COUNT(*)" })),
  changeItem("metrics", () => undefined),
  changeItem("metrics", (metric, random) => ({ ...metric, expression: `SUM(${random.word()})` })),
  changeItem("metrics", (metric, random) => ({ ...metric, d3format: random.pick([null, ",.2f", "$,.0f"]) })),
  changeItem("metrics", (metric, random) => ({ ...metric, verbose_name: textOrNull(random), warning_text: "Old." })),
  changeItem("metrics", (metric) => ({ ...metric, currency: { symbol: "EUR", symbolPosition: "suffix" } })),
];

/** What can be changed in the content of each kind. */
export const EDITS: Readonly<Record<AssetKind, readonly Edit[]>> = {
  // A database that is there is never written.
  database: [set("cache_timeout", number), set("expose_in_sqllab", (random) => random.below(2) === 0)],
  dataset: DATASET_EDITS,
  chart: CHART_EDITS,
  dashboard: DASHBOARD_EDITS,
};

/** Changes of the text that change nothing of what it means. */
export const IDLE_EDITS: Readonly<Record<Exclude<AssetKind, "database">, readonly Edit[]>> = {
  dataset: [
    (document) => {
      document.columns = [...listOf(document.columns)].reverse();
      document.metrics = [...listOf(document.metrics)].reverse();
      return true;
    },
    (document) => {
      if (document.currency_code_column !== undefined) return false;
      document.currency_code_column = null;
      return true;
    },
  ],
  chart: [
    setIn("params", "datasource", (random) => `${random.below(999)}__table`),
    setIn("params", "slice_id", (random) => random.below(999)),
  ],
  dashboard: [renumber],
};
