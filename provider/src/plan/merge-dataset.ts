import { canonicalise, canonicaliseWithMarks } from "../assets/canonical";
import type { AssetDocument } from "../assets/definition";
import { type ItemMark, markItem, restoreItem } from "../assets/retained-mark";
import { findEngine } from "../assets/sql-engines";
import { compareText, isMapping, listOf, type Mapping, mapValues } from "../assets/values";
import type { ParseSql } from "../core/sql-parser";
import type { Settings } from "../settings/schema";
import { isNullExpression, nullExpression } from "./null-column";
import { type ColumnScope, rewriteColumns } from "./rewrite-sql";

/** What a merge needs to know besides the two documents. */
export interface MergeOptions {
  /** Superset's name for the kind of the target's database (`backend`). */
  readonly engine: string;
  readonly retained: Settings["retained"];
  /**
   * Columns that the definition had when it was applied last. Others were never in it (an adopted dataset, a column
   * that somebody added on the server) and stay as they are. Absent: nothing is known, and none was.
   */
  readonly applied?: readonly string[];
  readonly parse: ParseSql;
}

/** A column or metric that is not sent as the definition states it. */
export interface MergedItem {
  readonly kind: "column" | "metric";
  readonly name: string;
  readonly how: "answers NULL" | "kept unchanged" | "rewritten" | "cannot be read as SQL";
  /** Whether the definition no longer has it; otherwise it is the definition's own, over a column that is gone. */
  readonly isRetained: boolean;
}

/** The outcome of a merge. */
export interface MergedDataset {
  /** To be sent: `renderForImport(…, { isMerged: true })`. */
  readonly document: AssetDocument;
  /** Sorted: columns before metrics, then by name. */
  readonly items: readonly MergedItem[];
  /** What people should know though it stops nothing, one sentence each. */
  readonly warnings: readonly string[];
  /** Why the document must not be sent. */
  readonly refusal?: string;
}

/** What a merge does, in one line for people: `answers NULL: column a; rewritten: column b, metric c`. */
export function describeMerge(items: readonly MergedItem[]): string {
  const groups = new Map<MergedItem["how"], string[]>();
  for (const { kind, name, how } of items) groups.set(how, [...(groups.get(how) ?? []), `${kind} ${name}`]);
  return [...groups].map(([how, names]) => `${how}: ${names.join(", ")}`).join("; ");
}

interface Part {
  readonly item: Mapping;
  readonly told?: MergedItem;
}

/**
 * Joins a dataset's definition with what the target has: nothing that charts may use goes away.
 *
 * Columns of the table that the definition no longer has answer NULL, metrics and calculated columns are kept. What is
 * calculated from such a column is rewritten, because Superset never looks calculated columns up inside SQL
 * (semantics 0.9). Merging the outcome again changes nothing.
 *
 * @param stated the definition's document
 * @param live the target's, as exported
 */
export function mergeDataset(stated: AssetDocument, live: AssetDocument, options: MergeOptions): MergedDataset {
  const own = canonicalise("dataset", stated);
  const target = canonicaliseWithMarks("dataset", live);
  const columns = pickRetained(own.columns, target.columns, "column_name");
  const scope = scopeOf(own, columns, options);
  const parts = {
    columns: mergeItems("column", own.columns, columns, scope),
    metrics: mergeItems("metric", own.metrics, pickRetained(own.metrics, target.metrics, "metric_name"), scope),
  };
  const document = mapValues({ ...own, columns: itemsOf(parts.columns), metrics: itemsOf(parts.metrics) }, (value) =>
    Array.isArray(value) && value.length === 0 ? undefined : value,
  );
  const refusal = findRefusal(own, scope);
  return {
    document,
    items: [...parts.columns, ...parts.metrics].flatMap(({ told }) => told ?? []),
    warnings: refusal === undefined ? listWarnings(own, scope) : [],
    ...(refusal !== undefined && { refusal }),
  };
}

/** The items of the target that the definition does not have. */
function pickRetained(own: unknown, target: unknown, nameKey: string): Mapping[] {
  const names = new Set(mappingsOf(own).map((item) => item[nameKey]));
  return mappingsOf(target).filter((item) => !names.has(item[nameKey]));
}

