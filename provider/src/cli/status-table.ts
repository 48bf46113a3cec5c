import pc from "picocolors";
import stringWidth from "string-width";
import { formatProblem, type ProblemError } from "../core/errors";
import { COLUMNS, count, fitWidth, plainLine, wrapText } from "../core/plain-text";
import { describeAsset } from "../settings/strategy";
import type { StateAsset } from "./stack-state";
import { type AssetStatus, listDeviating, type StackStatus } from "./status";

const GAP = "  ";
const UNKNOWN = "-";

/** More names than these nobody reads; `--json` has all. */
const MOST_NAMES = 10;

const HEAD = ["STACK", "ROLE", "REACHABLE", "VERSION", "LOGIN", "IN SYNC", "DRIFTED", "MISSING"];

/** The columns that other people's words can make wide. */
const FLEXIBLE = [0, 4, 3];

/** No column gets narrower than that. */
const NARROWEST = 5;

/** The stacks as a table for people, of 80 columns at most; below it what is wrong, and what to do. */
export function formatStatus(stacks: readonly StackStatus[]): string {
  const rows = stacks.map(cellsOf);
  const widths = fitColumns([HEAD, ...rows]);
  const table = stacks.flatMap((status, index) => [
    formatLine(rows[index] ?? [], widths, coloursOf(status)),
    ...(status.url === undefined ? [] : [pc.dim(fitWidth(`${GAP}${plainLine(status.url)}`, COLUMNS))]),
  ]);
  const notes = stacks.map(formatNotes).filter((lines) => lines.length > 0);
  return [pc.bold(formatLine(HEAD, widths)), ...table, ...notes.flatMap((lines) => ["", ...lines])].join("\n");
}

function cellsOf({ stack, role, server, assets, isDeployed }: StackStatus): string[] {
  const bad = assets === undefined ? 0 : listDeviating(assets).length;
  const counts =
    assets === undefined || isDeployed === false
      ? [UNKNOWN, UNKNOWN, UNKNOWN]
      : [`${assets.total - bad}/${assets.total}`, String(assets.drifted.length), String(assets.missing.length)];
  return [
    plainLine(stack),
    plainLine(role ?? UNKNOWN),
    server === undefined ? UNKNOWN : server.isReachable ? "yes" : "no",
    plainLine(server?.version ?? UNKNOWN),
    server === undefined || !server.isReachable ? UNKNOWN : server.isLoggedIn ? plainLine(server.username) : "failed",
    ...counts,
  ];
}

type Paint = (text: string) => string;

function coloursOf({ server, assets }: StackStatus): readonly (Paint | undefined)[] {
  const reachable = server === undefined ? undefined : server.isReachable ? pc.green : pc.red;
  const login = server?.isReachable ? (server.isLoggedIn ? pc.green : pc.red) : undefined;
  const warn = (assetsOf: readonly StateAsset[] | undefined) => (assetsOf?.length ? pc.yellow : undefined);
  return [pc.bold, undefined, reachable, undefined, login, undefined, warn(assets?.drifted), warn(assets?.missing)];
}

/** As wide as the widest cell; where that is too wide together, the widest of those that may shrink does. */
function fitColumns(rows: readonly (readonly string[])[]): number[] {
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => stringWidth(row[column] ?? ""))));
  const total = () => widths.reduce((sum, width) => sum + width, 0) + GAP.length * (widths.length - 1);
  while (total() > COLUMNS) {
    const widest = FLEXIBLE.toSorted((left, right) => (widths[right] ?? 0) - (widths[left] ?? 0))[0];
    if (widest === undefined || (widths[widest] ?? 0) <= NARROWEST) return widths;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
}

function formatLine(
  cells: readonly string[],
  widths: readonly number[],
  colours: readonly (Paint | undefined)[] = [],
): string {
  const padded = cells.map((cell, column) => {
    const text = fitWidth(cell, widths[column] ?? 0);
    const isLast = column === cells.length - 1;
    const padding = isLast ? "" : " ".repeat(Math.max(0, (widths[column] ?? 0) - stringWidth(text)));
    return `${(colours[column] ?? String)(text)}${padding}`;
  });
  return padded.join(GAP);
}

function formatNotes({ stack, assets, problems, isDeployed }: StackStatus): string[] {
  const notes = problems.flatMap((problem) => formatReason(stack, problem));
  if (isDeployed === false && problems.length === 0) {
    notes.push(
      `${pc.bold(plainLine(stack))}: nothing was deployed yet; \`pulumi preview --stack ${stack}\` shows what would be.`,
    );
  }
  if (assets !== undefined) notes.push(...formatAssets(stack, assets));
  return notes.flatMap((line) => (stringWidth(line) <= COLUMNS ? [line] : wrapText(line, COLUMNS)));
}

function formatAssets(stack: string, { drifted, missing, relocked, isManaged, onDrift }: AssetStatus): string[] {
  const notes: string[] = [];
  notes.push(...formatNames(stack, drifted, "~", "changed on the server since the last deployment"));
  notes.push(...formatNames(stack, missing, "-", "no longer on the server"));
  notes.push(...formatNames(stack, relocked, "~", `${isManaged ? "unlocked" : "locked"} in Superset's UI`));
  if (drifted.length > 0) {
    notes.push(`${GAP}To bring it into the files: pulumi-superset pull --drifted --stack ${stack}`);
    if (onDrift !== "overwrite") notes.push(`${GAP}${OUTLOOKS[onDrift]}`);
  }
  const isMended = missing.length + relocked.length > 0 || (drifted.length > 0 && onDrift === "overwrite");
  if (isMended && (drifted.length === 0 || onDrift !== "refuse")) {
    notes.push(`${GAP}To make it as it was deployed: pulumi up --stack ${stack}`);
  }
  return notes;
}

const OUTLOOKS = {
  keep: "superset:onDrift is keep: until then it stays as it is.",
  refuse: "superset:onDrift is refuse: until then, or until it is set back there, nothing is deployed.",
};

function formatNames(stack: string, assets: readonly StateAsset[], sign: string, meaning: string): string[] {
  if (assets.length === 0) return [];
  const names = assets.slice(0, MOST_NAMES).map(({ kind, title, path }) => {
    return fitWidth(plainLine(`${sign} ${path}: ${describeAsset(kind, title)}`), COLUMNS - GAP.length);
  });
  const rest = assets.length - names.length;
  return [
    `${pc.bold(plainLine(stack))}: ${count(assets.length, "asset")} ${meaning}`,
    ...names.map((name) => GAP + (sign === "~" ? pc.yellow(name) : pc.red(name))),
    ...(rest > 0 ? [`${GAP}… and ${rest} more; --json has all`] : []),
  ];
}

function formatReason(stack: string, { code, summary, why, remedy }: ProblemError): string[] {
  const text = formatProblem({ code, summary, ...(why && { why }), ...(remedy && { remedy }) });
  const [first = "", ...others] = text.split("\n").map(plainTextLine);
  const lines = [`${plainLine(stack)}: ${first}`, ...others];
  return lines.flatMap((line, index) => wrapIndented(line, index === 0)).map((line) => pc.red(line));
}

/** Keeps the indentation with which errors order their lines. */
function plainTextLine(line: string): string {
  return `${/^ */.exec(line)?.[0] ?? ""}${plainLine(line)}`;
}

function wrapIndented(line: string, isFirst: boolean): string[] {
  const indent = isFirst ? "" : (/^ */.exec(line)?.[0] ?? "");
  const [head = "", ...rest] = wrapText(line.trim(), COLUMNS - indent.length - GAP.length);
  return [indent + head, ...rest.map((text) => indent + GAP + text)];
}
