import { type StructuredPatchHunk, structuredPatch } from "diff";
import { toCanonicalText } from "./canonical";
import type { AssetDocument, AssetKind } from "./definition";
import { alignCharts } from "./merge-definition";

/**
 * What differs between two versions of an asset, as a unified diff of their canonical YAML.
 *
 * @param before absent: nothing
 * @param context how many equal lines stand around what differs
 */
export function compareVersions(
  kind: AssetKind,
  before: AssetDocument | undefined,
  after: AssetDocument,
  context: number,
): readonly StructuredPatchHunk[] {
  const align = alignCharts(kind, before === undefined ? [after] : [before, after]);
  const [from, to] = [before, after].map((version) => (version === undefined ? "" : toCanonicalText(align(version))));
  return structuredPatch("", "", from ?? "", to ?? "", "", "", { context }).hunks;
}
