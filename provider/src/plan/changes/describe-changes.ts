import type { AssetDocument, AssetKind } from "../../assets/definition";
import { type Change, compareRest } from "./change";
import { describeChart } from "./chart-changes";
import { describeDashboard } from "./dashboard-changes";
import { describeDataset } from "./dataset-changes";

/** The title of another asset; its UUID where nobody knows one. */
export type TitleLookup = (kind: AssetKind, uuid: string) => string;

const DATABASE_SPOKEN_OF = new Set(["uuid", "version"]);

/**
 * What differs between two versions of one asset, in words.
 *
 * @param before in canonical form
 * @param after in canonical form, under the same UUIDs
 * @returns empty only where both are the same
 */
export function describeChanges(
  kind: AssetKind,
  before: AssetDocument,
  after: AssetDocument,
  titleOf: TitleLookup,
): Change[] {
  const changes = describeKind(kind, before, after, titleOf);
  // Whatever nobody has words for is still named.
  return changes.length > 0 || JSON.stringify(before) === JSON.stringify(after) ? changes : [{ what: "something" }];
}

function describeKind(kind: AssetKind, before: AssetDocument, after: AssetDocument, titleOf: TitleLookup): Change[] {
  switch (kind) {
    case "database":
      return compareRest(before, after, DATABASE_SPOKEN_OF);
    case "dataset":
      return describeDataset(before, after, titleOf);
    case "chart":
      return describeChart(before, after, titleOf);
    case "dashboard":
      return describeDashboard(before, after, titleOf);
  }
}
