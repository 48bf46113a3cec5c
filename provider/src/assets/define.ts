import { ProblemError } from "../core/errors";
import { type CanonicalOptions, canonicalise, digestText, toCanonicalText } from "./canonical";
import { FILTER_LISTS } from "./dashboard-ids";
import type { AssetDocument, AssetKind, AssetReference, Definition } from "./definition";
import { TITLE_KEYS } from "./importer-fields";
import { isMapping, isUuid, listOf, mappingOf } from "./values";

/**
 * Makes the definition of one asset, from a file or from a program.
 *
 * @param place the path inside the assets folder (or the resource's name) and the logical name
 * @throws ProblemError `assets/uuid-missing` where the document has no well-formed UUID
 */
export function defineFromDocument(
  kind: AssetKind,
  document: AssetDocument,
  place: { readonly path: string; readonly name: string },
  options: CanonicalOptions = {},
): Definition {
  const { uuid } = document;
  if (!isUuid(uuid)) throw missingUuid(kind, place.path);
  const canonical = toCanonicalText(canonicalise(kind, document, options));
  const title = document[TITLE_KEYS[kind]];
  return {
    kind,
    uuid: uuid.toLowerCase(),
    path: place.path,
    name: place.name,
    title: typeof title === "string" && title !== "" ? title : place.name,
    document,
    references: listReferences(kind, document),
    canonical,
    digest: digestText(canonical),
  };
}

/** What a document needs of other assets: database ← dataset ← chart ← dashboard, and dataset ← native filter or display control. */
export function listReferences(kind: AssetKind, document: AssetDocument): AssetReference[] {
  switch (kind) {
    case "database":
      return [];
    case "dataset":
      return reference("database", document.database_uuid, ["database_uuid"]);
    case "chart":
      return reference("dataset", document.dataset_uuid, ["dataset_uuid"]);
    case "dashboard":
      return [...layoutReferences(document), ...filterReferences(document)];
  }
}

function layoutReferences(document: AssetDocument): AssetReference[] {
  return Object.entries(mappingOf(document.position)).flatMap(([key, entry]) => {
    if (!isMapping(entry) || entry.type !== "CHART") return [];
    return reference("chart", mappingOf(entry.meta).uuid, ["position", key, "meta", "uuid"]);
  });
}

function filterReferences(document: AssetDocument): AssetReference[] {
  const metadata = mappingOf(document.metadata);
  return FILTER_LISTS.flatMap((list) =>
    listOf(metadata[list]).flatMap((filter, index) =>
      listOf(mappingOf(filter).targets).flatMap((target, targetIndex) => {
        const at = ["metadata", list, index, "targets", targetIndex, "datasetUuid"];
        return reference("dataset", mappingOf(target).datasetUuid, at);
      }),
    ),
  );
}

function reference(kind: AssetKind, uuid: unknown, at: AssetReference["at"]): AssetReference[] {
  return isUuid(uuid) ? [{ kind, uuid: uuid.toLowerCase(), at }] : [];
}

function missingUuid(kind: AssetKind, path: string): ProblemError {
  return new ProblemError({
    code: "assets/uuid-missing",
    summary: `The ${kind} has no UUID.`,
    remedy: "Give it a `uuid`; it is the asset's identity.",
    place: { file: path },
  });
}
