import { buffer } from "node:stream/consumers";
import { type Entry, fromBufferPromise, openPromise, type ZipFile } from "yauzl";
import { describeUnknown, ProblemError } from "./errors";

/** A file of an archive. */
export interface ZipFileEntry {
  /** Path inside the archive, with `/`; never absolute, never with `..`. */
  readonly path: string;
  readonly bytes: Buffer;
}

/** No export comes near; what goes beyond is made to fill memory. */
const LIMITS = {
  entries: 50_000,
  entryBytes: 20 * 1024 * 1024,
  totalBytes: 1024 * 1024 * 1024,
  /** How many times longer an entry of over a megabyte may be than what is stored of it. */
  ratio: 200,
};

const MEGABYTE = 1024 * 1024;

/**
 * Reads an archive entry by entry; folders are passed over. What an entry says of its own size is checked while it is
 * read.
 *
 * @param source the archive, or its path on the disk
 * @param isWanted which entries are unpacked, by path; default all
 * @throws ProblemError `zip/invalid`, `zip/too-large`
 */
export async function* readZip(
  source: Buffer | string,
  isWanted: (path: string) => boolean = () => true,
): AsyncGenerator<ZipFileEntry> {
  const name = typeof source === "string" ? source : "The archive";
  const archive = await attempt(name, () => open(source));
  if (archive.entryCount > LIMITS.entries) throw tooLarge(name, `it has ${archive.entryCount} entries`);
  const seen = new Set<string>();
  let total = 0;
  try {
    for await (const entry of listEntries(archive, name)) {
      const path = entry.fileName;
      if (seen.has(path)) throw invalid(name, `it holds ${path} twice`);
      seen.add(path);
      if (path.endsWith("/") || !isWanted(path)) continue;
      assertSensible(name, entry);
      total += entry.uncompressedSize;
      if (total > LIMITS.totalBytes) throw tooLarge(name, "its files are over a gigabyte together");
      yield { path, bytes: await attempt(name, async () => buffer(await archive.openReadStreamPromise(entry))) };
    }
  } finally {
    archive.close();
  }
}

async function* listEntries(archive: ZipFile, name: string): AsyncGenerator<Entry> {
  const entries = archive.eachEntry();
  for (;;) {
    const { value, done } = await attempt(name, () => entries.next());
    if (done) return;
    yield value;
  }
}

function open(source: Buffer | string): Promise<ZipFile> {
  return typeof source === "string" ? openPromise(source) : fromBufferPromise(source);
}

function assertSensible(name: string, { fileName, compressedSize, uncompressedSize }: Entry): void {
  if (uncompressedSize > LIMITS.entryBytes) {
    throw tooLarge(name, `${fileName} has ${Math.round(uncompressedSize / MEGABYTE)} MB`);
  }
  if (uncompressedSize > MEGABYTE && uncompressedSize > compressedSize * LIMITS.ratio) {
    throw tooLarge(name, `${fileName} is over ${LIMITS.ratio} times as long as what is stored of it`);
  }
}

/** The library throws plain errors for everything that is wrong with an archive. */
async function attempt<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw invalid(name, describeUnknown(error), error);
  }
}

function invalid(name: string, why: string, cause?: unknown): ProblemError {
  return new ProblemError({
    code: "zip/invalid",
    summary: `${name} cannot be read as a ZIP file.`,
    why,
    remedy: "Export it again.",
    ...(cause !== undefined && { cause }),
  });
}

function tooLarge(name: string, why: string): ProblemError {
  return new ProblemError({
    code: "zip/too-large",
    summary: `${name} is refused.`,
    why,
    remedy: "No export of Superset is like that: look what made it.",
    exitCode: 3,
  });
}
