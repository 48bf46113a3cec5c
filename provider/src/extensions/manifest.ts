import { z } from "zod";
import { parseJson } from "../core/parse-json";
import type { Finding } from "./bundle";
import { makeFinding, type RuleId } from "./rules";

/** Where the manifest lies in a bundle. */
export const MANIFEST_PATH = "manifest.json";

/** As Superset has them; publisher and name make the id, the address of the API and names of files. */
const TECHNICAL_NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const DISPLAY_NAME = /^[a-zA-Z][a-zA-Z0-9\s\-_.]*$/;
const VERSION = /^[0-9]+\.[0-9]+\.[0-9]+$/;
const PYTHON_MODULE = /^[a-zA-Z_][a-zA-Z0-9_]*(\.[a-zA-Z_][a-zA-Z0-9_]*)*$/;

/** What Superset takes where a manifest has no version. */
const DEFAULT_VERSION = "0.0.0";

/** No manifest comes near; the server's parser gives up on what is nested much deeper. */
const MAXIMAL_DEPTH = 100;

/** Two of them and what locks add are the name of a file, for which 255 bytes are the limit. */
const NAME_LENGTH = 95;

const technicalName = z
  .string()
  .regex(TECHNICAL_NAME, "use lower case, digits and single hyphens, a letter first")
  .max(NAME_LENGTH, `use at most ${NAME_LENGTH} characters: files are named by it`);

/**
 * `manifest.json`, as `superset-extensions build` writes it and Superset reads it. Keys that Superset does not know are
 * kept: they are packed, and count for the checksum.
 */
const manifestSchema = z.looseObject({
  id: z.string().min(1),
  publisher: technicalName,
  name: technicalName,
  displayName: z.string().regex(DISPLAY_NAME, "use letters, digits, blanks, `-`, `_` and `.`, a letter first"),
  version: z.string().regex(VERSION, "use three numbers, such as 1.0.0").default(DEFAULT_VERSION),
  license: z.string().nullish(),
  description: z.string().nullish(),
  dependencies: z.array(z.string()).optional(),
  permissions: z.array(z.string()).optional(),
  frontend: z.looseObject({ remoteEntry: z.string().min(1), moduleFederationName: z.string().min(1) }).nullish(),
  backend: z
    .looseObject({ entrypoint: z.string().regex(PYTHON_MODULE, "name a Python module, such as acme.panel.entrypoint") })
    .nullish(),
});

export type ExtensionManifest = z.infer<typeof manifestSchema>;

/** What a text says as a manifest. */
export interface ManifestReading {
  /** Undefined where there is an error. */
  readonly manifest: ExtensionManifest | undefined;
  /** Keys sorted, two blanks, one line end: the same for the same content. Undefined where it is no JSON. */
  readonly text: string | undefined;
  readonly findings: readonly Finding[];
}

/**
 * Reads `manifest.json`.
 *
 * @param path the bundle's, for findings
 */
export function readManifest(bytes: Buffer, path: string): ManifestReading {
  const value = sortKeys(parseJson(decodeText(bytes) ?? ""), MAXIMAL_DEPTH);
  if (value === undefined || value === null || typeof value !== "object" || Array.isArray(value)) {
    const summary = "manifest.json is no JSON in UTF-8, no mapping, or nested too deep";
    return {
      manifest: undefined,
      text: undefined,
      findings: [makeFinding("manifest-json", { path, entry: MANIFEST_PATH }, summary)],
    };
  }
  const text = `${JSON.stringify(value, null, 2)}\n`;
  const { success, data, error } = manifestSchema.safeParse(value);
  const subject = { path, entry: MANIFEST_PATH };
  if (!success) return { manifest: undefined, text, findings: error.issues.map((issue) => explain(issue, path)) };
  const { id, publisher, name } = data;
  if (id !== `${publisher}.${name}`) {
    const summary = `the id is ${id}, but publisher and name make it ${publisher}.${name}`;
    return { manifest: undefined, text, findings: [makeFinding("manifest-id", subject, summary)] };
  }
  const findings = "version" in value ? [] : [makeFinding("manifest-version-missing", subject, "it has no version")];
  return { manifest: data, text, findings };
}

/** Undefined where it is not UTF-8. A byte order mark stays, and is no JSON: the server refuses it too. */
function decodeText(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

/** The value with the keys of all its mappings in order; undefined where it is nested deeper than that. */
function sortKeys(value: unknown, depth: number): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (depth === 0) return undefined;
  const items = Object.entries(value).map(([key, item]) => [key, sortKeys(item, depth - 1)] as const);
  if (items.some(([, item]) => item === undefined)) return undefined;
  if (Array.isArray(value)) return items.map(([, item]) => item);
  return Object.fromEntries(items.sort(([left], [right]) => (left < right ? -1 : 1)));
}

/** Keys with a rule of their own; all others share one. */
const RULE_OF_KEY: Readonly<Record<string, RuleId>> = {
  publisher: "manifest-name",
  name: "manifest-name",
  version: "manifest-version",
};

function explain(issue: z.core.$ZodIssue, path: string): Finding {
  const key = issue.path.join(".");
  const isText = issue.code === "invalid_format" || issue.code === "too_big";
  const rule = (isText && RULE_OF_KEY[key]) || "manifest-field";
  return makeFinding(rule, { path, entry: MANIFEST_PATH }, `${key}: ${issue.message}`);
}
