import type { Definition } from "../assets/definition";
import { listOf, mappingOf } from "../assets/values";
import { ProblemError } from "../core/errors";
import { suggestNearest } from "../core/nearest";
import type { DashboardChart } from "./dashboard-blocks";
import { toWord } from "./dashboard-layout";
import type { Dataset } from "./dataset";
import type { DefinitionOf } from "./declaration";
import type { FolderAsset } from "./folder-asset";

/** What all filters of a dashboard may say. */
interface CommonFilter {
  /** What people see above it; unique on the dashboard. */
  readonly name: string;
  /** Readable part of its id. Default: made from the name. */
  readonly id?: string;
  /** Text behind the information sign. */
  readonly description?: string;
  /** Charts that it does not filter. Default: it filters all that have its column. */
  readonly excludes?: readonly DashboardChart[];
  /** Names of filters whose choice narrows the values that this one offers. */
  readonly dependsOn?: readonly string[];
  /** Whether the charts wait until something is chosen. Default: false. */
  readonly required?: boolean;
}

/** What filters that ask a dataset have in common. */
interface DatasetFilter extends CommonFilter {
  /** Where its values come from. */
  readonly dataset: Dataset | FolderAsset<"dataset">;
}

/** Values of a column to choose from. */
export interface SelectFilter extends DatasetFilter {
  /** Default. */
  readonly type?: "select";
  /** Column of the dataset. */
  readonly column: string;
  /** Whether several values can be chosen. Default: true. */
  readonly multiple?: boolean;
  /** What is chosen when the dashboard is opened. Default: nothing. */
  readonly default?: readonly (string | number | boolean)[];
  /** Choose the first value when the dashboard is opened. Default: false. */
  readonly defaultToFirst?: boolean;
  /** Leave out what is chosen instead of showing only that. Default: false. */
  readonly inverse?: boolean;
}

/** A range of numbers. */
export interface RangeFilter extends DatasetFilter {
  /** Says that it is one. */
  readonly type: "range";
  /** Column of the dataset. */
  readonly column: string;
}

/** A period: for the column of time of each chart. */
export interface TimeFilter extends CommonFilter {
  /** Says that it is one. */
  readonly type: "time";
  /** Period when the dashboard is opened, as Superset writes it: `Last year`, `2025-01-01 : 2026-01-01`. Default: all. */
  readonly default?: string;
}

/** The grain of time (day, month, …), or the column of time, that the charts of a dataset use. */
export interface TimeChoiceFilter extends DatasetFilter {
  /** Says which of the two. */
  readonly type: "time grain" | "time column";
}

/** A filter on the left of a dashboard. */
export type DashboardFilter = SelectFilter | RangeFilter | TimeFilter | TimeChoiceFilter;

/** Which charts a click into a chart filters. */
export interface CrossFilter {
  /** The chart that people click into. */
  readonly from: DashboardChart;
  /** Charts that it does not filter; itself it never does. */
  readonly excludes: readonly DashboardChart[];
}

/** Number of a chart inside the definition. */
export type NumberOf = (chart: DashboardChart) => number;

const FILTER_TYPES = {
  select: "filter_select",
  range: "filter_range",
  time: "filter_time",
  "time grain": "filter_timegrain",
  "time column": "filter_timecolumn",
} as const;

/** What the filters use: datasets to ask, and charts to leave out. */
export function listFilterUses(
  filters: readonly DashboardFilter[],
): (Dataset | FolderAsset<"dataset"> | DashboardChart)[] {
  return filters.flatMap((filter) => [...("dataset" in filter ? [filter.dataset] : []), ...(filter.excludes ?? [])]);
}

/**
 * Superset's `native_filter_configuration`.
 *
 * @throws ProblemError `dashboard/unknown-column`, `dashboard/unknown-filter` or `dashboard/filter-twice`
 */
export function configureFilters(
  filters: readonly DashboardFilter[],
  definitionOf: DefinitionOf,
  numberOf: NumberOf,
): Record<string, unknown>[] {
  const ids = new Map(filters.map((filter) => [filter.name, `NATIVE_FILTER-${toWord(filter.id ?? filter.name)}`]));
  assertDistinct(filters, ids);
  return filters.map((filter) => ({
    id: ids.get(filter.name),
    name: filter.name,
    type: "NATIVE_FILTER",
    filterType: FILTER_TYPES[filter.type ?? "select"],
    description: filter.description ?? "",
    targets: [targetOf(filter, definitionOf)],
    defaultDataMask: maskOf(filter),
    controlValues: controlsOf(filter),
    cascadeParentIds: (filter.dependsOn ?? []).map((name) => ids.get(name) ?? failUnknownFilter(filter, name, ids)),
    scope: scopeWithout((filter.excludes ?? []).map(numberOf)),
  }));
}

