import { listLayoutCharts } from "../../provider/src/assets/layout";
import { isMapping, listOf, mappingOf } from "../../provider/src/assets/values";
import {
  type Document,
  type Edit,
  number,
  oddValue,
  type Random,
  type Surroundings,
  set,
  setIn,
  textOrNull,
} from "./random-edit";

/** What can be changed in a dashboard. */
export const DASHBOARD_EDITS: readonly Edit[] = [
  set("dashboard_title", (random) => `Dashboard ${random.word()}`),
  set("description", textOrNull),
  set("css", (random) => random.pick(["", `.a { color: #${random.below(900) + 100}; }\n`])),
  set("slug", (random) => random.pick([null, `slug-${random.word()}`])),
  set("published", (random) => random.below(2) === 0),
  set("certified_by", textOrNull),
  setIn("metadata", "color_scheme", (random) => random.pick(["", "supersetColors", "lyftColors"])),
  setIn("metadata", "refresh_frequency", number),
  setIn("metadata", "odd", oddValue),
  setIn("metadata", "label_colors", (random) => ({ [random.word()]: "#123456" })),
  setIn("metadata", "cross_filters_enabled", (random) => random.below(2) === 0),
  placeChart,
  removeChart,
  moveChart,
  (document, { random }) => editLayout(document, random, "CHART", { height: 20 + random.below(80) }),
  (document, { random }) => editLayout(document, random, "MARKDOWN", { code: `### ${random.word()}\n` }),
  (document, { random }) => editLayout(document, random, "TAB", { text: `Tab ${random.word()}` }),
  editFilters((filters, { random, all }) => [...filters, makeFilter(random, random.pick(all("dataset")))]),
  editFilters((filters, { random }) => filters.filter((_, index) => index !== random.below(filters.length))),
  editFilters((filters, { random }) => renameFirst(filters, `Filter ${random.word()}`)),
  editFilters((filters) => [...filters].reverse()),
  editCharts((ids, random) => ({ expanded_slices: { [random.pick(ids)]: true } })),
  editCharts((ids, random) => ({ timed_refresh_immune_slices: [random.pick(ids)] })),
  editCharts((ids, random) => {
    const id = random.pick(ids);
    const scope = { rootPath: ["ROOT_ID"], excluded: [random.pick(ids)] };
    return { chart_configuration: { [id]: { id, crossFilters: { scope, chartsInScope: ids } } } };
  }),
  editCharts((ids, random) => ({
    global_chart_configuration: { scope: { rootPath: ["ROOT_ID"], excluded: [random.pick(ids)] }, chartsInScope: ids },
  })),
];

/** Puts a chart into a row of its own, under an id that no other chart of the file has. */
export function placeChart(
  document: Document,
  { random, all }: Surroundings,
  chart = random.pick(all("chart")),
): boolean {
  const position = structuredClone(mappingOf(document.position)) as Record<string, unknown>;
  const parent = Object.values(position).find((entry) => isMapping(entry) && ["GRID", "TAB"].includes(`${entry.type}`));
  const charts = listLayoutCharts(position);
  if (!isMapping(parent) || charts.some(({ uuid }) => uuid === `${chart.uuid}`.toLowerCase())) return false;
  const [row, key] = [`ROW-${random.word()}`, `CHART-${random.word()}`];
  const chartId = 1 + Math.max(0, ...charts.map(({ chartId: other }) => other ?? 0));
  position[`${parent.id}`] = { ...parent, children: [...listOf(parent.children), row] };
  const parents = [...listOf(parent.parents), parent.id];
  position[row] = { type: "ROW", id: row, children: [key], parents, meta: { background: "BACKGROUND_TRANSPARENT" } };
  const meta = { chartId, uuid: chart.uuid, sliceName: chart.slice_name, width: 4, height: 50 };
  position[key] = { type: "CHART", id: key, children: [], parents: [...parents, row], meta };
  document.position = position;
  return true;
}

/** Takes a chart out of the layout: a random one, or that of a UUID. Cross filters and scopes still name its id. */
export function removeChart(document: Document, { random }: Surroundings, uuid?: string): boolean {
  const position = mappingOf(document.position);
  const charts = listLayoutCharts(position).filter((chart) => uuid === undefined || chart.uuid === uuid);
  if (charts.length === 0) return false;
  const gone = new Set((uuid === undefined ? [random.pick(charts)] : charts).map(({ key }) => key));
  const left = Object.entries(position).filter(([key]) => !gone.has(key));
  document.position = Object.fromEntries(
    left.map(([key, entry]) => {
      if (!isMapping(entry) || !Array.isArray(entry.children)) return [key, entry];
      return [key, { ...entry, children: entry.children.filter((child) => !gone.has(`${child}`)) }];
    }),
  );
  // An id that stands in no layout ends the import (api 3.8), and people's exports do not have it either.
  const metadata = { ...mappingOf(document.metadata) };
  delete metadata.timed_refresh_immune_slices;
  delete metadata.expanded_slices;
  document.metadata = metadata;
  return true;
}

