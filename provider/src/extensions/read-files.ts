import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { describeUnknown } from "../core/errors";
import type { BundleEntry } from "./bundle";
import type { BundleFile } from "./bundle-files";

/** What a file really holds, or why it cannot be known. */
export type FileReading = BundleEntry | { readonly path: string; readonly wrong: string };

/**
 * Reads a file to its end and keeps nothing of it.
 *
 * @param keep is given each piece
 */
export async function readFile(file: BundleFile, keep?: (chunk: Buffer) => void): Promise<FileReading> {
  const { path } = file;
  const hash = createHash("sha256");
  let [size, sum] = [0, 0];
  try {
    for await (const chunk of file.open()) {
      size += chunk.length;
      // More than was said would get around the limits, so it is not unpacked.
      if (size > file.size) return { path, wrong: `${path} is longer than it says` };
      hash.update(chunk);
      if (file.crc32 !== undefined) sum = crc32(chunk, sum);
      keep?.(chunk);
    }
  } catch (error) {
    return { path, wrong: `${path}: ${describeUnknown(error)}` };
  }
  if (size !== file.size) return { path, wrong: `${path} is shorter than it says` };
  if (file.crc32 !== undefined && sum !== file.crc32) return { path, wrong: `${path} is not what its checksum says` };
  return { path, size, sha256: hash.digest("hex") };
}
