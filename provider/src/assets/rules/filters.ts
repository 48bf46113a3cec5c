import { FILTER_LISTS } from "../dashboard-ids";
import { listLayoutCharts } from "../layout";
import { findLostFilters, listFilterable } from "../lost-filters";
import { isEmpty, isMapping, isUuid, type KeyPath, listOf, type Mapping, mappingOf } from "../values";
import type { AssetFile, Problem } from "./registry";

/** Rule `filter-lost`: the plan refuses what would show all rows, where it writes the asset or its dataset. */
export function checkLostFilters(files: readonly AssetFile[]): Problem[] {
  const datasets = new Map(
    files.flatMap(({ kind, document }) =>
      kind === "dataset" && isUuid(document.uuid) ? [[document.uuid.toLowerCase(), document] as const] : [],
    ),
  );
  const filterable = (uuid: string) => {
    const document = datasets.get(uuid);
    return document && listFilterable(document);
  };
  return findLostFilters(files, filterable).map(({ definition, dataset, column, at }) => ({
    rule: "filter-lost",
    file: definition,
    at,
    message: `the filter on "${column}" would be ignored and all rows shown: the dataset "${String(datasets.get(dataset)?.table_name)}" has no such column`,
    remedy: "Correct the filter, or add the column to the dataset.",
  }));
}

/** What native filters of these types choose from: a dataset, and of it a column. Others need neither. */
const NEEDS_COLUMN = new Set(["filter_select", "filter_range"]);
const NEEDS_DATASET = new Set([...NEEDS_COLUMN, "filter_timecolumn", "filter_timegrain"]);

/** Rule `filter-without-target`: a filter or display control that changes nothing. */
export function checkFilterTargets(file: AssetFile): Problem[] {
  if (file.kind !== "dashboard") return [];
  const metadata = mappingOf(file.document.metadata);
  return FILTER_LISTS.flatMap((list) =>
    listOf(metadata[list]).flatMap((filter, index): Problem[] => {
      // A divider is a headline between filters.
      if (!isMapping(filter) || /DIVIDER/.test(String(filter.type))) return [];
      const at = ["metadata", list, index];
      return [...checkTarget(file, filter, at), ...checkScope(file, filter, at)];
    }),
  );
}

function checkTarget(file: AssetFile, filter: Mapping, at: KeyPath): Problem[] {
  const type = String(filter.filterType);
  if (!NEEDS_DATASET.has(type)) return [];
  const targets = listOf(filter.targets).map(mappingOf);
  const named = targets.filter(({ datasetUuid, datasetId }) => !isEmpty(datasetUuid) || !isEmpty(datasetId));
  const lacks = (what: string): Problem => ({
    rule: "filter-without-target",
    file,
    at,
    message: `${nameFilter(filter)} names no ${what}`,
    remedy: `Choose its ${what}, or remove the filter.`,
  });
  if (named.length === 0) return [lacks("dataset")];
  const hasColumn = named.some(({ column }) => !isEmpty(mappingOf(column).name));
  return NEEDS_COLUMN.has(type) && !hasColumn ? [lacks("column")] : [];
}

function checkScope(file: AssetFile, filter: Mapping, at: KeyPath): Problem[] {
  const { scope } = filter;
  // Layers of a map are chosen one by one.
  if (!isMapping(scope) || !isEmpty(scope.selectedLayers) || !Array.isArray(scope.rootPath)) return [];
  const position = mappingOf(file.document.position);
  const excluded = new Set(listOf(scope.excluded).map(String));
  const below = listBelow(position, scope.rootPath);
  const reached = listLayoutCharts(position).filter(
    ({ key, chartId, uuid }) => below.has(key) && !excluded.has(String(chartId)) && !excluded.has(String(uuid)),
  );
  if (reached.length > 0) return [];
  const message = `the scope of ${nameFilter(filter)} holds no chart`;
  const remedy = "Choose what it filters, or remove it.";
  return [{ rule: "filter-without-target", file, at: [...at, "scope"], on: "key", message, remedy }];
}

/** The keys of all entries of a layout that stand below some of its entries, and those themselves. */
function listBelow(position: Mapping, roots: readonly unknown[]): Set<string> {
  const found = new Set<string>();
  const pending = roots.map(String);
  // A loop and a set, not recursion: a layout may name its own parents.
  for (let key = pending.pop(); key !== undefined; key = pending.pop()) {
    if (found.has(key) || !Object.hasOwn(position, key)) continue;
    found.add(key);
    pending.push(...listOf(mappingOf(position[key]).children).map(String));
  }
  return found;
}

function nameFilter({ name }: Mapping): string {
  return typeof name === "string" && name !== "" ? `the filter "${name}"` : "a filter without a name";
}
