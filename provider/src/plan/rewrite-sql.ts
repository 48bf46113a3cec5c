import type { SqlEngine } from "../assets/sql-engines";
import type { ParseSql } from "../core/sql-parser";
import { nullText } from "./null-column";
import { type ColumnReference, listColumnReferences, type NamePart, type TextPosition } from "./sql-references";

/** The columns that the SQL of a dataset may name. */
export interface ColumnScope {
  readonly engine: SqlEngine;
  readonly parse: ParseSql;
  /** What may stand before a column's name, outermost first: catalog, schema, table. */
  readonly table: readonly string[];
  /** All columns, those that are replaced too. */
  readonly columns: readonly string[];
  /** What takes the place of a column, by its name. */
  readonly replacements: ReadonlyMap<string, string>;
}

/** What became of an expression. */
export type Rewriting =
  | { readonly how: "unchanged" }
  | { readonly how: "rewritten"; readonly expression: string }
  | { readonly how: "unreadable" };

const UNCHANGED: Rewriting = { how: "unchanged" };
const UNREADABLE: Rewriting = { how: "unreadable" };

const JINJA = /\{[{%#]/;

/**
 * Puts other SQL in the place of columns in an expression; all other text stays as it is, with its comments.
 *
 * @returns `unreadable` where the text names one of the columns and it cannot be told for certain what is meant: Jinja,
 * another dialect, a subquery, an unknown table before the name
 */
export function rewriteColumns(expression: string, scope: ColumnScope): Rewriting {
  if (!mentions(expression, scope.replacements.keys())) return UNCHANGED;
  const { dialect } = scope.engine;
  if (dialect === undefined || JINJA.test(expression)) return UNREADABLE;
  const references = listColumnReferences(scope.parse(wrap(expression), dialect), scope.engine);
  if (references === undefined) return UNREADABLE;
  const edits: Edit[] = [];
  for (const reference of references) {
    const replacement = findReplacement(reference, scope);
    if (replacement === "stays") continue;
    const edit = replacement === "unknown" ? undefined : toEdit(expression, reference, replacement.sql);
    if (edit === undefined) return UNREADABLE;
    edits.push(edit);
  }
  if (edits.length === 0) return UNCHANGED;
  const rewritten = applyEdits(expression, edits);
  return scope.parse(wrap(rewritten), dialect) === undefined ? UNREADABLE : { how: "rewritten", expression: rewritten };
}

const BEFORE = "SELECT (";

/** In brackets and with a name after it, nothing but one expression is read; the line end closes a comment. */
function wrap(expression: string): string {
  return `${BEFORE}${expression}\n) AS x`;
}

/** Whether a text holds one of the names as a whole word, be it in a comment or string. */
function mentions(text: string, names: Iterable<string>): boolean {
  // Quotes inside a quoted name are written twice.
  const searched = text.toLowerCase().replace(/(["`\]])\1/g, "$1");
  for (const name of names) {
    const word = name.toLowerCase();
    for (let at = searched.indexOf(word); at >= 0; at = searched.indexOf(word, at + 1)) {
      if (!isPartOfWord(searched[at - 1]) && !isPartOfWord(searched[at + word.length])) return true;
    }
  }
  return false;
}

function isPartOfWord(character: string | undefined): boolean {
  return character !== undefined && /[\p{L}\p{N}_]/u.test(character);
}

function findReplacement(
  { parts, isUncertain }: ColumnReference,
  scope: ColumnScope,
): { readonly sql: string } | "stays" | "unknown" {
  // As databases do: `orders.total` is rather a column of the table than a part of a column `orders`.
  for (const [index, part] of [...parts.entries()].reverse()) {
    const column = isTable(parts.slice(0, index), scope) ? findColumn(part, scope) : undefined;
    if (column === undefined) continue;
    const sql = scope.replacements.get(column);
    if (sql === undefined) return "stays";
    if (isUncertain) return "unknown";
    const isInside = index < parts.length - 1;
    return { sql: isInside ? nullText(scope.engine) : sql };
  }
  return parts.some((part) => scope.replacements.has(findColumn(part, scope) ?? "")) ? "unknown" : "stays";
}

/** Whether the names before a column's are the end of the path to the dataset's table. */
function isTable(qualifiers: readonly NamePart[], { table, engine }: ColumnScope): boolean {
  const path = table.slice(Math.max(0, table.length - qualifiers.length));
  return qualifiers.length === path.length && qualifiers.every((part, index) => isNamed(part, path[index], engine));
}

function findColumn(part: NamePart, { columns, engine }: ColumnScope): string | undefined {
  const meant = columns.filter((name) => isNamed(part, name, engine));
  return meant.find((name) => name === part.name) ?? meant[0];
}

function isNamed(part: NamePart, name: string | undefined, { names }: SqlEngine): boolean {
  if (names === "any") return part.name.toLowerCase() === name?.toLowerCase();
  return name === (names === "lower" && !part.isQuoted ? part.name.toLowerCase() : part.name);
}

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly sql: string;
}

/** Undefined where the text does not hold the names where the tree has them. */
function toEdit(expression: string, { parts }: ColumnReference, sql: string): Edit | undefined {
  const text = wrap(expression);
  const places = parts.map((part) => ({ part, start: offsetOf(text, part.start), end: offsetOf(text, part.end) }));
  const [first] = places;
  const last = places.at(-1);
  const isTrue = places.every(({ part, start, end }) => isSpelled(part, text.slice(start, end)));
  if (!isTrue || first === undefined || last === undefined) return undefined;
  return { start: first.start - BEFORE.length, end: last.end - BEFORE.length, sql };
}

function offsetOf(text: string, { line, column }: TextPosition): number {
  let start = 0;
  for (let passed = 1; passed < line; passed++) start = text.indexOf("\n", start) + 1;
  const before = [...text.slice(start)].slice(0, column - 1);
  return start + before.join("").length;
}

function isSpelled({ name, isQuoted }: NamePart, text: string): boolean {
  const inner = isQuoted ? text.slice(1, -1) : text;
  return inner === name || inner.replace(/(["`\]])\1/g, "$1") === name;
}

function applyEdits(text: string, edits: readonly Edit[]): string {
  const backwards = [...edits].sort((left, right) => right.start - left.start);
  return backwards.reduce((current, { start, end, sql }) => current.slice(0, start) + sql + current.slice(end), text);
}
