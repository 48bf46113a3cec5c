import type { AssetDocument } from "./definition";
import { type KeyPath, listOf, type Mapping, mappingOf } from "./values";

/** A column or saved metric of its dataset that a chart names. */
export interface ChartUse {
  readonly name: string;
  /** `order` may be either, or what the chart itself calls something. */
  readonly as: "column" | "metric" | "order";
  readonly at: KeyPath;
}

/** Keys of `params` that the UI sends as columns or metrics, of whichever chart type (`extractQueryFields`). */
const COLUMN_KEYS = [
  "groupby",
  "groupby_b",
  "columns",
  "all_columns",
  "x_axis",
  "series",
  "groupbyRows",
  "groupbyColumns",
];
const METRIC_KEYS = [
  "metric",
  "metric_2",
  "metrics",
  "metrics_b",
  "secondary_metric",
  "percent_metrics",
  "timeseries_limit_metric",
  "timeseries_limit_metric_b",
  "series_limit_metric",
];

/** Keys that mean a column or metric for these types only. */
const TYPE_KEYS: { readonly [vizType: string]: { readonly columns?: string[]; readonly metrics?: string[] } } = {
  bubble_v2: { columns: ["entity"], metrics: ["x", "y", "size"] },
  chord: { columns: ["source", "target"] },
  country_map: { columns: ["entity"] },
  gantt_chart: { columns: ["start_time", "end_time", "y_axis"] },
  graph_chart: { columns: ["source", "target"] },
  histogram_v2: { columns: ["column"] },
  sankey_v2: { columns: ["source", "target"] },
  world_map: { columns: ["entity"] },
};

/** A table keeps what was chosen for its other mode, and does not send it. */
const UNSENT: Readonly<Record<string, readonly string[]>> = {
  raw: ["groupby", "metric", "metrics", "percent_metrics", "timeseries_limit_metric"],
  aggregate: ["all_columns", "columns", "order_by_cols"],
};

/** Superset's name for the time column of the query. */
const QUERY_TIME = "__timestamp";

/** Lists the columns and saved metrics that a chart asks its dataset for. Custom SQL is not looked into. */
export function listChartUses({ params: stated, viz_type: vizType }: AssetDocument): ChartUse[] {
  const params = mappingOf(stated);
  const own = typeof vizType === "string" && Object.hasOwn(TYPE_KEYS, vizType) ? TYPE_KEYS[vizType] : {};
  const unsent = UNSENT[readMode(params)] ?? [];
  const isSent = (key: string) => !unsent.includes(key);
  const columns = [...COLUMN_KEYS, ...(own?.columns ?? [])].filter(isSent);
  const metrics = [...METRIC_KEYS, ...(own?.metrics ?? [])].filter(isSent);
  return [
    ...columns.flatMap((key) => readEntries(params, key, "column")),
    ...metrics.flatMap((key) => readEntries(params, key, "metric")),
    ...(isSent("order_by_cols") ? readOrder(params) : []),
  ].filter(({ name }) => name !== "" && name !== QUERY_TIME);
}

/** What the chart itself gives a name to: an order may be by that. */
export function listChartLabels({ params }: AssetDocument): string[] {
  return Object.values(mappingOf(params))
    .flat()
    .map((item) => mappingOf(item).label)
    .filter((label) => typeof label === "string");
}

/** The mode of a table, as the UI tells it; none for other types. */
function readMode({ query_mode: mode, viz_type: vizType, all_columns: columns }: Mapping): string {
  if (mode === "raw" || mode === "aggregate") return mode;
  if (vizType !== "table") return "";
  return listOf(columns).length > 0 ? "raw" : "aggregate";
}

function readEntries(params: Mapping, key: string, as: "column" | "metric"): ChartUse[] {
  const value = params[key];
  const entries = Array.isArray(value)
    ? value.map((entry, index) => ({ entry, at: [index] }))
    : [{ entry: value, at: [] }];
  return entries.flatMap(({ entry, at: place }): ChartUse[] => {
    const at: KeyPath = ["params", key, ...place];
    if (typeof entry === "string") return [{ name: entry, as, at }];
    const { expressionType, column } = mappingOf(entry);
    const name = mappingOf(column).column_name;
    const isSimple = as === "metric" && expressionType === "SIMPLE" && typeof name === "string";
    return isSimple ? [{ name, as: "column", at: [...at, "column", "column_name"] }] : [];
  });
}

/** Each entry is JSON text of a name and whether it ascends. */
function readOrder({ order_by_cols: order }: Mapping): ChartUse[] {
  return listOf(order).flatMap((entry, index): ChartUse[] => {
    const name = typeof entry === "string" ? /^\[\s*("(?:[^"\\]|\\.)*")\s*,/.exec(entry)?.[1] : undefined;
    return name === undefined ? [] : [{ name: readText(name), as: "order", at: ["params", "order_by_cols", index] }];
  });
}

function readText(json: string): string {
  try {
    return String(JSON.parse(json));
  } catch (error) {
    // An escape that JSON does not know: nothing is said about such a name.
    if (error instanceof SyntaxError) return "";
    throw error;
  }
}
