import { describe, expect, it } from "vitest";
import { findEngine } from "../../provider/src/assets/sql-engines";
import { loadSqlParser, type ParseSql } from "../../provider/src/core/sql-parser";
import { nullExpression } from "../../provider/src/plan/null-column";
import { rewriteColumns } from "../../provider/src/plan/rewrite-sql";

const parse = await loadSqlParser();

/** `gone`, `Größe` and `day` are gone, the others stay; the null expressions stand as «gone» and so on. */
function rewrite(expression: string, engine = "postgresql", columns: readonly string[] = []): string {
  const gone = ["gone", "Größe", "day"];
  const result = rewriteColumns(expression, {
    engine: findEngine(engine),
    parse,
    table: ["lake", "public", "orders"],
    columns: ["a", "b", "payload", ...columns, ...gone],
    replacements: new Map(gone.map((name) => [name, `CAST(NULL AS ${name.toUpperCase()})`])),
  });
  const readable = (text: string) =>
    text.replace(/CAST\(NULL AS (\w+|GRÖSSE)\)/g, (_, name) => `«${name.toLowerCase()}»`);
  return result.how === "rewritten" ? readable(result.expression) : result.how;
}

const ENGINES =
  "awsathena bigquery clickhouse cockroachdb databricks duckdb hive impala mariadb motherduck mssql mysql oracle postgresql presto pydoris redshift snowflake spark sqlite starrocks teradatasql trino".split(
    " ",
  );
const TYPES =
  "BIGINT,DECIMAL(38, 2),NUMERIC,DOUBLE,BOOLEAN,VARCHAR(20),DATE,TIME,TIMESTAMP,DATETIME,TIMESTAMPTZ,JSON,UUID,INET".split(
    /,(?! )/,
  );

const SAME = "unchanged";
const NOT = "unreadable";

