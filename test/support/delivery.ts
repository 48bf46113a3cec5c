import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { type ExtensionTarget, type Lease, withLease as takeLease } from "../../provider/src/delivery/target";
import { type UpsertOptions, upsertExtensions } from "../../provider/src/delivery/upsert";
import type { ExtensionBundle } from "../../provider/src/extensions/bundle";
import { readBundle } from "../../provider/src/extensions/read-bundle";
import { bundleOf, writeBundleFolder } from "./bundles";

/** A folder that goes with the test. */
export function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "delivery-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Writes a development folder of an extension; its path. */
export function writeExtension(parent: string, id: string, version: string, code?: string): string {
  const folder = join(parent, `${id}-folder`);
  rmSync(folder, { recursive: true, force: true });
  writeBundleFolder(folder, { ...bundleOf(id, version), ...(code && { "frontend/dist/code.js": code }) });
  return folder;
}

/** A sound bundle of a development folder that goes with the test. */
export function makeBundle(id: string, version: string, code?: string): Promise<ExtensionBundle> {
  return readSound("folder", writeExtension(makeFolder(), id, version, code));
}

export async function readSound(kind: "folder" | "supx", path: string): Promise<ExtensionBundle> {
  const { bundle, findings } = await readBundle({ kind, path });
  if (bundle === undefined) throw new Error(`${path} is not sound: ${JSON.stringify(findings)}`);
  return bundle;
}

/** Does something with the lock of an extension in hand. */
export function withLease<T>(target: ExtensionTarget, id: string, work: (lease: Lease) => Promise<T>): Promise<T> {
  return takeLease(target, id, 10_000, {
    work,
    onHeld() {
      throw new Error(`The lock of ${id} is not to be had.`);
    },
  });
}

/** Runs an upsert of a folder; its result, and its log as lines `LEVEL - text`. */
export async function upsertWithLog(options: Pick<UpsertOptions, "discovery" | "target"> & Partial<UpsertOptions>) {
  const lines: string[] = [];
  const tell: UpsertOptions["tell"] = (level, line) => void lines.push(`${level} - ${line}`);
  const result = await upsertExtensions({ lockTimeoutMs: 0, tell, ...options });
  return { result, lines };
}

/** What Superset would take from a folder: id and version of each `*.supx` in it, by file name. */
export async function readAsSuperset(folder: string): Promise<Record<string, string>> {
  const names = readdirSync(folder).filter((name) => name.endsWith(".supx"));
  const read = await Promise.all(names.map((name) => readSound("supx", join(folder, name))));
  return Object.fromEntries(read.map(({ id, version }, index) => [names[index] ?? "", `${id} ${version}`]));
}

/** All files below a folder with their content, without the locks, which stay for ever. */
export function readTree(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map((entry) => join(entry.parentPath, entry.name)).filter((path) => !path.includes("/locks/"));
  return Object.fromEntries(paths.sort().map((path) => [path.slice(folder.length + 1), readFileSync(path, "latin1")]));
}
