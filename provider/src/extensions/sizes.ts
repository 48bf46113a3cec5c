import type { BundleLimits, Finding } from "./bundle";
import { makeFinding } from "./rules";

const MEGABYTE = 1024 * 1024;

/** What an entry says of its length, before anything is unpacked. */
interface Measured {
  readonly path: string;
  readonly size: number;
  /** Bytes that are stored of it; absent on a disk. */
  readonly stored?: number;
}

/** Findings about what a bundle says of its own size. */
export function checkSizes(
  files: readonly Measured[],
  { path, limits }: { readonly path: string; readonly limits: BundleLimits },
): Finding[] {
  const findings: Finding[] = [];
  if (files.length > limits.entries)
    findings.push(makeFinding("bundle-too-large", { path }, `it has over ${limits.entries} files`));
  for (const { path: entry, size } of files)
    if (size > limits.entryBytes)
      findings.push(makeFinding("entry-too-large", { path, entry }, `${entry} has ${megabytes(size)}`));
  const total = sum(files.map(({ size }) => size));
  if (total > limits.totalBytes)
    findings.push(makeFinding("bundle-too-large", { path }, `its files have ${megabytes(total)} together`));
  const stored = sum(files.map((file) => file.stored ?? file.size));
  if (total > stored * limits.ratio)
    findings.push(makeFinding("zip-bomb", { path }, `${megabytes(total)} are stored in ${stored} bytes`));
  return findings;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / MEGABYTE)} MB`;
}
