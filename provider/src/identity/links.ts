import { createHash } from "node:crypto";
import type { AssetKind, AssetReference } from "../assets/definition";

/** Finds the integer id of an asset on the target; undefined if it is not there. */
export type IdLookup = (kind: AssetKind, uuid: string) => number | undefined;

/**
 * Digest of the integer ids of everything an asset refers to. The server stores those ids inside charts and
 * dashboards, so an asset must be written again when one of them changes (a recreated chart, a restored server).
 * Databases do not count: datasets hold them by a foreign key that moves with the row.
 *
 * @returns 8 hexadecimal characters, `-` without references, undefined if a reference is not on the target
 */
export function digestLinks(references: readonly AssetReference[], idOf: IdLookup): string | undefined {
  const counted = references.filter((reference) => reference.kind !== "database");
  if (counted.length === 0) return "-";
  const ids = new Map(counted.map((reference) => [reference.uuid, idOf(reference.kind, reference.uuid)]));
  if ([...ids.values()].includes(undefined)) return undefined;
  const text = [...ids]
    .map(([uuid, id]) => `${uuid}=${id}`)
    .sort()
    .join("\n");
  return createHash("sha256").update(text).digest("hex").slice(0, 8);
}
