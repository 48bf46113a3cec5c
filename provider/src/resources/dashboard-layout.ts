import type { Definition } from "../assets/definition";
import { ProblemError } from "../core/errors";
import {
  type ChartBlock,
  type ColumnBlock,
  type ColumnItem,
  type DashboardRow,
  type DividerBlock,
  type HeaderBlock,
  isChart,
  isList,
  itemsOf,
  type MarkdownBlock,
  type RowBlock,
  type RowItem,
  type TabsBlock,
} from "./dashboard-blocks";
import type { DefinitionOf } from "./declaration";

/** Columns of Superset's grid. */
const GRID_COLUMNS = 12;

/** Height of a row, in Superset's units of 8 pixels. */
const ROW_HEIGHT = 50;

/** Height of a text that stands alone. */
const TEXT_HEIGHT = 20;

/** What Superset leaves between the blocks of a column. */
const GAP = 2;

const BACKGROUNDS = { transparent: "BACKGROUND_TRANSPARENT", white: "BACKGROUND_WHITE" } as const;

const HEADER_SIZES = { small: "SMALL_HEADER", medium: "MEDIUM_HEADER", large: "LARGE_HEADER" } as const;

/** What an entry of the layout is made of. */
interface Entry {
  readonly type: string;
  readonly id: string;
  readonly parents: readonly string[];
  readonly meta?: Readonly<Record<string, unknown>>;
  readonly children?: readonly string[];
}

/** Size and place of an item. */
interface Slot {
  readonly parents: readonly string[];
  readonly width: number;
  readonly height: number;
}

/** A dashboard's layout. */
export interface Layout {
  /** Superset's `position`. */
  readonly position: Readonly<Record<string, unknown>>;
  /** The number that stands for each chart inside the definition, by UUID: no server's id. */
  readonly numbers: ReadonlyMap<string, number>;
}

/**
 * Lays out a dashboard.
 *
 * @param title of the dashboard
 * @throws ProblemError `dashboard/row-too-wide` where the items of a row need more than 12 columns
 */
export function layOut(title: string, rows: readonly DashboardRow[], definitionOf: DefinitionOf): Layout {
  return new LayoutBuilder(definitionOf).build(title, rows);
}

class LayoutBuilder {
  private readonly entries = new Map<string, Entry>();
  private readonly numbers = new Map<string, number>();

  constructor(private readonly definitionOf: DefinitionOf) {}

  build(title: string, rows: readonly DashboardRow[]): Layout {
    const children = this.addRows(rows, ["ROOT_ID", "GRID_ID"]);
    const position = {
      DASHBOARD_VERSION_KEY: "v2",
      ROOT_ID: { type: "ROOT", id: "ROOT_ID", children: ["GRID_ID"] },
      GRID_ID: { type: "GRID", id: "GRID_ID", children, parents: ["ROOT_ID"] },
      HEADER_ID: { type: "HEADER", id: "HEADER_ID", meta: { text: title } },
      ...Object.fromEntries([...this.entries].map(([id, entry]) => [id, { children: [], ...entry }])),
    };
    return { position, numbers: this.numbers };
  }

  private addRows(rows: readonly DashboardRow[], parents: readonly string[]): string[] {
    return rows.map((row) => {
      if (isList(row) || "row" in row) return this.addRow(row, parents);
      if ("tabs" in row) return this.addTabs(row, parents);
      if ("markdown" in row) return this.addRow({ row: [row], height: TEXT_HEIGHT }, parents);
      return this.addSeparator(row, parents);
    });
  }

  private addRow(row: readonly RowItem[] | RowBlock, parents: readonly string[]): string {
    const items = itemsOf(row);
    const { id: stated, height = ROW_HEIGHT, background = "transparent" } = isList(row) ? {} : row;
    const id = this.reserve("ROW", stated ?? this.nameOf(items[0]));
    const widths = this.shareWidths(items);
    const inside = [...parents, id];
    const children = items.map((item, index) =>
      this.addItem(item, { parents: inside, width: widths[index] ?? 1, height }),
    );
    return this.add({ type: "ROW", id, parents, children, meta: { background: BACKGROUNDS[background] } });
  }

  private addTabs({ tabs, id: stated }: TabsBlock, parents: readonly string[]): string {
    const id = this.reserve("TABS", stated);
    const children = tabs.map((tab) => {
      const own = this.reserve("TAB", tab.id ?? tab.title);
      // As Superset's editor writes it.
      const meta = { text: tab.title, defaultText: "Tab title", placeholder: "Tab title" };
      const rows = this.addRows(tab.rows, [...parents, id, own]);
      return this.add({ type: "TAB", id: own, parents: [...parents, id], children: rows, meta });
    });
    return this.add({ type: "TABS", id, parents, children, meta: {} });
  }

