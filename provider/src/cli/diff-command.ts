import type { Command } from "commander";
import pc from "picocolors";
import { ASSET_KINDS } from "../assets/definition";
import { formatChange } from "../plan/changes/change";
import { type Comparison, compareSides, type Difference } from "../plan/compare-sides";
import { describeAsset } from "../settings/strategy";
import { COLUMNS, count, formatJson, plainLine, wrapText } from "./plain-text";
import { createSideFilter, readSide, SIDE_HELP } from "./sides";

const DESCRIPTION = `Say in words what differs between two sides: which databases, datasets, charts and dashboards were added, removed or changed on the way from the first to the second, and in which dashboards that is seen.

A side is ${SIDE_HELP}. Of a git revision it is the assets folder. What has another UUID on another server counts as the same if its database name, its database, schema and table, or its slug is the same. Addresses of databases are compared between files only: each server has its own.`;

const EXAMPLES = `
Examples:
  pulumi-superset diff qa production
  pulumi-superset diff production assets
  pulumi-superset diff HEAD~1 assets --stat
  pulumi-superset diff backup.zip production --json

Exit codes: 0 no difference, 1 failed, 2 bad usage, 3 files that cannot be read,
7 they differ`;

interface CommandOptions {
  readonly cwd: string;
  readonly stat?: boolean;
  readonly json?: boolean;
}

/** `pulumi-superset diff A B`: what differs, in words. */
export function addDiffCommand(program: Command): void {
  program
    .command("diff")
    .summary("say what differs between servers, folders, commits and bundles")
    .description(DESCRIPTION)
    .argument("<from>", SIDE_HELP)
    .argument("<to>", "the same")
    .option("-C, --cwd <folder>", "folder of Pulumi.yaml", ".")
    .option("--stat", "only how many of each kind")
    .option("--json", "print JSON, for programs")
    .addHelpText("after", EXAMPLES)
    .action(async (from: string, to: string, options: CommandOptions) => {
      process.exitCode = await printDifferences(from, to, options);
    });
}

/** @returns the exit code */
async function printDifferences(from: string, to: string, { cwd, stat, json }: CommandOptions): Promise<number> {
  // One after the other: each may draw its own line of progress.
  const left = await readSide(from, cwd);
  const right = await readSide(to, cwd);
  const { differences: all, same } = compareSides(left, right);
  const isIncluded = createSideFilter([left, right]);
  const differences = all.filter(({ path }) => isIncluded(path));
  if (json)
    process.stdout.write(`${formatJson({ version: 1, from: left.label, to: right.label, same, differences })}\n`);
  else
    process.stdout.write(
      `${formatComparison(`${left.label} → ${right.label}`, { differences, same }, stat === true)}\n`,
    );
  return differences.length > 0 ? 7 : 0;
}

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
