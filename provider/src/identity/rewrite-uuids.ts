import { listReferences } from "../assets/define";
import type { AssetDocument, AssetKind, AssetReference } from "../assets/definition";

/** UUIDs by UUIDs, both in lower case; what is not in it stays. */
export type UuidMap = Readonly<Record<string, string>>;

/**
 * Writes a document's own UUID and all its references anew: from the files' UUIDs to the target's before it is sent,
 * and back before what the target has is compared with a definition.
 *
 * @param document in Superset's export format; the original is left as it is
 */
export function rewriteUuids(kind: AssetKind, document: AssetDocument, uuids: UuidMap): AssetDocument {
  if (Object.keys(uuids).length === 0) return document;
  const own = mapped(document.uuid, uuids);
  const changed = own === undefined ? document : { ...document, uuid: own };
  return listReferences(kind, changed).reduce(
    (result, reference) => rewriteReference(result, reference, uuids),
    changed,
  );
}

function rewriteReference(document: AssetDocument, { uuid, at }: AssetReference, uuids: UuidMap): AssetDocument {
  const replacement = mapped(uuid, uuids);
  return replacement === undefined ? document : (setAt(document, at, replacement) as AssetDocument);
}

function mapped(uuid: unknown, uuids: UuidMap): string | undefined {
  return typeof uuid === "string" ? uuids[uuid.toLowerCase()] : undefined;
}

/** A copy with another value at a path that exists. */
function setAt(value: unknown, [key, ...rest]: AssetReference["at"], replacement: string): unknown {
  if (key === undefined) return replacement;
  if (Array.isArray(value)) return value.map((item, index) => (index === key ? setAt(item, rest, replacement) : item));
  const mapping = value as Readonly<Record<string, unknown>>;
  return { ...mapping, [key]: setAt(mapping[key], rest, replacement) };
}

/** The map in the other direction. */
export function invertUuids(uuids: UuidMap): UuidMap {
  return Object.fromEntries(Object.entries(uuids).map(([from, to]) => [to, from]));
}
