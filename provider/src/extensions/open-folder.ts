import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { describeUnknown } from "../core/errors";
import type { BundleLimits, Finding } from "./bundle";
import { type BundleFile, type OpenBundle, unreadable } from "./bundle-files";
import { openBytes } from "./byte-source";
import { checkPlaces, judgeName, partOf } from "./entry-names";
import { makeFinding } from "./rules";
import { checkSizes } from "./sizes";

/** Opens the `dist` of a development folder. Links are not followed: what they lead to is no part of the bundle. */
export async function openFolder(path: string, limits: BundleLimits): Promise<OpenBundle> {
  const findings: Finding[] = [];
  const files: BundleFile[] = [];
  try {
    for await (const entry of walk(join(path, "dist"), "")) {
      const subject = { path, entry: entry.name };
      const wrong = judgeName(entry.name) ?? judgeKind(entry);
      if (wrong !== undefined) findings.push(makeFinding(wrong[0], subject, wrong[1]));
      else files.push(await listFile(entry));
      if (files.length + findings.length > limits.entries) break;
    }
  } catch (error) {
    return unreadable(...findings, makeFinding("bundle-unreadable", { path }, describeUnknown(error)));
  }
  const names = files.map((file) => file.path);
  const sizes = checkSizes(files, { path, limits });
  return {
    files: files.filter((file) => partOf(file.path) !== undefined),
    findings: [...findings, ...checkPlaces(names, path), ...sizes],
    isTooMuch: sizes.length > 0,
    close: async () => undefined,
  };
}

interface FolderEntry {
  /** Path below `dist`, with `/`. */
  readonly name: string;
  readonly location: string;
  readonly kind: "file" | "link" | "special";
}

async function* walk(folder: string, prefix: string): AsyncGenerator<FolderEntry> {
  const found = await readdir(folder, { withFileTypes: true });
  for (const entry of found.sort((left, right) => (left.name < right.name ? -1 : 1))) {
    const [name, location] = [`${prefix}${entry.name}`, join(folder, entry.name)];
    if (entry.isDirectory()) yield* walk(location, `${name}/`);
    else yield { name, location, kind: entry.isFile() ? "file" : entry.isSymbolicLink() ? "link" : "special" };
  }
}

function judgeKind({ name, kind }: FolderEntry) {
  if (kind === "file") return undefined;
  return kind === "link"
    ? (["entry-link", `${name} is a symbolic link`] as const)
    : (["entry-special", `${name} is no ordinary file`] as const);
}

async function listFile({ name, location }: FolderEntry): Promise<BundleFile> {
  const { size } = await lstat(location);
  return { path: name, size, open: () => readWhole(location) };
}

/** Should a link have taken the file's place in the meantime, it is not followed. */
async function* readWhole(location: string): AsyncGenerator<Buffer> {
  const source = await openBytes(location, { followsLinks: false });
  try {
    yield* source.read(0, source.size);
  } finally {
    await source.close();
  }
}