/** Engine, expression, and what it becomes. */
const CASES: readonly [string, string, string][] = [
  ["postgresql", "SUM(gone)", "SUM(«gone»)"],
  ["postgresql", "SUM(a)", SAME],
  ["postgresql", "SUM(gone_too) + SUM(agone)", SAME],
  ["postgresql", "gone", "«gone»"],
  ["postgresql", "SUM(gone)/NULLIF(COUNT( DISTINCT  gone ),0)", "SUM(«gone»)/NULLIF(COUNT( DISTINCT  «gone» ),0)"],
  // Quotes and case, as each database compares.
  ["postgresql", 'SUM("gone") + SUM(GONE)', "SUM(«gone») + SUM(«gone»)"],
  ["postgresql", 'SUM("GONE")', SAME],
  ["postgresql", 'SUM("Größe")', "SUM(«grösse»)"],
  ["postgresql", "SUM(Größe)", SAME],
  ["sqlite", 'SUM("GONE") + [gone] + `gone`', "SUM(«gone») + «gone» + «gone»"],
  ["mysql", 'CONCAT(`Gone`, "gone")', 'CONCAT(«gone», "gone")'],
  ["clickhousedb", "sum(Gone) + sum(gone)", "sum(Gone) + sum(«gone»)"],
  ["mssql", "SUM([gone])", "SUM(«gone»)"],
  ["bigquery", "COUNTIF(`gone` > 1)", "COUNTIF(«gone» > 1)"],
  // Text that is no column.
  ["postgresql", "COUNT(*) -- gone", SAME],
  ["postgresql", "COUNT(*) /* gone */ + SUM(gone) -- gone\n", "COUNT(*) /* gone */ + SUM(«gone») -- gone\n"],
  ["postgresql", "CASE WHEN a = 'gone' THEN gone END", "CASE WHEN a = 'gone' THEN «gone» END"],
  ["postgresql", "a = 'it''s gone'", SAME],
  ["postgresql", "$$gone$$ || E'\\'gone' || gone", "$$gone$$ || E'\\'gone' || «gone»"],
  ["postgresql", "gone(a) + gone", "gone(a) + «gone»"],
  ["postgresql", "a::gone", SAME],
  ["postgresql", "make_interval(gone => 1)", SAME],
  ["postgresql", "make_interval(days => gone)", "make_interval(days => «gone»)"],
  ["postgresql", "a COLLATE gone", SAME],
  ["bigquery", "STRUCT(gone AS gone)", "STRUCT(«gone» AS gone)"],
  // Units of time are no columns where words are units.
  ["mysql", "TIMESTAMPDIFF(DAY, a, gone)", "TIMESTAMPDIFF(DAY, a, «gone»)"],
  ["bigquery", "DATE_TRUNC(gone, DAY)", "DATE_TRUNC(«gone», DAY)"],
  ["mssql", "DATEDIFF(day, a, b)", SAME],
  ["snowflake", "DATEADD(day, 1, gone)", "DATEADD(day, 1, «gone»)"],
  ["mysql", "a + INTERVAL 1 DAY", SAME],
  ["postgresql", "date_part('day', day)", "date_part('day', «day»)"],
  ["mysql", "MAX(day)", "MAX(«day»)"],
  ["mssql", "DATEDIFF(day, [day], gone)", "DATEDIFF(day, «day», «gone»)"],
  // Parameters of functions are no columns.
  ["trino", "transform(a, gone -> gone + 1)", SAME],
  ["trino", "reduce(gone, 0, (s, x) -> s + x + gone, s -> s)", "reduce(«gone», 0, (s, x) -> s + x + «gone», s -> s)"],
  ["trino", "transform(a, x -> x.gone)", SAME],
  ["databricks", "filter(a, x -> x > gone)", "filter(a, x -> x > «gone»)"],
  ["duckdb", "gone -> '$.x'", NOT],
  ["trino", "gone -> '$.x'", "«gone» -> '$.x'"],
  // Everything that an expression may be made of.
  [
    "postgresql",
    "gone IN (a, gone) AND gone IS NOT DISTINCT FROM b",
    "«gone» IN (a, «gone») AND «gone» IS NOT DISTINCT FROM b",
  ],
  [
    "postgresql",
    "SUM(a) FILTER (WHERE gone) OVER (PARTITION BY gone ORDER BY gone)",
    "SUM(a) FILTER (WHERE «gone») OVER (PARTITION BY «gone» ORDER BY «gone»)",
  ],
  [
    "postgresql",
    "percentile_cont(0.5) WITHIN GROUP (ORDER BY gone)",
    "percentile_cont(0.5) WITHIN GROUP (ORDER BY «gone»)",
  ],
  ["postgresql", "EXTRACT(epoch FROM gone)::int", "EXTRACT(epoch FROM «gone»)::int"],
  ["postgresql", "gone::numeric ->> 'a'", "«gone»::numeric ->> 'a'"],
  ["sqlite", "strftime('%Y', gone)", "strftime('%Y', «gone»)"],
  ["trino", "if(gone is not null, true, false)", "if(«gone» is not null, true, false)"],
  ["trino", "substring(gone, 6, 2) || '/' || a", "substring(«gone», 6, 2) || '/' || a"],
  ["clickhousedb", "quantile(0.5)(gone)", "quantile(0.5)(«gone»)"],
  ["postgresql", "'😀' || gone || '\t' ||\r\n  gone", "'😀' || «gone» || '\t' ||\r\n  «gone»"],
  // A table before the name.
  ["postgresql", "orders.gone + public.orders.gone", "«gone» + «gone»"],
  ["postgresql", 'lake.public."orders".gone', "«gone»"],
  ["postgresql", "orders.a", SAME],
  ["postgresql", "other.gone", NOT],
  ["postgresql", "payload.gone", SAME],
  ["bigquery", "gone.field", "«text»"],
  // What nobody can tell.
  ["postgresql", "SUM({{ column }}) + gone", NOT],
  ["postgresql", "{% if x %}gone{% endif %}", NOT],
  ["postgresql", "SUM({{ column }})", SAME],
  ["postgresql", "'{{ unit }}' || gone", NOT],
  ["postgresql", "(SELECT MAX(gone) FROM other)", NOT],
  ["postgresql", "a + (SELECT MAX(b) FROM other) + gone", "a + (SELECT MAX(b) FROM other) + «gone»"],
  ["postgresql", "gone[1]", NOT],
  ["postgresql", "SUM(gone", NOT],
  ["postgresql", "gone) + (a", NOT],
  ["postgresql", "gone, a", NOT],
  ["postgresql", "gone FROM other", NOT],
  ["postgresql", "", SAME],
  ["nonesuch", "SUM(gone)", NOT],
  ["nonesuch", "SUM(a)", SAME],
];

describe("columns in SQL", () => {
  it.each(CASES)("%s: %s", (engine, expression, expected) => {
    expect(rewrite(expression, engine).replace("«string»", "«text»")).toBe(expected);
  });

  it("a column that stays is meant rather than one of another case that is gone", () => {
    expect(rewrite("SUM(GONE)", "sqlite", ["GONE"])).toBe(SAME);
    expect(rewrite("SUM(gone)", "sqlite", ["GONE"])).toBe("SUM(«gone»)");
  });

  it("stay where a parser is wrong about their place", () => {
    const wrong: ParseSql = (sql, dialect) => parse(sql.replace("SUM", "SUMS"), dialect);
    const scope = { table: [], columns: ["gone"], replacements: new Map([["gone", "CAST(NULL AS BIGINT)"]]) };
    expect(rewriteColumns("SUM(gone)", { ...scope, engine: findEngine("sqlite"), parse: wrong })).toEqual({
      how: "unreadable",
    });
  });

  it.each(ENGINES)("%s reads every cast that is made for it", (backend) => {
    const engine = findEngine(backend);
    const read = TYPES.map((type) => {
      const replacements = new Map([["gone", nullExpression({ type }, engine)]]);
      return rewriteColumns("MAX(gone)", { engine, parse, table: [], columns: ["gone"], replacements }).how;
    });
    expect(new Set(read)).toEqual(new Set(["rewritten"]));
  });
});
