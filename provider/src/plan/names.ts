import { assetKey } from "../assets/asset-key";
import type { AssetKind } from "../assets/definition";
import type { KnownAsset } from "./decide";
import type { PlannedAsset } from "./plan-assets";

/** How an asset whose file was renamed or moved keeps the object that the state has under its old name. */
export interface Succession {
  /** URN of the resource that this one is, perhaps under a new name or in another place. */
  readonly alias?: string;
  /**
   * Name of the resource that held the object until now, where both names stay in use (two files swapped their
   * UUIDs, a new file took the old one's name): the engine cannot rename then, so this resource takes the object over.
   */
  readonly takesOverFrom?: string;
}

/**
 * Finds how the assets of a plan go on under the names that they have now. Also one whose name stays may have had another
 * place: in a folder, or under a component, which is part of the URN.
 *
 * @param planned everything that is registered in this run
 * @param known what the state has
 */
export function findSuccessions(
  planned: readonly PlannedAsset[],
  known: Iterable<KnownAsset>,
): ReadonlyMap<PlannedAsset, Succession> {
  const wanted = new Map<string, PlannedAsset[]>();
  for (const asset of planned) {
    const key = assetKey(asset.definition.kind, asset.definition.name);
    wanted.set(key, [...(wanted.get(key) ?? []), asset]);
  }
  const inState = new Map<string, KnownAsset[]>();
  for (const asset of known) {
    const key = assetKey(kindOfUrn(asset.urn), nameOfUrn(asset.urn));
    inState.set(key, [...(inState.get(key) ?? []), asset]);
  }
  return new Map(planned.map((asset) => [asset, findSuccession(asset, wanted, inState)]));
}

function findSuccession(
  asset: PlannedAsset,
  wanted: ReadonlyMap<string, readonly PlannedAsset[]>,
  inState: ReadonlyMap<string, readonly KnownAsset[]>,
): Succession {
  const { definition, known } = asset;
  if (known === undefined) return {};
  const oldName = nameOfUrn(known.urn);
  const isNameTaken = (wanted.get(assetKey(definition.kind, oldName)) ?? []).some((other) => other !== asset);
  const isPlaceTaken = (inState.get(assetKey(definition.kind, definition.name)) ?? []).some((other) => other !== known);
  return isNameTaken || isPlaceTaken ? { takesOverFrom: oldName } : { alias: known.urn };
}

/** The last of the types in a URN, which are joined by `$`: `…:dynamic/superset:Chart`. */
function kindOfUrn(urn: string): AssetKind {
  return (urn.split("::")[2]?.split(":").at(-1) ?? "").toLowerCase() as AssetKind;
}

/** The logical name, which ends a URN: `urn:pulumi:<stack>::<project>::<type>::<name>`. The name may hold `::` too. */
export function nameOfUrn(urn: string): string {
  return urn.split("::").slice(3).join("::");
}
