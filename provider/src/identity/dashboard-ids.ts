import { changeIds } from "../assets/dashboard-ids";
import type { AssetDocument } from "../assets/definition";
import { findNumber, listLayoutCharts, renumberLayout } from "../assets/layout";
import { isMapping, isUuid, type Mapping, without } from "../assets/values";
import type { IdLookup } from "./links";

/**
 * States a dashboard's canonical document with the ids of one server: layout, cross-filters, native filters, display
 * controls, expanded charts and those that are not refreshed.
 *
 * The importer translates some of these places and leaves others as they are (superset-api 4.2: display controls; layers
 * of deck.gl charts). With ids that are the server's own already, its translation changes nothing, and all are right.
 *
 * @param idOf finds charts and datasets by the UUIDs that the document has
 */
export function stateTargetIds(document: AssetDocument, idOf: IdLookup): AssetDocument {
  const { position, metadata } = document;
  if (!isMapping(position)) return document;
  const ids = findChartIds(position, idOf);
  const uuidOf = findUuid(position);
  const chart = (reference: number | string) => {
    const uuid = uuidOf(reference);
    return uuid === undefined ? undefined : idOf("chart", uuid);
  };
  return {
    ...document,
    position: renumberLayout(position, ids),
    ...(isMapping(metadata) && {
      metadata: changeIds(metadata, {
        chart,
        target: (target, at) => (at[1] === "chart_customization_config" ? stateTarget(target, idOf) : target),
      }),
    }),
  };
}

/** From what metadata names a chart by to its UUID: an id of the layout, or a UUID that stands in it. */
function findUuid(position: Mapping): (reference: number | string) => string | undefined {
  const numberOf = findNumber(position);
  const uuids = new Map<number, string>();
  for (const { uuid } of listLayoutCharts(position)) {
    const number = uuid === undefined ? undefined : numberOf(uuid);
    if (uuid !== undefined && number !== undefined) uuids.set(number, uuid);
  }
  return (reference) => {
    const number = numberOf(reference);
    return number === undefined ? undefined : uuids.get(number);
  };
}

/** A chart that is not on the server gets an id that no other chart of the layout has; the importer names it. */
function findChartIds(position: Mapping, idOf: IdLookup): Map<string, number> {
  const uuids = listLayoutCharts(position).flatMap(({ uuid }) => (uuid === undefined ? [] : [uuid]));
  const found = new Map(uuids.map((uuid) => [uuid, idOf("chart", uuid)]));
  let free = Math.max(0, ...[...found.values()].filter((id) => id !== undefined));
  return new Map([...found].map(([uuid, id]) => [uuid, id ?? ++free]));
}

/** Display controls know their dataset by its integer id alone; the importer translates native filters only. */
function stateTarget(target: Mapping, idOf: IdLookup): Mapping {
  const id = isUuid(target.datasetUuid) ? idOf("dataset", target.datasetUuid) : undefined;
  return id === undefined ? target : { ...without(target, new Set(["datasetUuid"])), datasetId: id };
}
