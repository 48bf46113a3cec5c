import { fromCanonicalText } from "../assets/canonical";
import { listChangedLines } from "../assets/compare-versions";
import type { AssetKind } from "../assets/definition";

/** A drift of more lines is cut off: whole layouts may change. */
const MOST_LINES = 40;

/**
 * What somebody changed, as lines of the definition: `-` as applied, `+` as it is now.
 *
 * @param applied canonical text; undefined where a state of 0.1 does not tell it
 * @param now canonical text of what the target has
 */
export function listDrift(kind: AssetKind, applied: string | undefined, now: string): string[] {
  if (applied === undefined) return ["changed on the target; what was applied is not known line by line"];
  const lines = listChangedLines(kind, fromCanonicalText(applied), fromCanonicalText(now));
  const rest = lines.length - MOST_LINES;
  if (rest <= 0) return lines;
  return [...lines.slice(0, MOST_LINES), `… and ${rest} more lines: pulumi-superset pull --drifted --dry-run`];
}
