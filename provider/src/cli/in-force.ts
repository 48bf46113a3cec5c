import type { Manifest } from "./manifest";

/**
 * Which of the changes of a stack its server still has: a rollback brings back what was there before the manifest that it
 * undoes, and so undoes later ones too; undone itself, it lets them return.
 *
 * @param manifests the newest first
 * @returns ids
 */
export function findInForce(manifests: readonly Manifest[]): ReadonlySet<string> {
  const before = new Map<string, readonly string[]>();
  let now: readonly string[] = [];
  for (const { id, status, undoes } of manifests.toReversed()) {
    before.set(id, now);
    // What was refused or died has changed something, or nothing: nobody knows. It counts as a part of the next one.
    const base = undoes !== undefined && status === "done" ? (before.get(undoes) ?? now) : now;
    now = [...base, id];
  }
  return new Set(now);
}

/**
 * The manifest to go back to, where people name none: the newest one, and of a promotion that took several runs the first,
 * which alone has what was there before all of them.
 *
 * @param manifests the newest first
 */
export function findFirstRun(manifests: readonly Manifest[]): Manifest | undefined {
  const [newest, ...older] = manifests;
  let first = newest;
  for (const manifest of older) {
    const isSame = manifest.kind === "promotion" && first?.kind === "promotion" && manifest.commit === first.commit;
    if (!isSame || manifest.commit === undefined || manifest.status === "done") break;
    first = manifest;
  }
  return first;
}
