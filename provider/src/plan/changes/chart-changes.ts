import type { AssetDocument } from "../../assets/definition";
import { isMapping, listOf, mappingOf } from "../../assets/values";
import { type Change, compareLabels, compareRest, compareValue, quote } from "./change";
import type { TitleLookup } from "./describe-changes";

/** Keys of `params` that hold metrics. */
const METRICS = ["metric", "metrics", "metric_2", "metrics_b", "percent_metrics", "secondary_metric", "size", "x", "y"];
/** Keys of `params` that hold columns. */
const DIMENSIONS = [
  "groupby",
  "groupby_b",
  "columns",
  "all_columns",
  "groupbyColumns",
  "groupbyRows",
  "x_axis",
  "entity",
  "series",
];
const FILTERS = ["adhoc_filters", "adhoc_filters_b"];
/** Said elsewhere, or derived from the rest. */
const PARAMS_SPOKEN_OF = new Set([
  ...METRICS,
  ...DIMENSIONS,
  ...FILTERS,
  "viz_type",
  "annotation_layers",
  "extra_form_data",
]);
const SPOKEN_OF = new Set(["slice_name", "viz_type", "dataset_uuid", "params", "query_context", "uuid", "version"]);

/** What differs between two versions of a chart, in canonical form. */
export function describeChart(before: AssetDocument, after: AssetDocument, titleOf: TitleLookup): Change[] {
  const [left, right] = [mappingOf(before.params), mappingOf(after.params)];
  const nameDataset = (uuid: unknown) => quote(titleOf("dataset", String(uuid)));
  const changes = [
    ...compareValue("name", before.slice_name, after.slice_name),
    ...compareValue("type", before.viz_type, after.viz_type),
    ...(before.dataset_uuid === after.dataset_uuid
      ? []
      : [{ what: "dataset", before: nameDataset(before.dataset_uuid), after: nameDataset(after.dataset_uuid) }]),
    ...compareLabels("metric", listLabels(left, METRICS, labelMetric), listLabels(right, METRICS, labelMetric)),
    ...compareLabels(
      "dimension",
      listLabels(left, DIMENSIONS, labelColumn),
      listLabels(right, DIMENSIONS, labelColumn),
    ),
    ...compareLabels("filter", listLabels(left, FILTERS, labelFilter), listLabels(right, FILTERS, labelFilter)),
    ...compareLabels(
      "annotation",
      listLabels(left, ["annotation_layers"], labelLayer),
      listLabels(right, ["annotation_layers"], labelLayer),
    ),
    ...compareRest(left, right, PARAMS_SPOKEN_OF),
    ...compareRest(before, after, SPOKEN_OF),
  ];
  // Superset makes it out of the rest: alone it tells of options that no key of `params` has.
  return changes.length > 0
    ? changes
    : compareValue("stored query", before.query_context, after.query_context).map(({ what }) => ({ what }));
}

function listLabels(
  params: Readonly<Record<string, unknown>>,
  keys: readonly string[],
  label: (entry: unknown) => string | undefined,
): string[] {
  return keys.flatMap((key) => {
    const value = params[key];
    return (Array.isArray(value) ? value : [value]).flatMap((entry) => label(entry) ?? []);
  });
}

/** `count` for a saved metric, `SUM(net)` for one of the chart's own. */
export function labelMetric(metric: unknown): string | undefined {
  if (typeof metric === "string") return metric;
  if (!isMapping(metric)) return undefined;
  const { expressionType, aggregate, column, sqlExpression, label } = metric;
  const given = metric.hasCustomLabel && typeof label === "string" ? ` (${label})` : "";
  if (expressionType === "SQL") return `${String(sqlExpression)}${given}`;
  const name = mappingOf(column).column_name;
  return typeof name === "string" ? `${String(aggregate)}(${name})${given}` : undefined;
}

function labelColumn(column: unknown): string | undefined {
  if (typeof column === "string") return column;
  const { sqlExpression, label } = mappingOf(column);
  return [sqlExpression, label].find((text) => typeof text === "string") as string | undefined;
}

/** `region IN (EU, US)`, or the SQL of the filter. */
export function labelFilter(filter: unknown): string | undefined {
  const { expressionType, subject, operator, comparator, sqlExpression } = mappingOf(filter);
  if (expressionType === "SQL") return String(sqlExpression);
  if (typeof subject !== "string") return undefined;
  const values = Array.isArray(comparator) ? `(${listOf(comparator).map(String).join(", ")})` : comparator;
  return [subject, operator, isMapping(values) ? "…" : values]
    .filter((part) => part !== undefined && part !== null && part !== "")
    .map(String)
    .join(" ");
}

function labelLayer(layer: unknown): string | undefined {
  const { name, value } = mappingOf(layer);
  return name === undefined && value === undefined ? undefined : `${String(name)}: ${String(value)}`;
}
