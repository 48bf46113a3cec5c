import { stripVTControlCharacters } from "node:util";
import { toCodeBlock } from "../core/markdown";
import { plainLine } from "../core/plain-text";
import type { Comparison } from "../plan/compare-sides";
import { formatComparison } from "./format-comparison";

/** What a deployment would do, for people who do not sit at the terminal. */
export interface PlanReport {
  readonly stack: string;
  readonly comparison: Comparison;
  /** What is done beside that, such as rules and assets that are only taken over; a line each. */
  readonly others?: readonly string[];
  /** `2 assets: 1 to create, 1 to update.`; undefined where there is nothing to do. */
  readonly summary?: string;
}

/** A plan in Markdown. All that others wrote stands in one block of code. */
export function formatPlanReport({ stack, comparison, others = [], summary }: PlanReport): string {
  const head = headline(stack);
  if (summary === undefined) return `${head}\n\nNothing to do: the server has it all already.\n`;
  const parts = [
    ...(comparison.differences.length === 0 ? [] : [formatDifferences(comparison)]),
    ...(others.length === 0 ? [] : [toCodeBlock(others.map(plainLine).join("\n"))]),
  ];
  return `${head}\n\n**${summary}**\n\n${parts.join("\n\n")}\n`;
}

/** The differences of two sides, coloured as GitHub colours changes of code. */
export function formatDifferences(comparison: Comparison): string {
  const lines = stripVTControlCharacters(formatComparison("", comparison, false))
    .trim()
    .split("\n");
  return toCodeBlock(lines.map((line) => line.replace(/^~ /, "! ")).join("\n"), "diff");
}

/** Why there is no plan, in Markdown. */
export function formatPlanFailure(stack: string, why: string): string {
  const reason = stripVTControlCharacters(why).trim();
  return `${headline(stack)}\n\n**There is no plan: something is wrong.**\n\n${toCodeBlock(reason)}\n`;
}

function headline(stack: string): string {
  return `### Plan for \`${stack}\``;
}

/** The part of Pulumi's output that says what went wrong. */
export function pickDiagnostics(output: string): string {
  const text = stripVTControlCharacters(output);
  const at = text.lastIndexOf("\nDiagnostics:\n");
  return at === -1 ? text.split("\n").slice(-LAST_LINES).join("\n") : text.slice(at + 1);
}

const LAST_LINES = 40;
