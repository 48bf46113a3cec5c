import type { SqlEngine, ValueClass } from "../assets/sql-engines";
import type { Mapping } from "../assets/values";

/** The first that matches counts; a type is compared in upper case. */
const CLASSES: readonly (readonly [RegExp, ValueClass])[] = [
  [/^(TINY|SMALL|MEDIUM|BIG|LARGE|HUGE|U)?INT(EGER|\d+)?\b/, "integer"],
  [/^(BYTEINT|LONG(INTEGER)?|SHORT|(SMALL|BIG)?SERIAL|(UN)?SIGNED|YEAR)\b/, "integer"],
  [/^(BIG)?(DEC(IMAL)?\d*|NUMERIC|NUMBER|(SMALL)?MONEY)\b/, "decimal"],
  [/^(FLOAT\d*|DOUBLE( PRECISION)?|REAL|BINARY_(FLOAT|DOUBLE))\b/, "float"],
  [/^(BOOL(EAN)?|BIT)$/, "boolean"],
  [/^N?(VAR)?CHAR(ACTER)?2?( VARYING)?\b/, "text"],
  [/^((TINY|MEDIUM|LONG|CI|N)?TEXT|STRING|N?CLOB|ENUM)\b/, "text"],
  [/^DATE(32)?$/, "date"],
  [/^TIME(\(\d+\))?( WITHOUT TIME ZONE)?$/, "time"],
  [/^(TIMESTAMP(TZ|_TZ|_LTZ)|DATETIMEOFFSET)\b/, "zonedTimestamp"],
  [/^TIMESTAMP(\(\d+\))? WITH (LOCAL )?TIME ZONE$/, "zonedTimestamp"],
  [/^TIMESTAMP(_NTZ)?\b/, "timestamp"],
  [/^(SMALL)?DATETIME(2|64)?\b/, "datetime"],
  [/^(JSONB?|VARIANT|SUPER)$/, "json"],
  [/^(UUID|GUID|UNIQUEIDENTIFIER)$/, "uuid"],
];

/** Digits of a decimal that every database accepts. */
const DIGITS = /\((\d{1,2})(?:, ?(\d{1,2}))?\)/;
const MOST_DIGITS = 38;

/** Types that hold their digits already, or take none. */
const FIXED_DECIMALS = /\)$|^BIGNUMERIC$/;

const NULL_EXPRESSION = /^CAST\(NULL AS [\w ,()]+\)$/i;

/**
 * The expression with which a column answers NULL. Only a cast works in every place: a bare NULL fails as dimension,
 * time column and in an aggregate on PostgreSQL (semantics 2.5).
 *
 * @param column as the dataset has it; a type that no cast knows becomes text
 */
export function nullExpression(column: Pick<Mapping, string>, engine: SqlEngine): string {
  const type = typeof column.type === "string" ? plainType(column.type) : "";
  const found = classOf(type) ?? (column.is_dttm === true && type === "" ? "timestamp" : "text");
  return nullOfClass(found, engine, found === "decimal" ? digitsOf(type) : "");
}

/** NULL as text. */
export function nullText(engine: SqlEngine): string {
  return nullOfClass("text", engine, "");
}

/** Whether an expression is one of {@link nullExpression}; so a column is known whose mark was lost. */
export function isNullExpression(expression: unknown): boolean {
  return typeof expression === "string" && NULL_EXPRESSION.test(expression.trim());
}

function nullOfClass(found: ValueClass, { casts }: SqlEngine, digits: string): string {
  const type = casts[found] ?? (found === "datetime" ? casts.timestamp : undefined);
  const withDigits = type === undefined || FIXED_DECIMALS.test(type) ? type : type + digits;
  return `CAST(NULL AS ${withDigits ?? casts.text})`;
}

function plainType(type: string): string {
  const upper = type.trim().toUpperCase();
  // ClickHouse
  const inner = /^(?:NULLABLE|LOWCARDINALITY)\((.*)\)$/.exec(upper)?.[1];
  return inner === undefined ? upper : plainType(inner);
}

function classOf(type: string): ValueClass | undefined {
  // A list, row or map of something is none of it.
  if (/[[\]<>]/.test(type)) return undefined;
  return CLASSES.find(([pattern]) => pattern.test(type))?.[1];
}

function digitsOf(type: string): string {
  const [, precision, scale] = DIGITS.exec(type) ?? [];
  if (precision === undefined || Number(precision) < 1 || Number(precision) > MOST_DIGITS) return "";
  if (scale === undefined) return `(${precision})`;
  return Number(scale) <= Number(precision) ? `(${precision}, ${scale})` : "";
}
