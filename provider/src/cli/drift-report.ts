import { stripVTControlCharacters } from "node:util";
import { toCodeBlock, toCodeSpan } from "../core/markdown";
import { count, plainLine } from "../core/plain-text";
import type { Comparison } from "../plan/compare-sides";
import { describeAsset } from "../settings/strategy";
import type { IdRow } from "./ids";
import { formatDifferences } from "./plan-report";

/** What was found out about a stack. */
export interface Drift {
  readonly stack: string;
  readonly url: string;
  /** What the server has against what was applied. */
  readonly comparison: Comparison;
  /** Every asset of the stack and of the server. */
  readonly ids: readonly IdRow[];
  /** Whether the engine found something to refresh. */
  readonly isMoved: boolean;
  /** What the engine printed. */
  readonly output: string;
}

/** Whether anything is not as it was deployed. */
export function hasDrifted({ comparison, ids, isMoved }: Drift): boolean {
  return isMoved || comparison.differences.length > 0 || listWrong(ids).length > 0;
}

/** The same in Markdown; empty where nothing drifted. */
export function formatDrift(drift: Drift): string {
  if (!hasDrifted(drift)) return "";
  const { stack, url, comparison, ids, output } = drift;
  const wrong = listWrong(ids);
  const outside = ids.filter(({ inStack }) => !inStack);
  const parts = [
    `\`${stack}\` (${toCodeSpan(url)}) is not as it was deployed. To bring it into the files: \`pulumi-superset pull --drifted --stack ${stack}\`. To undo it: deploy again.`,
    ...(comparison.differences.length === 0
      ? []
      : ["### Changed in Superset: as deployed → as it is", formatDifferences(comparison)]),
    ...(wrong.length === 0 ? [] : ["### Missing, or under another id", toCodeBlock(wrong.join("\n"))]),
    fold("What Pulumi says", stripVTControlCharacters(output).trim().split("\n")),
    ...(outside.length === 0
      ? []
      : [fold(`On the server, and not of this stack: ${count(outside.length, "asset")}`, outside.map(describeRow))]),
  ];
  return `${parts.join("\n\n")}\n`;
}

function listWrong(ids: readonly IdRow[]): string[] {
  return ids.flatMap((row) => row.findings.map((finding) => `${describeRow(row)} ${finding}`));
}

function describeRow({ kind, name }: IdRow): string {
  return plainLine(describeAsset(kind, name));
}

const MOST_LINES = 200;

/** Lines that few people want to see. */
function fold(title: string, lines: readonly string[]): string {
  const more = lines.length > MOST_LINES ? [`… and ${lines.length - MOST_LINES} more`] : [];
  const block = toCodeBlock([...lines.slice(0, MOST_LINES), ...more].join("\n"));
  return `<details>\n<summary>${title}</summary>\n\n${block}\n\n</details>`;
}
