import type { AssetKind } from "./definition";

/** Key of an asset among all kinds. */
export function assetKey(kind: AssetKind, uuid: string): string {
  return `${kind}:${uuid}`;
}

/** The same, by a UUID as a document has it: in any case of letters, or none. */
export function documentKey(kind: AssetKind, uuid: unknown): string {
  return assetKey(kind, String(uuid).toLowerCase());
}
