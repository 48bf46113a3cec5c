import type { ExtensionBundle } from "./bundle";

/** What of a bundle tells its content. */
export type BundleContent = Pick<ExtensionBundle, "version" | "checksums" | "entries">;

/** What is different between two bundles; paths in order. */
export interface BundleChanges {
  readonly isSame: boolean;
  /** Absent where it is the same. */
  readonly version?: { readonly from: string; readonly to: string };
  readonly manifest: boolean;
  readonly frontend: boolean;
  /** Code that Superset loads only when it starts. */
  readonly backend: boolean;
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

/** What changes where one bundle takes the place of another. */
export function compareBundles(before: BundleContent, after: BundleContent): BundleChanges {
  const [old, now] = [listDigests(before), listDigests(after)];
  const isDifferent = (part: "manifest" | "frontend" | "backend") => before.checksums[part] !== after.checksums[part];
  return {
    isSame: before.checksums.whole === after.checksums.whole,
    ...(before.version !== after.version && { version: { from: before.version, to: after.version } }),
    ...{ manifest: isDifferent("manifest"), frontend: isDifferent("frontend"), backend: isDifferent("backend") },
    added: [...now.keys()].filter((path) => !old.has(path)),
    changed: [...now].flatMap(([path, sha256]) => (old.has(path) && old.get(path) !== sha256 ? [path] : [])),
    removed: [...old.keys()].filter((path) => !now.has(path)),
  };
}

function listDigests({ entries }: BundleContent): Map<string, string> {
  return new Map(entries.map(({ path, sha256 }) => [path, sha256]));
}
