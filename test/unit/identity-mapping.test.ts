import { describe, expect, it } from "vitest";
import { assetKey } from "../../provider/src/assets/asset-key";
import { rewriteUuids } from "../../provider/src/identity/rewrite-uuids";
import type { PlannedAsset } from "../../provider/src/plan/plan-assets";
import { define, known, plan, remote, UUIDS } from "./plan-support";

const OTHER = { dataset: "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa", dashboard: "bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb" };

/** A server that grew by hand: the same table and slug, other UUIDs and ids. */
const GROWN = [
  remote("database", { uuid: UUIDS.other, id: 3 }),
  remote("dataset", { uuid: OTHER.dataset, id: 31, database: { id: 3 } }),
  remote("dashboard", { uuid: OTHER.dashboard, id: 33 }),
];

function planOf(kind: string, options: Parameters<typeof plan>[0]): PlannedAsset | undefined {
  return plan(options).find(({ definition }) => definition.kind === kind);
}

describe("the object of a definition", () => {
  it("is the one of its UUID, whatever has its natural key", () => {
    const twin = remote("dashboard", { uuid: OTHER.dashboard, id: 33 });
    const own = remote("dashboard", { slug: "elsewhere" });
    expect(planOf("dashboard", { remotes: [twin, own] })?.object).toMatchObject({
      uuid: UUIDS.dashboard,
      match: "uuid",
    });
  });

  it("is else the one of its natural key, which keeps its UUID; references follow", () => {
    const planned = plan({ remotes: GROWN });
    const found = Object.fromEntries(planned.map(({ definition, object }) => [definition.kind, object]));
    expect(found.database).toMatchObject({ uuid: UUIDS.other, match: "natural key" });
    expect(found.dataset).toMatchObject({ uuid: OTHER.dataset, match: "natural key" });
    expect(found.dashboard).toMatchObject({ uuid: OTHER.dashboard, match: "natural key" });
    // A chart has no natural key.
    expect(found.chart).toEqual({ uuid: UUIDS.chart });
    const uuids = Object.fromEntries(planned.map(({ definition, uuids }) => [definition.kind, uuids]));
    expect(uuids).toEqual({
      database: undefined,
      dataset: { [UUIDS.dataset]: OTHER.dataset },
      chart: { [UUIDS.dataset]: OTHER.dataset },
      dashboard: { [UUIDS.dashboard]: OTHER.dashboard },
    });
  });

  it("gets the UUID of the file where superset:takeOver says so, and the plan tells", () => {
    const dashboard = planOf("dashboard", { remotes: GROWN, settings: { takeOver: "true" } });
    expect(dashboard).toMatchObject({ takesUuidOf: OTHER.dashboard, object: { uuid: UUIDS.dashboard } });
    expect(dashboard?.decision.reason).toContain("gets the UUID of the file");
    expect(dashboard).not.toHaveProperty("uuids");
    expect(planOf("chart", { remotes: GROWN, settings: { takeOver: "true" } })).not.toHaveProperty("uuids");
  });

  it("keeps its UUID despite superset:takeOver where the strategy does not write it; references follow", () => {
    const planned = plan({ remotes: GROWN, settings: { takeOver: "true", strategy: "CREATE" } });
    const [, dataset, chart] = planned;
    expect(dataset).toMatchObject({ decision: { action: "skip" }, object: { uuid: OTHER.dataset } });
    expect(dataset).not.toHaveProperty("takesUuidOf");
    expect(chart).toMatchObject({ decision: { action: "create" }, uuids: { [UUIDS.dataset]: OTHER.dataset } });
  });

  it("is the one that settings name, of any kind", () => {
    const uuids = JSON.stringify({ [UUIDS.chart.toUpperCase()]: UUIDS.other });
    const remotes = [...GROWN, remote("chart", { uuid: UUIDS.other, id: 32 }), remote("chart")];
    expect(planOf("chart", { remotes, settings: { uuids } })?.object).toMatchObject({
      uuid: UUIDS.other,
      match: "settings",
    });
  });

  it("stays the one that the stack adopted, when its table is renamed in the file", () => {
    const state = new Map([
      [assetKey("dataset", UUIDS.dataset), known("dataset", { targetUuid: OTHER.dataset, supersetId: 31 })],
    ]);
    const definitions = [define("database"), define("dataset", { table_name: "orders_2026" })];
    const dataset = planOf("dataset", { definitions, remotes: GROWN, known: state });
    expect(dataset?.object).toMatchObject({ uuid: OTHER.dataset });
    expect(dataset?.decision).toEqual({ action: "update", reason: "definition changed" });
  });

  it("goes on under a definition with another UUID, and stays this stack's own", () => {
    const board = known("dashboard");
    const planned = planOf("dashboard", {
      definitions: [define("dashboard", { uuid: UUIDS.other, position: {} })],
      remotes: [remote("dashboard")],
      known: new Map([[assetKey("dashboard", board.uuid), board]]),
    });
    expect(planned).toMatchObject({ known: { origin: "created" }, object: { uuid: UUIDS.dashboard } });
  });

  it("is compared as Superset compares: by case, and an exact schema", () => {
    for (const changes of [{ title: "Orders" }, { schema: "Main" }, { schema: null }]) {
      const remotes = [remote("database"), remote("dataset", { uuid: OTHER.dataset, ...changes })];
      expect(planOf("dataset", { remotes })?.object.match).toBeUndefined();
    }
    const remotes = [remote("database"), remote("dataset", { uuid: OTHER.dataset, catalog: "shop" })];
    expect(planOf("dataset", { remotes })?.object.match).toBe("natural key");
  });

  it("is a database of that UUID only where no name fits and settings name none", () => {
    const renamed = remote("database", { title: "Warehouse" });
    expect(planOf("database", { remotes: [renamed] })).toMatchObject({
      database: "Warehouse",
      decision: { action: "use" },
    });
    expect(planOf("dataset", { remotes: [renamed] })).toMatchObject({ database: "Warehouse" });
    const databases = JSON.stringify({ Shop: { name: "Shop of QA" } });
    expect(planOf("database", { remotes: [renamed], settings: { databases } })?.object.remote).toBeUndefined();
  });
});

