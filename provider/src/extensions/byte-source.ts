import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";

/** Large enough that the thread pool is not asked for each few kilobytes. */
export const CHUNK_BYTES = 256 * 1024;

/** A file that is shorter is read in one go: its headers alone would take more calls than that. */
const READ_AT_ONCE_BYTES = 1024 * 1024;

/** A file that can be read from any place. */
export interface ByteSource {
  /** Bytes when it was opened. */
  readonly size: number;
  /** Reads a part piece by piece; ends early where the file does. */
  read(start: number, length: number): AsyncIterable<Buffer>;
  close(): Promise<void>;
}

/**
 * Opens an ordinary file, which may be a link where that is allowed.
 *
 * @throws Error as the operating system says it, or that it is no ordinary file
 */
export async function openBytes(
  path: string,
  { followsLinks }: { readonly followsLinks: boolean },
): Promise<ByteSource> {
  // Opening a pipe would wait for a writer.
  const flags = constants.O_RDONLY | constants.O_NONBLOCK | (followsLinks ? 0 : constants.O_NOFOLLOW);
  const file = await open(path, flags);
  try {
    const status = await file.stat();
    if (!status.isFile()) throw new Error("it is no ordinary file");
    const { size } = status;
    if (size > READ_AT_ONCE_BYTES)
      return { size, read: (...range) => readPart(file, ...range), close: () => file.close() };
    const bytes = await readAll(file, size);
    await file.close();
    return { size, read: (...range) => readSlice(bytes, ...range), close: async () => undefined };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function readAll(file: FileHandle, size: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of readPart(file, 0, size)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function* readPart(file: FileHandle, start: number, length: number): AsyncGenerator<Buffer> {
  for (let done = 0; done < length; ) {
    const buffer = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, length - done));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, start + done);
    if (bytesRead === 0) return;
    done += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

async function* readSlice(bytes: Buffer, start: number, length: number): AsyncGenerator<Buffer> {
  if (length > 0 && start < bytes.length) yield bytes.subarray(start, start + length);
}
