import { pipeline } from "node:stream";
import { createInflateRaw } from "node:zlib";
import type { Entry } from "yauzl";
import { describeUnknown } from "../core/errors";
import type { BundleLimits, Finding } from "./bundle";
import { type BundleFile, type OpenBundle, unreadable } from "./bundle-files";
import { type ByteSource, CHUNK_BYTES, openBytes } from "./byte-source";
import { checkPlaces, judgeName, partOf } from "./entry-names";
import { makeFinding, type RuleId } from "./rules";
import { checkSizes } from "./sizes";
import { type PlacedEntry, readHeaders } from "./zip-headers";

/**
 * Opens a packed bundle. `core/read-zip.ts` stops at the first thing that is wrong and holds each file in memory, which
 * is right for an export; here people want all findings at once, of names that the library itself refuses too, and a
 * file may have 100 MB.
 */
export async function openArchive(path: string, limits: BundleLimits): Promise<OpenBundle> {
  let source: ByteSource;
  try {
    source = await openBytes(path, { followsLinks: true });
  } catch (error) {
    return unreadable(makeFinding("bundle-unreadable", { path }, describeUnknown(error)));
  }
  const opened = await readArchive(source, path, limits);
  // Nobody closes what nothing can be read of.
  if (opened.files.length === 0) await source.close();
  return opened.files.length === 0 ? { ...opened, close: async () => undefined } : opened;
}

async function readArchive(source: ByteSource, path: string, limits: BundleLimits): Promise<OpenBundle> {
  if (source.size > limits.fileBytes)
    return unreadable(makeFinding("bundle-too-large", { path }, `the file has ${source.size} bytes`));
  try {
    const headers = await readHeaders(source, limits.entries);
    if ("entries" in headers) return listFiles(source, headers.entries, { path, limits });
    return "tooMany" in headers
      ? unreadable(makeFinding("bundle-too-large", { path }, `it has ${headers.tooMany} entries`))
      : unreadable(makeFinding("zip-ambiguous", { path }, headers.ambiguous));
  } catch (error) {
    return unreadable(makeFinding("zip-invalid", { path }, describeUnknown(error)));
  }
}

function listFiles(
  source: ByteSource,
  entries: readonly PlacedEntry[],
  { path, limits }: { readonly path: string; readonly limits: BundleLimits },
): OpenBundle {
  const findings: Finding[] = [];
  const files: (BundleFile & { readonly stored: number })[] = [];
  for (const placed of entries) {
    const { name, wrong } = judgeEntry(placed.entry);
    if (wrong === undefined) files.push(makeFile(source, placed, name));
    else findings.push(makeFinding(wrong[0], { path, entry: name }, wrong[1]));
  }
  const names = files.map((file) => file.path);
  // Of what is there twice the first is read, so that nothing more is found than that.
  const unique = new Map(
    files.toReversed().flatMap((file) => (partOf(file.path) === undefined ? [] : [[file.path, file] as const])),
  );
  const sizes = checkSizes(files, { path, limits });
  return {
    files: [...unique.values()],
    findings: [...findings, ...checkPlaces(names, path), ...sizes],
    isTooMuch: sizes.length > 0,
    close: () => source.close(),
  };
}

const UTF8_NAME = 0x800;
/** A second name for readers that know of it; readers do not agree which one counts. */
const UNICODE_PATH_FIELD = 0x7075;

/** Version 6.3 of the format. */
const NEWEST_VERSION = 63;
const PATCHED_DATA = 0x20;

const KIND_MASK = 0o170000;
const KINDS = { none: 0, file: 0o100000, directory: 0o040000, link: 0o120000 };

const STORED = 0;
const DEFLATED = 8;

function judgeEntry(entry: Entry): { name: string; wrong: readonly [RuleId, string] | undefined } {
  const name = decodeName(entry);
  if (name === undefined) {
    const shown = entry.fileNameRaw.toString("latin1");
    return { name: shown, wrong: ["entry-name", `${shown} is written in no way that all programs read alike`] };
  }
  return { name, wrong: judgeName(name) ?? judgeKind(entry, name) };
}

function judgeKind(entry: Entry, name: string): readonly [RuleId, string] | undefined {
  const kind = (entry.externalFileAttributes >>> 16) & KIND_MASK;
  if (kind === KINDS.link) return ["entry-link", `${name} is a symbolic link`];
  if (name.endsWith("/") || kind === KINDS.directory) return ["entry-directory", `${name} is a directory`];
  if (kind !== KINDS.none && kind !== KINDS.file) return ["entry-special", `${name} is no ordinary file`];
  if (entry.isEncrypted()) return ["entry-encrypted", `${name} is encrypted`];
  if (needsNewerReader(entry)) return ["entry-compression", `${name} needs a newer reader than Superset's`];
  const isKnown = entry.compressionMethod === STORED || entry.compressionMethod === DEFLATED;
  return isKnown ? undefined : ["entry-compression", `${name} is compressed with method ${entry.compressionMethod}`];
}

/** What Python's reader refuses and the library does not look at. */
function needsNewerReader({ versionNeededToExtract, generalPurposeBitFlag }: Entry): boolean {
  return (versionNeededToExtract & 0xff) > NEWEST_VERSION || (generalPurposeBitFlag & PATCHED_DATA) !== 0;
}

/** Without a mark for UTF-8 every program takes the code page that it likes, so only ASCII is safe. */
function decodeName(entry: Entry): string | undefined {
  if (entry.extraFields.some(({ id }) => id === UNICODE_PATH_FIELD)) return undefined;
  const raw = entry.fileNameRaw;
  const text = raw.toString("utf8");
  const isMarked = (entry.generalPurposeBitFlag & UTF8_NAME) !== 0;
  const isSound = isMarked ? Buffer.from(text).equals(raw) : raw.every((byte) => byte < 0x80);
  return isSound ? text : undefined;
}

function makeFile(source: ByteSource, { entry, start }: PlacedEntry, path: string) {
  return {
    ...{ path, size: entry.uncompressedSize, stored: entry.compressedSize, crc32: entry.crc32 },
    open: () => unpack(source.read(start, entry.compressedSize), entry),
  };
}

/** Not the library's own streams, which read and inflate 16 KB at a time. */
function unpack(stored: AsyncIterable<Buffer>, { compressionMethod }: Entry): AsyncIterable<Buffer> {
  if (compressionMethod === STORED) return stored;
  const inflated = createInflateRaw({ chunkSize: CHUNK_BYTES });
  // Whoever reads `inflated` sees its error; the pipeline only has to carry one over from the file.
  pipeline(stored, inflated, () => undefined);
  return inflated;
}
