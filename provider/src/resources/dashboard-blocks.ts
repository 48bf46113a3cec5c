import type { Chart } from "./chart";
import type { FolderAsset } from "./folder-asset";

/** A chart of a dashboard: a declared one, or one of a folder (`assets.chart("Revenue")`). */
export type DashboardChart = Chart | FolderAsset<"chart">;

/** What all blocks may say. */
interface NamedBlock {
  /** Readable part of the block's id in the layout. Default: made from its chart, its text or its place. */
  readonly id?: string;
}

/** A chart with a size of its own. */
export interface ChartBlock extends NamedBlock {
  /** The chart. */
  readonly chart: DashboardChart;
  /** Columns of the grid, 1 to 12. Default: what the others of the row leave, shared evenly. */
  readonly width?: number;
  /** Height in units of 8 pixels. Default: the row's. */
  readonly height?: number;
}

/** A text in Markdown. */
export interface MarkdownBlock extends NamedBlock {
  /** The text. */
  readonly markdown: string;
  /** Columns of the grid, 1 to 12. Default: what the others of the row leave, shared evenly. */
  readonly width?: number;
  /** Height in units of 8 pixels. Default: the row's; 20 where the text stands alone. */
  readonly height?: number;
}

/** Blocks of a row above each other. */
export interface ColumnBlock extends NamedBlock {
  /** What stands in it, from top to bottom; without heights they share the row's. */
  readonly column: readonly ColumnItem[];
  /** Columns of the grid, 1 to 12. Default: what the others of the row leave, shared evenly. */
  readonly width?: number;
}

/** What a column may hold: all of it is as wide as the column. */
export type ColumnItem =
  | DashboardChart
  | Omit<ChartBlock, "width">
  | Omit<MarkdownBlock, "width">
  | HeaderBlock
  | DividerBlock;

/** A heading between rows. */
export interface HeaderBlock extends NamedBlock {
  /** Its text. */
  readonly header: string;
  /** Default: medium. */
  readonly size?: "small" | "medium" | "large";
}

/** A line between rows. */
export interface DividerBlock extends NamedBlock {
  /** Says that it is one. */
  readonly divider: true;
}

/** Tabs, of which one is open. */
export interface TabsBlock extends NamedBlock {
  /** The tabs from left to right. */
  readonly tabs: readonly TabBlock[];
}

/** One tab. */
export interface TabBlock extends NamedBlock {
  /** What stands on it. */
  readonly title: string;
  /** Its content, from top to bottom. */
  readonly rows: readonly DashboardRow[];
}

/** A row with more to say than its items. */
export interface RowBlock extends NamedBlock {
  /** Its items from left to right. */
  readonly row: readonly RowItem[];
  /** Height of the items that say none, in units of 8 pixels. Default: 50. */
  readonly height?: number;
  /** Default: transparent. */
  readonly background?: "transparent" | "white";
}

/** What stands beside each other in a row. */
export type RowItem = DashboardChart | ChartBlock | MarkdownBlock | ColumnBlock;

/** What stands above each other on a dashboard: rows of charts, `[a, b]`, and blocks between them. */
export type DashboardRow = readonly RowItem[] | RowBlock | HeaderBlock | DividerBlock | MarkdownBlock | TabsBlock;

/** All charts of a layout, in reading order. */
export function listCharts(rows: readonly DashboardRow[]): DashboardChart[] {
  return rows.flatMap((row) => {
    if ("tabs" in row) return row.tabs.flatMap((tab) => listCharts(tab.rows));
    return itemsOf(row).flatMap(chartsOfItem);
  });
}

/** The items of a row; none where it is no row. */
export function itemsOf(row: DashboardRow): readonly RowItem[] {
  if (isList(row)) return row;
  return "row" in row ? row.row : [];
}

/** Whether a row is given as a mere list. */
export function isList(row: DashboardRow): row is readonly RowItem[] {
  return Array.isArray(row);
}

/** Whether an item is a chart as it is, without any size. */
export function isChart(item: RowItem | ColumnItem): item is DashboardChart {
  return "definition" in item;
}

function chartsOfItem(item: RowItem | ColumnItem): DashboardChart[] {
  if (isChart(item)) return [item];
  if ("column" in item) return item.column.flatMap(chartsOfItem);
  return "chart" in item ? [item.chart] : [];
}
