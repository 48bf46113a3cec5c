import type { SqlDialect } from "../core/sql-parser";
import type { AssetFile } from "./rules/registry";
import { backendOf, findEngine } from "./sql-engines";
import { isUuid, type KeyPath, listOf, mappingOf } from "./values";

/** A place in a file that holds SQL. */
export interface SqlText {
  readonly file: AssetFile;
  readonly at: KeyPath;
  readonly sql: string;
  /** A whole query, one value, or what stands behind `WHERE`. */
  readonly form: "query" | "expression" | "condition";
  /** Absent where the database is not known, or no parser reads its SQL. */
  readonly dialect: SqlDialect | undefined;
}

/** Lists all SQL of virtual datasets, metrics, calculated columns and charts. */
export function listSqlTexts(files: readonly AssetFile[]): SqlText[] {
  const byUuid = new Map(files.map((file) => [keyOf(file.document.uuid), file]));
  return files.flatMap((file) => {
    const dataset = file.kind === "chart" ? byUuid.get(keyOf(file.document.dataset_uuid)) : file;
    const dialect = findDialect(byUuid.get(keyOf(dataset?.document.database_uuid)));
    const places = file.kind === "dataset" ? datasetPlaces(file) : file.kind === "chart" ? chartPlaces(file) : [];
    return places.flatMap(({ at, sql, form }): SqlText[] =>
      typeof sql === "string" && sql.trim() !== "" ? [{ file, at, sql, form, dialect }] : [],
    );
  });
}

interface SqlPlace extends Pick<SqlText, "at" | "form"> {
  readonly sql: unknown;
}

function keyOf(uuid: unknown): string | undefined {
  return isUuid(uuid) ? uuid.toLowerCase() : undefined;
}

function findDialect(database: AssetFile | undefined): SqlDialect | undefined {
  const address = database?.document.sqlalchemy_uri;
  return typeof address === "string" ? findEngine(backendOf(address)).dialect : undefined;
}

function datasetPlaces({ document }: AssetFile): SqlPlace[] {
  const expressions = (["columns", "metrics"] as const).flatMap((list) =>
    listOf(document[list]).map((item, index): SqlPlace => {
      return { at: [list, index, "expression"], sql: mappingOf(item).expression, form: "expression" };
    }),
  );
  return [
    { at: ["sql"], sql: document.sql, form: "query" },
    { at: ["fetch_values_predicate"], sql: document.fetch_values_predicate, form: "condition" },
    ...expressions,
  ];
}

/** Custom SQL of a chart's metrics, columns and filters. */
function chartPlaces({ document }: AssetFile): SqlPlace[] {
  return Object.entries(mappingOf(document.params)).flatMap(([key, value]) => {
    const form = key.startsWith("adhoc_filters") ? "condition" : "expression";
    const items = Array.isArray(value) ? value.map((item, index) => [item, index]) : [[value]];
    return items.flatMap(([item, ...index]): SqlPlace[] => {
      const { expressionType, sqlExpression } = mappingOf(item);
      if (expressionType !== "SQL") return [];
      return [{ at: ["params", key, ...(index as number[]), "sqlExpression"], sql: sqlExpression, form }];
    });
  });
}
