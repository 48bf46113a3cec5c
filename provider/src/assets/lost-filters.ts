import type { AssetDocument, Definition } from "./definition";
import { isUuid, type KeyPath, listOf, type Mapping, mappingOf } from "./values";

/** A filter that Superset drops without a word: the chart shows all rows. */
export interface LostFilter<Asset> {
  readonly definition: Asset;
  /** UUID of the dataset that has no such column. */
  readonly dataset: string;
  readonly column: string;
  /** Where the filter stands in the document. */
  readonly at: KeyPath;
}

type StatedAsset = Pick<Definition, "kind" | "document">;

interface StatedFilter {
  readonly dataset: unknown;
  readonly column: unknown;
  readonly at: KeyPath;
}

/** Superset's name for the time column of the query. */
const QUERY_TIME = "__timestamp";

/** Lists of ad-hoc filters; charts of two queries have a second one. */
const ADHOC_LISTS = ["adhoc_filters", "adhoc_filters_b"];

/**
 * Finds the filters on columns that a dataset does not have (semantics 0.10, 2.11).
 *
 * @param definitions charts and dashboards; others are passed over
 * @param filterable the names that a filter on a dataset may use after the run ({@link listFilterable}), by its UUID in
 * lower case; undefined where nothing is known
 */
export function findLostFilters<Asset extends StatedAsset>(
  definitions: readonly Asset[],
  filterable: (dataset: string) => ReadonlySet<string> | undefined,
): LostFilter<Asset>[] {
  return definitions.flatMap((definition) =>
    listFilters(definition).flatMap(({ dataset, column, at }): LostFilter<Asset>[] => {
      if (!isUuid(dataset) || typeof column !== "string" || column === "" || column === QUERY_TIME) return [];
      const uuid = dataset.toLowerCase();
      const names = filterable(uuid);
      return names === undefined || names.has(column) ? [] : [{ definition, dataset: uuid, column, at }];
    }),
  );
}

const TEMPLATE_FILTER = /\b(?:filter_values|get_filters|get_time_filter)\(\s*(?:column\s*=\s*)?(["'])(.*?)\1/g;

/**
 * The names that Superset takes for a filter of a dataset: columns, their labels, metrics, and what the SQL of a
 * virtual dataset asks for (`filter_values('country')`).
 */
export function listFilterable(dataset: AssetDocument): Set<string> {
  const columns = listOf(dataset.columns).map(mappingOf);
  const named = [
    ...columns.flatMap(({ column_name, verbose_name }) => [column_name, verbose_name]),
    ...listOf(dataset.metrics).map((metric) => mappingOf(metric).metric_name),
    ...[...String(dataset.sql ?? "").matchAll(TEMPLATE_FILTER)].map(([, , name]) => name),
  ];
  return new Set(named.filter((name) => typeof name === "string"));
}

function listFilters({ kind, document }: StatedAsset): StatedFilter[] {
  if (kind === "chart") return [...listChartFilters(document), ...listQueryFilters(document)];
  return kind === "dashboard" ? listNativeFilters(document) : [];
}

function listChartFilters({ params, dataset_uuid }: AssetDocument): StatedFilter[] {
  return ADHOC_LISTS.flatMap((list) =>
    listAdhocFilters(mappingOf(params)[list], ["params", list]).map((found) => ({ ...found, dataset: dataset_uuid })),
  );
}

function listAdhocFilters(filters: unknown, at: KeyPath): Pick<StatedFilter, "column" | "at">[] {
  return listOf(filters).flatMap((entry, index) => {
    const { expressionType, clause, subject, operator, comparator } = mappingOf(entry);
    const isColumn = expressionType === "SIMPLE" && clause !== "HAVING";
    return isColumn && isEffective(operator, comparator) ? [{ column: subject, at: [...at, index] }] : [];
  });
}

/** What thumbnails and reports ask for. */
function listQueryFilters({ query_context, dataset_uuid }: AssetDocument): StatedFilter[] {
  return listOf(readContext(query_context).queries).flatMap((query, queryIndex) =>
    listOf(mappingOf(query).filters).flatMap((entry, index) => {
      const { col, op, val } = mappingOf(entry);
      const at = ["query_context", "queries", queryIndex, "filters", index];
      return isEffective(op, val) ? [{ dataset: dataset_uuid, column: col, at }] : [];
    }),
  );
}

function readContext(text: unknown): Mapping {
  if (typeof text !== "string") return {};
  try {
    return mappingOf(JSON.parse(text));
  } catch (error) {
    // Lint names it (rule field-type).
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}

function listNativeFilters({ metadata }: AssetDocument): StatedFilter[] {
  return listOf(mappingOf(metadata).native_filter_configuration).flatMap((filter, index) => {
    const at = ["metadata", "native_filter_configuration", index];
    const { targets, adhoc_filters: before } = mappingOf(filter);
    const own = listOf(targets).map((entry, targetIndex): StatedFilter => {
      const { datasetUuid, column } = mappingOf(entry);
      const columnAt = [...at, "targets", targetIndex, "column", "name"];
      return { dataset: datasetUuid, column: mappingOf(column).name, at: columnAt };
    });
    // What a filter offers may be filtered itself, by columns of the same dataset.
    const prior = listAdhocFilters(before, [...at, "adhoc_filters"]);
    return [...own, ...prior.map((found) => ({ ...found, dataset: own[0]?.dataset }))];
  });
}

function isEffective(operator: unknown, value: unknown): boolean {
  return typeof operator === "string" && !(operator === "TEMPORAL_RANGE" && value === "No filter");
}
