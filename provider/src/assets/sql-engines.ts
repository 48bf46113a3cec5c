import type { SqlDialect } from "../core/sql-parser";

/** What a column holds, as far as a cast has to know. */
export type ValueClass =
  | "integer"
  | "decimal"
  | "float"
  | "boolean"
  | "text"
  | "date"
  | "time"
  | "timestamp"
  /** Where a database tells it from `timestamp`. */
  | "datetime"
  | "zonedTimestamp"
  | "json"
  | "uuid";

/** The types that a `CAST` of a database accepts; `decimal` without its digits. What is absent is cast to text. */
export type CastTypes = Readonly<Partial<Record<ValueClass, string>> & { text: string }>;

/** How a database reads SQL. */
export interface SqlEngine {
  readonly casts: CastTypes;
  /** Absent where no parser reads its SQL. */
  readonly dialect?: SqlDialect;
  /**
   * Which column a name means. `lower`: unquoted names in lower case, quoted ones as they are. `exact`: all as they
   * are. `any`: upper and lower case are the same.
   */
  readonly names: "lower" | "exact" | "any";
  /** `->` makes a function, it does not reach into JSON. */
  readonly hasArrowFunctions?: true;
  /** Units of time are words: `DATEDIFF(day, a, b)`. */
  readonly hasUnitWords?: true;
}

const STANDARD = {
  integer: "BIGINT",
  decimal: "DECIMAL",
  float: "DOUBLE",
  boolean: "BOOLEAN",
  date: "DATE",
  timestamp: "TIMESTAMP",
} as const;

const POSTGRES: SqlEngine = {
  dialect: "postgresql",
  names: "lower",
  casts: {
    ...STANDARD,
    float: "DOUBLE PRECISION",
    text: "TEXT",
    time: "TIME",
    zonedTimestamp: "TIMESTAMP WITH TIME ZONE",
    json: "JSONB",
    uuid: "UUID",
  },
};

const REDSHIFT: SqlEngine = {
  dialect: "redshift",
  names: "any",
  hasUnitWords: true,
  casts: {
    ...STANDARD,
    float: "DOUBLE PRECISION",
    text: "VARCHAR",
    time: "TIME",
    zonedTimestamp: "TIMESTAMP WITH TIME ZONE",
  },
};

const SQLITE: SqlEngine = {
  dialect: "sqlite",
  names: "any",
  casts: { ...STANDARD, float: "DOUBLE PRECISION", text: "TEXT", zonedTimestamp: "TIMESTAMP" },
};

const MYSQL: SqlEngine = {
  dialect: "mysql",
  names: "any",
  hasUnitWords: true,
  // CAST knows neither BIGINT nor BOOLEAN nor TEXT.
  casts: {
    integer: "SIGNED",
    decimal: "DECIMAL",
    float: "DOUBLE",
    boolean: "SIGNED",
    text: "CHAR",
    date: "DATE",
    time: "TIME",
    timestamp: "DATETIME",
    zonedTimestamp: "DATETIME",
  },
};

const STARROCKS: SqlEngine = {
  dialect: "mysql",
  names: "any",
  hasUnitWords: true,
  casts: { ...STANDARD, text: "VARCHAR", timestamp: "DATETIME", zonedTimestamp: "DATETIME", json: "JSON" },
};

const TRINO: SqlEngine = {
  dialect: "generic",
  names: "any",
  hasArrowFunctions: true,
  casts: {
    ...STANDARD,
    text: "VARCHAR",
    time: "TIME",
    zonedTimestamp: "TIMESTAMP WITH TIME ZONE",
    json: "JSON",
    uuid: "UUID",
  },
};

const ATHENA: SqlEngine = { ...TRINO, casts: { ...STANDARD, text: "VARCHAR", zonedTimestamp: "TIMESTAMP" } };

const BIGQUERY: SqlEngine = {
  dialect: "bigquery",
  names: "any",
  hasUnitWords: true,
  casts: {
    integer: "INT64",
    decimal: "BIGNUMERIC",
    float: "FLOAT64",
    boolean: "BOOL",
    text: "STRING",
    date: "DATE",
    time: "TIME",
    datetime: "DATETIME",
    timestamp: "TIMESTAMP",
    zonedTimestamp: "TIMESTAMP",
    json: "JSON",
  },
};

const SNOWFLAKE: SqlEngine = {
  dialect: "snowflake",
  names: "any",
  hasUnitWords: true,
  casts: {
    ...STANDARD,
    text: "VARCHAR",
    time: "TIME",
    timestamp: "TIMESTAMP_NTZ",
    zonedTimestamp: "TIMESTAMP_TZ",
    json: "VARIANT",
  },
};

