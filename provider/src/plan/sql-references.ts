import type { SqlEngine } from "../assets/sql-engines";
import { isMapping, listOf, type Mapping, mappingOf } from "../assets/values";

/** One name of `schema.table.column`. */
export interface NamePart {
  readonly name: string;
  readonly isQuoted: boolean;
  readonly start: TextPosition;
  readonly end: TextPosition;
}

/** Both from 1; the column counts characters, not UTF-16 units. */
export interface TextPosition {
  readonly line: number;
  readonly column: number;
}

/** A place in a SQL expression that may mean a column. */
export interface ColumnReference {
  /** Outermost first; several where a dot stands between them. */
  readonly parts: readonly NamePart[];
  /** It cannot be told whether the column of the dataset is meant, or what its type has to be. */
  readonly isUncertain: boolean;
}

interface Context {
  readonly engine: SqlEngine;
  /** Parameters of the functions around (`x -> x + 1`): no columns. */
  readonly parameters: ReadonlySet<string>;
  readonly isUncertain: boolean;
  readonly found: ColumnReference[];
}

/** Where names stand that are no columns: types, collations, tables. */
const NO_COLUMNS = new Set(["data_type", "collation", "charset", "name", "Custom", "QualifiedWildcard"]);

/** A subquery has columns of its own; what is taken out of a list, row or JSON value has a type that nobody knows. */
const UNCERTAIN = new Set(["subquery", "Subquery", "MatchAgainst", "CompoundFieldAccess", "JsonAccess"]);

/** Functions that take a unit as a word; where it stands differs. */
const UNIT_FUNCTIONS =
  /^(TIMESTAMP_?(DIFF|ADD|SUB|TRUNC)|DATETIME_(DIFF|TRUNC)|TIME_(DIFF|TRUNC)|DATE_?(DIFF(_BIG)?|ADD|SUB|PART|NAME|TRUNC)|DATE_BUCKET|LAST_DAY)$/i;
const UNITS =
  /^((ISO)?YEAR|QUARTER|MONTH|(ISO)?WEEK|DAY(OFYEAR|OFWEEK)?|HOUR|MINUTE|SECOND|(MILLI|MICRO|NANO)SECOND)S?$/i;

/**
 * What may mean a column in `SELECT (<expression>) AS x`, in no certain order.
 *
 * @param tree as `core/sql-parser.ts` answers it
 * @returns undefined if the tree is not that of one expression
 */
export function listColumnReferences(tree: unknown, engine: SqlEngine): ColumnReference[] | undefined {
  const expression = readExpression(tree);
  if (expression === undefined) return undefined;
  const found: ColumnReference[] = [];
  visit(expression, { engine, parameters: new Set(), isUncertain: false, found });
  return found;
}

function readExpression(tree: unknown): unknown {
  const [statement, ...others] = listOf(tree);
  const select = mappingOf(mappingOf(mappingOf(mappingOf(statement).Query).body).Select);
  const [selected, ...more] = listOf(select.projection);
  if (others.length > 0 || more.length > 0) return undefined;
  const { expr } = mappingOf(mappingOf(selected).ExprWithAlias);
  return isMapping(expr) && ("Nested" in expr || "Subquery" in expr) ? expr : undefined;
}

function visit(node: unknown, context: Context): void {
  if (Array.isArray(node)) for (const item of node) visit(item, context);
  if (!isMapping(node)) return;
  for (const [key, value] of Object.entries(node)) visitNode(key, value, context);
}

function visitNode(key: string, value: unknown, context: Context): void {
  if (NO_COLUMNS.has(key)) return;
  const node = mappingOf(value);
  if (key === "Identifier") addReference([value], context);
  else if (key === "CompoundIdentifier") addReference(listOf(value), context);
  else if (key === "Function") visitFunction(node, context);
  // The name of an argument is no column: `make_interval(days => 1)`.
  else if (key === "ExprNamed") visit(node.arg, context);
  else if (key === "Lambda") visitLambda(node, context);
  else if (key === "BinaryOp" && isArrowFunction(node, context.engine))
    visit(node.right, withParameters(context, node.left));
  else visit(value, UNCERTAIN.has(key) ? { ...context, isUncertain: true } : context);
}

/** `column -> '$.path'` reaches into JSON, and is taken for a function by some dialects. */
function visitLambda({ params, body }: Mapping, context: Context): void {
  const parameter = mappingOf(mappingOf(params).One).name;
  if ("Value" in mappingOf(body)) addReference([parameter], { ...context, isUncertain: true });
  else visit(body, withParameters(context, params));
}

function visitFunction(node: Mapping, context: Context): void {
  const name = readPart(mappingOf(listOf(node.name).at(-1)).Identifier)?.name ?? "";
  const hasUnit = context.engine.hasUnitWords === true && UNIT_FUNCTIONS.test(name);
  const list = mappingOf(mappingOf(node.args).List);
  const callArguments = listOf(list.args).filter((argument) => !(hasUnit && isUnit(argument)));
  visit({ ...node, args: { List: { ...list, args: callArguments } } }, context);
}

function isUnit(argument: unknown): boolean {
  const expression = mappingOf(mappingOf(mappingOf(argument).Unnamed).Expr);
  const part = readPart(expression.Identifier);
  return part !== undefined && !part.isQuoted && UNITS.test(part.name);
}

/** Parsers of some dialects take the arrow for that of JSON, whose right side is a text or a number. */
function isArrowFunction({ op, left, right }: Mapping, engine: SqlEngine): boolean {
  const isParameter = isMapping(left) && ("Identifier" in left || "Tuple" in left || "Nested" in left);
  return engine.hasArrowFunctions === true && op === "Arrow" && isParameter && !("Value" in mappingOf(right));
}

function withParameters(context: Context, declared: unknown): Context {
  return { ...context, parameters: new Set([...context.parameters, ...listNames(declared)]) };
}

/** All names below a node. */
function listNames(node: unknown): string[] {
  const part = readPart(node);
  if (part !== undefined) return [part.name.toLowerCase()];
  if (Array.isArray(node)) return node.flatMap(listNames);
  return isMapping(node) ? Object.values(node).flatMap(listNames) : [];
}

function addReference(identifiers: readonly unknown[], { parameters, isUncertain, found }: Context): void {
  const parts = identifiers.flatMap((identifier) => readPart(identifier) ?? []);
  const first = parts[0];
  if (first === undefined || parameters.has(first.name.toLowerCase())) return;
  found.push({ parts, isUncertain });
}

function readPart(identifier: unknown): NamePart | undefined {
  const { value, quote_style: quote, span } = mappingOf(identifier);
  const { start, end } = mappingOf(span);
  const [from, to] = [readPosition(start), readPosition(end)];
  if (typeof value !== "string" || from === undefined || to === undefined) return undefined;
  return { name: value, isQuoted: typeof quote === "string", start: from, end: to };
}

function readPosition(position: unknown): TextPosition | undefined {
  const { line, column } = mappingOf(position);
  return typeof line === "number" && typeof column === "number" ? { line, column } : undefined;
}
