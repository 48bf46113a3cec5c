import { compareText, isMapping, isUuid, listOf, type Mapping, mapValues } from "./values";

/** A chart's place in a dashboard's layout. */
export interface LayoutChart {
  /** Key of the entry in `position`. */
  readonly key: string;
  /** The chart's UUID in lower case; absent where the entry names none. */
  readonly uuid: string | undefined;
  /** The integer id that the file has, of whatever server. */
  readonly chartId: number | undefined;
}

/** Numbers of charts by their UUIDs in lower case. */
export type ChartNumbers = ReadonlyMap<string, number>;

/** The charts of a layout in reading order: from the root down, then what is attached nowhere, by key. */
export function listLayoutCharts(position: Mapping): LayoutChart[] {
  const charts: LayoutChart[] = [];
  for (const key of layoutOrder(position)) {
    const entry = position[key];
    if (!isMapping(entry) || entry.type !== "CHART") continue;
    const meta = isMapping(entry.meta) ? entry.meta : {};
    const { uuid, chartId } = meta;
    charts.push({
      key,
      uuid: isUuid(uuid) ? uuid.toLowerCase() : undefined,
      chartId: typeof chartId === "number" ? chartId : undefined,
    });
  }
  return charts;
}

/** Synthetic ids 1..n by UUID: the importer rewrites any ids that are consistent within the file (api 4.4). */
export function numberCharts(charts: readonly LayoutChart[]): Map<string, number> {
  const numbers = new Map<string, number>();
  for (const { uuid } of charts) {
    if (uuid !== undefined && !numbers.has(uuid)) numbers.set(uuid, numbers.size + 1);
  }
  return numbers;
}

/** From the file's ids to the synthetic ones. */
function mapChartIds(charts: readonly LayoutChart[], numbers: ChartNumbers): Map<number, number> {
  const ids = new Map<number, number>();
  for (const { uuid, chartId } of charts) {
    const number = uuid === undefined ? undefined : numbers.get(uuid);
    if (chartId !== undefined && number !== undefined && !ids.has(chartId)) ids.set(chartId, number);
  }
  return ids;
}

/**
 * From what metadata names a chart by to the synthetic id: an id of the file, or a UUID; undefined where the layout has no
 * such chart.
 */
export function findNumber(
  position: unknown,
  given?: ChartNumbers,
): (reference: number | string) => number | undefined {
  const charts = isMapping(position) ? listLayoutCharts(position) : [];
  const numbers = given ?? numberCharts(charts);
  const ids = mapChartIds(charts, numbers);
  return (reference) => (typeof reference === "number" ? ids.get(reference) : numbers.get(reference.toLowerCase()));
}

/** B1: the layout with other ids, by the charts' UUIDs; a chart without one has no id. */
export function renumberLayout(position: Mapping, ids: ReadonlyMap<string, number>): Mapping {
  const charts = new Map(listLayoutCharts(position).map((chart) => [chart.key, chart]));
  return mapValues(position, (entry, key) => {
    const chart = charts.get(key);
    if (chart === undefined || !isMapping(entry)) return entry;
    const { uuid } = chart;
    const meta = mapValues(isMapping(entry.meta) ? entry.meta : {}, (value, metaKey) => {
      if (metaKey === "chartId") return undefined;
      return metaKey === "uuid" && uuid !== undefined ? uuid : value;
    });
    return { ...entry, meta: uuid === undefined ? meta : { ...meta, chartId: ids.get(uuid) } };
  });
}

/** The keys that an entry names as its child although there is no such entry, or another entry has the child too. */
export function listBrokenPlaces(position: Mapping): string[] {
  const seen = new Set<string>();
  const broken = new Set<string>();
  for (const entry of Object.values(position)) {
    for (const child of listOf(isMapping(entry) ? entry.children : undefined)) {
      const key = String(child);
      if (seen.has(key) || !Object.hasOwn(position, key)) broken.add(key);
      seen.add(key);
    }
  }
  return [...broken];
}

function layoutOrder(position: Mapping): Set<string> {
  const order = new Set<string>();
  const pending = ["ROOT_ID"];
  // A loop and a set, not recursion: a layout may name its own parents or be very deep.
  for (let key = pending.pop(); key !== undefined; key = pending.pop()) {
    const entry = position[key];
    if (order.has(key) || !isMapping(entry)) continue;
    order.add(key);
    const children = listOf(entry.children).filter((child) => typeof child === "string");
    pending.push(...children.reverse());
  }
  for (const key of Object.keys(position).sort(compareText)) order.add(key);
  return order;
}
