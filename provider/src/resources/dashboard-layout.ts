import type { Definition } from "../assets/definition";

/** Columns of Superset's grid. */
const GRID_COLUMNS = 12;

/** Height of a row, in Superset's units of 8 pixels. */
const ROW_HEIGHT = 50;

/**
 * Superset's `position` for charts in rows: the charts of a row share its width evenly.
 *
 * @param title of the dashboard
 * @param rows charts, row by row; at most 12 in a row
 */
export function layOutRows(title: string, rows: readonly (readonly Definition[])[]): Record<string, unknown> {
  const rowIds = rows.map((_, index) => `ROW-${index + 1}`);
  const position: Record<string, unknown> = {
    DASHBOARD_VERSION_KEY: "v2",
    ROOT_ID: { type: "ROOT", id: "ROOT_ID", children: ["GRID_ID"] },
    GRID_ID: { type: "GRID", id: "GRID_ID", children: rowIds, parents: ["ROOT_ID"] },
    HEADER_ID: { type: "HEADER", id: "HEADER_ID", meta: { text: title } },
  };
  let chartId = 0;
  rows.forEach((row, index) => {
    const id = `ROW-${index + 1}`;
    const children = row.map((_, column) => `CHART-${index + 1}-${column + 1}`);
    const parents = ["ROOT_ID", "GRID_ID"];
    position[id] = { type: "ROW", id, children, parents, meta: { background: "BACKGROUND_TRANSPARENT" } };
    row.forEach((chart, column) => {
      chartId += 1;
      const width = Math.max(1, Math.floor(GRID_COLUMNS / row.length));
      const meta = { chartId, uuid: chart.uuid, sliceName: chart.title, width, height: ROW_HEIGHT };
      const key = children[column] ?? "";
      position[key] = { type: "CHART", id: key, children: [], parents: [...parents, id], meta };
    });
  });
  return position;
}
