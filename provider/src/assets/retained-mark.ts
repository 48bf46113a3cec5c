import { z } from "zod";
import type { AssetDocument } from "./definition";
import { isEmpty, isMapping, listOf, type Mapping, mappingOf, mapValues, without } from "./values";

/**
 * The key of an item's `extra` that says what a merge made of a column or metric. It is on servers for ever.
 *
 * Superset's dialog "Edit dataset" writes `extra` anew and loses it, so nothing may rely on finding it again.
 */
export const MARK_KEY = "pulumi_superset";

const Mark = z.object({
  /** The definition no longer has the item. */
  retained: z.literal(true).optional(),
  /** Set where the item's expression was replaced. */
  replaced: z
    .object({
      /** The expression before; null for a column that was read from the table. */
      original: z.string().nullable(),
      /** The expression in its place. */
      by: z.string(),
    })
    .optional(),
});

/** What a merge made of a column or metric of a dataset. */
export type ItemMark = z.infer<typeof Mark>;

/** The mark of a column or metric whose `extra` is a mapping; undefined where there is none that can be read. */
export function readMark(item: Mapping): ItemMark | undefined {
  const found = mappingOf(item.extra)[MARK_KEY];
  const { data } = Mark.safeParse(found);
  return data;
}

/** The item with a mark in place of the one that it had. */
export function markItem(item: Mapping, mark: ItemMark): Mapping {
  return { ...item, extra: { ...mappingOf(item.extra), [MARK_KEY]: mark } };
}

/**
 * The item as it was before the merge: without its mark, with its own expression. An expression that somebody changed
 * since stays, or the change would be seen nowhere.
 */
export function restoreItem(item: Mapping): Mapping {
  const { extra } = item;
  if (!isMapping(extra) || !(MARK_KEY in extra)) return item;
  const rest = without(extra, new Set([MARK_KEY]));
  const plain = isEmpty(rest) ? without(item, new Set(["extra"])) : { ...item, extra: rest };
  const replaced = readMark(item)?.replaced;
  if (replaced === undefined || item.expression !== replaced.by) return plain;
  return mapValues({ ...plain, expression: replaced.original }, (value) => value ?? undefined);
}

/** The columns or metrics that a definition would state: no retained ones, the others restored. */
export function restoreItems(items: unknown): unknown {
  if (!Array.isArray(items)) return items;
  return listOf(items).flatMap((item) => {
    if (!isMapping(item)) return [item];
    return readMark(item)?.retained ? [] : [restoreItem(item)];
  });
}

/**
 * A dataset's document without the columns and metrics that were left on the server for the charts on them, whether or
 * not their marks are still there: they are no addition of anybody.
 *
 * @param retained their names, as the state has them
 * @param stated versions of the definition: what one of them has stays
 */
export function dropRetained(
  document: AssetDocument,
  retained: readonly string[] | undefined,
  stated: readonly (AssetDocument | undefined)[],
): AssetDocument {
  if (retained === undefined || retained.length === 0) return document;
  const gone = new Set(retained);
  return mapValues(document, (value, list) => {
    const itemKey = { columns: "column_name", metrics: "metric_name" }[list];
    if (itemKey === undefined) return value;
    const nameOf = (item: unknown) => String(mappingOf(item)[itemKey] ?? "");
    const kept = new Set(stated.flatMap((version) => listOf(version?.[list]).map(nameOf)));
    return listOf(value).filter((item) => kept.has(nameOf(item)) || !gone.has(nameOf(item)));
  });
}
