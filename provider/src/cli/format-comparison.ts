import pc from "picocolors";
import { ASSET_KINDS } from "../assets/definition";
import { COLUMNS, count, plainLine, wrapText } from "../core/plain-text";
import { formatChange } from "../plan/changes/change";
import type { Comparison, Difference } from "../plan/compare-sides";
import { describeAsset } from "../settings/strategy";

/** A comparison for people, of 80 columns at most. */
export function formatComparison(title: string, { differences, same }: Comparison, onlyNumbers: boolean): string {
  const lines = onlyNumbers ? formatNumbers(differences) : differences.flatMap(formatDifference);
  return [pc.bold(plainLine(title)), ...lines, summarise(differences, same)].join("\n");
}

const SIGNS = { added: pc.green("+"), removed: pc.red("-"), changed: pc.yellow("~") };

function formatDifference({ kind, title, verdict, changes, seenIn, path }: Difference): string[] {
  const subject = plainLine(describeAsset(kind, title));
  const words = changes.map((change) => plainLine(formatChange(change)));
  const [first, ...others] = words;
  const isShort = first !== undefined && others.length === 0 && subject.length + first.length < COLUMNS - 4;
  const head = `${SIGNS[verdict]} ${subject}${isShort ? `: ${first}` : ""}`;
  const body = isShort ? [] : words.flatMap((text) => indent(text));
  const seen = seenIn.length === 0 || verdict === "added" ? [] : indent(describeSeen(seenIn)).map(pc.dim);
  const file = path === "" || verdict === "removed" ? [] : indent(plainLine(path)).map(pc.dim);
  return [head, ...body, ...seen, ...file];
}

function indent(text: string): string[] {
  return wrapText(text, COLUMNS - 6).map((line, index) => `    ${index === 0 ? "" : "  "}${line}`);
}

/** More names than these are only counted. */
const MOST_NAMES = 2;

function describeSeen(titles: readonly string[]): string {
  if (titles.length > MOST_NAMES) return `seen in ${count(titles.length, "dashboard")}`;
  return `seen in ${titles.map((title) => plainLine(describeAsset("dashboard", title))).join(" and ")}`;
}

function formatNumbers(differences: readonly Difference[]): string[] {
  return ASSET_KINDS.flatMap((kind) => {
    const ofKind = differences.filter((difference) => difference.kind === kind);
    return ofKind.length === 0 ? [] : [`${`${kind}s`.padEnd(12)}${countVerdicts(ofKind)}`];
  });
}

function summarise(differences: readonly Difference[], same: number): string {
  return differences.length === 0
    ? `No difference: ${count(same, "asset")}.`
    : `${countVerdicts(differences)}, ${same} the same`;
}

function countVerdicts(differences: readonly Difference[]): string {
  const verdicts = ["added", "removed", "changed"] as const;
  return verdicts
    .map((verdict) => `${differences.filter((difference) => difference.verdict === verdict).length} ${verdict}`)
    .join(", ");
}
