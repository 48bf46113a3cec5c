import { relative } from "node:path";
import type { ExtensionBundle } from "../../extensions/bundle";

/** A path as people wrote it: below where they are, relative to that. */
export function showPath(path: string): string {
  const shown = relative(process.cwd(), path);
  return shown === "" ? "." : shown.startsWith("..") ? path : shown;
}

/** `6.2 KB`; whole bytes below that. */
export function formatSize(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const [size, unit] = bytes < 1_000_000 ? [bytes / 1000, "KB"] : [bytes / 1_000_000, "MB"];
  return `${size.toFixed(1)} ${unit}`;
}

/** Enough of a checksum to tell two apart. */
export function shortChecksum(checksum: string): string {
  return checksum.slice(0, 12);
}

/** A bundle as programs get it. */
export function toBundleReport({ id, version, source, checksums, entries, size }: ExtensionBundle) {
  return { id, version, path: source.path, kind: source.kind, checksums, files: entries.length, size };
}
