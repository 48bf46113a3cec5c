/** The dialects that the parser knows and that a database of Superset may speak. */
export const SQL_DIALECTS = [
  "bigquery",
  "clickhouse",
  "databricks",
  "duckdb",
  "generic",
  "hive",
  "mssql",
  "mysql",
  "oracle",
  "postgresql",
  "redshift",
  "snowflake",
  "spark",
  "sqlite",
  "teradata",
] as const;

export type SqlDialect = (typeof SQL_DIALECTS)[number];

/**
 * Reads SQL into the syntax tree of datafusion-sqlparser, in which every identifier has its place in the text.
 *
 * @returns undefined where the text is no SQL of that dialect
 */
export type ParseSql = (sql: string, dialect: SqlDialect) => unknown;

/** What a text is in a dialect: the kinds of its statements (`Query`, `Insert`), or why it cannot be read. */
export type SqlReading = { readonly statements: readonly string[] } | { readonly problem: SqlProblem };

/** Why a text is no SQL of a dialect. */
export interface SqlProblem {
  readonly message: string;
  /** Both from 1; absent where the text ends too early. */
  readonly line?: number;
  readonly column?: number;
}

/** Reads SQL only as far as to tell whether it is well formed. */
export type ReadSql = (sql: string, dialect: SqlDialect) => SqlReading;

/** Loads the parser: a WebAssembly module of 3 MB that most runs do not need, hence only when it is asked for. */
export async function loadSqlParser(): Promise<ParseSql> {
  const { init, parse, ParserError } = await import("@guanmingchiu/sqlparser-ts");
  await init();
  return (sql, dialect) => {
    try {
      return parse(sql, dialect);
    } catch (error) {
      if (error instanceof ParserError) return undefined;
      throw error;
    }
  };
}

/** Loads the same parser for {@link ReadSql}. */
export async function loadSqlReader(): Promise<ReadSql> {
  const { init, parse, ParserError } = await import("@guanmingchiu/sqlparser-ts");
  await init();
  return (sql, dialect) => {
    try {
      return { statements: parse(sql, dialect).map(nameStatement) };
    } catch (error) {
      if (error instanceof ParserError) return { problem: readProblem(error.message) };
      throw error;
    }
  };
}

/** A statement is a mapping of its kind to its parts, or the kind alone. */
function nameStatement(statement: unknown): string {
  return typeof statement === "object" && statement !== null ? (Object.keys(statement)[0] ?? "") : String(statement);
}

/** `sql parser error: Expected: …, found: … at Line: 1, Column: 8`. */
function readProblem(message: string): SqlProblem {
  const [, text = message, line, column] =
    /^(?:sql parser error: )?(.*?)(?: at Line: (\d+), Column: (\d+))?$/s.exec(message) ?? [];
  return line === undefined ? { message: text } : { message: text, line: Number(line), column: Number(column) };
}
