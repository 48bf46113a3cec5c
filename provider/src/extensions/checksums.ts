import { createHash } from "node:crypto";
import type { BundleChecksums, BundleEntry } from "./bundle";
import { partOf } from "./entry-names";

/** The checksums of a bundle's parts, from the digests of its files. */
export function makeChecksums(entries: readonly BundleEntry[]): BundleChecksums {
  const manifest = entries.find(({ path }) => partOf(path) === "manifest")?.sha256 ?? "";
  const [frontend, backend] = [digestPart(entries, "frontend"), digestPart(entries, "backend")];
  const parts = { manifest, ...(frontend && { frontend }), ...(backend && { backend }) };
  // JSON, so that no name can be taken for a part of another one.
  return { ...parts, whole: digest(JSON.stringify([manifest, frontend ?? null, backend ?? null])) };
}

function digestPart(entries: readonly BundleEntry[], part: "frontend" | "backend"): string | undefined {
  const lines = sortEntries(entries.filter(({ path }) => partOf(path) === part));
  if (lines.length === 0) return undefined;
  return digest(JSON.stringify(lines.map(({ path, size, sha256 }) => [path, size, sha256])));
}

/** The manifest first, because Superset reads it first; then by code unit, the same on every machine. */
export function sortEntries(entries: readonly BundleEntry[]): BundleEntry[] {
  const rank = ({ path }: BundleEntry) => (partOf(path) === "manifest" ? 0 : 1);
  return [...entries].sort((left, right) => rank(left) - rank(right) || (left.path < right.path ? -1 : 1));
}

/** SHA-256 of a text, hexadecimal. */
export function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
