import type { KnownAsset } from "./decide";
import type { PlannedAsset } from "./plan-assets";

/** How an asset whose file was renamed or moved keeps the object that the state has under its old name. */
export interface Succession {
  /** URN of the resource that this one is, under a new name. */
  readonly alias?: string;
  /**
   * Name of the resource that held the object until now, where both names stay in use (two files swapped their
   * UUIDs, a new file took the old one's name): the engine cannot rename then, so this resource takes the object over.
   */
  readonly takesOverFrom?: string;
}

/**
 * Finds the renamed assets of a plan.
 *
 * @param planned assets that are registered
 * @param known what the state has
 */
export function findSuccessions(
  planned: readonly PlannedAsset[],
  known: Iterable<KnownAsset>,
): ReadonlyMap<PlannedAsset, Succession> {
  const wanted = new Set(planned.map(({ definition }) => definition.name));
  const inState = new Set([...known].map(({ urn }) => nameOfUrn(urn)));
  return new Map(planned.map((asset) => [asset, findSuccession(asset, wanted, inState)]));
}

function findSuccession(
  { definition: { name }, known }: PlannedAsset,
  wanted: ReadonlySet<string>,
  inState: ReadonlySet<string>,
): Succession {
  if (known === undefined) return {};
  const oldName = nameOfUrn(known.urn);
  if (oldName === name) return {};
  return wanted.has(oldName) || inState.has(name) ? { takesOverFrom: oldName } : { alias: known.urn };
}

/** The logical name, which ends a URN: `urn:pulumi:<stack>::<project>::<type>::<name>`. The name may hold `::` too. */
export function nameOfUrn(urn: string): string {
  return urn.split("::").slice(3).join("::");
}
