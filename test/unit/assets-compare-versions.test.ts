import { expect, it } from "vitest";
import { listChangedLines } from "../../provider/src/assets/compare-versions";

it("changed lines stand behind the keys that they are under, old and new value of a key beside each other", () => {
  const before = { slice_name: "Revenue", params: { row_limit: 100, x_axis: "day", metrics: [{ label: "a" }] } };
  const after = { slice_name: "Income", params: { row_limit: 50, x_axis: "day", metrics: [{ label: "b" }] } };
  expect(listChangedLines("chart", before, after)).toEqual([
    "- params › metrics › - label: a",
    "+ params › metrics › - label: b",
    "- params › row_limit: 100",
    "+ params › row_limit: 50",
    "- slice_name: Revenue",
    "+ slice_name: Income",
  ]);
});

it("lines that only one version has are listed too", () => {
  const column = (column_name: string) => ({ column_name, type: "TEXT" });
  const before = { table_name: "t", columns: [column("a"), column("b")] };
  expect(listChangedLines("dataset", before, { table_name: "t", columns: [column("a")] })).toEqual([
    "- columns › - column_name: b",
    "- columns › type: TEXT",
  ]);
});
