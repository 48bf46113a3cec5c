import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { type Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { StagedFile } from "./shelf";

/** All that a folder's shelf does to the disk; tests end a process at each of them. */
export interface FileOperations {
  /** Writes a new file, with the folders above it, in the place of what an interrupted run left there. */
  write(path: string, content: Readable): Promise<StagedFile>;
  /** Moves a file over whatever is there, all at once. */
  move(from: string, to: string): Promise<void>;
  /** Removes a file or a folder; one that is gone is fine. */
  remove(path: string): Promise<void>;
}

/** SHA-256 of a file's bytes, hexadecimal; none of it is kept. */
export async function digestFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return hash.digest("hex");
}

export const FILE_OPERATIONS: FileOperations = {
  async write(path, content) {
    await mkdir(dirname(path), { recursive: true });
    await rm(path, { force: true });
    const hash = createHash("sha256");
    let size = 0;
    const measure = new Transform({
      transform(part: Buffer, _encoding, done) {
        hash.update(part);
        size += part.length;
        done(null, part);
      },
    });
    // On the disk before it takes its place: else a power cut may leave the new name with nothing behind it.
    await pipeline(content, measure, createWriteStream(path, { flags: "wx", flush: true }));
    return { path, sha256: hash.digest("hex"), size };
  },
  async move(from, to) {
    await mkdir(dirname(to), { recursive: true });
    await rename(from, to);
  },
  remove: (path) => rm(path, { recursive: true, force: true }),
};
