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
