import { isMapping, type Mapping, mapValues } from "../assets/values";

/** New integer ids by the old ones, of objects of one server. */
export interface NewIds {
  readonly charts?: ReadonlyMap<number, number>;
  readonly datasets?: ReadonlyMap<number, number>;
}

/** Keys whose lists hold ids of charts (superset-api 2.8). */
const CHART_LISTS = new Set(["chartsInScope", "excluded", "immune", "timed_refresh_immune_slices"]);
/** Mappings that have ids of charts as keys. */
const CHART_KEYS = new Set(["chart_configuration", "expanded_slices", "filter_scopes"]);
/** Texts that hold such a mapping. */
const CHART_KEY_TEXTS = new Set(["default_filters"]);

/**
 * The metadata of a dashboard with other ids.
 *
 * @returns undefined where it holds none of the old ones
 */
export function replaceMetadataIds(metadata: Mapping, ids: NewIds): Mapping | undefined {
  return ifChanged(
    metadata,
    mapValues(metadata, (value, key) => replaceIn(value, key, ids)),
  );
}

/** The layout of a dashboard with other ids of charts; undefined where it shows none of the old ones. */
export function replaceLayoutIds(position: Mapping, { charts }: NewIds): Mapping | undefined {
  const changed = mapValues(position, (item) => {
    if (!isMapping(item) || !isMapping(item.meta)) return item;
    const chartId = newId(item.meta.chartId, charts);
    return chartId === item.meta.chartId ? item : { ...item, meta: { ...item.meta, chartId } };
  });
  return ifChanged(position, changed);
}

/** The parameters of a chart for another dataset. */
export function replaceParamsDataset(params: Mapping, { datasets }: NewIds): Mapping {
  return mapValues(params, (value, key) => (key === "datasource" ? newDatasource(value, datasets) : value));
}

/** The query context of a chart for another dataset. */
export function replaceQueryDataset(context: Mapping, ids: NewIds): Mapping {
  return mapValues(context, (value, key) => {
    if (key === "datasource") return newDatasource(value, ids.datasets);
    if (key === "form_data" && isMapping(value)) return replaceParamsDataset(value, ids);
    if (key === "queries" && Array.isArray(value))
      return value.map((query: unknown) => (isMapping(query) ? replaceParamsDataset(query, ids) : query));
    return value;
  });
}

/** A datasource is `17__table` in a text, and `{ id, type }` in a query. */
function newDatasource(value: unknown, datasets: NewIds["datasets"]): unknown {
  if (isMapping(value)) return { ...value, id: newId(value.id, datasets) };
  const [, id, rest] = /^(\d+)(__table)$/.exec(String(value)) ?? [];
  return id === undefined ? value : `${newId(Number(id), datasets)}${rest}`;
}

function replaceIn(value: unknown, key: string, ids: NewIds): unknown {
  if (CHART_LISTS.has(key) && Array.isArray(value)) return value.map((id) => newId(id, ids.charts));
  if (key === "datasetId") return newId(value, ids.datasets);
  // A chart customisation names its dataset as an id, or as a choice with a value.
  if (key === "dataset" && typeof value === "number") return newId(value, ids.datasets);
  if (key === "dataset" && isMapping(value)) return { ...value, value: newId(value.value, ids.datasets) };
  if (key === "chartId") return newId(value, ids.charts);
  if (CHART_KEYS.has(key) && isMapping(value)) return replaceKeys(value, ids);
  if (CHART_KEY_TEXTS.has(key) && typeof value === "string") return replaceTextKeys(value, ids);
  return replaceDeep(value, ids);
}

function replaceDeep(value: unknown, ids: NewIds): unknown {
  if (Array.isArray(value)) return value.map((item) => replaceDeep(item, ids));
  return isMapping(value) ? mapValues(value, (item, key) => replaceIn(item, key, ids)) : value;
}

/** Each value may repeat the id that is its key. */
function replaceKeys(mapping: Mapping, ids: NewIds): Mapping {
  return Object.fromEntries(
    Object.entries(mapping).map(([key, value]) => {
      const inside = replaceDeep(value, ids);
      const own = isMapping(inside) && "id" in inside ? { ...inside, id: newId(inside.id, ids.charts) } : inside;
      return [/^\d+$/.test(key) ? String(newId(Number(key), ids.charts)) : key, own];
    }),
  );
}

function replaceTextKeys(text: string, { charts }: NewIds): string {
  return text.replace(/"(\d+)"(\s*:)/g, (_, id: string, colon: string) => `"${newId(Number(id), charts)}"${colon}`);
}

function newId(id: unknown, ids: ReadonlyMap<number, number> | undefined): unknown {
  return typeof id === "number" ? (ids?.get(id) ?? id) : id;
}

function ifChanged(before: Mapping, after: Mapping): Mapping | undefined {
  return JSON.stringify(before) === JSON.stringify(after) ? undefined : after;
}