describe("what the target has", () => {
  const asStored = { ...define("dataset").document, uuid: OTHER.dataset, database_uuid: UUIDS.other };

  it("is compared as the files would state it: an equal object is taken without a write", () => {
    const dataset = planOf("dataset", { remotes: GROWN, contents: { dataset: asStored } });
    expect(dataset).toMatchObject({ decision: { action: "take" }, registered: true });
    const other = { ...asStored, description: "changed by hand" };
    expect(planOf("dataset", { remotes: GROWN, contents: { dataset: other } })?.decision).toMatchObject({
      action: "update",
      reason: "on the target, not yet in this stack, with other content",
    });
  });

  it("decides by superset:onDrift where somebody changed it", () => {
    const remotes = [remote("database"), remote("dataset", { changedOn: "2026-02-02" })];
    const state = new Map([[assetKey("dataset", UUIDS.dataset), known("dataset")]]);
    const contents = { dataset: { ...define("dataset").document, description: "changed by hand" } };
    const actionFor = (onDrift: string) =>
      planOf("dataset", { remotes, known: state, contents, settings: { onDrift } })?.decision;
    expect(actionFor("overwrite")).toMatchObject({
      action: "update",
      reason: expect.stringContaining("changed on the target"),
    });
    expect(actionFor("keep")).toMatchObject({ action: "skip" });
    expect(actionFor("refuse")).toMatchObject({ action: "refuse" });
    const saved = planOf("dataset", { remotes, known: state, contents: { dataset: define("dataset").document } });
    expect(saved?.decision.action).toBe("keep");
  });
});

describe("references", () => {
  it("are rewritten wherever they stand, in any case of letters, and nothing else is", () => {
    const target = "cccccccc-cccc-4ccc-8ccc-cccccccccccc";
    const filter = { id: "F", targets: [{ datasetUuid: UUIDS.dataset.toUpperCase(), column: { name: "a" } }, {}] };
    const document = {
      ...define("dashboard").document,
      metadata: { native_filter_configuration: [filter], chart_customization_config: [filter] },
      css: UUIDS.chart,
    };
    const result = rewriteUuids("dashboard", document, { [UUIDS.dataset]: target, [UUIDS.chart]: UUIDS.other });
    const text = JSON.stringify(result);
    expect(text.split(target)).toHaveLength(3);
    expect(result).toMatchObject({ css: UUIDS.chart, position: { "CHART-1": { meta: { uuid: UUIDS.other } } } });
    expect(JSON.stringify(document)).not.toContain(target);
    expect(rewriteUuids("dataset", define("dataset").document, { [UUIDS.database]: target })).toMatchObject({
      database_uuid: target,
    });
  });
});
