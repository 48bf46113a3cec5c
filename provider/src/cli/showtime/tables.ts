import pc from "picocolors";
import stringWidth from "string-width";
import { COLUMNS, fitWidth, plainLine, wrapText } from "../../core/plain-text";

const GAP = "  ";

/** Colours a text that was already cut and padded. */
export type Paint = (text: string) => string;

/** A column of a table. */
export interface Column<Row> {
  readonly head: string;
  readonly cell: (row: Row) => string;
  readonly paint?: (row: Row) => Paint | undefined;
  /** It is left out where it does not fit; the greatest number goes first. Undefined: it stays. */
  readonly spare?: number;
  /** It may be cut to so many columns of the terminal. Undefined: it is shown whole. */
  readonly narrowest?: number;
  /** Whether it goes on below itself where it would be cut: the last one only. */
  readonly wraps?: boolean;
}

/** A table for people. */
export interface Table<Row> {
  readonly rows: readonly Row[];
  readonly columns: readonly Column<Row>[];
  readonly width: number;
  /** What stands below a row where columns had to be left out. */
  readonly below?: (row: Row) => readonly string[];
}

/** The width that tables may have: that of the terminal, and 80 columns for whoever else reads. */
export function tableWidth(stream: { readonly columns?: number } = process.stdout): number {
  return Math.max(COLUMNS, stream.columns ?? COLUMNS);
}

/** Lines of a table. It takes as many columns as fit; then the widest of those that may be cut are cut. */
export function formatTable<Row>({ rows, columns, width, below }: Table<Row>): string[] {
  const shown = chooseColumns(rows, columns, width);
  const widths = cutWidths(rows, shown, width);
  const head = pc.bold(
    formatLine(
      shown.map((column) => column.head),
      widths,
    ),
  );
  const isWhole = shown.length === columns.length;
  const lines = rows.flatMap((row) => {
    const cells = shown.map((column) => cellOf(column, row));
    const paints = shown.map((column) => column.paint?.(row));
    const more = isWhole ? "" : (below?.(row) ?? []).map(plainLine).join(GAP);
    return [
      ...wrapLast(cells, shown, widths).map((line) => formatLine(line, widths, paints)),
      ...(more === "" ? [] : [pc.dim(fitWidth(`${GAP}${more}`, width))]),
    ];
  });
  return [head, ...lines];
}

/** Facts as `name  value`, the names in one column; long values go on below themselves, addresses stay whole. */
export function formatFacts(facts: readonly (readonly [name: string, value: string, paint?: Paint])[]): string[] {
  const names = Math.max(...facts.map(([name]) => stringWidth(name)));
  return facts.flatMap(([name, value, paint = String]) => {
    const lines = wrapText(plainLine(value), COLUMNS - names - GAP.length);
    return lines.map((line, index) => {
      const label = index === 0 ? name : "";
      return `${pc.bold(label)}${" ".repeat(names - stringWidth(label))}${GAP}${paint(line)}`;
    });
  });
}

/** The cells of a row, and of the rows below it that its last column needs. */
function wrapLast<Row>(
  cells: readonly string[],
  columns: readonly Column<Row>[],
  widths: readonly number[],
): (readonly string[])[] {
  if (!columns.at(-1)?.wraps) return [cells];
  const [first = "", ...others] = wrapText(cells.at(-1) ?? "", widths.at(-1) ?? COLUMNS);
  const empty = cells.slice(0, -1).map(() => "");
  return [[...cells.slice(0, -1), first], ...others.map((text) => [...empty, text])];
}

function cellOf<Row>(column: Column<Row>, row: Row): string {
  return plainLine(column.cell(row)) || "-";
}

function naturalWidth<Row>(rows: readonly Row[], column: Column<Row>): number {
  return Math.max(stringWidth(column.head), ...rows.map((row) => stringWidth(cellOf(column, row))));
}

/** Leaves out what can be spared, until the rest fits with whatever may be cut as narrow as can be. */
function chooseColumns<Row>(rows: readonly Row[], columns: readonly Column<Row>[], width: number): Column<Row>[] {
  let shown = [...columns];
  const least = (column: Column<Row>) => {
    const natural = naturalWidth(rows, column);
    // What can be spared is shown whole or not at all.
    return column.spare === undefined ? Math.min(natural, column.narrowest ?? natural) : natural;
  };
  while (totalWidth(shown.map(least)) > width) {
    const [spared] = shown
      .filter(({ spare }) => spare !== undefined)
      .sort((left, right) => (right.spare ?? 0) - (left.spare ?? 0));
    if (spared === undefined) return shown;
    shown = shown.filter((column) => column !== spared);
  }
  return shown;
}

function totalWidth(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, 0) + GAP.length * Math.max(0, widths.length - 1);
}

function cutWidths<Row>(rows: readonly Row[], columns: readonly Column<Row>[], width: number): number[] {
  const widths = columns.map((column) => naturalWidth(rows, column));
  while (totalWidth(widths) > width) {
    const [widest] = columns
      .flatMap(({ narrowest }, index) =>
        narrowest === undefined ? [] : [{ index, spare: (widths[index] ?? 0) - narrowest }],
      )
      .filter(({ spare }) => spare > 0)
      .sort((left, right) => (widths[right.index] ?? 0) - (widths[left.index] ?? 0));
    if (widest === undefined) return widths;
    widths[widest.index] = (widths[widest.index] ?? 0) - 1;
  }
  return widths;
}

function formatLine(
  cells: readonly string[],
  widths: readonly number[],
  paints: readonly (Paint | undefined)[] = [],
): string {
  const padded = cells.map((cell, index) => {
    const text = fitWidth(cell, widths[index] ?? 0);
    const isLast = index === cells.length - 1;
    const padding = isLast ? "" : " ".repeat(Math.max(0, (widths[index] ?? 0) - stringWidth(text)));
    return `${text === "" ? "" : (paints[index] ?? String)(text)}${padding}`;
  });
  return padded.join(GAP);
}
