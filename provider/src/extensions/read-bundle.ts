import {
  type BundleEntry,
  type BundleLimits,
  type BundleReading,
  type BundleSource,
  DEFAULT_LIMITS,
  type Finding,
} from "./bundle";
import type { BundleFile, OpenBundle } from "./bundle-files";
import { checkBuild } from "./check-build";
import { checkContents } from "./check-contents";
import { digest, makeChecksums, sortEntries } from "./checksums";
import { MANIFEST_PATH, type ManifestReading, readManifest } from "./manifest";
import { openArchive } from "./open-archive";
import { openFolder } from "./open-folder";
import { readFile } from "./read-files";
import { makeFinding } from "./rules";

/** Opens a bundle, whichever kind it is. Who opens it closes it. */
export function openBundle({ kind, path }: BundleSource, limits: BundleLimits = DEFAULT_LIMITS): Promise<OpenBundle> {
  return kind === "supx" ? openArchive(path, limits) : openFolder(path, limits);
}

/**
 * Reads a bundle as a stream and checks everything about it. Whatever is wrong is a finding; nothing is thrown and
 * nothing is written.
 */
export async function readBundle(source: BundleSource, limits: BundleLimits = DEFAULT_LIMITS): Promise<BundleReading> {
  const opened = await openBundle(source, limits);
  try {
    const { entries, findings, reading } = await readContents(opened, source.path, limits);
    const all = [...opened.findings, ...findings];
    const { manifest } = reading ?? {};
    if (manifest === undefined) return { bundle: undefined, findings: all };
    all.push(...checkContents(manifest, opened.files, source.path), ...(await checkBuild(source, manifest)));
    if (all.some(({ severity }) => severity === "error")) return { bundle: undefined, findings: all };
    const { id, publisher, name, version } = manifest;
    const size = entries.reduce((total, entry) => total + entry.size, 0);
    const sorted = sortEntries(entries);
    const bundle = {
      ...{ source, id, publisher, name, version, manifest, size },
      entries: sorted,
      checksums: makeChecksums(sorted),
    };
    return { bundle, findings: all };
  } finally {
    await opened.close();
  }
}

interface Contents {
  readonly entries: BundleEntry[];
  readonly findings: Finding[];
  readonly reading: ManifestReading | undefined;
}

/** The manifest is read in any case; the others only where the limits allow to unpack them. */
async function readContents(opened: OpenBundle, path: string, limits: BundleLimits): Promise<Contents> {
  const entries: BundleEntry[] = [];
  const findings: Finding[] = [];
  let reading: ManifestReading | undefined;
  for (const file of opened.files) {
    if (file.path === MANIFEST_PATH) {
      const { text, ...rest } = await readManifestFile(file, path, limits);
      findings.push(...rest.findings);
      reading = { ...rest, text };
      if (text !== undefined) entries.push({ path: file.path, size: Buffer.byteLength(text), sha256: digest(text) });
    } else if (!opened.isTooMuch) {
      const read = await readFile(file);
      if ("wrong" in read) findings.push(makeFinding("entry-corrupt", { path, entry: file.path }, read.wrong));
      else entries.push(read);
    }
  }
  return { entries, findings, reading };
}

async function readManifestFile(file: BundleFile, path: string, limits: BundleLimits): Promise<ManifestReading> {
  const refuse = (finding: Finding) => ({ manifest: undefined, text: undefined, findings: [finding] });
  const subject = { path, entry: file.path };
  if (file.size > limits.manifestBytes)
    return refuse(makeFinding("manifest-too-large", subject, `manifest.json has ${file.size} bytes`));
  const chunks: Buffer[] = [];
  const read = await readFile(file, (chunk) => chunks.push(chunk));
  if ("wrong" in read) return refuse(makeFinding("entry-corrupt", subject, read.wrong));
  return readManifest(Buffer.concat(chunks), path);
}
