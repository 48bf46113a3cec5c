import { canonicalise, toCanonicalText } from "../assets/canonical";
import { nameDatasets } from "../assets/dataset-ids";
import type { AssetDocument, AssetKind } from "../assets/definition";
import type { Inventory } from "../superset/inventory";
import { rewriteUuids, type UuidMap } from "./rewrite-uuids";

/**
 * The canonical document that a file with the content of an exported object would have.
 *
 * @param document as the target exported it
 * @param toFiles UUIDs of the files by those of the target, where they differ
 * @param inventory of the target: exports name the datasets of display controls by their ids there
 */
export function toStatedDocument(
  kind: AssetKind,
  document: AssetDocument,
  toFiles: UuidMap,
  inventory: Inventory,
): AssetDocument {
  const named = kind === "dashboard" ? nameDatasets(document, (id) => inventory.byId("dataset", id)?.uuid) : document;
  return canonicalise(kind, rewriteUuids(kind, named, toFiles));
}

/** {@link toStatedDocument} as text. */
export function toStatedText(...content: Parameters<typeof toStatedDocument>): string {
  return toCanonicalText(toStatedDocument(...content));
}
