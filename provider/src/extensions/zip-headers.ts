import { type Entry, fromRandomAccessReaderPromise, RandomAccessReader, type ZipFile } from "yauzl";
import type { ByteSource } from "./byte-source";

/**
 * A ZIP file has two tables of what is in it, and programs differ in which they believe. A file that Superset would
 * read otherwise than we do is refused: here the places are checked that the library takes on trust.
 */

const END_RECORD_BYTES = 22;
const DIRECTORY_ENTRY_BYTES = 46;
const ZIP64_LOCATOR = { bytes: 20, signature: 0x07064b50 };

/** An entry, and where its content begins, in bytes from the start. */
export interface PlacedEntry {
  readonly entry: Entry;
  readonly start: number;
}

/** The headers of an archive in the order of its table of contents, or why none of it can be trusted. */
export type HeaderReading =
  | { readonly entries: readonly PlacedEntry[] }
  | { readonly ambiguous: string }
  | { readonly tooMany: number };

/**
 * Reads all headers and nothing else.
 *
 * @throws Error where it is no ZIP file
 */
export async function readHeaders(source: ByteSource, mostEntries: number): Promise<HeaderReading> {
  // Names are decoded elsewhere, because the library ends at the first bad one.
  const options = { decodeStrings: false, autoClose: false };
  const archive = await fromRandomAccessReaderPromise(new SourceReader(source), source.size, options);
  const directory = await locateDirectory(archive, source);
  if (typeof directory === "string") return { ambiguous: directory };
  if (archive.entryCount > mostEntries) return { tooMany: archive.entryCount };
  const entries: Entry[] = [];
  for await (const entry of archive.eachEntry()) entries.push(entry);
  return placeEntries(archive, entries, directory);
}

/** Lets the library read from what is open already, so that only one of us closes it. */
class SourceReader extends RandomAccessReader {
  constructor(private readonly source: ByteSource) {
    super();
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null) => void,
  ): void {
    const target = buffer.subarray(offset, offset + length);
    readInto(this.source, target, position).then(() => callback(null), callback);
  }
}

async function readInto(source: ByteSource, target: Buffer, position: number): Promise<void> {
  let done = 0;
  for await (const chunk of source.read(position, target.length)) done += chunk.copy(target, done);
  if (done < target.length) throw new Error("it ends too early");
}

/** Where the table of contents lies, in bytes from the start. */
interface DirectoryPlace {
  readonly start: number;
  readonly end: number;
}

/** @returns the place, or what is wrong with it */
async function locateDirectory(archive: ZipFile, source: ByteSource): Promise<DirectoryPlace | string> {
  const end = archive.fileSize - END_RECORD_BYTES - Buffer.byteLength(archive.comment);
  const before = Math.min(end, ZIP64_LOCATOR.bytes);
  const tail = Buffer.alloc(before + END_RECORD_BYTES);
  await readInto(source, tail, end - before);
  if (before === ZIP64_LOCATOR.bytes && tail.readUInt32LE(0) === ZIP64_LOCATOR.signature)
    return "it is in the format for archives over 4 GB";
  const record = tail.subarray(before);
  const [size, start] = [record.readUInt32LE(12), record.readUInt32LE(16)];
  const isWhole = record.readUInt16LE(8) === record.readUInt16LE(10) && start + size === end;
  return isWhole ? { start, end } : "its table of contents is not where it says";
}

async function placeEntries(
  archive: ZipFile,
  entries: readonly Entry[],
  { start, end }: DirectoryPlace,
): Promise<HeaderReading> {
  const listed = entries.reduce((total, entry) => total + directoryBytes(entry), 0);
  if (start + listed !== end) return { ambiguous: "its table of contents has more than it says" };
  const placed: PlacedEntry[] = [];
  for (const entry of entries) {
    const { fileName, fileDataStart } = await archive.readLocalFileHeaderPromise(entry);
    if (!entry.fileNameRaw.equals(fileName)) return { ambiguous: "an entry has two names" };
    placed.push({ entry, start: fileDataStart });
  }
  return isApart(placed, start) ? { entries: placed } : { ambiguous: "two of its parts overlap" };
}

/** Whether each entry ends before the next one begins, and the last one before the table of contents. */
function isApart(placed: readonly PlacedEntry[], end: number): boolean {
  const offset = ({ entry }: PlacedEntry) => entry.relativeOffsetOfLocalHeader;
  const sorted = placed.toSorted((left, right) => offset(left) - offset(right));
  return sorted.every((each, index) => {
    const next = sorted[index + 1];
    return each.start + each.entry.compressedSize <= (next === undefined ? end : offset(next));
  });
}

function directoryBytes({ fileNameLength, extraFieldLength, fileCommentLength }: Entry): number {
  return DIRECTORY_ENTRY_BYTES + fileNameLength + extraFieldLength + fileCommentLength;
}
