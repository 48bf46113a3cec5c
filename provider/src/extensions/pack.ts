import { createHash, randomUUID } from "node:crypto";
import { once } from "node:events";
import { open, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { ZipFile } from "yazl";
import { describeUnknown, ProblemError } from "../core/errors";
import type { BundleEntry, ExtensionBundle } from "./bundle";
import type { BundleFile } from "./bundle-files";
import { MANIFEST_PATH, readManifest } from "./manifest";
import { openBundle } from "./read-bundle";
import { readFile } from "./read-files";

/**
 * Nothing of an entry but name and content may differ. Stored, not deflated: what deflate gives depends on the version
 * of zlib and on the processor, and Superset unpacks each bundle for each request.
 */
const ENTRY = {
  compress: false,
  // In local time, as the format has it: the same digits in every time zone, and no clock is changed at noon.
  mtime: new Date(1980, 1, 1, 12),
  forceDosTimestamp: true,
  mode: 0o100644,
};

/**
 * The bundle as a `.supx`: the same bytes for the same content, on every machine. The stream fails with
 * `extension/changed` where the source is no longer what was read.
 */
export function openPackedStream(bundle: ExtensionBundle): Readable {
  const output = new PassThrough();
  writeArchive(bundle, output).catch((error: unknown) => output.destroy(toError(error)));
  return output;
}

/** Bytes that {@link openPackedStream} gives. */
export function packedSize({ entries }: ExtensionBundle): number {
  const [local, descriptor, listed, end] = [30, 16, 46, 22];
  const sizes = entries.map(({ path, size }) => {
    const name = Buffer.byteLength(path);
    // The manifest is at hand, so its length stands before it, not behind it.
    return local + name + size + (path === MANIFEST_PATH ? 0 : descriptor) + listed + name;
  });
  return sizes.reduce((total, size) => total + size, end);
}

/**
 * Writes the bundle as a `.supx`: beside its place first, then renamed, so that nobody reads half of it.
 *
 * @throws ProblemError `extension/changed` where the source is no longer what was read; `extension/not-written`
 */
export async function packBundle(bundle: ExtensionBundle, file: string): Promise<void> {
  // Superset takes whatever ends with `.supx`, hidden or not.
  const beside = join(dirname(file), `.${basename(file)}.${randomUUID()}.partial`);
  try {
    const handle = await open(beside, "wx");
    try {
      await writeFile(handle, openPackedStream(bundle));
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(beside, file);
  } catch (error) {
    await rm(beside, { force: true });
    if (error instanceof ProblemError) throw error;
    throw new ProblemError({
      code: "extension/not-written",
      summary: `${file} cannot be written.`,
      why: describeUnknown(error),
      remedy: "Look whether the folder is there, whether you may write to it, and whether the disk is full.",
    });
  }
}

async function writeArchive(bundle: ExtensionBundle, output: PassThrough): Promise<void> {
  const opened = await openBundle(bundle.source);
  const archive = new ZipFile();
  const packed = archive.outputStream as PassThrough;
  let current: Readable | undefined;
  try {
    const contents = await listContents(bundle, opened.files);
    archive.on("error", (error: unknown) => packed.destroy(toError(error)));
    const written = pipeline(packed, output);
    for (const { path, size, content } of contents) {
      if (typeof content !== "function") archive.addBuffer(content, path, ENTRY);
      else
        archive.addReadStreamLazy(path, { ...ENTRY, size }, (give) => {
          current = Readable.from(content(), { objectMode: false });
          // The library does not look at the errors of what it is given.
          current.on("error", (error) => packed.destroy(error));
          give(null, current);
        });
    }
    archive.end();
    await written;
  } finally {
    // What is being read is closed only when nobody reads it any more.
    if (current?.destroy().closed === false) await once(current, "close");
    await opened.close();
  }
}

interface Content extends BundleEntry {
  /** The manifest's text, or what opens a file when its turn comes. */
  readonly content: Buffer | (() => AsyncGenerator<Buffer>);
}

function listContents(bundle: ExtensionBundle, files: readonly BundleFile[]): Promise<Content[]> {
  const found = new Map(files.map((file) => [file.path, file]));
  const contents = bundle.entries.map(async (entry) => {
    const file = found.get(entry.path);
    if (file === undefined) throw changed(bundle, `${entry.path} is gone`);
    const isManifest = entry.path === MANIFEST_PATH;
    const content = isManifest ? await readText(bundle, entry, file) : () => readVerified(bundle, entry, file);
    return { ...entry, content };
  });
  return Promise.all(contents);
}

/** The content, and an error at its end where it is not what was read before. */
async function* readVerified(bundle: ExtensionBundle, entry: BundleEntry, file: BundleFile): AsyncGenerator<Buffer> {
  const hash = createHash("sha256");
  for await (const chunk of file.open()) {
    hash.update(chunk);
    yield chunk;
  }
  if (hash.digest("hex") !== entry.sha256) throw changed(bundle, `${entry.path} is another one`);
}

/** The canonical text of the manifest. */
async function readText(bundle: ExtensionBundle, entry: BundleEntry, file: BundleFile): Promise<Buffer> {
  const chunks: Buffer[] = [];
  await readFile(file, (chunk) => chunks.push(chunk));
  const text = Buffer.from(readManifest(Buffer.concat(chunks), bundle.source.path).text ?? "");
  if (createHash("sha256").update(text).digest("hex") !== entry.sha256)
    throw changed(bundle, `${entry.path} is another one`);
  return text;
}

function changed({ id, source }: ExtensionBundle, why: string): ProblemError {
  return new ProblemError({
    code: "extension/changed",
    summary: `The bundle ${id} in ${source.path} was changed while it was read.`,
    why,
    remedy: "Let whatever builds it finish, and run this again.",
  });
}

function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
