import { ASSET_KINDS, type AssetReference, type Definition } from "./definition";

/** The definitions in an order in which each comes after what it needs; within a kind the order stays. */
export function orderByDependency(definitions: readonly Definition[]): Definition[] {
  return ASSET_KINDS.flatMap((kind) => definitions.filter((definition) => definition.kind === kind));
}

/** What a definition needs directly, each asset once. */
export function dependenciesOf(definition: Definition): AssetReference[] {
  const seen = new Set<string>();
  return definition.references.filter(({ kind, uuid }) => {
    const key = `${kind} ${uuid}`;
    const first = !seen.has(key);
    seen.add(key);
    return first;
  });
}

/** The definitions that need the given one directly. */
export function dependentsOf(definition: Definition, all: readonly Definition[]): Definition[] {
  return all.filter((other) =>
    other.references.some(({ kind, uuid }) => kind === definition.kind && uuid === definition.uuid),
  );
}
