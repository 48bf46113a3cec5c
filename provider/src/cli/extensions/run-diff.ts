import { existsSync } from "node:fs";
import { formatJson } from "../../core/plain-text";
import { openTarget } from "../../delivery/open-target";
import type { ExtensionBundle } from "../../extensions/bundle";
import { type BundleChanges, compareBundles } from "../../extensions/compare";
import { tell } from "../progress";
import { hasErrors } from "./findings-report";
import { invalid, readPath } from "./read-paths";

/** What `diff` was called with. */
export interface DiffBundlesOptions {
  readonly json?: boolean;
}

/** An extension on one side. */
export interface SideExtension {
  readonly id: string;
  readonly version: string;
  /** Of the whole. */
  readonly checksum: string;
  /** Absent where only the target's record was read. */
  readonly bundle?: ExtensionBundle;
}

/** How one extension differs. */
export interface ExtensionChange {
  readonly id: string;
  readonly change: "added" | "removed" | "changed" | "same";
  readonly before: string | null;
  readonly after: string | null;
  /** Where both sides could be read to the last file. */
  readonly parts?: BundleChanges;
}

/**
 * Prints what differs between two sides.
 *
 * @returns the exit code
 */
export async function runDiffBundles(from: string, to: string, { json }: DiffBundlesOptions): Promise<number> {
  const changes = compareSides(await readSide(from, true), await readSide(to, false));
  process.stdout.write(json ? `${formatJson({ version: 1, extensions: changes })}\n` : formatChanges(changes));
  return changes.every(({ change }) => change === "same") ? 0 : 7;
}

/** @param mayBeMissing a folder that is not there yet is an empty target: the first delivery adds everything */
async function readSide(place: string, mayBeMissing: boolean): Promise<SideExtension[]> {
  if (/^s3:\/\//i.test(place)) {
    const delivered = await openTarget(place).list();
    return delivered.filter(({ state }) => state !== "missing");
  }
  if (mayBeMissing && !existsSync(place) && !place.endsWith(".supx")) {
    tell(`${place} is not there yet, and counts as empty.`);
    return [];
  }
  const { bundles, findings } = await readPath(place);
  if (hasErrors(findings)) throw invalid(place, findings);
  return bundles.map((bundle) => {
    const { id, version, checksums } = bundle;
    return { id, version, checksum: checksums.whole, bundle };
  });
}

/** What differs, in the order of the ids. */
export function compareSides(before: readonly SideExtension[], after: readonly SideExtension[]): ExtensionChange[] {
  const [old, now] = [before, after].map((side) => new Map(side.map((each) => [each.id, each])));
  const ids = [...new Set([...before, ...after].map(({ id }) => id))].sort();
  return ids.map((id) => compareOne(id, old?.get(id), now?.get(id)));
}

function compareOne(id: string, old: SideExtension | undefined, now: SideExtension | undefined): ExtensionChange {
  const versions = { before: old?.version ?? null, after: now?.version ?? null };
  if (old === undefined || now === undefined)
    return { id, change: old === undefined ? "added" : "removed", ...versions };
  if (old.checksum === now.checksum) return { id, change: "same", ...versions };
  const parts = old.bundle && now.bundle && compareBundles(old.bundle, now.bundle);
  return { id, change: "changed", ...versions, ...(parts && { parts }) };
}

const SIGNS: Readonly<Record<ExtensionChange["change"], string>> = {
  added: "+",
  removed: "-",
  changed: "~",
  same: "=",
};

/** What differs, for people. */
export function formatChanges(changes: readonly ExtensionChange[]): string {
  const lines = changes.filter(({ change }) => change !== "same").flatMap(formatChange);
  const numberOf = (wanted: ExtensionChange["change"]) => changes.filter(({ change }) => change === wanted).length;
  const sum = `${numberOf("added")} added, ${numberOf("removed")} removed, ${numberOf("changed")} changed, ${numberOf("same")} the same`;
  return [...lines, sum, ""].join("\n");
}

function formatChange({ id, change, before, after, parts }: ExtensionChange): string[] {
  const versions = before === null || after === null || before === after ? (after ?? before) : `${before} → ${after}`;
  const head = `${SIGNS[change]} ${id} ${versions}`;
  if (parts === undefined) return [head];
  const names = (["manifest", "frontend", "backend"] as const).filter((part) => parts[part]);
  const files = [
    ...parts.added.map((path) => `    + ${path}`),
    ...parts.removed.map((path) => `    - ${path}`),
    ...parts.changed.map((path) => `    ~ ${path}`),
  ];
  const restart = parts.backend ? "; Superset must be started again for its backend" : "";
  return [`${head}: ${names.join(", ")}${restart}`, ...files];
}
