import pc from "picocolors";
import { compareVersions } from "../assets/compare-versions";
import type { AssetDocument, AssetKind, Definition } from "../assets/definition";
import type { MergeConflict } from "../assets/merge-definition";
import { writeYaml } from "../assets/parse-yaml";
import type { KeyPath } from "../assets/values";
import { describeAsset } from "../settings/strategy";
import { COLUMNS, count, fitWidth, plainLine, plainText } from "./plain-text";
import type { PulledAsset } from "./pull";
import type { Pulled } from "./pull-plan";

/** A longer value of a conflict is cut off: whole layouts may conflict. */
const MOST_LINES = 20;

/** What is to be done about one asset; undefined where nothing is. */
export function formatPulled({ asset, path, pulled }: PulledAsset): string | undefined {
  if (pulled.verdict === "nothing") return undefined;
  return [formatSubject(path, asset.kind, asset.title), ...formatVerdict(asset.kind, pulled)].join("\n");
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

function formatVerdict(kind: AssetKind, pulled: Exclude<Pulled, { verdict: "nothing" }>): string[] {
  switch (pulled.verdict) {
    case "write":
      return [
        ...pulled.decided.map(({ path }) => `  conflict at ${formatPath(path)}, decided by your choice`),
        formatDiff(kind, [pulled.before, "the file as it is"], [pulled.after, "as it would be"]),
      ];
    case "conflict":
      return [
        pc.yellow(`  ${count(pulled.conflicts.length, "conflict")}; the file stays as it is`),
        ...(pulled.hasBase ? [] : ["  What was last deployed is not known, so every difference is a conflict."]),
        ...pulled.conflicts.map((conflict) => formatConflict(conflict, pulled.hasBase)),
      ];
    case "fileless":
      return [
        "  It has no file here: change it where it is declared.",
        formatDiff(kind, [pulled.before, "as last deployed"], [pulled.after, "on the server"]),
      ];
  }
}

type Version = readonly [document: AssetDocument, label: string];

/** What changes between two versions, as a unified diff of canonical YAML. */
function formatDiff(kind: AssetKind, before: readonly [AssetDocument | undefined, string], after: Version): string {
  const lines = compareVersions(kind, before[0], after[0], 3).flatMap(
    ({ oldStart, oldLines, newStart, newLines, lines: inside }) => [
      pc.cyan(`@@ -${oldStart},${oldLines} +${newStart},${newLines} @@`),
      ...inside.map((line) => colourLine(plainText(line))),
    ],
  );
  return [pc.red(`--- ${before[1]}`), pc.green(`+++ ${after[1]}`), ...lines].join("\n");
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
