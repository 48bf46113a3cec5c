import { createHash } from "node:crypto";
import { canonicaliseChart } from "./canonical-chart";
import { canonicaliseDashboard } from "./canonical-dashboard";
import type { AssetDocument, AssetKind } from "./definition";
import { ASSET_FIELDS, COLUMN_FIELDS, type FieldTable, type ImporterField, METRIC_FIELDS } from "./importer-fields";
import type { ChartNumbers } from "./layout";
import { readYaml, writeYaml } from "./parse-yaml";
import { compareText, isEmpty, isMapping, isUuid, listOf, type Mapping, mapValues, sortKeys, without } from "./values";

/** The only version of the file format. */
const FORMAT_VERSION = "1.0.0";

/**
 * Brings a document into the form in which equal content is equal text: no server's ids, no defaults written out,
 * lists without an order of their own sorted, keys sorted (rules N of semantics 1.3). Unknown keys stay.
 *
 * What it leaves out, `renderForImport` states again before the document is sent.
 *
 * @param numbers for a dashboard: numbers of its charts that are to be used in place of those of its own layout, so that
 *   several layouts can be compared chart by chart
 */
export function canonicalise(kind: AssetKind, document: AssetDocument, numbers?: ChartNumbers): AssetDocument {
  const plain = dropRest({ ...canonicaliseKind(kind, document, numbers), version: FORMAT_VERSION }, ASSET_FIELDS[kind]);
  return sortKeys(
    mapValues(plain, (value, key) => (isOwnUuid(kind, key, value) ? value.toLowerCase() : value)),
  ) as AssetDocument;
}

/** The canonical document as YAML: block style, no aliases, nothing folded; the same text for the same content. */
export function toCanonicalText(document: AssetDocument): string {
  return writeYaml(document);
}

/** Reads a text that {@link toCanonicalText} wrote. */
export function fromCanonicalText(text: string): AssetDocument {
  return readYaml(text);
}

/** SHA-256 of a text, the first 16 hexadecimal characters. */
export function digestText(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

// The importer compares UUIDs as text in lower case: one in upper case would be found nowhere.
function isOwnUuid(kind: AssetKind, key: string, value: unknown): value is string {
  return ASSET_FIELDS[kind][key]?.type === "uuid" && isUuid(value);
}

function canonicaliseKind(kind: AssetKind, document: AssetDocument, numbers?: ChartNumbers): AssetDocument {
  switch (kind) {
    case "database":
      return canonicaliseDatabase(document);
    case "dataset":
      return canonicaliseDataset(document);
    case "chart":
      return canonicaliseChart(document);
    case "dashboard":
      return canonicaliseDashboard(document, numbers);
  }
}

/** D1: the exporters use two names for the same key. */
function canonicaliseDatabase(document: AssetDocument): AssetDocument {
  const renamed = renameKey(document, "allow_csv_upload", "allow_file_upload");
  const { extra } = renamed;
  if (!isMapping(extra)) return renamed;
  return { ...renamed, extra: renameKey(extra, "schemas_allowed_for_csv_upload", "schemas_allowed_for_file_upload") };
}

function renameKey(mapping: Mapping, from: string, to: string): Mapping {
  if (!(from in mapping)) return mapping;
  return { [to]: mapping[from], ...without(mapping, new Set([from])) };
}

/** D2–D6: columns and metrics without defaults, in the order of their names. */
function canonicaliseDataset(document: AssetDocument): AssetDocument {
  return mapValues({ ...document, extra: parseJsonText(document.extra) }, (value, key) => {
    if (key === "columns") return canonicaliseItems(value, "column_name", COLUMN_FIELDS);
    if (key === "metrics") return canonicaliseItems(value, "metric_name", METRIC_FIELDS);
    return value;
  });
}

function canonicaliseItems(items: unknown, nameKey: string, fields: FieldTable): unknown {
  if (!Array.isArray(items)) return items;
  const clean = listOf(items).map((item) => (isMapping(item) ? canonicaliseItem(item, fields) : item));
  return clean.sort((left, right) => compareText(nameOf(left, nameKey), nameOf(right, nameKey)));
}

function canonicaliseItem(item: Mapping, fields: FieldTable): Mapping {
  const parsed = mapValues(item, (value, key) => (fields[key]?.type === "json" ? parseJsonText(value) : value));
  return dropRest(parsed, fields);
}

function nameOf(item: unknown, nameKey: string): string {
  return isMapping(item) ? String(item[nameKey]) : "";
}

/** Older exports hold `extra` and `currency` as JSON text; the importer parses it. */
function parseJsonText(value: unknown): unknown {
  if (typeof value !== "string" || value.trim() === "") return value;
  try {
    return JSON.parse(value);
  } catch (error) {
    // Text that is no JSON stays what it is; lint names it (rule field-type).
    if (error instanceof SyntaxError) return value;
    throw error;
  }
}

function dropRest(mapping: Mapping, fields: FieldTable): Mapping {
  return mapValues(mapping, (value, key) => {
    const field = Object.hasOwn(fields, key) ? fields[key] : undefined;
    return field !== undefined && meansRest(value, field) ? undefined : value;
  });
}

function meansRest(value: unknown, field: ImporterField): boolean {
  if (field.dropped || value === null || value === undefined) return true;
  if (field.emptyIsRest && isEmpty(value)) return true;
  return field.rest !== undefined && value === field.rest;
}
