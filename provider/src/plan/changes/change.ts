import { isDeepStrictEqual } from "node:util";
import { isMapping } from "../../assets/values";

/** One thing about an asset that differs between two versions, for people. */
export interface Change {
  /** What it is about: `metric`, `row limit`, `layout`. */
  readonly what: string;
  /** Absent where it is new, or where its values say nothing to people. */
  readonly before?: string;
  /** Absent where it is gone, or where its values say nothing to people. */
  readonly after?: string;
}

/** Longer values are cut off. */
const LONGEST = 60;

/** `metric SUM(net) → SUM(gross)`, `new filter "Region"`, `layout changed` */
export function formatChange({ what, before, after }: Change): string {
  if (before !== undefined && after !== undefined) return `${what} ${shorten(before)} → ${shorten(after)}`;
  if (after !== undefined) return `new ${what} ${shorten(after)}`;
  if (before !== undefined) return `${what} ${shorten(before)} removed`;
  return `${what} changed`;
}

function shorten(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  const characters = [...line];
  return characters.length <= LONGEST ? line : `${characters.slice(0, LONGEST - 1).join("")}…`;
}

/** Names in quotes, so that one of several words is seen as one. */
export function quote(text: string): string {
  return `"${text}"`;
}

/**
 * What differs between two lists of labels; where one was taken out and one put in, that is one change.
 *
 * @param what of one of them: `metric`
 */
export function compareLabels(what: string, before: readonly string[], after: readonly string[]): Change[] {
  const removed = before.filter((label) => !after.includes(label));
  const added = after.filter((label) => !before.includes(label));
  const [only] = removed;
  const [other] = added;
  if (only !== undefined && other !== undefined && removed.length === 1 && added.length === 1)
    return [{ what, before: only, after: other }];
  const changes = [
    ...removed.map((label) => ({ what, before: label })),
    ...added.map((label) => ({ what, after: label })),
  ];
  const isReordered = changes.length === 0 && !isDeepStrictEqual(before, after);
  return isReordered ? [{ what: `order of ${what}s` }] : changes;
}

/** A key of Superset's in words: `row_limit` → `row limit`. */
export function toWords(key: string): string {
  return key.replaceAll("_", " ");
}

/** What differs in one value: with both values where they are short words, else only that it does. */
export function compareValue(what: string, before: unknown, after: unknown): Change[] {
  if (isDeepStrictEqual(before, after)) return [];
  const texts = [before, after].map(toText);
  const [left, right] = texts;
  if (texts.includes(undefined) || left === undefined || right === undefined) return [{ what }];
  return [{ what, before: left, after: right }];
}

/** Undefined for what people cannot read in a line. */
function toText(value: unknown): string | undefined {
  if (value === undefined || value === null || value === "") return "none";
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (isMapping(value) || !Array.isArray(value)) return undefined;
  const items = value.map(toText);
  return items.includes(undefined) || value.some(Array.isArray) ? undefined : `[${items.join(", ")}]`;
}

/** Compares the keys of two mappings that nothing else has spoken about. */
export function compareRest(
  before: Readonly<Record<string, unknown>>,
  after: Readonly<Record<string, unknown>>,
  spokenOf: ReadonlySet<string>,
): Change[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((key) => !spokenOf.has(key)).sort();
  return keys.flatMap((key) => compareValue(toWords(key), before[key], after[key]));
}
