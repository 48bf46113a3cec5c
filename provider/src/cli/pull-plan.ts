import { isDeepStrictEqual } from "node:util";
import { canonicalise } from "../assets/canonical";
import type { AssetDocument } from "../assets/definition";
import { type ExportedContent, withoutInherited } from "../assets/inherited";
import { type MergeConflict, mergeDefinition, type PreferredSide } from "../assets/merge-definition";
import { dropRetained } from "../assets/retained-mark";
import { type AssetFile, findMergeBase } from "./merge-base";
import type { StateAsset } from "./stack-state";

/** What `pull` does about one asset that was changed on the server. */
export type Pulled =
  /** The server's version is in the file already, or is what was last applied. */
  | { readonly verdict: "nothing" }
  | {
      readonly verdict: "write";
      readonly file: AssetFile;
      /** Canonical form of the file as it shall be. */
      readonly after: AssetDocument;
      /** Conflicts that were decided by the person's choice. */
      readonly decided: readonly MergeConflict[];
      /** Whether the file then says what the server has, and nothing of its own. */
      readonly isLikeServer: boolean;
    }
  /** The person chose the values of the file, and nothing else is to be brought into it. */
  | { readonly verdict: "kept"; readonly file: AssetFile; readonly decided: readonly MergeConflict[] }
  | {
      readonly verdict: "conflict";
      readonly file: AssetFile;
      readonly conflicts: readonly MergeConflict[];
      /** Whether it is known what was last applied. */
      readonly hasBase: boolean;
    }
  /** A program declares it, or its file was removed. */
  | { readonly verdict: "fileless"; readonly before: AssetDocument | undefined; readonly after: AssetDocument };

/**
 * Decides about one asset.
 *
 * @param server what the server has, in canonical form, under the definition's UUIDs
 * @param prefer whose value counts at a conflict; absent: a conflict stops the asset
 */
export function planPull(
  asset: StateAsset,
  file: AssetFile | undefined,
  server: ExportedContent,
  prefer: PreferredSide | undefined,
): Pulled {
  const { kind } = asset;
  const versions = readVersions(asset, file, server);
  const { base, ours, others } = versions;
  if (!differs(versions)) return { verdict: "nothing" };
  if (file === undefined || ours === undefined) return { verdict: "fileless", before: base, after: others };
  const merged = mergeDefinition(kind, { ours, theirs: others, ...(base !== undefined && { base }) }, prefer);
  const { document: after, conflicts } = merged;
  if (conflicts.length > 0 && prefer === undefined) {
    return { verdict: "conflict", file, conflicts, hasBase: base !== undefined };
  }
  if (!isDeepStrictEqual(after, ours)) {
    return { verdict: "write", file, after, decided: conflicts, isLikeServer: isDeepStrictEqual(after, others) };
  }
  return conflicts.length > 0 ? { verdict: "kept", file, decided: conflicts } : { verdict: "nothing" };
}

/**
 * Whether people changed an asset on the server: to something else than what was last applied, and than its file says.
 *
 * @param server as {@link planPull} takes it
 */
export function isDrifted(asset: StateAsset, file: AssetFile | undefined, server: ExportedContent): boolean {
  return differs(readVersions(asset, file, server));
}

/** The versions of one asset, in one form. */
interface AssetVersions {
  /** What was last applied, where that is known. */
  readonly base: AssetDocument | undefined;
  /** What the file says; where there is none, what was last applied. */
  readonly ours: AssetDocument | undefined;
  /** What the server has. */
  readonly others: AssetDocument;
}

function readVersions(asset: StateAsset, file: AssetFile | undefined, server: ExportedContent): AssetVersions {
  const { kind } = asset;
  const applied = findMergeBase(asset, file);
  const stated = file?.definition.document ?? applied;
  const base = applied && canonicalise(kind, applied);
  const ours = stated && canonicalise(kind, stated);
  const own = withoutInherited(server, base ?? ours);
  return { base, ours, others: canonicalise(kind, dropRetained(own, asset.retained, [base, ours])) };
}

function differs({ base, ours, others }: AssetVersions): boolean {
  return !isDeepStrictEqual(others, base) && !isDeepStrictEqual(others, ours);
}
