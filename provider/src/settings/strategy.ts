import type { AssetKind } from "../assets/definition";

/** What a stack may do to its target. */
export const STRATEGY_FLAGS = ["CREATE", "UPDATE", "DELETE"] as const;

export type StrategyFlag = (typeof STRATEGY_FLAGS)[number];

/** The flags that a stack sets. */
export type Strategy = ReadonlySet<StrategyFlag>;

/** What a stack does when its settings say nothing: also the advice for production. */
export const DEFAULT_STRATEGY: readonly StrategyFlag[] = ["CREATE", "UPDATE"];

/** Reads `CREATE | UPDATE` (or commas, any case) into flags; answers undefined for a word that is none. */
export function parseFlags(text: string): StrategyFlag[] | undefined {
  const words = text.split(/[\s|,]+/).filter((word) => word !== "");
  const flags = words.map((word) => STRATEGY_FLAGS.find((flag) => flag === word.toUpperCase()));
  return flags.every((flag) => flag !== undefined) ? [...new Set(flags)] : undefined;
}

/** The flags as people write them: `CREATE | UPDATE`, or `none`. */
export function formatStrategy(strategy: Strategy): string {
  const set = STRATEGY_FLAGS.filter((flag) => strategy.has(flag));
  return set.length === 0 ? "none" : set.join(" | ");
}

/** How people call one asset of a kind in a sentence. */
export function describeAsset(kind: AssetKind, title: string): string {
  return `${kind} "${title}"`;
}
