import { digestText, fromCanonicalText } from "../assets/canonical";
import type { AssetDocument, Definition } from "../assets/definition";
import type { StateAsset } from "./stack-state";

/** The definition of an asset in the assets folder. */
export interface AssetFile {
  readonly definition: Definition;
  /** Path on the disk. */
  readonly location: string;
}

/**
 * Finds what was last applied.
 *
 * @returns undefined where it is not known (a state of 0.1 after a refresh); then nobody knows who changed what
 */
export function findMergeBase(
  { applied, yaml, checksum }: StateAsset,
  file: AssetFile | undefined,
): AssetDocument | undefined {
  if (applied !== undefined) return fromCanonicalText(applied);
  // A refresh puts what is on the server in its place.
  if (digestText(yaml) === checksum) return fromCanonicalText(yaml);
  return file?.definition.digest === checksum ? file.definition.document : undefined;
}
