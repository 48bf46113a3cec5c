import { listReferences } from "../assets/define";
import type { AssetDocument, AssetKind } from "../assets/definition";
import { isMapping, isUuid, type KeyPath } from "../assets/values";

/** An asset of the definitions and the object of the target that it is. UUIDs in any case of letters. */
export interface MappedAsset {
  readonly kind: AssetKind;
  /** Of the definition. */
  readonly uuid: string;
  /** Of the object on the target. */
  readonly targetUuid: string;
}

/** The definition's UUID for an object of the target; the same UUID where no definition stands for it. */
export type UuidRestorer = (kind: AssetKind, targetUuid: string) => string;

/** Turns the mapping from definitions to objects around. */
export function invertMapping(mapped: Iterable<MappedAsset>): UuidRestorer {
  const known = new Map<string, string>();
  for (const { kind, uuid, targetUuid } of mapped) known.set(`${kind}:${targetUuid.toLowerCase()}`, uuid.toLowerCase());
  return (kind, targetUuid) => known.get(`${kind}:${targetUuid.toLowerCase()}`) ?? targetUuid.toLowerCase();
}

/**
 * Writes the definitions' UUIDs into a document of the target: its own, that of a dataset's database, of a chart's
 * dataset, of the charts in a layout and of the datasets in filters.
 */
export function restoreUuids(kind: AssetKind, document: AssetDocument, restore: UuidRestorer): AssetDocument {
  const { uuid } = document;
  const own = isUuid(uuid) ? { ...document, uuid: restore(kind, uuid) } : document;
  return listReferences(kind, own).reduce<AssetDocument>(
    (changed, reference) => replaceAt(changed, reference.at, restore(reference.kind, reference.uuid)) as AssetDocument,
    own,
  );
}

/** A copy with another value at a path that is there. */
function replaceAt(value: unknown, [step, ...rest]: KeyPath, replacement: unknown): unknown {
  if (step === undefined) return replacement;
  if (Array.isArray(value))
    return value.map((item, index) => (index === step ? replaceAt(item, rest, replacement) : item));
  if (!isMapping(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, key === step ? replaceAt(inner, rest, replacement) : inner]),
  );
}