  private addItem(item: RowItem | ColumnItem, slot: Slot): string {
    if (isChart(item)) return this.addChart({ chart: item }, slot);
    if ("column" in item) return this.addColumn(item, slot);
    if ("chart" in item) return this.addChart(item, slot);
    if ("markdown" in item) return this.addMarkdown(item, slot);
    return this.addSeparator(item, slot.parents);
  }

  private addChart(block: Omit<ChartBlock, "width">, { parents, width, height }: Slot): string {
    const { uuid, title } = this.definitionOf(block.chart);
    const chartId = this.numbers.get(uuid) ?? this.numbers.size + 1;
    this.numbers.set(uuid, chartId);
    const id = this.reserve("CHART", this.nameOf(block));
    const meta = { chartId, uuid, sliceName: title, width, height: block.height ?? height };
    return this.add({ type: "CHART", id, parents, meta });
  }

  private addMarkdown(block: Omit<MarkdownBlock, "width">, { parents, width, height }: Slot): string {
    const id = this.reserve("MARKDOWN", block.id);
    return this.add({
      type: "MARKDOWN",
      id,
      parents,
      meta: { width, height: block.height ?? height, code: block.markdown },
    });
  }

  private addColumn(block: ColumnBlock, { parents, width, height }: Slot): string {
    const id = this.reserve("COLUMN", this.nameOf(block));
    const share = Math.floor((height - GAP * (block.column.length - 1)) / Math.max(1, block.column.length));
    const inside = { parents: [...parents, id], width, height: Math.max(1, share) };
    const children = block.column.map((item) => this.addItem(item, inside));
    return this.add({ type: "COLUMN", id, parents, children, meta: { width, background: BACKGROUNDS.transparent } });
  }

  private addSeparator(block: HeaderBlock | DividerBlock, parents: readonly string[]): string {
    if ("divider" in block)
      return this.add({ type: "DIVIDER", id: this.reserve("DIVIDER", block.id), parents, meta: {} });
    const id = this.reserve("HEADER", block.id ?? block.header);
    const headerSize = HEADER_SIZES[block.size ?? "medium"];
    return this.add({
      type: "HEADER",
      id,
      parents,
      meta: { text: block.header, headerSize, background: BACKGROUNDS.transparent },
    });
  }

  private add(entry: Entry): string {
    this.entries.set(entry.id, entry);
    return entry.id;
  }

  /** An id that no other entry has; what stands inside the entry gets its own after it. */
  private reserve(type: string, wish: string | undefined): string {
    const word = wish === undefined ? "" : toWord(wish);
    const base = word === "" ? type : `${type}-${word}`;
    let count = word === "" ? 1 : 2;
    let id = word === "" ? `${type}-${count}` : base;
    while (this.entries.has(id)) {
      id = `${base}-${count}`;
      count += 1;
    }
    this.entries.set(id, { type, id, parents: [] });
    return id;
  }

  /** By its chart, so that it stays when other blocks come and go. */
  private nameOf(item: RowItem | ColumnItem | undefined): string | undefined {
    if (item === undefined) return undefined;
    if (isChart(item)) return lastPart(this.definitionOf(item));
    if (item.id !== undefined) return item.id;
    if ("column" in item) return this.nameOf(item.column[0]);
    if ("chart" in item) return lastPart(this.definitionOf(item.chart));
    return "header" in item ? item.header : undefined;
  }

  /** Items without a width share what the others leave; the first ones take what does not divide. */
  private shareWidths(items: readonly RowItem[]): number[] {
    const stated = items.map((item) => (isChart(item) ? undefined : item.width));
    const taken = stated.reduce<number>((sum, width) => sum + (width ?? 0), 0);
    const open = stated.filter((width) => width === undefined).length;
    const left = GRID_COLUMNS - taken;
    const isWhole = stated.every((width) => width === undefined || (Number.isInteger(width) && width > 0));
    if (!isWhole || left < open)
      throw tooWide(
        items.map((item) => this.nameOf(item) ?? "text"),
        taken + open,
        isWhole,
      );
    let rest = open === 0 ? 0 : left % open;
    return stated.map((width) => {
      if (width !== undefined) return width;
      rest -= 1;
      return Math.floor(left / open) + (rest >= 0 ? 1 : 0);
    });
  }
}

/** The last part of a path in a folder, or the resource's name. */
function lastPart({ name }: Definition): string {
  return name.split("/").pop() ?? name;
}

/** A text as it may stand in an id. */
export function toWord(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_]+/gu, "-")
    .replace(/^-+|-+$/g, "");
}

function tooWide(names: readonly string[], needed: number, isWhole: boolean): ProblemError {
  const row = `The row with ${names.map((name) => `"${name}"`).join(", ")}`;
  return new ProblemError({
    code: "dashboard/row-too-wide",
    summary: isWhole
      ? `${row} needs at least ${needed} columns, but the grid has ${GRID_COLUMNS}; nothing was written.`
      : `${row} has a width that is no whole number from 1 to ${GRID_COLUMNS}; nothing was written.`,
    remedy: "Make its items narrower, or put some of them into the next row.",
    exitCode: 3,
  });
}
