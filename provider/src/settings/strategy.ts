import picomatch from "picomatch";
import type { AssetKind } from "../assets/definition";
import { ProblemError } from "../core/errors";

/** What a stack may do to its target. */
export const STRATEGY_FLAGS = ["CREATE", "UPDATE", "REPLACE", "DELETE"] as const;

export type StrategyFlag = (typeof STRATEGY_FLAGS)[number];

/** The flags that hold for an asset. */
export type Strategy = ReadonlySet<StrategyFlag>;

/** What a stack does when its settings say nothing: also the advice for production. */
export const DEFAULT_STRATEGY: readonly StrategyFlag[] = ["CREATE", "UPDATE"];

/** The folders of the kinds: the names under which a strategy of their own is given to them. */
const KIND_KEYS: Readonly<Record<string, AssetKind>> = {
  databases: "database",
  datasets: "dataset",
  charts: "chart",
  dashboards: "dashboard",
};

/** The setting `strategy`: flags for everything, or by kind and by glob. */
export interface StrategyRules {
  /** Where nothing else holds. */
  readonly default: readonly StrategyFlag[];
  readonly kinds: Readonly<Partial<Record<AssetKind, readonly StrategyFlag[]>>>;
  /** By glob on the path inside the assets folder. */
  readonly globs: Readonly<Record<string, readonly StrategyFlag[]>>;
}

/** Reads `CREATE | UPDATE` (or commas, any case) into flags; answers undefined for a word that is none. */
export function parseFlags(text: string): StrategyFlag[] | undefined {
  const words = text.split(/[\s|,]+/).filter((word) => word !== "");
  const flags = words.map((word) => STRATEGY_FLAGS.find((flag) => flag === word.toUpperCase()));
  return flags.every((flag) => flag !== undefined) ? [...new Set(flags)] : undefined;
}

/** What a key of the setting's mapping stands for; undefined where it is neither a kind nor a glob. */
export function readStrategyKey(key: string): "default" | "glob" | AssetKind | undefined {
  if (key === "default") return "default";
  return KIND_KEYS[key] ?? (/[/*?{[]/.test(key) ? "glob" : undefined);
}

/** What {@link StrategyRules.globs} and the others mean for one asset. */
export type StrategyLookup = (kind: AssetKind, path: string) => Strategy;

/**
 * Makes the lookup of the flags of an asset: those of its glob, else of its kind, else of the stack.
 *
 * @throws (the lookup) ProblemError `settings/strategy-ambiguous` where two globs with different flags match
 */
export function createStrategyLookup(rules: StrategyRules): StrategyLookup {
  const globs = Object.entries(rules.globs).map(([glob, flags]) => ({ glob, flags, matches: picomatch(glob) }));
  const sets = new Map<readonly StrategyFlag[], Strategy>();
  const toSet = (flags: readonly StrategyFlag[]) => {
    const set = sets.get(flags) ?? new Set(flags);
    sets.set(flags, set);
    return set;
  };
  return (kind, path) => {
    const found = globs.filter(({ matches }) => matches(path));
    assertOneMeaning(path, found);
    return toSet(found[0]?.flags ?? rules.kinds[kind] ?? rules.default);
  };
}

function assertOneMeaning(path: string, found: readonly { glob: string; flags: readonly StrategyFlag[] }[]): void {
  const [first, ...others] = found.map(({ glob, flags }) => ({ glob, text: formatStrategy(new Set(flags)) }));
  const other = others.find(({ text }) => text !== first?.text);
  if (first === undefined || other === undefined) return;
  throw new ProblemError({
    code: "settings/strategy-ambiguous",
    summary: `Two globs of superset:strategy match it and say different things: ${first.glob} (${first.text}) and ${other.glob} (${other.text}); nothing was written.`,
    remedy: "Make one of the two narrower: settings have no order.",
    place: { file: path },
    exitCode: 2,
  });
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
