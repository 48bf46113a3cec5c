import { suggestNearest } from "../../core/nearest";
import {
  ASSET_FIELDS,
  COLUMN_FIELDS,
  DATABASE_EXTRA_FIELDS,
  type FieldTable,
  type FieldType,
  type ImporterField,
  METRIC_FIELDS,
} from "../importer-fields";
import { isMapping, isUuid, type KeyPath, listOf, type Mapping } from "../values";
import type { AssetFile, Problem } from "./registry";

/** Keys of older exports and of the REST API that people copy into files, and what to do with them. */
const LEGACY_KEYS: { readonly [key: string]: string } = {
  id: "Remove it: integer ids belong to one server.",
  owners: "Remove it: an import cannot set owners.",
  roles: "Remove it: an import cannot set roles.",
  json_metadata: "Name it `metadata`, as a mapping instead of JSON text.",
  position_json: "Name it `position`, as a mapping instead of JSON text.",
  datasource_id: "Remove it and name the dataset with `dataset_uuid`.",
  datasource_type: "Remove it and name the dataset with `dataset_uuid`.",
  database_id: "Remove it and name the database with `database_uuid`.",
  changed_on: "Remove it.",
  created_on: "Remove it.",
};

/** Rules `unknown-key`, `field-missing` and `field-type`: what the importer's schemas refuse (api 3.6). */
export function checkImporterFields(file: AssetFile): Problem[] {
  const problems = checkFields(file, file.document, ASSET_FIELDS[file.kind], []);
  if (file.kind === "dataset") {
    problems.push(...checkItems(file, "columns", COLUMN_FIELDS), ...checkItems(file, "metrics", METRIC_FIELDS));
  }
  const extra = file.document.extra;
  if (file.kind === "database" && isMapping(extra)) {
    problems.push(...checkFields(file, extra, DATABASE_EXTRA_FIELDS, ["extra"]));
  }
  return problems;
}

function checkItems(file: AssetFile, list: string, fields: FieldTable): Problem[] {
  return listOf(file.document[list]).flatMap((item, index) => {
    if (isMapping(item)) return checkFields(file, item, fields, [list, index]);
    return [wrongType(file, [list, index], `\`${list}\` holds something that is no mapping`)];
  });
}

function checkFields(file: AssetFile, mapping: Mapping, fields: FieldTable, base: KeyPath): Problem[] {
  const problems: Problem[] = [];
  for (const [key, value] of Object.entries(mapping)) {
    const field = Object.hasOwn(fields, key) ? fields[key] : undefined;
    if (field === undefined) problems.push(unknownKey(file, [...base, key], fields));
    else problems.push(...checkValue(file, value, field, [...base, key]));
  }
  for (const [key, field] of Object.entries(fields)) {
    if (field.required && !(key in mapping) && key !== "uuid") problems.push(missingField(file, base, key));
  }
  return problems;
}

function checkValue(file: AssetFile, value: unknown, field: ImporterField, at: KeyPath): Problem[] {
  // The identity has rules of its own.
  if (at.length === 1 && at[0] === "uuid") return [];
  if (value === null && (field.nullable || field.rest !== undefined)) return [];
  if (field.type === "uuid" && typeof value === "string" && !isUuid(value)) {
    const message = `\`${at.join(".")}\` is no well-formed UUID`;
    return [{ rule: "uuid-malformed", file, at, message, remedy: "Write it as 8-4-4-4-12 hexadecimal digits." }];
  }
  if (isOfType(value, field)) return [];
  return [wrongType(file, at, `\`${at.join(".")}\` must be ${TYPE_NAMES[field.type]}, but is ${nameType(value)}`)];
}

const TYPE_NAMES: Readonly<Record<FieldType, string>> = {
  text: "text",
  boolean: "true or false",
  integer: "a whole number",
  mapping: "a mapping",
  list: "a list",
  uuid: "a UUID",
  json: "a mapping or JSON text",
  any: "anything",
};

function isOfType(value: unknown, field: ImporterField): boolean {
  switch (field.type) {
    case "text":
    case "uuid":
      return typeof value === "string";
    case "boolean":
      return typeof value === "boolean";
    case "integer":
      return Number.isInteger(value);
    case "mapping":
      return isMapping(value) || (value === "" && field.nullable === true);
    case "list":
      return Array.isArray(value);
    case "json":
      return isMapping(value) || (typeof value === "string" && isJson(value));
    case "any":
      return true;
  }
}

function isJson(text: string): boolean {
  if (text.trim() === "") return true;
  try {
    JSON.parse(text);
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

function nameType(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  return (
    { string: "text", number: "a number", boolean: "true or false", object: "a mapping" }[typeof value as string] ??
    "nothing"
  );
}

function wrongType(file: AssetFile, at: KeyPath, message: string): Problem {
  return { rule: "field-type", file, at, message, remedy: "Correct the value; Superset's importer refuses the file." };
}

function unknownKey(file: AssetFile, at: KeyPath, fields: FieldTable): Problem {
  const key = String(at.at(-1));
  const legacy = Object.hasOwn(LEGACY_KEYS, key) ? LEGACY_KEYS[key] : undefined;
  const remedy = legacy ?? "Remove it, or correct its name: Superset's importer refuses the file.";
  // The remedy of an old key says more than a word that happens to be spelt alike.
  const suggestion = legacy === undefined ? suggestNearest(key, Object.keys(fields)) : "";
  const message = `Superset 6.1 does not know the key \`${at.join(".")}\` of a ${file.kind}${suggestion}`;
  return { rule: "unknown-key", file, at, on: "key", message, remedy };
}

function missingField(file: AssetFile, base: KeyPath, key: string): Problem {
  const problem = { rule: "field-missing" as const, file, at: base };
  const message = `the key \`${[...base, key].join(".")}\` is missing`;
  if (key === "version")
    return { ...problem, severity: "warning", message, remedy: "Add `version: 1.0.0`; it is filled in." };
  return { ...problem, message, remedy: "Add it; Superset's importer requires it." };
}
