import { type StructuredPatchHunk, structuredPatch } from "diff";
import { toCanonicalText } from "./canonical";
import type { AssetDocument, AssetKind } from "./definition";
import { alignCharts } from "./merge-definition";
import { compareText } from "./values";

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
  return compareTexts(toTexts(kind, before, after), context);
}

/**
 * The lines that differ between two versions of an asset, each with the keys that it stands under:
 * `- params › row_limit: 100`, `+ params › row_limit: 50`.
 */
export function listChangedLines(kind: AssetKind, before: AssetDocument, after: AssetDocument): string[] {
  const texts = toTexts(kind, before, after);
  const [from, to] = texts.map(placeLines);
  return compareTexts(texts, 0).flatMap(({ lines, oldStart, newStart }) => {
    let [old, now] = [oldStart - 1, newStart - 1];
    const placed = lines.flatMap((line) => {
      if (line.startsWith("-")) return [["-", from?.[old++] ?? ""]];
      return line.startsWith("+") ? [["+", to?.[now++] ?? ""]] : [];
    });
    // The old and the new value of a key beside each other.
    const keyOf = ([, text = ""]: string[]) => text.slice(0, text.indexOf(":") + 1) || text;
    return placed.toSorted((left, right) => compareText(keyOf(left), keyOf(right))).map((line) => line.join(" "));
  });
}

function toTexts(kind: AssetKind, before: AssetDocument | undefined, after: AssetDocument): readonly [string, string] {
  const align = alignCharts(kind, before === undefined ? [after] : [before, after]);
  return [before === undefined ? "" : toCanonicalText(align(before)), toCanonicalText(align(after))];
}

function compareTexts([before, after]: readonly [string, string], context: number): readonly StructuredPatchHunk[] {
  return structuredPatch("", "", before, after, "", "", { context }).hunks;
}

/** The lines of a canonical text, each behind the keys that it stands under. */
function placeLines(text: string): string[] {
  const parents: { readonly indent: number; readonly key: string }[] = [];
  return text.split("\n").map((line) => {
    const content = line.trimStart();
    // The keys of a list's items stand two columns further than its dashes.
    const indent = line.length - content.length + (content.startsWith("- ") ? 2 : 0);
    while ((parents.at(-1)?.indent ?? -1) >= indent) parents.pop();
    const place = [...parents.map(({ key }) => key), content].join(" › ");
    const key = /^(?:- )?([^:]+):$/.exec(content)?.[1];
    if (key !== undefined) parents.push({ indent, key });
    return place;
  });
}
