import { readFile, stat } from "node:fs/promises";
import { describeUnknown } from "../core/errors";
import { type AccessFile, isAccessDocument, isAccessName } from "./access-file";
import type { AssetDocument, Finding } from "./definition";
import { detectKind, isOtherKind } from "./detect-kind";
import type { AssetFile } from "./lint";
import { parseYaml, placeAt, type YamlProblem } from "./parse-yaml";
import { type FolderFilter, type FoundFile, LARGEST_FILE, scanFolder } from "./scan-folder";

/** What the files of a folder hold, before anything is checked. */
export interface ReadFiles {
  /** Files that are assets and that the filter lets through, by path. */
  readonly assets: readonly AssetFile[];
  readonly accessFiles: readonly AccessFile[];
  /** Why the other files say nothing, and what is wrong with the filter. */
  readonly findings: readonly Finding[];
  /** UUIDs, in lower case, of assets whose files cannot be used. */
  readonly unread: ReadonlySet<string>;
  /** Paths of all files, also of those that the filter leaves out. */
  readonly paths: readonly string[];
}

/** Files open at the same time. */
const READ_AT_ONCE = 32;

/**
 * Reads the files of a folder.
 *
 * @throws ProblemError `assets/folder-missing` where the folder cannot be read
 */
export async function readFiles(folder: string, filter: FolderFilter): Promise<ReadFiles> {
  const scanned = await scanFolder(folder, filter);
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
  return { assets, accessFiles, findings, unread, paths: scanned.paths };
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
