import { describe, expect, it } from "vitest";
import { assetKey } from "../../provider/src/plan/asset-key";
import type { KnownAsset } from "../../provider/src/plan/decide";
import {
  assertUnprotected,
  findRemainingUsers,
  findVanished,
  formatDeleted,
  formatStaying,
} from "../../provider/src/plan/vanished";
import type { StrategyFlag } from "../../provider/src/settings/strategy";
import { define, UUIDS } from "./plan-support";

const CHART: KnownAsset = {
  urn: "urn:pulumi:test::superset::pulumi-nodejs:dynamic/superset:Chart::charts/one",
  uuid: UUIDS.chart,
  title: "Revenue",
  origin: "created",
  checksum: "content-1",
  links: "-",
  target: "target-1",
  managed: false,
  retained: false,
};

function vanish(changes: Partial<KnownAsset>, strategy: readonly StrategyFlag[]) {
  const known = new Map([[assetKey("chart", UUIDS.chart), { ...CHART, ...changes }]]);
  return findVanished(known, new Set(), [define("database")], new Set(strategy), "target-1");
}

describe("an asset whose file is gone", () => {
  it("is deleted where the strategy has DELETE, and nothing is told about it staying", () => {
    const [vanished] = vanish({}, ["DELETE"]);
    expect(vanished).toMatchObject({ kind: "chart" });
    expect(vanished?.staysBecause).toBeUndefined();
    expect(formatStaying(vanish({}, ["DELETE"]))).toBeUndefined();
  });

  it.each([
    ["without DELETE", {}, ["CREATE", "UPDATE"], "the strategy (CREATE | UPDATE) has no DELETE"],
    ["where it was there before", { origin: "adopted" }, ["DELETE"], "it was there before this stack"],
    [
      "on a server that the stack has left",
      { target: "target-0" },
      ["DELETE"],
      "it is on the server that this stack had",
    ],
    ["where DELETE is set in the same run", { retained: true }, ["DELETE"], "DELETE was not set yet"],
  ] as const)("stays %s, and the reason is told", (_, changes, strategy, reason) => {
    expect(formatStaying(vanish(changes, strategy))).toContain(`chart "Revenue" stays on the server: ${reason}`);
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

  it("is not gone while a file has its UUID, or while another resource goes on for it", () => {
    const known = new Map([[assetKey("chart", UUIDS.chart), CHART]]);
    expect(findVanished(known, new Set(), [define("chart")], new Set(), "target-1")).toEqual([]);
    expect(findVanished(known, new Set([CHART]), [], new Set(), "target-1")).toEqual([]);
  });
});
