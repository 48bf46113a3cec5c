import { FILTER_LISTS } from "./dashboard-ids";
import type { AssetDocument } from "./definition";
import { isMapping, isUuid, mappingOf, mapValues } from "./values";

/**
 * What charts tell about the integer ids that datasets had on the server of the export: `params.datasource` beside
 * `dataset_uuid`. Where two charts disagree (files of two servers), nothing is known of that dataset and that id.
 *
 * @returns UUIDs in lower case, by integer id
 */
export function readDatasetIds(charts: readonly AssetDocument[]): Map<number, string> {
  const uuids = new Map<number, Set<string>>();
  const ids = new Map<string, Set<number>>();
  for (const { params, dataset_uuid: value } of charts) {
    const id = Number(/^(\d+)__table$/.exec(String(mappingOf(params).datasource))?.[1]);
    if (Number.isNaN(id) || !isUuid(value)) continue;
    const uuid = value.toLowerCase();
    uuids.set(id, (uuids.get(id) ?? new Set()).add(uuid));
    ids.set(uuid, (ids.get(uuid) ?? new Set()).add(id));
  }
  const pairs = [...uuids].flatMap(([id, named]) => [...named].map((uuid): [number, string] => [id, uuid]));
  return new Map(pairs.filter(([id, uuid]) => uuids.get(id)?.size === 1 && ids.get(uuid)?.size === 1));
}

/**
 * Names the datasets of a dashboard's filters and display controls by their UUIDs, where they have integer ids only.
 *
 * @param uuidOf the dataset of an id; undefined leaves the target as it is
 */
export function nameDatasets(document: AssetDocument, uuidOf: (id: number) => string | undefined): AssetDocument {
  const nameTarget = (target: unknown): unknown => {
    if (!isMapping(target) || isUuid(target.datasetUuid)) return target;
    const uuid = typeof target.datasetId === "number" ? uuidOf(target.datasetId) : undefined;
    return uuid === undefined ? target : { ...target, datasetUuid: uuid };
  };
  const nameFilter = (filter: unknown): unknown =>
    isMapping(filter) && Array.isArray(filter.targets)
      ? { ...filter, targets: filter.targets.map(nameTarget) }
      : filter;
  const { metadata } = document;
  if (!isMapping(metadata)) return document;
  const named = mapValues(metadata, (value, key) =>
    FILTER_LISTS.includes(key) && Array.isArray(value) ? value.map(nameFilter) : value,
  );
  return { ...document, metadata: named };
}
