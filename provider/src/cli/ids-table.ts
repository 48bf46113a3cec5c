import pc from "picocolors";
import { ASSET_KINDS } from "../assets/definition";
import { COLUMNS, count, fitWidth, plainLine, wrapText } from "../core/plain-text";
import type { IdRow } from "./ids";

const UUID_WIDTH = 36;
/** The longest word in its column. */
const MATCHED_WIDTH = "natural key".length;
const INDENT = "  ";

/**
 * The rows as a table for people, of 80 columns at most: a line with the ids and one with the name.
 *
 * @param synced whether the server was asked
 */
export function formatIds(rows: readonly IdRow[], synced: boolean): string {
  const width = Math.max(2, ...rows.map(({ id }) => String(id ?? "-").length));
  const head = line(width, { id: "ID", uuid: "UUID", matched: "MATCHED", when: "WHEN (UTC)" });
  const groups = ASSET_KINDS.flatMap((kind) => {
    const ofKind = rows.filter((row) => row.kind === kind);
    if (ofKind.length === 0) return [];
    const repeated = repeatedTitles(ofKind);
    const lines = ofKind.flatMap((row) => formatRow(row, { width, synced, isRepeated: repeated.has(titleOf(row)) }));
    return ["", pc.bold(count(ofKind.length, kind)), ...lines];
  });
  return [pc.bold(head), ...groups].join("\n");
}

/** What a row shows as its title. */
function titleOf({ name }: IdRow): string {
  return plainLine(name) || "(no name)";
}

/** Titles that tell nobody which of several assets is meant. */
function repeatedTitles(rows: readonly IdRow[]): ReadonlySet<string> {
  const seen = new Set<string>();
  const repeated = new Set<string>();
  for (const title of rows.map(titleOf)) (seen.has(title) ? repeated : seen).add(title);
  return repeated;
}

interface RowStyle {
  /** Of the column of ids. */
  readonly width: number;
  readonly synced: boolean;
  /** Whether others of its kind have the same title. */
  readonly isRepeated: boolean;
}

function formatRow(row: IdRow, { width, synced, isRepeated }: RowStyle): string[] {
  const { uuid, targetUuid, id, resource, matched, matchedAt, inStack, findings } = row;
  const ids = line(width, {
    id: String(id ?? "-"),
    uuid: uuid ?? targetUuid,
    matched: inStack ? (matched ?? "-") : "",
    when: inStack ? formatTime(matchedAt) : "",
  });
  const indent = " ".repeat(width) + INDENT;
  const room = COLUMNS - indent.length;
  return [
    ids,
    indent + fitWidth(titleOf(row), room),
    ...(isRepeated && resource !== null ? [indent + fitWidth(`resource: ${plainLine(resource)}`, room)] : []),
    ...(uuid !== null && uuid !== targetUuid ? [`${indent}on the server: ${targetUuid}`] : []),
    ...(inStack || !synced ? [] : [indent + pc.dim("not in this stack")]),
    ...findings.flatMap((finding) => wrapText(plainLine(finding), room).map((text) => indent + pc.yellow(text))),
  ];
}

function line(width: number, cells: { id: string; uuid: string; matched: string; when: string }): string {
  const { id, uuid, matched, when } = cells;
  return [id.padStart(width), uuid.padEnd(UUID_WIDTH), matched.padEnd(MATCHED_WIDTH), when].join(INDENT).trimEnd();
}

/** `2026-11-21 18:03` */
function formatTime(iso: string | null): string {
  const time = iso === null ? Number.NaN : Date.parse(iso);
  return Number.isNaN(time) ? "-" : new Date(time).toISOString().slice(0, 16).replace("T", " ");
}
