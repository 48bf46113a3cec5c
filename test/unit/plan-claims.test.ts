import { describe, expect, it } from "vitest";
import type { Definition } from "../../provider/src/assets/definition";
import { type ClaimSource, Claims } from "../../provider/src/plan/claims";
import { mapDatabases } from "../../provider/src/plan/database-map";
import { define, UUIDS } from "./plan-support";

const OTHER = { uuid: UUIDS.other };
const SECOND_DATABASE = "55555555-5555-4555-8555-555555555555";

/** Claims two definitions that come from two places, after their databases. */
function claimBoth(one: Definition, other: Definition, sources: [ClaimSource, ClaimSource] = ["folder", "program"]) {
  const claims = new Claims();
  const databases = [
    define("database"),
    define("database", { uuid: SECOND_DATABASE, database_name: "Second" }),
    ...[one, other].filter(({ kind }) => kind === "database"),
  ];
  const targets = mapDatabases(databases, { Mapped: { name: "Shop" } });
  claims.claim([one], sources[0], targets);
  claims.claim([{ ...other, path: "mine", name: "mine" }], sources[1], targets);
}

describe("what two places of a program declare", () => {
  it.each([
    ["one UUID", define("chart"), define("chart", { slice_name: "Other" }), `chart with the UUID ${UUIDS.chart}`],
    ["one slug", define("dashboard"), define("dashboard", OTHER), 'slug "sales"'],
    ["one table", define("dataset"), define("dataset", OTHER), 'table "orders" of the database "Shop"'],
    [
      "one table, in a catalog that one of them leaves open",
      define("dataset", { catalog: "main" }),
      define("dataset", OTHER),
      'table "orders" of the database "Shop"',
    ],
    ["one name of a database", define("database"), define("database", OTHER), 'database "Shop" of the server'],
    [
      "one database of the server, by the settings",
      define("database"),
      define("database", { ...OTHER, database_name: "Mapped" }),
      'database "Shop" of the server',
    ],
  ])("is refused for %s", (_, one, other, what) => {
    expect(() => claimBoth(one, other)).toThrow(`${what} as ${one.path}; nothing was written. [assets/declared-twice]`);
    expect(() => claimBoth(one, other, ["program", "program"])).toThrow("[assets/declared-twice]");
    expect(() => claimBoth(one, other, ["program", "folder"])).toThrow(
      /^mine: It declares the same .* of the program;/,
    );
  });

  it.each([
    ["another UUID of a chart with that title", define("chart"), define("chart", OTHER)],
    ["dashboards without a slug", define("dashboard", { slug: "" }), define("dashboard", { ...OTHER, slug: null })],
    ["another schema", define("dataset"), define("dataset", { ...OTHER, schema: "other" })],
    ["another catalog", define("dataset", { catalog: "one" }), define("dataset", { ...OTHER, catalog: "other" })],
    ["another database", define("dataset"), define("dataset", { ...OTHER, database_uuid: SECOND_DATABASE })],
    ["a dataset and a chart of one UUID", define("dataset"), define("chart", { uuid: UUIDS.dataset })],
  ])("is fine for %s", (_, one, other) => {
    expect(() => claimBoth(one, other)).not.toThrow();
  });

  it("is refused for two folders with a file of one name, as their resources would be one", () => {
    const claims = new Claims();
    claims.claim([define("chart")], "folder", new Map());
    expect(() => claims.claim([define("chart", OTHER)], "folder", new Map())).toThrow('resource "charts/one"');
  });
});
