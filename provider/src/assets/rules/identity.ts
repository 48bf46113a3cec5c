import { compareText, isUuid, listOf, mappingOf } from "../values";
import type { AssetFile, Problem } from "./registry";

/** Rules `uuid-missing` and `uuid-malformed`. */
export function checkUuid(file: AssetFile): Problem[] {
  const { uuid } = file.document;
  if (isUuid(uuid)) return [];
  const missing = uuid === undefined || uuid === null || uuid === "";
  return [
    {
      rule: missing ? "uuid-missing" : "uuid-malformed",
      file,
      at: ["uuid"],
      message: missing ? `the ${file.kind} has no UUID` : "the UUID is not well formed",
      remedy: missing
        ? "Add a `uuid`; it is the asset's identity. `uuidgen` makes one; it must never change afterwards."
        : "Write it as 8-4-4-4-12 hexadecimal digits.",
    },
  ];
}

/** Rule `uuid-duplicate`. */
export function checkUuidDuplicates(files: readonly AssetFile[]): Problem[] {
  const groups = groupBy(files, ({ document }) => (isUuid(document.uuid) ? document.uuid.toLowerCase() : undefined));
  return groups.flatMap(([first, ...others]) =>
    others.map((file) => ({
      rule: "uuid-duplicate" as const,
      file,
      at: ["uuid"],
      message: `${first.path} has the same UUID ${String(file.document.uuid)}`,
      remedy: `Leave one of the two out (setting \`superset:exclude\`: "${file.path}"), or give one a new UUID.`,
    })),
  );
}

/** Rule `natural-key-duplicate`: what Superset takes for one object. */
export function checkNaturalKeys(files: readonly AssetFile[], used: ReadonlySet<string>): Problem[] {
  return groupBy(files, naturalKey).flatMap((group) => {
    const keeper = group.find((file) => used.has(uuidOf(file))) ?? group[0];
    return group.filter((file) => file !== keeper).flatMap((file) => compareKeys(file, keeper, used));
  });
}

/** Rule `name-duplicate`: the importer would merge them into one. */
export function checkNames(file: AssetFile): Problem[] {
  if (file.kind !== "dataset") return [];
  const lists = [
    ["columns", "column_name"],
    ["metrics", "metric_name"],
  ] as const;
  return lists.flatMap(([list, nameKey]) => {
    const seen = new Set<unknown>();
    return listOf(file.document[list]).flatMap((item, index) => {
      const name = mappingOf(item)[nameKey];
      const duplicate = typeof name === "string" && seen.has(name);
      seen.add(name);
      if (!duplicate) return [];
      const message = `"${name}" stands twice in \`${list}\``;
      return [
        { rule: "name-duplicate" as const, file, at: [list, index, nameKey], message, remedy: "Keep one of them." },
      ];
    });
  });
}

function naturalKey({ kind, document }: AssetFile): string | undefined {
  if (kind === "database") return textKey("database", document.database_name);
  if (kind === "dashboard") return textKey("dashboard", document.slug);
  if (kind !== "dataset") return undefined;
  const { database_uuid: database, schema, table_name: table } = document;
  if (typeof database !== "string" || typeof table !== "string") return undefined;
  // Without the catalog: PostgreSQL metadata has a unique key over database, schema and table alone (api 3.18).
  return JSON.stringify(["dataset", database.toLowerCase(), schema || null, table]);
}

function textKey(kind: string, value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? JSON.stringify([kind, value]) : undefined;
}

const KEY_NAMES = { database: "database_name", dataset: "table_name", dashboard: "slug", chart: "uuid" } as const;

function compareKeys(file: AssetFile, keeper: AssetFile, used: ReadonlySet<string>): Problem[] {
  const key = KEY_NAMES[file.kind];
  const name = String(file.document[key]);
  const [catalog, otherCatalog] = [file.document.catalog || null, keeper.document.catalog || null];
  const problem = { rule: "natural-key-duplicate" as const, file, at: [key] };
  if (catalog !== null && otherCatalog !== null && catalog !== otherCatalog) {
    const message = `${keeper.path} has the same database, schema and table "${name}" in another catalog`;
    const remedy =
      "A server with PostgreSQL metadata refuses the second one; leave one out there (`superset:exclude`).";
    return [{ ...problem, severity: "warning", message, remedy }];
  }
  const what = { database: "database name", dataset: "database, schema and table", dashboard: "slug", chart: "UUID" }[
    file.kind
  ];
  const bothUsed = uuidOf(file) !== uuidOf(keeper) && used.has(uuidOf(file));
  const first = bothUsed ? `Let its users refer to ${uuidOf(keeper)}, then leave` : "Leave";
  return [
    {
      ...problem,
      message: `${file.path} and ${keeper.path} have the same ${what} "${name}": Superset takes them for one object`,
      remedy: `${first} this file out (setting \`superset:exclude\`: "${file.path}"), or change one of the two.`,
    },
  ];
}

function uuidOf({ document }: AssetFile): string {
  return String(document.uuid).toLowerCase();
}

type Group = [AssetFile, ...AssetFile[]];

function groupBy(files: readonly AssetFile[], keyOf: (file: AssetFile) => string | undefined): Group[] {
  const groups = new Map<string, Group>();
  for (const file of [...files].sort((left, right) => compareText(left.path, right.path))) {
    const key = keyOf(file);
    if (key === undefined) continue;
    const group = groups.get(key);
    if (group) group.push(file);
    else groups.set(key, [file]);
  }
  return [...groups.values()].filter((group) => group.length > 1);
}
