import type { Finding } from "./bundle";
import { MANIFEST_PATH } from "./manifest";
import { makeFinding, type RuleId } from "./rules";

/** Where Superset takes files from: the manifest, one level of frontend files, any depth of backend files. */
const FRONTEND = "frontend/dist/";
const BACKEND = "backend/src/";

/** Longer parts of a path exist on no common disk. */
const MAXIMAL_PART_BYTES = 255;

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\\\ufffd]|\p{Bidi_Control}/u;

/** The part of a bundle that a file belongs to; undefined where Superset allows none. */
export function partOf(path: string): "manifest" | "frontend" | "backend" | undefined {
  if (path === MANIFEST_PATH) return "manifest";
  if (path.startsWith(FRONTEND)) return path.includes("/", FRONTEND.length) ? undefined : "frontend";
  return path.startsWith(BACKEND) ? "backend" : undefined;
}

/** What is wrong with one name by itself, wherever it lies; undefined where it is sound. */
export function judgeName(name: string): readonly [RuleId, string] | undefined {
  if (UNSAFE.test(name)) return ["entry-name", `${name} has a character that means different things`];
  if (name.startsWith("/") || /^[a-z]:/i.test(name)) return ["entry-absolute", `${name} is an absolute path`];
  const parts = name.replace(/\/$/, "").split("/");
  if (parts.includes("..")) return ["entry-outside", `${name} leads out of the bundle`];
  if (parts.includes("") || parts.includes("."))
    return ["entry-name", `${name || "a name"} has an empty part or a dot`];
  const isLong = parts.some((part) => Buffer.byteLength(part) > MAXIMAL_PART_BYTES);
  return isLong ? ["entry-name", `${name.slice(0, 80)}… has a part of over ${MAXIMAL_PART_BYTES} bytes`] : undefined;
}

/**
 * Findings about sound names of files where they lie, and about names that stand against each other.
 *
 * @param path the bundle's, for findings
 */
export function checkPlaces(names: readonly string[], path: string): Finding[] {
  const folder = wrappingFolder(names);
  if (folder !== undefined) return [makeFinding("bundle-nested", { path }, `all files lie in ${folder}/`)];
  const places = [...new Set(names)].flatMap((name) => checkPlace(name, path));
  return [...places, ...checkManifest(names, path), ...checkClashes(names, path)];
}

/** The folder that everything lies in, where somebody packed the folder and not what is in it. */
function wrappingFolder(names: readonly string[]): string | undefined {
  const [folder = ""] = names[0]?.split("/") ?? [];
  const isWrapped = names.includes(`${folder}/${MANIFEST_PATH}`);
  return isWrapped && names.every((name) => name.startsWith(`${folder}/`)) ? folder : undefined;
}

function checkPlace(name: string, path: string): Finding[] {
  if (partOf(name) !== undefined || isMisspeltManifest(name)) return [];
  const subject = { path, entry: name };
  return name.startsWith(FRONTEND)
    ? [makeFinding("entry-nested", subject, `${name} lies in a folder below frontend/dist`)]
    : [makeFinding("entry-stray", subject, `${name} has no place in a bundle`)];
}

function isMisspeltManifest(name: string): boolean {
  return name !== MANIFEST_PATH && name.toLowerCase() === MANIFEST_PATH;
}

function checkManifest(names: readonly string[], path: string): Finding[] {
  if (names.includes(MANIFEST_PATH)) return [];
  const other = names.find(isMisspeltManifest);
  const summary = other === undefined ? "there is no manifest.json" : `manifest.json is written ${other}`;
  return [makeFinding("manifest-missing", { path }, summary)];
}

function checkClashes(names: readonly string[], path: string): Finding[] {
  const findings: Finding[] = [];
  const seen = new Map<string, string>();
  for (const name of names) {
    const folded = name.normalize("NFC").toLowerCase();
    const other = seen.get(folded);
    if (other === name) findings.push(makeFinding("entry-duplicate", { path, entry: name }, `${name} is there twice`));
    else if (other !== undefined && !isMisspeltManifest(name) && !isMisspeltManifest(other))
      findings.push(makeFinding("entry-case", { path, entry: name }, `${name} is also written ${other}`));
    else seen.set(folded, name);
  }
  for (const name of seen.values()) {
    const above = foldersAbove(name).find((folder) => seen.has(folder.normalize("NFC").toLowerCase()));
    if (above !== undefined)
      findings.push(makeFinding("entry-below-file", { path, entry: name }, `${name} lies below the file ${above}`));
  }
  return findings;
}

function foldersAbove(name: string): string[] {
  const parts = name.split("/").slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}