/** Superset's `chart_configuration` and `global_chart_configuration`, as its editor writes them. */
export function configureCrossFilters(
  crossFilters: readonly CrossFilter[],
  charts: readonly DashboardChart[],
  numberOf: NumberOf,
): Record<string, unknown> {
  const scopes = new Map(
    crossFilters.map(({ from, excludes }) => {
      // Its own number belongs there, too: else a click would filter the chart itself (browser 2.3).
      const excluded = new Set([from, ...excludes].map(numberOf));
      return [numberOf(from), scopeWithout([...excluded])];
    }),
  );
  const entries = charts.map(numberOf).map((id) => [id, { id, crossFilters: { scope: scopes.get(id) ?? "global" } }]);
  return {
    cross_filters_enabled: true,
    chart_configuration: Object.fromEntries(entries),
    global_chart_configuration: { scope: scopeWithout([]) },
  };
}

function scopeWithout(excluded: readonly number[]): Record<string, unknown> {
  return { rootPath: ["ROOT_ID"], excluded: [...excluded].sort((left, right) => left - right) };
}

function targetOf(filter: DashboardFilter, definitionOf: DefinitionOf): Record<string, unknown> {
  if (!("dataset" in filter)) return {};
  const dataset = definitionOf(filter.dataset);
  if (!("column" in filter)) return { datasetUuid: dataset.uuid };
  assertColumn(filter, dataset);
  return { column: { name: filter.column }, datasetUuid: dataset.uuid };
}

/** What is chosen when the dashboard is opened. */
function maskOf(filter: DashboardFilter): Record<string, unknown> {
  const nothing = { extraFormData: {}, filterState: {}, ownState: {} };
  if (!("default" in filter) || filter.default === undefined || filter.default.length === 0) return nothing;
  if (filter.type === "time") {
    return { ...nothing, extraFormData: { time_range: filter.default }, filterState: { value: filter.default } };
  }
  const op = filter.inverse ? "NOT IN" : "IN";
  return {
    ...nothing,
    extraFormData: { filters: [{ col: filter.column, op, val: filter.default }] },
    filterState: { value: filter.default, label: filter.default.join(", ") },
  };
}

function controlsOf(filter: DashboardFilter): Record<string, unknown> {
  const common = { enableEmptyFilter: filter.required ?? false };
  if (filter.type !== undefined && filter.type !== "select") return common;
  return {
    ...common,
    multiSelect: filter.multiple ?? true,
    defaultToFirstItem: filter.defaultToFirst ?? false,
    inverseSelection: filter.inverse ?? false,
    searchAllOptions: false,
  };
}

function assertDistinct(filters: readonly DashboardFilter[], ids: ReadonlyMap<string, string>): void {
  if (ids.size === filters.length && new Set(ids.values()).size === filters.length) return;
  throw new ProblemError({
    code: "dashboard/filter-twice",
    summary: `Two filters have the same name or id: ${filters.map(({ name }) => `"${name}"`).join(", ")}; nothing was written.`,
    remedy: "Give each filter a name of its own, or an `id`.",
    exitCode: 3,
  });
}

function failUnknownFilter({ name }: DashboardFilter, wanted: string, ids: ReadonlyMap<string, string>): never {
  throw new ProblemError({
    code: "dashboard/unknown-filter",
    summary: `The filter "${name}" depends on "${wanted}", which is no filter of the dashboard${suggestNearest(wanted, ids.keys())}`,
    remedy: "Name filters of the same dashboard in `dependsOn`.",
    exitCode: 3,
  });
}

/** Superset would ignore the filter without a word (semantics 0.10). */
function assertColumn({ name, column }: SelectFilter | RangeFilter, { title, document }: Definition): void {
  const columns = listOf(document.columns).map((entry) => String(mappingOf(entry).column_name));
  if (columns.length === 0 || columns.includes(column)) return;
  throw new ProblemError({
    code: "dashboard/unknown-column",
    summary: `The filter "${name}" is on the column "${column}", which the dataset "${title}" does not have${suggestNearest(column, columns)}`,
    remedy: "Correct the name, or add the column to the dataset.",
    exitCode: 3,
  });
}
