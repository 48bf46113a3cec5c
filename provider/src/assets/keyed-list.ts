import { isDeepStrictEqual } from "node:util";
import type { AssetKind } from "./definition";
import { isMapping, type KeyPath, listOf, type Mapping } from "./values";

/** Lists whose items have a name, by kind and path. */
const ITEM_KEYS: Readonly<Partial<Record<AssetKind, { readonly [path: string]: string }>>> = {
  dataset: { columns: "column_name", metrics: "metric_name" },
  dashboard: { "metadata.native_filter_configuration": "id", "metadata.chart_customization_config": "id" },
};

/** The key that names the items of the list at a path; undefined where items have no name. */
export function itemKeyOf(kind: AssetKind, at: KeyPath): string | undefined {
  // Longer paths lead through what people name themselves, which may hold dots.
  return at.length <= 2 ? ITEM_KEYS[kind]?.[at.join(".")] : undefined;
}

/** Whether the items of the list at a path stand in an order that means something. */
export function isOrdered(kind: AssetKind): boolean {
  return kind !== "dataset";
}

/** The items of a list by name; undefined where it is no list, or an item has no name of its own. */
export function keyItems(list: unknown, itemKey: string): Map<string, Mapping> | undefined {
  if (!Array.isArray(list)) return undefined;
  const items = new Map<string, Mapping>();
  for (const item of listOf(list)) {
    const name = isMapping(item) ? item[itemKey] : undefined;
    if (!isMapping(item) || typeof name !== "string" || items.has(name)) return undefined;
    items.set(name, item);
  }
  return items;
}

/** The names of three versions of a list, each in its order. */
export interface OrderSides {
  readonly base: readonly string[];
  readonly ours: readonly string[];
  readonly theirs: readonly string[];
  /** Whether the base is known. */
  readonly hasBase: boolean;
}

/**
 * Merges the order of two lists: the side that moved items leads, and what only the other side has follows the item that
 * it follows there.
 *
 * @returns all names of both sides; undefined where both moved items, each in another way
 */
export function mergeOrder({ base, ours, theirs, hasBase }: OrderSides): string[] | undefined {
  const isCommon = (name: string) => ours.includes(name) && theirs.includes(name) && (!hasBase || base.includes(name));
  const [before, mine, others] = [base, ours, theirs].map((names) => names.filter(isCommon));
  if (isDeepStrictEqual(mine, others) || (hasBase && isDeepStrictEqual(others, before))) return weave(ours, theirs);
  if (hasBase && isDeepStrictEqual(mine, before)) return weave(theirs, ours);
  return undefined;
}

function weave(leading: readonly string[], other: readonly string[]): string[] {
  const woven = [...leading];
  for (const [index, name] of other.entries()) {
    if (woven.includes(name)) continue;
    const previous = other[index - 1];
    woven.splice(previous === undefined ? 0 : woven.indexOf(previous) + 1, 0, name);
  }
  return woven;
}
