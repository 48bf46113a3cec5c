import { describe, expect, it } from "vitest";
import { listServerIds, listStateIds } from "../../provider/src/cli/ids";
import { formatIds } from "../../provider/src/cli/ids-table";
import { parseState, type StateAsset } from "../../provider/src/cli/stack-state";
import { TYPE_TOKENS } from "../../provider/src/resources/asset-resource";
import { Inventory } from "../../provider/src/superset/inventory";
import { remote, UUIDS } from "./plan-support";

const URN = "urn:pulumi:qa::superset::superset:index:SupersetAssets$pulumi-nodejs:dynamic/superset:Chart::charts/a";

/** One resource as `pulumi stack export` tells it. */
function resource(type: string, inputs: object = {}, outputs: object | undefined = {}): object {
  const stated = {
    kind: "chart",
    path: "charts/a.yaml",
    uuid: UUIDS.chart,
    yaml: "a: 1\n",
    managed: false,
    target: "t",
  };
  const applied = { title: "Revenue", supersetId: 7, url: "u", checksum: "c", target: "t", done: "create" };
  return { urn: URN, type, inputs: { ...stated, ...inputs }, outputs: outputs && { ...applied, ...outputs } };
}

const state = (...resources: object[]) => ({ version: 3, deployment: { manifest: {}, resources } });

describe("parseState", () => {
  it("finds all kinds by the type tokens that the resources have", () => {
    const kinds = Object.entries(TYPE_TOKENS).map(([kind, token]) => resource(token, { kind }));
    expect(parseState(state(...kinds)).map(({ kind }) => kind)).toEqual(Object.keys(TYPE_TOKENS));
  });

  it("reads what older versions did not keep only where it is there", () => {
    const [older] = parseState(state(resource(TYPE_TOKENS.chart)));
    expect(older).toMatchObject({ name: "charts/a", title: "Revenue", supersetId: 7, checksum: "c" });
    expect(older).not.toHaveProperty("matched");
    const matched = {
      targetUuid: UUIDS.other.toUpperCase(),
      matched: "natural key",
      matchedAt: "2026-11-21T18:03:04Z",
    };
    const newer = { ...matched, changedOn: "now", retained: ["a"] };
    const [asset] = parseState(state(resource(TYPE_TOKENS.chart, {}, newer)));
    expect(asset).toMatchObject({ ...newer, targetUuid: UUIDS.other });
  });

  it("leaves out what is no asset, what is about to be removed, and what was never written", () => {
    const others = [
      { urn: "u", type: "pulumi:pulumi:Stack" },
      resource("pulumi-nodejs:dynamic/superset:Other"),
      { ...resource(TYPE_TOKENS.chart), delete: true },
      resource(TYPE_TOKENS.chart, {}, { supersetId: undefined }),
    ];
    expect(parseState(state(...others))).toEqual([]);
    expect(parseState({ deployment: {} })).toEqual([]);
  });
});

const [asset] = parseState(state(resource(TYPE_TOKENS.chart))) as [StateAsset];

describe("the rows of ids", () => {
  it("find databases by name and everything else by its UUID on the server", () => {
    const database: StateAsset = { ...asset, kind: "database", uuid: UUIDS.database, title: "Shop", supersetId: 3 };
    const chart: StateAsset = { ...asset, targetUuid: UUIDS.other };
    const inventory = new Inventory([
      remote("database", { uuid: UUIDS.dashboard, id: 3 }),
      remote("chart", { uuid: UUIDS.other, id: 9 }),
      remote("chart", { id: 7 }),
    ]);
    const rows = listServerIds([chart, database], inventory, "t");
    expect(rows.map(({ kind, uuid, targetUuid, id, findings }) => [kind, uuid, targetUuid, id, findings])).toEqual([
      ["database", UUIDS.database, UUIDS.dashboard, 3, []],
      ["chart", null, UUIDS.chart, 7, []],
      ["chart", UUIDS.chart, UUIDS.other, 9, ["has the id 7 in the state"]],
    ]);
    expect(listServerIds([database], inventory, "elsewhere")[0]?.findings).toEqual(["was deployed to another server"]);
  });

  it("stand in a table with how and when they were found, and the server's UUID where it is another", () => {
    const matched = {
      targetUuid: UUIDS.other,
      matched: "natural key",
      matchedAt: "2026-11-21T18:03:04+02:00",
    } as const;
    const rows = listStateIds([
      { ...asset, title: "B" },
      { ...asset, ...matched, supersetId: 12345, title: "A" },
    ]);
    expect(formatIds(rows, false)).toBe(
      `
   ID  UUID                                  MATCHED      WHEN (UTC)

2 charts
12345  ${UUIDS.chart}  natural key  2026-11-21 16:03
       A
       on the server: ${UUIDS.other}
    7  ${UUIDS.chart}  -            -
       B`.slice(1),
    );
  });

  it("name the resource where several of a kind have one title", () => {
    const row = (name: string, title: string): StateAsset => ({ ...asset, name, title });
    const rows = listStateIds([
      row("fjord-revenue", "Revenue"),
      row(`velo-${"revenue-".repeat(20)}`, "Revenue"),
      row("units", "Units"),
      { ...row("sales", "Revenue"), kind: "dashboard" },
    ]);
    const lines = formatIds(rows, false).split("\n");
    const resources = lines.filter((line) => line.includes("resource:"));
    expect(resources).toEqual([
      "    resource: fjord-revenue",
      expect.stringMatching(/^ {4}resource: velo-revenue-.*…$/),
    ]);
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(80);
  });
});
