import type { AssetDocument } from "./definition";
import { type ChartNumbers, type LayoutChart, listLayoutCharts, mapChartIds, numberCharts } from "./layout";
import { isMapping, isUuid, type Mapping, mapValues, without } from "./values";

type IdMap = ReadonlyMap<number, number>;

/** B3: computed by the browser on every load from the scope (browser 1.2), stale after every import. */
const DERIVED = new Set(["chartsInScope", "tabsInScope"]);
/** B5: removed by the importer, without effect in 6.1 (browser 2.17). */
const LEGACY_METADATA = new Set(["default_filters", "filter_scopes", "show_native_filters"]);

/**
 * The rules B of semantics 1.3: every chart id becomes the chart's number in the layout.
 *
 * @param given other numbers, by the charts' UUIDs
 */
export function canonicaliseDashboard(document: AssetDocument, given?: ChartNumbers): AssetDocument {
  const position = document.position;
  const charts = isMapping(position) ? listLayoutCharts(position) : [];
  const numbers = given ?? numberCharts(charts);
  const ids = mapChartIds(charts, numbers);
  return mapValues(document, (value, key) => {
    if (key === "position" && isMapping(value)) return renumberLayout(value, charts, numbers);
    if (key === "metadata" && isMapping(value)) return canonicaliseMetadata(value, ids);
    return value;
  });
}

/** B1 */
function renumberLayout(position: Mapping, charts: readonly LayoutChart[], numbers: ChartNumbers): Mapping {
  const byKey = new Map(charts.map((chart) => [chart.key, chart]));
  return mapValues(position, (entry, key) => {
    const chart = byKey.get(key);
    if (chart === undefined || !isMapping(entry)) return entry;
    const { uuid } = chart;
    const meta = mapValues(isMapping(entry.meta) ? entry.meta : {}, (value, metaKey) => {
      if (metaKey === "chartId") return undefined;
      return metaKey === "uuid" && uuid !== undefined ? uuid : value;
    });
    return { ...entry, meta: uuid === undefined ? meta : { ...meta, chartId: numbers.get(uuid) } };
  });
}

function canonicaliseMetadata(metadata: Mapping, ids: IdMap): Mapping {
  return mapValues(without(metadata, LEGACY_METADATA), (value, key) => {
    switch (key) {
      case "chart_configuration":
        return isMapping(value) ? renumberConfiguration(value, ids) : value;
      case "global_chart_configuration":
        return renumberScope(value, ids);
      case "native_filter_configuration":
        return canonicaliseFilters(value, ids);
      case "expanded_slices":
        return isMapping(value) ? renumberKeys(value, ids) : value;
      case "timed_refresh_immune_slices":
        return renumberList(value, ids);
      default:
        return value;
    }
  });
}

/** B2; entries of charts that are not in the layout are dropped by the importer as well (api 3.8). */
function renumberConfiguration(configuration: Mapping, ids: IdMap): Mapping {
  return mapValues(renumberKeys(configuration, ids), (entry, key) => {
    if (!isMapping(entry)) return entry;
    const own = { ...without(entry, DERIVED), id: Number(key) };
    return "crossFilters" in entry ? { ...own, crossFilters: renumberScope(entry.crossFilters, ids) } : own;
  });
}

/** B4; a key that is not in the layout would end the import (api 3.8). */
function renumberKeys(mapping: Mapping, ids: IdMap): Mapping {
  const entries: [string, unknown][] = [];
  for (const [key, value] of Object.entries(mapping)) {
    const number = /^\d+$/.test(key) ? ids.get(Number(key)) : undefined;
    if (number !== undefined) entries.push([String(number), value]);
  }
  return Object.fromEntries(entries);
}

function renumberList(list: unknown, ids: IdMap): unknown {
  if (!Array.isArray(list)) return list;
  const numbers = new Set(list.map((id) => ids.get(Number(id))).filter((number) => number !== undefined));
  return [...numbers].sort((left, right) => left - right);
}

function renumberScope(owner: unknown, ids: IdMap): unknown {
  if (!isMapping(owner)) return owner;
  return mapValues(without(owner, DERIVED), (value, key) => {
    if (key !== "scope" || !isMapping(value) || !("excluded" in value)) return value;
    return { ...value, excluded: renumberList(value.excluded, ids) };
  });
}

/** B5: the importer writes an empty list where there is none. */
function canonicaliseFilters(filters: unknown, ids: IdMap): unknown {
  if (!Array.isArray(filters)) return filters ?? undefined;
  return filters.length === 0 ? undefined : filters.map((filter) => canonicaliseFilter(filter, ids));
}

function canonicaliseFilter(filter: unknown, ids: IdMap): unknown {
  const scoped = renumberScope(filter, ids);
  if (!isMapping(scoped) || !Array.isArray(scoped.targets)) return scoped;
  return { ...scoped, targets: scoped.targets.map(canonicaliseTarget) };
}

/** A dataset is named by its UUID; an integer beside it is of another server. Alone it is kept, and lint warns. */
function canonicaliseTarget(target: unknown): unknown {
  if (!isMapping(target) || !isUuid(target.datasetUuid)) return target;
  return { ...without(target, new Set(["datasetId"])), datasetUuid: target.datasetUuid.toLowerCase() };
}