function moveChart(document: Document, { random }: Surroundings): boolean {
  const position = mappingOf(document.position);
  const holders = Object.entries(position).filter(([, entry]) => listOf(mappingOf(entry).children).length > 1);
  if (holders.length === 0) return false;
  const [key, holder] = random.pick(holders);
  const [first, ...rest] = listOf(mappingOf(holder).children);
  document.position = { ...position, [key]: { ...mappingOf(holder), children: [...rest, first] } };
  return true;
}

function editLayout(document: Document, random: Random, type: string, meta: Document): boolean {
  const position = mappingOf(document.position);
  const entries = Object.entries(position).filter(([, entry]) => mappingOf(entry).type === type);
  if (entries.length === 0) return false;
  const [key, entry] = random.pick(entries);
  const changed = { ...mappingOf(entry), meta: { ...mappingOf(mappingOf(entry).meta), ...meta } };
  document.position = { ...position, [key]: changed };
  return true;
}

function editFilters(change: (filters: readonly Document[], around: Surroundings) => readonly Document[]): Edit {
  return (document, around) => {
    const metadata = mappingOf(document.metadata);
    const filters = listOf(metadata.native_filter_configuration).filter(isMapping);
    const changed = change(filters, around);
    document.metadata = { ...metadata, native_filter_configuration: changed };
    return true;
  };
}

function renameFirst(filters: readonly Document[], name: string): readonly Document[] {
  return filters.map((filter, index) => (index === 0 ? { ...filter, name } : filter));
}

/** On a column that there is: another is refused, because all rows would be shown. */
function makeFilter(random: Random, dataset: Document): Document {
  const columns = listOf(dataset.columns).map((column) => mappingOf(column).column_name);
  return {
    id: `NATIVE_FILTER-${random.word()}`,
    type: "NATIVE_FILTER",
    filterType: "filter_select",
    name: `Filter ${random.word()}`,
    scope: { rootPath: ["ROOT_ID"], excluded: [] },
    chartsInScope: [random.below(99)],
    targets: [{ datasetUuid: dataset.uuid, ...(columns.length > 0 && { column: { name: random.pick(columns) } }) }],
  };
}

/** Changes metadata that names charts of the layout, by the ids of the file. */
function editCharts(change: (ids: readonly number[], random: Random) => Document): Edit {
  return (document, { random }) => {
    const ids = listLayoutCharts(mappingOf(document.position)).flatMap(({ chartId }) => chartId ?? []);
    if (ids.length === 0) return false;
    document.metadata = { ...mappingOf(document.metadata), ...change(ids, random) };
    return true;
  };
}

/** The same dashboard, exported from another server: other ids, consistent within the file. */
export function renumber(document: Document, { random }: Surroundings): boolean {
  const offset = 1000 + random.below(1000);
  const ids = new Set(listLayoutCharts(mappingOf(document.position)).map(({ chartId }) => chartId));
  if (ids.size === 0) return false;
  const shiftKey = (name: string) => (/^\d+$/.test(name) ? `${Number(name) + offset}` : name);
  const shift = (value: unknown, key = ""): unknown => {
    if (Array.isArray(value)) return value.map((item) => (isId(item, key) ? item + offset : shift(item)));
    if (!isMapping(value)) return value;
    const entries = Object.entries(value).map(([name, item]): [string, unknown] => {
      const own = ["chart_configuration", "expanded_slices"].includes(key) ? shiftKey(name) : name;
      const isOwnId = name === "chartId" || (name === "id" && typeof item === "number");
      return [own, isOwnId && typeof item === "number" ? item + offset : shift(item, name)];
    });
    return Object.fromEntries(entries);
  };
  const isId = (item: unknown, key: string): item is number =>
    typeof item === "number" && ["excluded", "chartsInScope", "timed_refresh_immune_slices"].includes(key);
  document.position = shift(document.position);
  document.metadata = shift(document.metadata, "metadata");
  return true;
}
