import { describe, expect, it } from "vitest";
import { assetKey } from "../../provider/src/assets/asset-key";
import { digestLinks } from "../../provider/src/identity/links";
import type { KnownAsset } from "../../provider/src/plan/decide";
import type { PlannedAsset } from "../../provider/src/plan/plan-assets";
import { actions, define, known, plan, remote, smallFolder, UUIDS } from "./plan-support";

const ALL = [remote("database"), remote("dataset"), remote("chart"), remote("dashboard")];

/** The state after an `up` of these. */
function knownAfter(
  planned: readonly PlannedAsset[],
  links: Readonly<Record<string, string>> = {},
): Map<string, KnownAsset> {
  return new Map(
    planned.map(({ definition: { kind, uuid, digest }, managed, externalUrl }) => [
      assetKey(kind, uuid),
      known(kind, {
        checksum: digest,
        links: links[kind] ?? "-",
        managed,
        ...(externalUrl !== undefined && { externalUrl }),
      }),
    ]),
  );
}

/** Links as they are when everything has the id 10. */
const LINKS = {
  chart: digestLinks(define("chart").references, () => 10) ?? "",
  dashboard: digestLinks(define("dashboard").references, () => 10) ?? "",
};

describe("the plan of a folder", () => {
  it("creates everything on an empty server", () => {
    expect(actions(plan())).toEqual({ database: "create", dataset: "create", chart: "create", dashboard: "create" });
  });

  it("does nothing when the server has what was applied last", () => {
    const planned = plan({ remotes: ALL, known: knownAfter(plan(), LINKS) });
    expect(actions(planned)).toEqual({ database: "keep", dataset: "keep", chart: "keep", dashboard: "keep" });
    expect(planned.every(({ registered }) => registered)).toBe(true);
  });

  it("takes over what was there before, but never a database", () => {
    const planned = plan({ remotes: ALL });
    expect(actions(planned)).toEqual({ database: "use", dataset: "update", chart: "update", dashboard: "update" });
    expect(planned.map(({ registered }) => registered)).toEqual([false, true, true, true]);
  });

  it("writes a dashboard again when one of its charts has to be created again", () => {
    const remotes = ALL.filter(({ kind }) => kind !== "chart");
    const planned = plan({ remotes, known: knownAfter(plan(), LINKS) });
    expect(actions(planned)).toEqual({ database: "keep", dataset: "keep", chart: "create", dashboard: "update" });
  });

  it("takes a restored server as it is: other integer ids are recorded, and what uses them is written", () => {
    const remotes = ALL.map((asset) => (asset.kind === "dataset" ? { ...asset, id: 77 } : asset));
    const planned = plan({ remotes, known: knownAfter(plan(), LINKS) });
    expect(actions(planned)).toEqual({ database: "keep", dataset: "take", chart: "update", dashboard: "keep" });
  });

  it("leaves out, by name, what uses something that the strategy does not create", () => {
    const remotes = [remote("database"), remote("dashboard", { slug: "sales" })];
    const planned = plan({ remotes, settings: { strategy: "UPDATE" } });
    expect(actions(planned)).toEqual({ database: "use", dataset: "skip", chart: "skip", dashboard: "skip" });
    const [, dataset, , dashboard] = planned;
    expect(dataset?.decision.reason).toBe("not on the target; the strategy (UPDATE) has no CREATE");
    expect(dashboard?.decision.reason).toBe('it uses chart "Revenue", which is not on the target');
    expect(planned.map(({ registered }) => registered)).toEqual([false, false, false, false]);
  });

  it("leaves out a dataset whose database is not to be created", () => {
    const [database, dataset] = plan({ settings: { strategy: "UPDATE" } });
    expect(database?.decision.reason).toBe("not on the target; the strategy (UPDATE) has no CREATE");
    expect(dataset?.decision.action).toBe("skip");
  });

  it("matches databases by the name that the settings give, whatever their UUID", () => {
    const databases = JSON.stringify({ Shop: { name: "Shop (production)" } });
    const remotes = [remote("database", { title: "Shop (production)", uuid: UUIDS.other })];
    const [database, dataset] = plan({ remotes, settings: { databases } });
    expect(database?.decision.action).toBe("use");
    expect(dataset).toMatchObject({ decision: { action: "create" }, database: "Shop (production)" });
  });

  it("locks on production, unlocks elsewhere, and obeys the setting before the role", () => {
    const managed = (settings: Record<string, string>) => plan({ settings }).every((planned) => planned.managed);
    expect(managed({ role: "production" })).toBe(true);
    expect(managed({ role: "qa" })).toBe(false);
    expect(managed({ role: "production", managed: "false" })).toBe(false);
    expect(managed({ role: "development", managed: "true" })).toBe(true);
  });

  it("gives each asset the link to its own file, escaped for an address", () => {
    const definitions = smallFolder().map((definition) => ({
      ...definition,
      path: `${definition.kind}s/50 % off #1.yaml`,
    }));
    const [, , chart] = plan({ definitions, settings: { externalUrl: "https://git.example.com/assets/{path}" } });
    expect(chart?.externalUrl).toBe("https://git.example.com/assets/charts/50%20%25%20off%20%231.yaml");
  });

  it("writes everything again on another server", () => {
    const planned = plan({ remotes: ALL, known: knownAfter(plan(), LINKS), target: "target-2" });
    expect(actions(planned)).toMatchObject({ dataset: "update", chart: "update", dashboard: "update" });
  });
});

