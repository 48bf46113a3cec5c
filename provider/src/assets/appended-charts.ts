import { createHash } from "node:crypto";
import type { AssetDocument } from "./definition";
import { compareText, isMapping, isUuid, listOf, type Mapping, mappingOf } from "./values";

/** Names that Superset's exporter draws at random. */
const RANDOM_ROW = /^ROW-N-[0-9A-Z]{8}$/;
const RANDOM_CHART = /^CHART-[0-9A-Z]{8}$/;
/** The size that it gives; whoever moves such a chart mostly gives it another. */
const GIVEN_SIZE = { height: 50, width: 4 };

/**
 * Charts that belong to a dashboard and stand nowhere in its layout are appended to it by every export, in any order and
 * under other names each time (superset-api 2.7): here they get the order and the names that their UUIDs give them. A
 * row that has those names already is stored so, and keeps its order.
 */
export function nameAppendedCharts(dashboard: AssetDocument): AssetDocument {
  const { position } = dashboard;
  if (!isMapping(position)) return dashboard;
  const names = new Map<string, string>();
  for (const { row, charts } of listAppended(position)) {
    for (const { key, name } of charts) names.set(key, name);
    if (row !== undefined) names.set(row, `ROW-N-${toName(charts.map(({ uuid }) => uuid).join())}`);
  }
  const renamed = Object.keys(position).map((key) => names.get(key) ?? key);
  if (names.size === 0 || new Set(renamed).size < renamed.length) return dashboard;
  return { ...dashboard, position: rename(position, names) };
}

interface AppendedChart {
  readonly key: string;
  readonly uuid: string;
  /** What its UUID makes of it. */
  readonly name: string;
}

/** Charts that were appended together, by UUID; without a grid they stand in no row. */
interface Appended {
  readonly row?: string;
  readonly charts: readonly AppendedChart[];
}

function listAppended(position: Mapping): Appended[] {
  const rows = Object.keys(position).filter((key) => RANDOM_ROW.test(key));
  const inRows = rows.map((row) => ({ row, keys: listOf(mappingOf(position[row]).children).map(String) }));
  const loose = Object.keys(position).filter((key) => isLoose(position[key]));
  return [...inRows, { keys: loose }].flatMap(({ keys, ...rest }): Appended[] => {
    const charts = keys.flatMap((key) => readAppended(position, key));
    const isFresh = charts.length === keys.length && charts.length > 0 && charts.every(({ key, name }) => key !== name);
    return isFresh ? [{ ...rest, charts: charts.sort((left, right) => compareText(left.uuid, right.uuid)) }] : [];
  });
}

function isLoose(entry: unknown): boolean {
  return isMapping(entry) && entry.type === "CHART" && !("parents" in entry);
}

function readAppended(position: Mapping, key: string): AppendedChart[] {
  const { uuid, height, width } = mappingOf(mappingOf(position[key]).meta);
  const hasGivenSize = height === GIVEN_SIZE.height && width === GIVEN_SIZE.width;
  if (!RANDOM_CHART.test(key) || !hasGivenSize || !isUuid(uuid)) return [];
  return [{ key, uuid: uuid.toLowerCase(), name: `CHART-${toName(uuid.toLowerCase())}` }];
}

function toName(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 8).toUpperCase();
}

function rename(position: Mapping, names: ReadonlyMap<string, string>): Mapping {
  const rows = new Set([...names.values()].filter((name) => RANDOM_ROW.test(name)));
  const given = (keys: unknown) => listOf(keys).map((key) => names.get(String(key)) ?? String(key));
  const entries = Object.entries(position).map(([key, entry]): [string, unknown] => {
    const id = names.get(key) ?? key;
    if (!isMapping(entry)) return [id, entry];
    const children = rows.has(id) ? given(entry.children).sort(compareText) : given(entry.children);
    const named = {
      ...("id" in entry && { id }),
      ...("parents" in entry && { parents: given(entry.parents) }),
      ...("children" in entry && { children }),
    };
    return [id, { ...entry, ...named }];
  });
  return Object.fromEntries(entries);
}
