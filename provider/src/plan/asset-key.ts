import type { AssetKind } from "../assets/definition";

/** Key of an asset among all kinds. */
export function assetKey(kind: AssetKind, uuid: string): string {
  return `${kind}:${uuid}`;
}