const HIVE: SqlEngine = {
  dialect: "hive",
  names: "any",
  hasUnitWords: true,
  casts: { ...STANDARD, text: "STRING", zonedTimestamp: "TIMESTAMP" },
};

const SPARK: SqlEngine = { ...HIVE, dialect: "spark", hasArrowFunctions: true };

const DATABRICKS: SqlEngine = { ...SPARK, dialect: "databricks" };

const CLICKHOUSE: SqlEngine = {
  dialect: "clickhouse",
  names: "exact",
  hasArrowFunctions: true,
  hasUnitWords: true,
  // A type that is not Nullable refuses NULL.
  casts: {
    integer: "Nullable(Int64)",
    decimal: "Nullable(Decimal(38, 10))",
    float: "Nullable(Float64)",
    boolean: "Nullable(Bool)",
    text: "Nullable(String)",
    date: "Nullable(Date)",
    timestamp: "Nullable(DateTime)",
    zonedTimestamp: "Nullable(DateTime)",
    uuid: "Nullable(UUID)",
  },
};

const MSSQL: SqlEngine = {
  dialect: "mssql",
  names: "any",
  hasUnitWords: true,
  casts: {
    integer: "BIGINT",
    decimal: "DECIMAL",
    float: "FLOAT",
    boolean: "BIT",
    text: "NVARCHAR(4000)",
    date: "DATE",
    time: "TIME",
    timestamp: "DATETIME2",
    zonedTimestamp: "DATETIMEOFFSET",
    uuid: "UNIQUEIDENTIFIER",
  },
};

const ORACLE: SqlEngine = {
  dialect: "oracle",
  names: "any",
  casts: {
    integer: "NUMBER",
    decimal: "NUMBER",
    float: "BINARY_DOUBLE",
    boolean: "NUMBER",
    text: "VARCHAR2(4000)",
    date: "DATE",
    timestamp: "TIMESTAMP",
    zonedTimestamp: "TIMESTAMP WITH TIME ZONE",
  },
};

const DUCKDB: SqlEngine = { ...TRINO, dialect: "duckdb" };

const TERADATA: SqlEngine = {
  dialect: "teradata",
  names: "any",
  casts: {
    ...STANDARD,
    float: "FLOAT",
    boolean: "BYTEINT",
    text: "VARCHAR(4000)",
    time: "TIME",
    zonedTimestamp: "TIMESTAMP WITH TIME ZONE",
  },
};

/** Types of the SQL standard, and no parser: what is unknown is better left alone. */
const UNKNOWN: SqlEngine = { names: "exact", casts: { ...STANDARD, float: "DOUBLE PRECISION", text: "VARCHAR(255)" } };

/** Names are those of Superset's `Database.backend`: the part of the address before `+` and `:`. */
const ENGINES: ReadonlyMap<string, SqlEngine> = new Map([
  ["awsathena", ATHENA],
  ["bigquery", BIGQUERY],
  ["clickhouse", CLICKHOUSE],
  ["clickhousedb", CLICKHOUSE],
  ["cockroachdb", POSTGRES],
  ["databricks", DATABRICKS],
  ["duckdb", DUCKDB],
  ["gsheets", SQLITE],
  ["hive", HIVE],
  ["hologres", POSTGRES],
  ["impala", HIVE],
  ["mariadb", MYSQL],
  ["motherduck", DUCKDB],
  ["mssql", MSSQL],
  ["mysql", MYSQL],
  ["oceanbase", MYSQL],
  ["oracle", ORACLE],
  ["postgresql", POSTGRES],
  ["presto", TRINO],
  ["pydoris", STARROCKS],
  ["redshift", REDSHIFT],
  ["risingwave", POSTGRES],
  ["shillelagh", SQLITE],
  ["snowflake", SNOWFLAKE],
  ["spark", SPARK],
  ["sqlite", SQLITE],
  ["starrocks", STARROCKS],
  ["teradatasql", TERADATA],
  ["trino", TRINO],
]);

/** How a database reads SQL, by the name that Superset has for its kind (`backend`). */
export function findEngine(backend: string): SqlEngine {
  return ENGINES.get(backend.toLowerCase()) ?? UNKNOWN;
}

/** The `backend` of a database, from its address (`sqlalchemy_uri`). */
export function backendOf(sqlalchemyUri: string): string {
  return (/^[^+:]*/.exec(sqlalchemyUri)?.[0] ?? "").toLowerCase();
}
