import { type StructuredPatchHunk, structuredPatch } from "diff";
import pc from "picocolors";
import { compareVersions } from "../assets/compare-versions";
import type { AssetKind, Definition } from "../assets/definition";
import type { MergeConflict } from "../assets/merge-definition";
import { writeYaml } from "../assets/parse-yaml";
import type { KeyPath } from "../assets/values";
import type { FileChange } from "../assets/write-file";
import { COLUMNS, count, fitWidth, plainLine, plainText } from "../core/plain-text";
import { describeAsset } from "../settings/strategy";
import type { PulledAsset } from "./pull";
import type { Pulled } from "./pull-plan";

/** A longer value of a conflict is cut off: whole layouts may conflict. */
const MOST_LINES = 20;

/** How many equal lines stand around what differs. */
const CONTEXT = 3;

/**
 * What is to be done about one asset; undefined where nothing is.
 *
 * @param change what is to be written into its file
 */
export function formatPulled({ asset, path, pulled }: PulledAsset, change?: FileChange): string | undefined {
  if (pulled.verdict === "nothing") return undefined;
  return [formatSubject(path, asset.kind, asset.title), ...formatVerdict(asset.kind, pulled, change)].join("\n");
}

/** A file that is to be new. */
export function formatNew({ path, kind, title, canonical }: Definition, usedBy: string): string {
  const lines = count(canonical.trimEnd().split("\n").length, "line");
  return `${formatSubject(path, kind, title)}\n  ${pc.green("new")}, ${lines}, used by ${plainLine(usedBy)}`;
}

/** `charts/revenue.yaml: chart "Revenue"` */
function formatSubject(path: string, kind: AssetKind, title: string): string {
  return pc.bold(fitWidth(plainLine(`${path}: ${describeAsset(kind, title)}`), COLUMNS));
}

function formatVerdict(
  kind: AssetKind,
  pulled: Exclude<Pulled, { verdict: "nothing" }>,
  change: FileChange | undefined,
): string[] {
  switch (pulled.verdict) {
    case "write":
      return [
        ...pulled.decided.map(({ path }) => `  conflict at ${formatPath(path)}, decided by your choice`),
        ...(change === undefined ? [] : [formatChange(change)]),
      ];
    case "kept":
      return pulled.decided.map(
        ({ path }) => `  conflict at ${formatPath(path)}: by your choice the file stays as it is`,
      );
    case "conflict":
      return [
        pc.yellow(`  ${count(pulled.conflicts.length, "conflict")}; the file stays as it is`),
        ...(pulled.hasBase ? [] : ["  What was last deployed is not known, so every difference is a conflict."]),
        ...pulled.conflicts.map((conflict) => formatConflict(conflict, pulled.hasBase)),
      ];
    case "fileless":
      return [
        "  It has no file here: change it where it is declared.",
        formatDiff(compareVersions(kind, pulled.before, pulled.after, CONTEXT), "as last deployed", "on the server"),
      ];
  }
}

/** The lines of the file itself, so that people find them there. */
function formatChange({ before = "", after }: FileChange): string {
  const { hunks } = structuredPatch("", "", before, after, "", "", { context: CONTEXT });
  return formatDiff(hunks, "the file as it is", "as it would be");
}

/** What changes between two texts, as a unified diff. */
function formatDiff(hunks: readonly StructuredPatchHunk[], before: string, after: string): string {
  const lines = hunks.flatMap(({ oldStart, oldLines, newStart, newLines, lines: inside }) => [
    pc.cyan(`@@ -${oldStart},${oldLines} +${newStart},${newLines} @@`),
    ...inside.map((line) => colourLine(plainText(line))),
  ]);
  return [pc.red(`--- ${before}`), pc.green(`+++ ${after}`), ...lines].join("\n");
}

function formatPath(path: KeyPath): string {
  return plainLine(path.join(" › "));
}

function colourLine(line: string): string {
  if (line.startsWith("-")) return pc.red(line);
  return line.startsWith("+") ? pc.green(line) : line;
}

/** A conflict with the values of both sides, marked as git marks them. */
function formatConflict(conflict: MergeConflict, hasBase: boolean): string {
  const { path, base, ours, theirs } = conflict;
  const key = String(path.at(-1) ?? "");
  const lines = [
    pc.bold(formatPath(path)),
    pc.red("<<<<<<< in the file"),
    ...formatValue(key, ours),
    ...(hasBase ? [pc.dim("||||||| as last deployed"), ...formatValue(key, base).map(pc.dim)] : []),
    "=======",
    ...formatValue(key, theirs),
    pc.green(">>>>>>> on the server"),
  ];
  return lines.map((line) => `  ${line}`).join("\n");
}

function formatValue(key: string, value: unknown): string[] {
  if (value === undefined) return ["(not there)"];
  const lines = plainText(writeYaml({ [key]: value }))
    .trimEnd()
    .split("\n");
  if (lines.length <= MOST_LINES) return lines;
  return [...lines.slice(0, MOST_LINES), `(${count(lines.length - MOST_LINES, "more line")})`];
}
