import { diffLines } from "diff";
import type { AssetDocument } from "../../assets/definition";
import { listOf, type Mapping, mappingOf } from "../../assets/values";
import { type Change, compareRest, compareValue, quote } from "./change";
import type { TitleLookup } from "./describe-changes";

const SPOKEN_OF = new Set(["table_name", "sql", "database_uuid", "columns", "metrics", "uuid", "version"]);

/** What differs between two versions of a dataset, in canonical form. */
export function describeDataset(before: AssetDocument, after: AssetDocument, titleOf: TitleLookup): Change[] {
  const nameDatabase = (uuid: unknown) => quote(titleOf("database", String(uuid)));
  return [
    ...compareValue("table", before.table_name, after.table_name),
    ...(before.database_uuid === after.database_uuid
      ? []
      : [{ what: "database", before: nameDatabase(before.database_uuid), after: nameDatabase(after.database_uuid) }]),
    ...compareSql(before.sql, after.sql),
    ...compareItems("column", "column_name", before.columns, after.columns),
    ...compareItems("metric", "metric_name", before.metrics, after.metrics),
    ...compareRest(before, after, SPOKEN_OF),
  ];
}

function compareSql(before: unknown, after: unknown): Change[] {
  if (before === after) return [];
  const parts = diffLines(String(before ?? ""), String(after ?? ""));
  const added = parts.reduce((sum, part) => sum + (part.added ? part.count : 0), 0);
  const removed = parts.reduce((sum, part) => sum + (part.removed ? part.count : 0), 0);
  return [{ what: `SQL (+${added} −${removed} lines)` }];
}

/** Columns or metrics, by their names. */
function compareItems(what: string, nameKey: string, before: unknown, after: unknown): Change[] {
  const [left, right] = [byName(before, nameKey), byName(after, nameKey)];
  const names = [...new Set([...left.keys(), ...right.keys()])];
  return names.flatMap((name): Change[] => {
    const [old, now] = [left.get(name), right.get(name)];
    if (old === undefined) return [{ what, after: quote(name) }];
    if (now === undefined) return [{ what, before: quote(name) }];
    return compareRest(old, now, new Set([nameKey])).map((change) => ({
      ...change,
      what: `${what} ${quote(name)}: ${change.what}`,
    }));
  });
}

function byName(items: unknown, nameKey: string): Map<string, Mapping> {
  return new Map(listOf(items).map((item) => [String(mappingOf(item)[nameKey]), mappingOf(item)]));
}
