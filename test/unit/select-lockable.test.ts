import { describe, expect, it } from "vitest";
import { selectLockable } from "../../provider/src/cli/select-lockable";
import type { StateAsset } from "../../provider/src/cli/stack-state";
import { Inventory } from "../../provider/src/superset/inventory";
import { CHART_UUID, DASHBOARD_UUID, DATABASE_UUID, OTHER_UUID } from "./assets-support";

const URL = "https://bi.example.com";
const common = { changedOn: "" };
const shop = { ...common, kind: "database", id: 3, uuid: DATABASE_UUID, title: "Shop" } as const;
const board = { ...common, kind: "dashboard", id: 7, uuid: DASHBOARD_UUID, title: "Sales", slug: null } as const;
const chart = { ...common, kind: "chart", id: 9, uuid: CHART_UUID, title: "Revenue" } as const;
const byHand = { ...common, kind: "dashboard", id: 8, uuid: OTHER_UUID, title: "Made by hand", slug: null } as const;
const inventory = new Inventory([shop, board, chart, byHand]);

const deployed = ({ kind, id, uuid, title }: typeof shop | typeof board | typeof chart): StateAsset => ({
  kind,
  uuid,
  title,
  supersetId: id,
  name: `${kind}s/${title}`,
  path: `${kind}s/${title.toLowerCase()}.yaml`,
  url: URL,
  target: "target",
  yaml: "",
  checksum: "",
});
const state = [shop, board, chart].map(deployed);
const pathsOf = (...only: string[]) =>
  selectLockable(only, state, inventory, URL).assets.map(({ asset: { path } }) => path);

describe("what lock and unlock may take", () => {
  it("are dashboards, charts and datasets that the stack deployed, by their paths, and never databases", () => {
    expect(pathsOf()).toEqual(["charts/revenue.yaml", "dashboards/sales.yaml"]);
    expect(pathsOf("databases/**", CHART_UUID)).toEqual(["charts/revenue.yaml"]);
    expect(pathsOf(`${URL}/superset/dashboard/7/`)).toEqual(["dashboards/sales.yaml"]);
  });

  it("names what is gone from the server, unless something else is asked for", () => {
    const without = new Inventory([shop, board]);
    expect(selectLockable([], state, without, URL).gone.map(({ path }) => path)).toEqual(["charts/revenue.yaml"]);
    expect(selectLockable(["dashboards/**"], state, without, URL).gone).toEqual([]);
  });

  it.each([
    ["what names nothing", "charts/none", "select/nothing"],
    ["databases alone", "databases/**", "lock/database"],
    ["what the stack did not deploy", `${URL}/superset/dashboard/8/`, "lock/not-deployed"],
  ])("is refused: %s", (_what, only, code) => {
    expect(() => pathsOf(only)).toThrow(expect.objectContaining({ code, exitCode: 2 }));
  });
});
