import JSZip from "jszip";
import { stringify } from "yaml";
import type { AssetKind } from "../assets/definition";
import { escapeForPyYaml, WRITE_OPTIONS } from "../assets/yaml-dialect";
import { registerSecret } from "../core/redact";

/** One asset to import. */
export interface ImportEntry {
  readonly kind: AssetKind;
  readonly uuid: string;
  readonly title: string;
  /** Path of the file as people know it, for errors. */
  readonly path: string;
  /** What is sent, exactly. */
  readonly document: object;
  /** Databases: the password that the address does not tell. */
  readonly password?: string;
}

const ROOT = "bundle";

/** The path of an entry inside the ZIP, without the root folder: key of passwords and of error messages. */
export function bundlePath(entry: Pick<ImportEntry, "kind" | "uuid">): string {
  return `${entry.kind}s/${entry.uuid}.yaml`;
}

/**
 * Packs entries as Superset's importer takes them. `type` is left out of the metadata: so every import endpoint takes
 * the same ZIP (superset-api 3.5).
 *
 * @param extra further files, by their path below the root folder
 */
export async function packBundle(
  entries: readonly ImportEntry[],
  extra: Readonly<Record<string, object>> = {},
): Promise<Blob> {
  const zip = new JSZip();
  const add = (path: string, document: object) =>
    zip.file(`${ROOT}/${path}`, toYaml(document), { createFolders: false });
  add("metadata.yaml", { version: "1.0.0" });
  for (const entry of entries) add(bundlePath(entry), entry.document);
  for (const [path, document] of Object.entries(extra)) add(path, document);
  const data = await zip.generateAsync({
    type: "arraybuffer",
    compression: "DEFLATE",
    compressionOptions: { level: 1 },
  });
  return new Blob([data], { type: "application/zip" });
}

/** The form fields that every import endpoint knows, with the ZIP in the field of that name. */
export function buildForm(field: "bundle" | "formData", bundle: Blob, entries: readonly ImportEntry[]): FormData {
  const passwords: Record<string, string> = {};
  for (const entry of entries) {
    if (entry.password === undefined) continue;
    registerSecret(entry.password);
    passwords[bundlePath(entry)] = entry.password;
  }
  const form = new FormData();
  form.set(field, bundle, "bundle.zip");
  form.set("passwords", JSON.stringify(passwords));
  return form;
}

/**
 * The YAML that Superset reads. PyYAML speaks YAML 1.1, where a bare `yes`, `1:30` or `2024-01-01` is no string: every
 * string is quoted, on one line.
 */
export function toYaml(document: object): string {
  const yaml = stringify(document, {
    ...WRITE_OPTIONS,
    defaultStringType: "QUOTE_DOUBLE",
    defaultKeyType: "QUOTE_DOUBLE",
    doubleQuotedAsJSON: true,
  });
  return escapeForPyYaml(yaml);
}
