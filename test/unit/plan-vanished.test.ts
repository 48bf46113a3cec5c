import { describe, expect, it } from "vitest";
import { assetKey } from "../../provider/src/assets/asset-key";
import type { KnownAsset } from "../../provider/src/plan/decide";
import {
  assertSomethingLeft,
  assertUnprotected,
  findRemainingUsers,
  findVanished,
  formatDeleted,
  formatStaying,
} from "../../provider/src/plan/vanished";
import type { StrategyFlag } from "../../provider/src/settings/strategy";
import { define, known, plan, remote, UUIDS } from "./plan-support";

const CHART = known("chart");

function vanish(changes: Partial<KnownAsset>, strategy: readonly StrategyFlag[], definitions = [define("database")]) {
  return findVanished({
    known: new Map([[assetKey("chart", UUIDS.chart), { ...CHART, ...changes }]]),
    planned: plan({ definitions }),
    strategyOf: () => new Set(strategy),
    target: "target-1",
  });
}

describe("an asset whose file is gone", () => {
  it("is deleted where the strategy has DELETE, and nothing is told about it staying", () => {
    const [vanished] = vanish({}, ["DELETE"]);
    expect(vanished).toMatchObject({ kind: "chart" });
    expect(vanished?.staysBecause).toBeUndefined();
    expect(vanished?.isKept).toBe(false);
    expect(formatStaying(vanish({}, ["DELETE"]))).toBeUndefined();
  });

  it.each([
    ["without DELETE", {}, ["CREATE", "UPDATE"], ": the strategy (CREATE | UPDATE) has no DELETE", true],
    [
      "where it was there before",
      { origin: "adopted" },
      ["DELETE"],
      ", forgotten by this stack: it was there before",
      false,
    ],
    [
      "on a server that the stack has left",
      { target: "target-0" },
      ["DELETE"],
      ", forgotten by this stack: it is on",
      false,
    ],
    ["where version 0.1 deployed it without DELETE", { isForgetful: true }, ["DELETE"], ": an older version", true],
  ] as const)("stays %s, and the reason is told", (_, changes, strategy, reason, isKept) => {
    const vanished = vanish(changes, strategy);
    expect(formatStaying(vanished)).toContain(`chart "Revenue" stays on the server${reason}`);
    expect(vanished[0]?.isKept).toBe(isKept);
  });

  it("stays in the state where it was there before and the next run would take it for an orphan", () => {
    const find = (target: string) =>
      findVanished({
        known: new Map([[assetKey("chart", UUIDS.chart), { ...CHART, origin: "adopted" as const }]]),
        planned: plan({ definitions: [define("database")] }),
        strategyOf: () => new Set(["DELETE"] as const),
        target,
        keepsAdopted: () => true,
      });
    expect(find("target-1")).toMatchObject([{ isKept: true, staysBecause: "it was there before this stack" }]);
    expect(find("target-2")).toMatchObject([{ isKept: false }]);
  });

  it("loses its resource where another object has its name now", () => {
    const other = define("chart", { uuid: UUIDS.other });
    const [vanished] = vanish({}, [], [define("database"), define("dataset"), other]);
    expect(vanished).toMatchObject({ isKept: false, known: { uuid: UUIDS.chart } });
  });

  it("is named where it is deleted, because the engine names only its old file", () => {
    expect(formatDeleted(vanish({}, ["DELETE"]))).toContain('chart "Revenue"');
    expect(formatDeleted(vanish({}, []))).toBeUndefined();
  });

  it("is not deleted while superset:protect names its file", () => {
    const check = (strategy: StrategyFlag[], path: string) => () =>
      assertUnprotected(vanish({}, strategy), (candidate) => candidate === path, "qa");
    expect(check(["DELETE"], "charts/one.yaml")).toThrow('chart "Revenue"');
    expect(check(["DELETE"], "charts/two.yaml")).not.toThrow();
    expect(check([], "charts/one.yaml")).not.toThrow();
  });

  it("has no users left where this run writes or deletes them, whatever their titles", () => {
    const fates = { 1: "written", 2: "deleted", 3: "left" } as const;
    const users = [1, 2, 3, 4].map((id) => ({ id, name: "dashboard Sales" }));
    expect(findRemainingUsers(users, ({ id }) => fates[id as keyof typeof fates])).toEqual([
      "dashboard Sales (of this stack, but this run leaves it as it is)",
      "dashboard Sales",
    ]);
  });

  it("is not gone while a file has its UUID, or while another resource goes on for its object", () => {
    expect(vanish({}, [], [define("database"), define("dataset"), define("chart")])).toEqual([]);
    const board = known("dashboard");
    const planned = plan({
      definitions: [define("dashboard", { uuid: UUIDS.other, position: {} })],
      remotes: [remote("dashboard")],
      known: new Map([[assetKey("dashboard", board.uuid), board]]),
    });
    expect(planned[0]).toMatchObject({ object: { uuid: board.uuid, match: "natural key" }, known: board });
    const state = new Map([[assetKey("dashboard", board.uuid), board]]);
    expect(findVanished({ known: state, planned, strategyOf: () => new Set(["DELETE"]), target: "target-1" })).toEqual(
      [],
    );
  });

  it("is not the wish to delete all, where a folder is empty", () => {
    const vanished = vanish({}, ["DELETE"]);
    expect(() => assertSomethingLeft([], vanished, "qa")).toThrow("1 that this stack made would be deleted");
    expect(() => assertSomethingLeft([], vanish({}, []), "qa")).not.toThrow();
    expect(() => assertSomethingLeft(plan(), vanished, "qa")).not.toThrow();
  });
});