describe("a dataset whose kept columns lost their marks in the UI's dialog", () => {
  const applied = define("dataset", { columns: [{ column_name: "stays" }] });
  const asOnTarget = {
    ...applied.document,
    columns: [{ column_name: "stays" }, { column_name: "old", expression: "CAST(NULL AS TEXT)" }],
    metrics: [{ metric_name: "lowest", expression: "MIN(CAST(NULL AS TEXT))" }],
  };
  const before = known("dataset", { checksum: applied.digest, columns: ["stays"], retained: ["lowest", "old"] });
  const planDataset = (definition: typeof applied, document: typeof asOnTarget, target = "target-1") =>
    plan({
      definitions: [define("database"), definition],
      remotes: [remote("database"), remote("dataset", { changedOn: "2026-02-02" })],
      known: new Map([[assetKey("dataset", UUIDS.dataset), { ...before, target }]]),
      contents: { dataset: document },
      settings: { onDrift: "refuse" },
    })[1]?.decision;

  it("is as it was deployed", () => {
    expect(planDataset(applied, asOnTarget)).toMatchObject({ action: "keep" });
  });

  it("may state one of them again", () => {
    const columns = [{ column_name: "stays" }, { column_name: "old" }];
    expect(planDataset(define("dataset", { columns }), asOnTarget)).toMatchObject({ action: "update" });
  });

  it("has still drifted where somebody added another one", () => {
    const columns = [...asOnTarget.columns, { column_name: "added" }];
    expect(planDataset(applied, { ...asOnTarget, columns })).toMatchObject({ action: "refuse" });
  });

  it("is another dataset on another server", () => {
    expect(planDataset(applied, asOnTarget, "target-2")).toMatchObject({ action: "update" });
  });
});

describe("the digest of links", () => {
  const references = define("dashboard").references;

  it("depends on the ids, not on the order of the references", () => {
    const two = [...references, { kind: "dataset" as const, uuid: UUIDS.dataset, at: [] }];
    const ids = (kind: string) => (kind === "chart" ? 1 : 2);
    expect(digestLinks(two, ids)).toBe(digestLinks([...two].reverse(), ids));
    expect(digestLinks(two, ids)).not.toBe(digestLinks(two, () => 1));
  });

  it("is undefined while something is missing, and does not count databases", () => {
    expect(digestLinks(references, () => undefined)).toBeUndefined();
    expect(digestLinks(define("dataset").references, () => undefined)).toBe("-");
  });
});
