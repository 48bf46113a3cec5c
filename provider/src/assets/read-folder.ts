import { readFile, stat } from "node:fs/promises";
import { describeUnknown } from "../core/errors";
import { type Access, resolveAccess } from "./access";
import { type AccessFile, isAccessDocument, isAccessName } from "./access-file";
import type { CanonicalOptions } from "./canonical";
import { nameDatasets, readDatasetIds } from "./dataset-ids";
import { defineFromDocument } from "./define";
import type { AssetDocument, AssetIdentity, Definition, Finding } from "./definition";
import { detectKind, isOtherKind } from "./detect-kind";
import { type AssetFile, lintAssets, sortFindings } from "./lint";
import { parseYaml, placeAt, type YamlProblem } from "./parse-yaml";
import { type FoundFile, LARGEST_FILE, scanFolder } from "./scan-folder";
import { isUuid } from "./values";

/** What of a folder is read, and what is known beyond it. */
export interface ReadOptions extends CanonicalOptions {
  /** Globs on the path inside the folder; absent: all files. */
  readonly include?: readonly string[];
  /** Globs of files to leave out. */
  readonly exclude?: readonly string[];
  /** UUIDs of databases that the settings map to one of the target: they need no file. */
  readonly mappedDatabaseUuids?: readonly string[];
  /** Assets that the program declares: they need no file. */
  readonly declared?: readonly AssetIdentity[];
}

/** What a folder holds. */
export interface Assets {
  /** All assets with a well-formed UUID, by path. */
  readonly definitions: Definition[];
  /** What the files named `access.yaml` declare about owners, roles and rows. */
  readonly access: Access;
  /** All findings of all files, by path and place; first what hides a whole file. */
  readonly findings: Finding[];
}

/** Files open at the same time. */
const READ_AT_ONCE = 32;

/**
 * Reads a folder of Superset's export files into definitions. No file is ever written.
 *
 * @param folder path of the folder
 * @returns the definitions and everything that validation found
 * @throws ProblemError `assets/folder-missing` where the folder cannot be read
 */
export async function readAssets(folder: string, options: ReadOptions = {}): Promise<Assets> {
  const scanned = await scanFolder(folder, options);
  const included = new Set(scanned.files.map(({ path }) => path));
  const files = [...scanned.files.filter(({ path }) => !isAccessName(path)), ...scanned.accessFiles];
  const findings = [...scanned.findings];
  const assets: AssetFile[] = [];
  const accessFiles: AccessFile[] = [];
  const unread = new Set<string>();
  for (let start = 0; start < files.length; start += READ_AT_ONCE) {
    for (const read of await Promise.all(files.slice(start, start + READ_AT_ONCE).map(readAsset))) {
      if ("access" in read) accessFiles.push(read.access);
      else if ("findings" in read) {
        findings.push(...read.findings);
        for (const uuid of read.uuids ?? []) unread.add(uuid);
      }
      // An asset that is called `access.yaml` and is not wanted.
      else if (included.has(read.asset.path)) assets.push(read.asset);
    }
  }
  const resolved = options.keepIds ? assets : resolveDatasetIds(assets);
  const definitions = resolved.flatMap((asset) => defineAsset(asset, options));
  const { access, findings: troubles } = resolveAccess(accessFiles, definitions, scanned.paths);
  findings.push(...lintAssets(resolved, { ...options, unread }), ...troubles);
  return { definitions, access, findings: sortFindings(findings) };
}

/** Dashboards with the UUIDs of datasets that they name by an id of the exporting server, as far as the charts tell. */
function resolveDatasetIds(assets: readonly AssetFile[]): AssetFile[] {
  const charts = assets.filter(({ kind }) => kind === "chart").map(({ document }) => document);
  const uuids = readDatasetIds(charts);
  return assets.map((asset) => {
    if (asset.kind !== "dashboard") return asset;
    return { ...asset, document: nameDatasets(asset.document, (id) => uuids.get(id)) };
  });
}

function defineAsset({ kind, path, document }: AssetFile, options: CanonicalOptions): Definition[] {
  // Without identity there is no definition; lint has named the file.
  if (!isUuid(document.uuid)) return [];
  return [defineFromDocument(kind, document, { path, name: path.replace(/\.ya?ml$/i, "") }, options)];
}

/** A file that is no usable asset. */
interface UnreadAsset {
  readonly findings: Finding[];
  /** UUIDs, in lower case, of an asset that is there although its file cannot be used. */
  readonly uuids?: readonly string[];
}

