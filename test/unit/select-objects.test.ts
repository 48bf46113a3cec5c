import { describe, expect, it } from "vitest";
import { type SelectableObject, selectObjects } from "../../provider/src/cli/select-objects";
import { Inventory } from "../../provider/src/superset/inventory";
import { CHART_UUID, DASHBOARD_UUID, OTHER_UUID } from "./assets-support";

const URL = "https://bi.example.com/superset-qa";
const common = { changedOn: "" };
const board = { ...common, kind: "dashboard", id: 7, uuid: DASHBOARD_UUID, title: "Sales", slug: "sales" } as const;
const other = { ...common, kind: "dashboard", id: 8, uuid: OTHER_UUID, title: "Stock", slug: null } as const;
const chart = { ...common, kind: "chart", id: 7, uuid: CHART_UUID, title: "Revenue" } as const;
const inventory = new Inventory([board, other, chart]);
const FILE_UUID = "77777777-7777-4777-8777-777777777777";
const objects: SelectableObject[] = [
  { remote: board, path: "dashboards/sales_44444444.yaml", uuid: DASHBOARD_UUID },
  { remote: other, path: "dashboards/eu/stock.yaml", uuid: FILE_UUID },
  { remote: chart, path: "charts/revenue.yaml", uuid: CHART_UUID },
];
const select = (...selectors: string[]) => selectObjects(selectors, objects, inventory, URL);

describe("what people name with --only", () => {
  it.each([
    ["dashboards/sales*", [board]],
    ["dashboards/**", [board, other]],
    ["charts/revenue", [chart]],
    ["charts/revenue.yaml", [chart]],
    [DASHBOARD_UUID.toUpperCase(), [board]],
    [FILE_UUID, [other]],
    [OTHER_UUID, [other]],
    [`${URL}/superset/dashboard/7/`, [board]],
    [`${URL}/superset/dashboard/sales/?native_filters_key=abc#x`, [board]],
    [`${URL}/superset/dashboard/${OTHER_UUID}/`, [other]],
    [`${URL}/explore/?slice_id=7&form_data_key=z`, [chart]],
  ])("%s", (selector, expected) => {
    expect(select(selector)).toEqual(expected);
  });

  it("is taken once, however often it is named", () => {
    expect(select("dashboards/sales*", DASHBOARD_UUID)).toEqual([board]);
  });

  it.each([
    ["dashboards/nothing*", "select/nothing"],
    [`${URL}/superset/dashboard/99/`, "select/nothing"],
    [`${URL}/superset/dashboard/p/AbCd/`, "select/no-address"],
    [`${URL}/welcome/`, "select/no-address"],
    ["https://other.example.com/superset/dashboard/7/", "select/other-server"],
    ["https://bi.example.com/elsewhere/superset/dashboard/7/", "select/other-server"],
  ])("%s is refused", (selector, code) => {
    expect(() => select(selector)).toThrow(expect.objectContaining({ code }));
  });
});
