import { listReferences } from "../define";
import type { AssetIdentity, AssetReference } from "../definition";
import { isMapping, isUuid, mappingOf, valueAt } from "../values";
import type { AssetFile, Problem } from "./registry";

/** The UUIDs of all assets that some file refers to. */
export function listUsedUuids(files: readonly AssetFile[]): Set<string> {
  return new Set(files.flatMap(({ kind, document }) => listReferences(kind, document).map(({ uuid }) => uuid)));
}

/**
 * Rule `reference-missing`: each missing asset once per file.
 *
 * @param elsewhere assets that need no file
 * @param unread UUIDs of files that say nothing; those have an error of their own, and are not missing
 */
export function checkReferences(
  files: readonly AssetFile[],
  elsewhere: readonly AssetIdentity[],
  unread: ReadonlySet<string>,
): Problem[] {
  const known = new Set(files.map(({ kind, document }) => `${kind} ${String(document.uuid).toLowerCase()}`));
  for (const { kind, uuid } of elsewhere) known.add(`${kind} ${uuid.toLowerCase()}`);
  const databases = files.filter(({ kind }) => kind === "database");
  return files.flatMap((file) => {
    const missing = new Map<string, AssetReference[]>();
    for (const reference of listReferences(file.kind, file.document)) {
      const key = `${reference.kind} ${reference.uuid}`;
      if (!known.has(key) && !unread.has(reference.uuid)) missing.set(key, [...(missing.get(key) ?? []), reference]);
    }
    return [...missing.values()].map((references) => describeMissing(file, references, databases));
  });
}

function describeMissing(file: AssetFile, references: AssetReference[], databases: AssetFile[]): Problem {
  const [{ kind, uuid, at }] = references as [AssetReference];
  const places = references.length > 1 ? ` (${references.length} places)` : "";
  const message = `the ${kind} ${nameMissing(file, references)} is in no file${places}`;
  if (kind !== "database") {
    const other = `Add the ${kind}'s file, look whether \`superset:include\` or \`superset:exclude\` leaves it out, or correct the UUID.`;
    const remedy = `${describeRemoval(file, references)} ${other}`;
    return { rule: "reference-missing", file, at, message, remedy };
  }
  const meant = guessDatabase(file.path, databases);
  if (meant === undefined) {
    const remedy = `Add the database's file, or say with the setting \`superset:databases\` which database of the target ${uuid} is.`;
    return { rule: "reference-missing", file, at, message, remedy };
  }
  return {
    rule: "reference-missing",
    file,
    at,
    message: `${message}; the folder suggests the database "${meant.name}" (${meant.uuid})`,
    remedy: `Map ${uuid} to "${meant.name}" with the setting \`superset:databases\`, or write ${meant.uuid} into the file.`,
  };
}

/** A layout tells what the chart was called, which people know better than its UUID. */
function nameMissing(file: AssetFile, references: readonly AssetReference[]): string {
  const titles = references.map(
    ({ at }) => mappingOf(mappingOf(valueAt(file.document, at.slice(0, 2))).meta).sliceName,
  );
  const title = titles.find((text) => typeof text === "string" && text !== "");
  const uuid = references[0]?.uuid ?? "";
  return title === undefined ? uuid : `"${title}" (${uuid})`;
}

/** What is left to do where somebody removed the file on purpose. */
function describeRemoval(file: AssetFile, references: readonly AssetReference[]): string {
  if (file.kind === "chart") return "If you removed the dataset, give the chart another one, or remove the chart too.";
  const places = references.map(({ at }) => at);
  const entries = places.flatMap(([section, key]) => (section === "position" ? [`\`${key}\``] : []));
  if (entries.length > 0) {
    return `If you removed the chart, take it off the dashboard: ${entries.join(", ")} in \`position\`, and in the \`children\` of what holds it.`;
  }
  const names = places.map((at) => mappingOf(valueAt(file.document, at.slice(0, 3))).name);
  const told = names.filter((name) => typeof name === "string" && name !== "");
  const filters = told.length === 0 ? "the filter" : [...new Set(told)].map((name) => `"${name}"`).join(", ");
  return `If you removed the dataset, take ${filters} off the dashboard, or give it another dataset.`;
}

/** Superset's exports keep datasets in a folder named after their database. */
function guessDatabase(path: string, databases: AssetFile[]): { name: string; uuid: string } | undefined {
  const folders = new Set(path.split("/").slice(0, -1).map(fold));
  for (const { document } of databases) {
    const { database_name: name, uuid } = document;
    if (typeof name === "string" && isUuid(uuid) && folders.has(fold(name))) return { name, uuid };
  }
  return undefined;
}

/** A name as it may stand in a path: the exporter replaces blanks and drops other characters. */
function fold(name: string): string {
  return name.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "");
}

/** Rule `layout-without-uuid`, and `uuid-malformed` inside references. */
export function checkReferenceForms(file: AssetFile): Problem[] {
  const position = mappingOf(file.document.position);
  if (file.kind !== "dashboard") return [];
  return Object.entries(position).flatMap(([key, entry]): Problem[] => {
    if (!isMapping(entry) || entry.type !== "CHART") return [];
    const meta = mappingOf(entry.meta);
    const { uuid } = meta;
    if (isUuid(uuid)) return [];
    if (uuid !== undefined && uuid !== null && uuid !== "") {
      const message = `the chart's UUID in ${key} is not well formed`;
      const remedy = "Write it as 8-4-4-4-12 hexadecimal digits.";
      return [{ rule: "uuid-malformed", file, at: ["position", key, "meta", "uuid"], message, remedy }];
    }
    const label = typeof meta.sliceName === "string" ? ` ("${meta.sliceName}")` : "";
    return [
      {
        rule: "layout-without-uuid",
        file,
        at: ["position", key],
        on: "key",
        message: `the layout entry ${key}${label} names its chart without a UUID`,
        remedy: "Write the chart's UUID as `meta.uuid`; an integer id means nothing on another server.",
      },
    ];
  });
}
