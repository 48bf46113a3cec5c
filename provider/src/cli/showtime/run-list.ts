import pc from "picocolors";
import { openAws } from "../../aws/clients";
import { ProblemError } from "../../core/errors";
import { suggestNearest } from "../../core/nearest";
import { COLUMNS, formatJson, wrapText } from "../../core/plain-text";
import { listEnvironments } from "../../environment/list";
import type { EnvironmentStatus } from "../../showtime/environment";
import { showStep } from "../progress";
import { describeBelow, type EnvironmentRow, listColumns, type Place, toReport, toRows } from "./environment-rows";
import { readShowtimeSettings } from "./settings-file";
import { formatTable, tableWidth } from "./tables";

/** What `list` was called with. */
export interface ListOptions {
  readonly cwd: string;
  /** Only those that do so. */
  readonly status?: string;
  /** Only those of this account on GitHub. */
  readonly user?: string;
  readonly json?: boolean;
}

const STATUSES = [
  "building",
  "deploying",
  "running",
  "updating",
  "failed",
  "stopping",
  "stopped",
] as const satisfies readonly EnvironmentStatus[];

/**
 * Prints the environments of all pull requests. GitHub is not asked: what runs is what AWS says.
 *
 * @returns the exit code
 * @throws ProblemError `showtime/status-unknown`
 */
export async function runList(options: ListOptions): Promise<number> {
  const status = readStatus(options.status);
  const settings = readShowtimeSettings(options.cwd);
  const found = toRows(await showStep("Asking AWS", () => listEnvironments(openAws(settings), settings)));
  const rows = found.filter(({ facts }) => {
    const isOf = facts.requester?.toLowerCase() === options.user?.toLowerCase();
    return (status === undefined || facts.status === status) && (options.user === undefined || isOf);
  });
  process.stdout.write(`${options.json ? formatListJson(rows, settings) : formatList(rows, found.length, settings)}\n`);
  return 0;
}

/** @throws ProblemError `showtime/status-unknown` */
function readStatus(word: string | undefined): EnvironmentStatus | undefined {
  if (word === undefined) return undefined;
  const status = STATUSES.find((known) => known === word.toLowerCase());
  if (status !== undefined) return status;
  throw new ProblemError({
    code: "showtime/status-unknown",
    summary: `No environment is ever "${word}"${suggestNearest(word, STATUSES) || "."}`,
    remedy: `--status takes one of ${STATUSES.join(", ")}.`,
    exitCode: 2,
  });
}

function formatListJson(rows: readonly EnvironmentRow[], place: Place): string {
  return formatJson({ version: 1, environments: rows.map((row) => toReport(row, place)) });
}

/** The environments for people. */
export function formatList(
  rows: readonly EnvironmentRow[],
  total: number,
  place: Place,
  { now = new Date(), width = tableWidth() }: { readonly now?: Date; readonly width?: number } = {},
): string {
  if (total === 0) return "There is no environment.";
  if (rows.length === 0) return `None of ${total === 1 ? "1 environment" : `${total} environments`} is like that.`;
  const table = formatTable({ rows, columns: listColumns(now), width, below: describeBelow });
  const note = `Logs: log group ${place.logGroup}, in streams named after the service; \`showtime status <PR>\` has links.`;
  return [...table, "", ...wrapText(note, COLUMNS).map((line) => pc.dim(line))].join("\n");
}
