import { expect, it } from "vitest";
import { canonicalise, toCanonicalText } from "../../provider/src/assets/canonical";
import { CHART_UUID, DASHBOARD_UUID, OTHER_UUID } from "./assets-support";

/** As Superset's exporter appends charts that stand nowhere in the layout. */
function exportBoard(row: string, charts: readonly (readonly [string, string])[], size = { height: 50, width: 4 }) {
  const parents = ["ROOT_ID", "GRID_ID"];
  return {
    uuid: DASHBOARD_UUID,
    dashboard_title: "Board",
    position: {
      ROOT_ID: { id: "ROOT_ID", type: "ROOT", children: ["GRID_ID"] },
      GRID_ID: { id: "GRID_ID", type: "GRID", parents: ["ROOT_ID"], children: [row] },
      [row]: { id: row, type: "ROW", parents, meta: { "0": "ROOT_ID" }, children: charts.map(([key]) => key) },
      ...Object.fromEntries(
        charts.map(([key, uuid], index) => [
          key,
          {
            id: key,
            type: "CHART",
            children: [],
            parents: [...parents, row],
            meta: { ...size, uuid, chartId: 70 + index },
          },
        ]),
      ),
    },
  };
}

const textOf = (board: object) => toCanonicalText(canonicalise("dashboard", { ...board }));

it("charts that every export appends anew have the same places and names each time", () => {
  const first = exportBoard("ROW-N-AAAAAAAA", [
    ["CHART-11111111", CHART_UUID],
    ["CHART-ZZZZZZZZ", OTHER_UUID],
  ]);
  const second = exportBoard("ROW-N-QWERTYUI", [
    ["CHART-ABCDEFGH", OTHER_UUID],
    ["CHART-87654321", CHART_UUID],
  ]);
  expect(textOf(first)).toBe(textOf(second));
  expect(textOf(first)).not.toContain("AAAAAAAA");
  const once = canonicalise("dashboard", first);
  expect(toCanonicalText(canonicalise("dashboard", once))).toBe(toCanonicalText(once));
});

it("a row that stands in the layout keeps the order that people gave it", () => {
  const once = canonicalise(
    "dashboard",
    exportBoard("ROW-N-AAAAAAAA", [
      ["CHART-11111111", CHART_UUID],
      ["CHART-ZZZZZZZZ", OTHER_UUID],
    ]),
  );
  const position = once.position as Record<string, { type?: string; children: string[] }>;
  const row = Object.values(position).find(({ type }) => type === "ROW");
  const reversed = row?.children.reverse();
  const [kept] = Object.values(canonicalise("dashboard", once).position as typeof position).filter(
    ({ type }) => type === "ROW",
  );
  expect(kept?.children).toEqual(reversed);

  const resized = { height: 60, width: 6 };
  const moved = exportBoard("ROW-N-AAAAAAAA", [["CHART-11111111", CHART_UUID]], resized);
  expect(textOf(moved)).toContain("ROW-N-AAAAAAAA");
});
