import { isMapping, type KeyPath, type Mapping, mapValues, without } from "./values";

/** What becomes of the ids in a dashboard's metadata. */
export interface IdChanges {
  /**
   * The new id of a chart; undefined leaves out what names it.
   *
   * @param reference the integer id, or a text in its place (one example of Superset has UUIDs, semantics 1.2)
   */
  chart(reference: number | string, at: KeyPath): number | undefined;
  /** The new form of a target of a native filter or display control; it names a dataset. */
  target(target: Mapping, at: KeyPath): Mapping;
}

/** B3: computed by the browser on every load from the scope (browser 1.2), stale after every import. */
const DERIVED = new Set(["chartsInScope", "tabsInScope"]);

/** A layer of a deck.gl chart as scopes name it; the importer leaves these ids as they are. */
const LAYER = /^chart-(\d+)-(layer-.*)$/;

/** The lists of things with a scope and targets: native filters, and what the UI calls display controls. */
export const FILTER_LISTS: readonly string[] = ["native_filter_configuration", "chart_customization_config"];

/**
 * Passes every id in a dashboard's metadata through a function: the one list of all places that hold one. The lists that
 * the browser computes are left out.
 *
 * @param metadata what Superset calls json metadata
 */
export function changeIds(metadata: Mapping, changes: IdChanges): Mapping {
  return mapValues(metadata, (value, key) => {
    const at = ["metadata", key];
    switch (key) {
      case "chart_configuration":
        return isMapping(value) ? changeConfiguration(value, at, changes) : value;
      case "global_chart_configuration":
        return changeScope(value, at, changes);
      case "native_filter_configuration":
      case "chart_customization_config":
        return changeEach(value, at, (filter, place) => changeFilter(filter, place, changes));
      case "expanded_slices":
        return isMapping(value) ? changeKeys(value, at, changes) : value;
      case "timed_refresh_immune_slices":
        return changeList(value, at, changes);
      default:
        return value;
    }
  });
}

/** B2; entries of charts that are not in the layout are dropped by the importer as well (api 3.8). */
function changeConfiguration(configuration: Mapping, at: KeyPath, changes: IdChanges): Mapping {
  const scoped = mapValues(configuration, (entry, key) => {
    if (!isMapping(entry)) return entry;
    const own = without(entry, DERIVED);
    return mapValues(own, (value, name) =>
      name === "crossFilters" ? changeScope(value, [...at, key, name], changes) : value,
    );
  });
  const keyed = changeKeys(scoped, at, changes);
  return mapValues(keyed, (entry, key) => (isMapping(entry) ? { ...entry, id: Number(key) } : entry));
}

/** B4; a key that is not in the layout would end the import (api 3.8). */
function changeKeys(mapping: Mapping, at: KeyPath, changes: IdChanges): Mapping {
  const entries: [string, unknown][] = [];
  for (const [key, value] of Object.entries(mapping)) {
    const id = changeChart(key, [...at, key], changes);
    if (id !== undefined) entries.push([String(id), value]);
  }
  return Object.fromEntries(entries);
}

function changeFilter(filter: unknown, at: KeyPath, changes: IdChanges): unknown {
  const scoped = changeScope(filter, at, changes);
  if (!isMapping(scoped)) return scoped;
  return mapValues(scoped, (value, key) => {
    if (key !== "targets") return value;
    return changeEach(value, [...at, key], (target, place) =>
      isMapping(target) ? changes.target(target, place) : target,
    );
  });
}

/** @param owner what has a scope: a native filter, a display control, a chart's cross-filter */
function changeScope(owner: unknown, at: KeyPath, changes: IdChanges): unknown {
  if (!isMapping(owner)) return owner;
  return mapValues(without(owner, DERIVED), (scope, name) => {
    if (name !== "scope" || !isMapping(scope)) return scope;
    return mapValues(scope, (value, key) => {
      if (key === "excluded") return changeList(value, [...at, name, key], changes);
      return key === "selectedLayers" ? changeLayers(value, [...at, name, key], changes) : value;
    });
  });
}

function changeList(list: unknown, at: KeyPath, changes: IdChanges): unknown {
  if (!Array.isArray(list)) return list;
  const ids = list.map((reference, index) => changeChart(reference, [...at, index], changes));
  return [...new Set(ids.filter((id) => id !== undefined))].sort((left, right) => left - right);
}

function changeLayers(layers: unknown, at: KeyPath, changes: IdChanges): unknown {
  const changed = changeEach(layers, at, (layer, place) => {
    const [, chart, rest] = LAYER.exec(String(layer)) ?? [];
    if (chart === undefined) return layer;
    const id = changeChart(chart, place, changes);
    return id === undefined ? undefined : `chart-${id}-${rest}`;
  });
  return Array.isArray(changed) ? changed.filter((layer) => layer !== undefined) : changed;
}

function changeEach(list: unknown, at: KeyPath, change: (item: unknown, at: KeyPath) => unknown): unknown {
  return Array.isArray(list) ? list.map((item, index) => change(item, [...at, index])) : list;
}

function changeChart(reference: unknown, at: KeyPath, changes: IdChanges): number | undefined {
  if (typeof reference === "number") return changes.chart(reference, at);
  if (typeof reference !== "string") return undefined;
  return changes.chart(/^\d+$/.test(reference) ? Number(reference) : reference, at);
}
