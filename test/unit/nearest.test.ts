import { describe, expect, it } from "vitest";
import { findNearest } from "../../provider/src/core/nearest";
import { formatUnusedSettings } from "../../provider/src/plan/unused-settings";
import { smallFolder, UUIDS } from "./plan-support";

describe("the nearest known word", () => {
  it.each([
    ["stratgy", ["strategy", "settings"], "strategy"],
    ["CREAT", ["UPDATE", "CREATE"], "CREATE"],
    ["Craete", ["CREATE", "DELETE"], "CREATE"],
    ["Monthly revenue", ["Monthly revenues", "Monthly orders"], "Monthly revenues"],
    ["prod", ["development", "production"], "production"],
    ["orders", ["datasets/Shop/orders.yaml", "datasets/Shop/sales.yaml"], "datasets/Shop/orders.yaml"],
    // A misspelt word is nearer than a part of another.
    ["order", ["orders of the year", "ordre"], "ordre"],
  ])("of %j among %j is %j", (word, known, nearest) => {
    expect(findNearest(word, known)).toBe(nearest);
  });

  it.each([
    ["banana", ["strategy", "url"]],
    ["id", ["provider", "identity"]],
    ["", ["url"]],
    ["url", []],
  ])("of %j is none of %j", (word, known) => {
    expect(findNearest(word, known)).toBeUndefined();
  });
});

describe("settings that fit nothing", () => {
  const settings = (protect: string[], databases: Record<string, object> = {}) => ({ protect, databases });

  it.each([
    ["a glob of protected assets", settings(["charts/**", "dashboards/one.yaml"])],
    ["a database by its name", settings([], { Shop: {} })],
    ["a database by its UUID, in any case", settings([], { [UUIDS.database.toUpperCase()]: {} })],
  ])("%s that fits is not told", (_, chosen) => {
    expect(formatUnusedSettings(smallFolder(), chosen)).toBeUndefined();
  });

  it("a UUID that only a dataset names fits", () => {
    const withoutDatabase = smallFolder().filter(({ kind }) => kind !== "database");
    expect(formatUnusedSettings(withoutDatabase, settings([], { [UUIDS.database]: { name: "X" } }))).toBeUndefined();
  });

  it("a glob of protected assets that fits only what has no file fits", () => {
    const chosen = settings(["charts/keep*"]);
    expect(formatUnusedSettings(smallFolder(), chosen, ["charts/keep me"])).toBeUndefined();
    expect(formatUnusedSettings(smallFolder(), chosen)).toContain("protects nothing");
  });

  it("all others are told, with what was probably meant", () => {
    const chosen = settings(["charts/two.yaml", "reports/**"], { Shopp: {}, [UUIDS.other]: { name: "X" } });
    expect(formatUnusedSettings(smallFolder(), chosen)).toBe(`Settings that fit nothing:
  superset:protect: "charts/two.yaml" fits no asset, and protects nothing; did you mean "charts/one.yaml"?
  superset:protect: "reports/**" fits no asset, and protects nothing
  superset:databases: no asset names the database "Shopp"; did you mean "Shop"?
  superset:databases: no asset names the database "${UUIDS.other}"`);
  });
});
