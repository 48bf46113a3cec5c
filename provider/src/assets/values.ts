/** A mapping with text keys, as YAML and JSON give it. */
export type Mapping = { readonly [key: string]: unknown };

/** A path of keys and indexes inside a document. */
export type KeyPath = readonly (string | number)[];

const UUID_FORM = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whether a value is a mapping (not null, not a list). */
export function isMapping(value: unknown): value is Mapping {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The mapping itself, or an empty one in place of anything else. */
export function mappingOf(value: unknown): Mapping {
  return isMapping(value) ? value : {};
}

/** The list itself, or an empty one in place of anything else. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Whether a value is a UUID in its usual form with dashes, in either case. */
export function isUuid(value: unknown): value is string {
  return typeof value === "string" && UUID_FORM.test(value);
}

/** Whether a value is null, absent, `""`, `[]` or `{}`. */
export function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined || value === "") return true;
  if (Array.isArray(value)) return value.length === 0;
  return isMapping(value) && Object.keys(value).length === 0;
}

/** Order of two texts by code unit: the same on every machine, unlike a locale's order. */
export function compareText(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** What stands at a path; undefined where nothing does. */
export function valueAt(value: unknown, at: KeyPath): unknown {
  return at.reduce<unknown>(
    (outer, step) => (Array.isArray(outer) ? outer[Number(step)] : mappingOf(outer)[step]),
    value,
  );
}

/**
 * Copies a mapping through a function that may change or drop (`undefined`) each value.
 *
 * Built with `Object.fromEntries`, so that a key named `__proto__` in a hostile file stays an ordinary key.
 */
export function mapValues(mapping: Mapping, change: (value: unknown, key: string) => unknown): Mapping {
  const entries: [string, unknown][] = [];
  for (const [key, value] of Object.entries(mapping)) {
    const changed = change(value, key);
    if (changed !== undefined) entries.push([key, changed]);
  }
  return Object.fromEntries(entries);
}

/** The mapping without some keys. */
export function without(mapping: Mapping, keys: ReadonlySet<string>): Mapping {
  return mapValues(mapping, (value, key) => (keys.has(key) ? undefined : value));
}

/** Sorts the keys of all mappings, at any depth; lists keep their order. */
export function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (!isMapping(value)) return value;
  const keys = Object.keys(value).sort(compareText);
  return Object.fromEntries(keys.map((key) => [key, sortKeys(value[key])]));
}

/** Visits every text and number of a value, with its path. */
export function visitTexts(value: unknown, at: KeyPath, visit: (text: string, at: KeyPath) => void): void {
  if (typeof value === "string" || typeof value === "number") visit(String(value), at);
  else if (Array.isArray(value)) for (const [index, item] of value.entries()) visitTexts(item, [...at, index], visit);
  else if (isMapping(value)) for (const [key, item] of Object.entries(value)) visitTexts(item, [...at, key], visit);
}
