import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import JSZip from "jszip";
import { readZip } from "../core/read-zip";

/** A text file of a bundle. */
export interface BundleFile {
  /** Path inside the assets folder, with `/`. */
  readonly path: string;
  readonly text: string;
}

/** A ZIP has no time zone and begins in 1980: the same files give the same bytes. */
const NO_TIME = new Date(Date.UTC(1980, 0, 1));

/** Packs files into a ZIP. */
export async function packBundle(files: readonly BundleFile[]): Promise<Buffer> {
  const zip = new JSZip();
  for (const { path, text } of files) zip.file(path, text, { date: NO_TIME, createFolders: false });
  return zip.generateAsync({ type: "nodebuffer", compression: "DEFLATE" });
}

/**
 * Writes the files of a ZIP into a folder.
 *
 * @param archive the ZIP, or its path on the disk
 * @throws ProblemError `zip/invalid`, `zip/too-large`
 */
export async function unpackBundle(archive: Buffer | string, folder: string): Promise<void> {
  for await (const { path, bytes } of readZip(archive, (entry) => /\.ya?ml$/i.test(entry))) {
    await writeInside(folder, path, bytes);
  }
}

/** Writes a file of a folder that nobody else uses, making the folders above it. */
export async function writeInside(folder: string, path: string, content: string | Buffer): Promise<void> {
  const location = join(folder, ...path.split("/"));
  await mkdir(dirname(location), { recursive: true });
  await writeFile(location, content);
}