type ReadAsset = { asset: AssetFile } | { access: AccessFile } | UnreadAsset;

async function readAsset(file: FoundFile): Promise<ReadAsset> {
  const { path } = file;
  if (isOtherKind(path)) return { findings: [notCarried(path)] };
  const content = await readText(file);
  if (typeof content !== "string") return content;
  const { document, problems } = parseYaml(content);
  if (document === undefined) {
    const findings = problems.map((problem) => placeProblem(path, content, problem));
    return { findings, uuids: findStatedUuids(content) };
  }
  if (isExportMetadata(path, document)) return { findings: [] };
  const read = { path, text: content, document };
  return isAccessName(path) && isAccessDocument(document) ? { access: read } : classify(read);
}

/** The UUID of a file that cannot be used: a slip in one line leaves the line with the UUID as it was. */
function findStatedUuids(text: string): string[] {
  return [...text.matchAll(/^uuid:[ \t]*["']?([0-9a-f-]{36})\b/gim)].map(([, uuid = ""]) => uuid.toLowerCase());
}

const METADATA_KEYS = ["version", "type", "timestamp"];

/** The file that Superset puts beside the folders of an export; an asset may have that name too. */
function isExportMetadata(path: string, document: AssetDocument): boolean {
  const keys = Object.keys(document);
  return /(?:^|\/)metadata\.ya?ml$/.test(path) && keys.every((key) => METADATA_KEYS.includes(key));
}

function classify(file: Omit<AssetFile, "kind">): ReadAsset {
  const detected = detectKind(file.path, file.document);
  if ("kind" in detected) return { asset: { ...file, kind: detected.kind } };
  if ("notCarried" in detected) return { findings: [notCarried(file.path)] };
  const place = { severity: "error", file: file.path, line: 1, column: 1 } as const;
  const uuids = findStatedUuids(file.text);
  if ("homeless" in detected) {
    const message = `it looks like a ${detected.homeless}, but lies in no folder that says so`;
    const remedy = `Move it into a folder named ${detected.homeless}s.`;
    return { findings: [{ ...place, rule: "kind-unknown", message, remedy }], uuids };
  }
  const { folder, content } = detected.mismatch;
  const message = `it lies among the ${folder}s, but its content is that of a ${content}`;
  return {
    findings: [{ ...place, rule: "kind-mismatch", message, remedy: `Move it into a folder named ${content}s.` }],
    uuids,
  };
}

async function readText({ path, location }: FoundFile): Promise<string | UnreadAsset> {
  try {
    const { size } = await stat(location);
    if (size > LARGEST_FILE) return { findings: [tooLarge(path, size)] };
    const bytes = await readFile(location);
    // A UUID is the same in any encoding that has ASCII in it.
    return decodeUtf8(bytes) ?? { findings: [notUtf8(path)], uuids: findStatedUuids(bytes.toString("latin1")) };
  } catch (error) {
    const message = `it cannot be read: ${describeUnknown(error)}`;
    const remedy = "Make it an ordinary file that this user may read, or leave it out.";
    return { findings: [{ rule: "file-unreadable", severity: "error", file: path, message, remedy }] };
  }
}

function decodeUtf8(bytes: Buffer): string | undefined {
  try {
    // The decoder removes a byte order mark, and throws where a byte is not UTF-8 instead of replacing it.
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

function placeProblem(file: string, text: string, { rule, offset, message, remedy }: YamlProblem): Finding {
  const place = offset === undefined ? {} : placeAt(text, offset);
  return { rule, severity: "error", file, ...place, message, remedy };
}

function tooLarge(file: string, size: number): Finding {
  const message = `it has ${Math.round(size / 1024 / 1024)} MB; more than ${LARGEST_FILE / 1024 / 1024} MB are not read`;
  return {
    rule: "file-too-large",
    severity: "error",
    file,
    message,
    remedy: "Look what fills it; no asset needs so much.",
  };
}

function notUtf8(file: string): Finding {
  const remedy = "Save it as UTF-8.";
  return { rule: "file-encoding", severity: "error", file, message: "it is not encoded as UTF-8", remedy };
}

function notCarried(file: string): Finding {
  return {
    rule: "not-carried",
    severity: "note",
    file,
    message: "files of this kind are not carried: only databases, datasets, charts and dashboards are",
    remedy: "Nothing; or leave it out with the setting `superset:exclude`.",
  };
}
