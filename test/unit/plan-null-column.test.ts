import { describe, expect, it } from "vitest";
import { backendOf, findEngine } from "../../provider/src/assets/sql-engines";
import { isNullExpression, nullExpression } from "../../provider/src/plan/null-column";

const cast = (type: string | null, engine: string, column = {}) =>
  nullExpression({ type, ...column }, findEngine(engine)).replace(/^CAST\(NULL AS (.*)\)$/, "$1");

/** Types as Superset stores them, and what they are cast to. */
const TYPES: readonly [string | null, { readonly [engine: string]: string }][] = [
  ["INTEGER", { postgresql: "BIGINT", sqlite: "BIGINT", mysql: "SIGNED", trino: "BIGINT", bigquery: "INT64" }],
  ["BIGINT(20)", { starrocks: "BIGINT", mysql: "SIGNED" }],
  ["INTEGER(11)", { starrocks: "BIGINT" }],
  ["LONGINTEGER", { postgresql: "BIGINT" }],
  ["TINYINT UNSIGNED", { mysql: "SIGNED" }],
  ["Nullable(UInt64)", { clickhousedb: "Nullable(Int64)" }],
  ["LowCardinality(Nullable(String))", { clickhousedb: "Nullable(String)" }],
  ["DateTime64(3)", { clickhousedb: "Nullable(DateTime)" }],
  ["DECIMAL(38, 2)", { postgresql: "DECIMAL(38, 2)", trino: "DECIMAL(38, 2)", bigquery: "BIGNUMERIC" }],
  ["NUMERIC(10)", { postgresql: "DECIMAL(10)", clickhousedb: "Nullable(Decimal(38, 10))" }],
  ["DECIMAL(76, 2)", { starrocks: "DECIMAL" }],
  ["NUMBER", { oracle: "NUMBER", snowflake: "DECIMAL" }],
  ["DOUBLE", { trino: "DOUBLE", postgresql: "DOUBLE PRECISION", mssql: "FLOAT" }],
  ["DOUBLE PRECISION", { sqlite: "DOUBLE PRECISION", trino: "DOUBLE" }],
  ["FLOAT64", { bigquery: "FLOAT64" }],
  ["BOOLEAN", { postgresql: "BOOLEAN", mysql: "SIGNED", oracle: "NUMBER", mssql: "BIT" }],
  ["VARCHAR(1073741824)", { starrocks: "VARCHAR", postgresql: "TEXT", mysql: "CHAR", hive: "STRING" }],
  ["character varying", { redshift: "VARCHAR" }],
  ["LONGTEXT", { mariadb: "CHAR" }],
  ["STRING", { databricks: "STRING", bigquery: "STRING" }],
  ["DATE", { postgresql: "DATE", clickhouse: "Nullable(Date)" }],
  ["TIME", { postgresql: "TIME", starrocks: "VARCHAR", sqlite: "TEXT" }],
  ["DATETIME", { postgresql: "TIMESTAMP", sqlite: "TIMESTAMP", mysql: "DATETIME", bigquery: "DATETIME" }],
  ["TIMESTAMP", { postgresql: "TIMESTAMP", starrocks: "DATETIME", bigquery: "TIMESTAMP", mssql: "DATETIME2" }],
  ["TIMESTAMP(6)", { trino: "TIMESTAMP" }],
  ["TIMESTAMP WITHOUT TIME ZONE", { postgresql: "TIMESTAMP" }],
  ["TIMESTAMP(6) WITH TIME ZONE", { trino: "TIMESTAMP WITH TIME ZONE", awsathena: "TIMESTAMP" }],
  ["TIMESTAMPTZ", { postgresql: "TIMESTAMP WITH TIME ZONE", snowflake: "TIMESTAMP_TZ" }],
  ["JSONB", { postgresql: "JSONB", trino: "JSON", mariadb: "CHAR" }],
  ["UUID", { postgresql: "UUID", trino: "UUID", mssql: "UNIQUEIDENTIFIER", sqlite: "TEXT" }],
  ["ARRAY(VARCHAR)", { trino: "VARCHAR" }],
  ["ARRAY<VARCHAR(1073741824)>", { starrocks: "VARCHAR" }],
  ["INTEGER[]", { postgresql: "TEXT" }],
  ["ROW(ID BIGINT, NAME VARCHAR)", { trino: "VARCHAR" }],
  ["INTERVAL", { postgresql: "TEXT" }],
  ["DATE); DROP TABLE t; --", { postgresql: "TEXT" }],
  ["", { postgresql: "TEXT" }],
  [null, { postgresql: "TEXT", mssql: "NVARCHAR(4000)", oracle: "VARCHAR2(4000)", nonesuch: "VARCHAR(255)" }],
];

describe("the expression of a column that answers NULL", () => {
  it.each(TYPES.flatMap(([type, casts]) => Object.entries(casts).map(([engine, to]) => [type, engine, to] as const)))(
    "%s on %s: %s",
    (type, engine, expected) => {
      expect(cast(type, engine)).toBe(expected);
      expect(isNullExpression(nullExpression({ type }, findEngine(engine)))).toBe(true);
    },
  );

  it("is a time where the type is unknown and the column is one of time", () => {
    expect(cast(null, "postgresql", { is_dttm: true })).toBe("TIMESTAMP");
    expect(cast("VARCHAR", "postgresql", { is_dttm: true })).toBe("TEXT");
  });

  it.each(["NULL", "CAST(NULL AS BIGINT) + 1", "COALESCE(CAST(NULL AS BIGINT), a)", "", null, "CAST(a AS BIGINT)"])(
    "is not %j",
    (expression) => {
      expect(isNullExpression(expression)).toBe(false);
    },
  );
});

it.each([
  ["postgresql+psycopg2://u:XXXXXXXXXX@h:5432/db", "postgresql"],
  ["sqlite:////data/shop.db", "sqlite"],
  ["starrocks://reader:XXXXXXXXXX@h:9030/a.b", "starrocks"],
  ["MySQL://h/db", "mysql"],
])("the kind of a database from its address %s", (uri, expected) => {
  expect(backendOf(uri)).toBe(expected);
});
