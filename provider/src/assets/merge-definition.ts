import { isDeepStrictEqual } from "node:util";
import { canonicalise } from "./canonical";
import { parseQueryContext, writeQueryContext } from "./canonical-chart";
import type { AssetDocument, AssetKind } from "./definition";
import { itemKeyOf, keyItems, mergeOrder } from "./keyed-list";
import { listBrokenPlaces, listLayoutCharts, numberCharts } from "./layout";
import { isMapping, type KeyPath, type Mapping, mappingOf } from "./values";

/** Three versions of one asset, in canonical form. */
export interface DefinitionSides {
  /** What both come from; absent where it is not known: then every difference is a conflict. */
  readonly base?: AssetDocument;
  readonly ours: AssetDocument;
  readonly theirs: AssetDocument;
}

/** A place that both sides changed, each in another way. `undefined` where the place is absent. */
export interface MergeConflict {
  /** Keys of mappings; names of columns and metrics, ids of filters. */
  readonly path: KeyPath;
  readonly base: unknown;
  readonly ours: unknown;
  readonly theirs: unknown;
}

/** What a merge answers. */
export interface MergedDefinition {
  /** In canonical form. */
  readonly document: AssetDocument;
  readonly conflicts: readonly MergeConflict[];
}

/** Whose value is taken where both sides changed a place. */
export type PreferredSide = "ours" | "theirs";

/**
 * Merges two versions of an asset place by place: mappings by key, columns and metrics by name, filters by id, charts of
 * a dashboard by UUID, anything else as a whole.
 *
 * @param prefer whose value the merged document has at a conflict
 */
export function mergeDefinition(
  kind: AssetKind,
  sides: DefinitionSides,
  prefer: PreferredSide = "ours",
): MergedDefinition {
  const align = alignCharts(kind, [sides.ours, sides.theirs, ...(sides.base === undefined ? [] : [sides.base])]);
  const merge = new Merge(kind, prefer, sides.base !== undefined);
  const [ours, theirs] = [align(sides.ours), align(sides.theirs)];
  const base = sides.base === undefined ? undefined : align(sides.base);
  const merged = mappingOf(merge.value({ base, ours, theirs }, []));
  const sound = kind === "dashboard" ? merge.layout(merged, { base, ours, theirs }) : merged;
  return { document: canonicalise(kind, sound), conflicts: merge.conflicts };
}

/**
 * A chart's number changes with its place in the layout. In versions that are compared the same chart must have the same
 * number: the first version's, where it is in there.
 *
 * @returns brings one of the versions into canonical form, with these numbers
 */
export function alignCharts(
  kind: AssetKind,
  versions: readonly AssetDocument[],
): (version: AssetDocument) => AssetDocument {
  if (kind !== "dashboard") return (version) => canonicalise(kind, version);
  const charts = versions.flatMap(({ position }) => listLayoutCharts(mappingOf(position)));
  const numbers = numberCharts(charts);
  return (version) => canonicalise(kind, version, { numbers });
}

interface Values {
  readonly base: unknown;
  readonly ours: unknown;
  readonly theirs: unknown;
}

/** One merge: gathers its conflicts. */
class Merge {
  readonly conflicts: MergeConflict[] = [];

  constructor(
    private readonly kind: AssetKind,
    private readonly prefer: PreferredSide,
    private readonly hasBase: boolean,
  ) {}

  value(values: Values, at: KeyPath): unknown {
    const { base, ours, theirs } = values;
    if (isDeepStrictEqual(ours, theirs)) return ours;
    if (this.hasBase && isDeepStrictEqual(base, ours)) return theirs;
    if (this.hasBase && isDeepStrictEqual(base, theirs)) return ours;
    return this.inside(values, at) ?? this.conflict(values, at);
  }

  /** A dashboard whose layout names a chart twice or not at all cannot be drawn: then the layouts conflict as a whole. */
  layout(
    merged: Mapping,
    { base, ours, theirs }: { base: Mapping | undefined; ours: Mapping; theirs: Mapping },
  ): Mapping {
    const known = new Set([ours, theirs].flatMap(({ position }) => listBrokenPlaces(mappingOf(position))));
    if (listBrokenPlaces(mappingOf(merged.position)).every((key) => known.has(key))) return merged;
    const values = { base: base?.position, ours: ours.position, theirs: theirs.position };
    return { ...merged, position: this.conflict(values, ["position"]) };
  }

  /** Merges what has parts of its own; undefined for everything else. */
  private inside({ base, ours, theirs }: Values, at: KeyPath): unknown {
    if (isMapping(ours) && isMapping(theirs) && (base === undefined || isMapping(base))) {
      return this.mapping({ base: base ?? {}, ours, theirs }, at);
    }
    const itemKey = itemKeyOf(this.kind, at);
    if (itemKey !== undefined) return this.list({ base, ours, theirs }, itemKey, at);
    if (this.kind === "chart" && at.length === 1 && at[0] === "query_context")
      return this.queryContext(base, ours, theirs, at);
    return undefined;
  }

  private mapping({ base, ours, theirs }: { base: Mapping; ours: Mapping; theirs: Mapping }, at: KeyPath): Mapping {
    const keys = new Set([...Object.keys(ours), ...Object.keys(theirs)]);
    const entries = [...keys].map((key): [string, unknown] => [
      key,
      this.value({ base: own(base, key), ours: own(ours, key), theirs: own(theirs, key) }, [...at, key]),
    ]);
    return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
  }

  private list({ base, ours, theirs }: Values, itemKey: string, at: KeyPath): unknown {
    // The canonical form leaves out a list that became empty.
    const [before, mine, others] = [base, ours, theirs].map((list) => keyItems(list ?? [], itemKey));
    if (before === undefined || mine === undefined || others === undefined) return undefined;
    const names = { base: [...before.keys()], ours: [...mine.keys()], theirs: [...others.keys()] };
    const merged = new Map(
      [...new Set([...names.ours, ...names.theirs])].map((name) => {
        const values = { base: before.get(name), ours: mine.get(name), theirs: others.get(name) };
        return [name, this.value(values, [...at, name])];
      }),
    );
    const order = mergeOrder({ ...names, hasBase: this.hasBase });
    const chosen = order ?? (this.conflict(names, [...at, "(order)"]) as readonly string[]);
    const sorted = [...new Set([...chosen, ...merged.keys()])];
    return sorted.map((name) => merged.get(name)).filter((item) => item !== undefined);
  }

  private queryContext(base: unknown, ours: unknown, theirs: unknown, at: KeyPath): unknown {
    const [before, mine, others] = [base, ours, theirs].map((text) =>
      typeof text === "string" ? parseQueryContext(text) : undefined,
    );
    if (mine === undefined || others === undefined || (before === undefined && base !== undefined)) return undefined;
    return writeQueryContext(this.mapping({ base: before ?? {}, ours: mine, theirs: others }, at));
  }

  private conflict(values: Values, path: KeyPath): unknown {
    this.conflicts.push({ path, ...values });
    return values[this.prefer];
  }
}

/** Not what a mapping inherits: a file may have a key named `constructor`. */
function own(mapping: Mapping, key: string): unknown {
  return Object.hasOwn(mapping, key) ? mapping[key] : undefined;
}
