import { changeIds, FILTER_LISTS } from "../assets/dashboard-ids";
import type { AssetDocument } from "../assets/definition";
import { listLayoutCharts } from "../assets/layout";
import { isMapping, isUuid, type KeyPath, listOf, type Mapping, mappingOf } from "../assets/values";
import { stateTargetIds } from "./dashboard-ids";
import type { IdLookup } from "./links";

/** A dashboard as the server has it. */
export interface LiveDashboard {
  readonly position: Mapping;
  readonly metadata: Mapping;
  /** Ids of the charts that are linked to it: only they are shown and filtered. */
  readonly linkedCharts: ReadonlySet<number>;
}

/** Everything that is known of the server's ids. */
export interface KnownIds {
  readonly idOf: IdLookup;
  /** The asset of an id; undefined where the server has none. */
  assetOf(kind: "chart" | "dataset", id: number): { readonly uuid: string; readonly title: string } | undefined;
}

/** A place in a dashboard whose ids are not right. */
export interface WrongId {
  /** `chart_configuration.14.crossFilters.scope.excluded`; a filter or display control by its id. */
  readonly at: string;
  /** What is wrong with it, for people. */
  readonly message: string;
}

interface Reference {
  readonly kind: "chart" | "dataset";
  readonly at: string;
  /** A text is what should be an id and is none. */
  readonly id: number | string;
}

/**
 * Finds every id in a dashboard that acts on something else than it should. Superset tells none of them: a wrong one
 * shows another chart, or filters too much or too little (browser 2).
 *
 * @param expected the canonical document that was deployed, with the UUIDs of the target; without it only such ids are
 *   found that belong to nothing of this dashboard
 */
export function findWrongIds(live: LiveDashboard, known: KnownIds, expected?: AssetDocument): WrongId[] {
  const meant = expected === undefined ? undefined : listExpected(expected, known.idOf);
  const keys = new Set(meant?.map(keyOf));
  const found = listIds(live.position, live.metadata);
  const present = new Set(found.map(keyOf));
  const wrong = found.flatMap((reference) => {
    const isOther = meant !== undefined && !keys.has(keyOf(reference));
    const other = isOther ? `${describe(reference, known)} is not what the definition names` : undefined;
    const message = describeWrong(reference, live, known) ?? other;
    return message === undefined ? [] : [{ at: reference.at, message }];
  });
  const absent = expected === undefined ? new Map<number, string>() : nameAbsent(expected, known.idOf);
  const missing = (meant ?? []).flatMap((reference) => {
    if (present.has(keyOf(reference))) return [];
    const gone = reference.kind === "chart" ? absent.get(Number(reference.id)) : undefined;
    const message = gone === undefined ? `${describe(reference, known)} is missing` : `${gone} is not on the server`;
    return [{ at: reference.at, message }];
  });
  return joinPlaces([...wrong, ...missing]);
}

function listExpected(expected: AssetDocument, idOf: IdLookup): Reference[] {
  const { position, metadata } = stateTargetIds(expected, idOf);
  return listIds(mappingOf(position), mappingOf(metadata)).map((reference) => {
    // The import translates the datasets of native filters, so the document still has their UUIDs.
    const id = typeof reference.id === "string" ? idOf(reference.kind, reference.id) : undefined;
    return id === undefined ? reference : { ...reference, id };
  });
}

/** The charts that the server does not have, by the free ids that {@link stateTargetIds} gives them. */
function nameAbsent(expected: AssetDocument, idOf: IdLookup): ReadonlyMap<number, string> {
  const charts = listLayoutCharts(mappingOf(stateTargetIds(expected, idOf).position));
  return new Map(
    charts.flatMap(({ key, uuid, chartId }): [number, string][] => {
      if (uuid === undefined || chartId === undefined || idOf("chart", uuid) !== undefined) return [];
      const { sliceName } = mappingOf(mappingOf(mappingOf(expected.position)[key]).meta);
      return [[chartId, `chart ${typeof sliceName === "string" ? `"${sliceName}" (${uuid})` : uuid}`]];
    }),
  );
}

function listIds(position: Mapping, metadata: Mapping): Reference[] {
  const references: Reference[] = listLayoutCharts(position).map(({ key, chartId }) => ({
    kind: "chart",
    at: `position.${key}`,
    id: chartId ?? "nothing",
  }));
  changeIds(metadata, {
    chart(id, at) {
      references.push({ kind: "chart", at: formatPlace(metadata, at.slice(0, -1)), id });
      return undefined;
    },
    target(target, at) {
      const id = target.datasetId ?? target.datasetUuid;
      if (typeof id === "number" || typeof id === "string")
        references.push({ kind: "dataset", at: formatPlace(metadata, at), id });
      return target;
    },
  });
  return references;
}

/** Filters and display controls by their ids: their order says nothing. */
function formatPlace(metadata: Mapping, [, list, index, ...rest]: KeyPath): string {
  const isFilter = typeof index === "number" && FILTER_LISTS.includes(String(list));
  const filter = isFilter ? listOf(metadata[String(list)])[index] : undefined;
  const name = isMapping(filter) && typeof filter.id === "string" ? filter.id : index;
  return [list, name, ...rest].filter((part) => part !== undefined).join(".");
}

function describeWrong(reference: Reference, live: LiveDashboard, known: KnownIds): string | undefined {
  const { kind, at, id } = reference;
  if (typeof id === "string") return `${id} stands where the browser needs the integer id of a ${kind}`;
  const asset = known.assetOf(kind, id);
  if (kind === "dataset") return asset === undefined ? `dataset ${id} does not exist` : undefined;
  if (!live.linkedCharts.has(id)) {
    return asset === undefined
      ? `chart ${id} does not exist`
      : `${describe(reference, known)} is no chart of this dashboard`;
  }
  const entry = at.startsWith("position.") ? live.position[at.slice("position.".length)] : undefined;
  const meant = mappingOf(mappingOf(entry).meta).uuid;
  if (asset === undefined || !isUuid(meant) || meant.toLowerCase() === asset.uuid) return undefined;
  return `${describe(reference, known)} stands where ${meant} is meant`;
}

function describe({ kind, id }: Reference, known: KnownIds): string {
  const title = typeof id === "number" ? known.assetOf(kind, id)?.title : undefined;
  return `${kind} ${id}${title === undefined ? "" : ` "${title}"`}`;
}

function keyOf({ kind, at, id }: Reference): string {
  return `${kind} ${at} ${id}`;
}

function joinPlaces(wrong: readonly WrongId[]): WrongId[] {
  const places = new Map<string, string[]>();
  for (const { at, message } of wrong) places.set(at, [...(places.get(at) ?? []), message]);
  return [...places].map(([at, messages]) => ({ at, message: messages.join("; ") }));
}