/** Which columns answer NULL, and how SQL names them. */
function scopeOf(own: AssetDocument, retained: readonly Mapping[], options: MergeOptions): ColumnScope {
  const engine = findEngine(options.engine);
  const applied = new Set(options.applied ?? []);
  const wasStated = (column: Mapping) => applied.has(String(column.column_name)) || answersNull(column);
  const gone =
    options.retained === "value" ? [] : retained.filter((column) => !isCalculated(column) && wasStated(column));
  return {
    engine,
    parse: options.parse,
    // Superset selects from a query under this name.
    table: typeof own.sql === "string" ? ["virtual_table"] : textsOf([own.catalog, own.schema, own.table_name]),
    columns: [...mappingsOf(own.columns), ...retained].map(({ column_name }) => String(column_name)),
    replacements: new Map(gone.map((column) => [String(column.column_name), nullExpression(column, engine)])),
  };
}

/** An earlier merge made it answer NULL, whether or not its mark is still there. */
function answersNull(column: Mapping): boolean {
  return isNullExpression(column.expression);
}

/** Has SQL of its own. A column that answers NULL has none, also where its mark was lost. */
function isCalculated(column: Mapping): boolean {
  const { expression } = restoreItem(column);
  return typeof expression === "string" && !isNullExpression(expression);
}

function mergeItems(
  kind: MergedItem["kind"],
  own: unknown,
  retained: readonly Mapping[],
  scope: ColumnScope,
): readonly Part[] {
  const nameOf = (item: Mapping) => String(kind === "column" ? item.column_name : item.metric_name);
  const parts = [
    ...mappingsOf(own).map((item) => rewriteItem(kind, nameOf(item), item, scope, {})),
    ...retained.map((item) => retainItem(kind, nameOf(item), item, scope)),
  ];
  return parts.sort((left, right) => compareText(nameOf(left.item), nameOf(right.item)));
}

function retainItem(kind: MergedItem["kind"], name: string, item: Mapping, scope: ColumnScope): Part {
  const plain = restoreItem(item);
  const answer = kind === "column" ? scope.replacements.get(name) : undefined;
  if (answer === undefined) return rewriteItem(kind, name, plain, scope, { retained: true });
  const told: MergedItem = { kind, name, how: "answers NULL", isRetained: true };
  const before = isNullExpression(plain.expression) ? null : (plain.expression ?? null);
  const mark: ItemMark = {
    retained: true,
    replaced: { original: before === null ? null : String(before), by: answer },
  };
  return { item: { ...markItem(plain, mark), expression: answer }, told };
}

/** An item whose SQL may name columns that answer NULL. */
function rewriteItem(kind: MergedItem["kind"], name: string, item: Mapping, scope: ColumnScope, mark: ItemMark): Part {
  const isRetained = mark.retained === true;
  const { expression } = item;
  const sql = typeof expression === "string" ? expression : "";
  const rewriting = rewriteColumns(sql, scope);
  if (rewriting.how === "rewritten") {
    const full: ItemMark = { ...mark, replaced: { original: sql, by: rewriting.expression } };
    const told: MergedItem = { kind, name, how: "rewritten", isRetained };
    return { item: { ...markItem(item, full), expression: rewriting.expression }, told };
  }
  const kept = isRetained ? markItem(item, mark) : item;
  if (rewriting.how === "unreadable")
    return { item: kept, told: { kind, name, how: "cannot be read as SQL", isRetained } };
  return isRetained ? { item: kept, told: { kind, name, how: "kept unchanged", isRetained } } : { item: kept };
}

/** Superset would filter every chart by the column, and NULL is in no span of time (semantics 2.9). */
function findRefusal(own: AssetDocument, { replacements }: ColumnScope): string | undefined {
  const main = own.main_dttm_col;
  if (own.always_filter_main_dttm !== true || typeof main !== "string" || !replacements.has(main)) return undefined;
  return `its main time column "${main}" is no longer among its columns and would answer NULL, and always_filter_main_dttm filters every chart by it, so that all would be empty: name another main_dttm_col, leave always_filter_main_dttm out, or put the column back`;
}

function listWarnings(own: AssetDocument, scope: ColumnScope): string[] {
  const { main_dttm_col: main, fetch_values_predicate: predicate } = own;
  const warnings: string[] = [];
  if (typeof main === "string" && scope.replacements.has(main)) {
    warnings.push(
      `main_dttm_col names "${main}", which answers NULL: charts with a span of time on it are empty. Name another column.`,
    );
  }
  if (typeof predicate === "string" && rewriteColumns(predicate, scope).how !== "unchanged") {
    warnings.push(
      "fetch_values_predicate names a column that is no longer in the file: filters list no values once the table has lost it.",
    );
  }
  return warnings;
}

function itemsOf(parts: readonly Part[]): Mapping[] {
  return parts.map(({ item }) => item);
}

function mappingsOf(list: unknown): Mapping[] {
  return listOf(list).filter(isMapping);
}

function textsOf(values: readonly unknown[]): string[] {
  return values.filter((value) => typeof value === "string");
}
