import { describe, expect, it } from "vitest";
import { canonicalise, digestText, toCanonicalText } from "../../provider/src/assets/canonical";
import { defineFromDocument } from "../../provider/src/assets/define";
import type { AssetDocument, AssetKind, Definition } from "../../provider/src/assets/definition";
import type { PreferredSide } from "../../provider/src/assets/merge-definition";
import type { AssetFile } from "../../provider/src/cli/merge-base";
import { collectNewAssets } from "../../provider/src/cli/new-files";
import { planPull } from "../../provider/src/cli/pull-plan";
import type { StateAsset } from "../../provider/src/cli/stack-state";
import { Inventory } from "../../provider/src/superset/inventory";
import { define, remote, settings, UUIDS } from "./plan-support";

const canonical = (kind: AssetKind, changes: AssetDocument = {}) => canonicalise(kind, define(kind, changes).document);

/** What the state has of an asset that was applied like this, and now holds like that. */
function inState(applied: AssetDocument, held = applied, kind: AssetKind = "chart"): StateAsset {
  const texts = [applied, held].map((document) => toCanonicalText(canonicalise(kind, document)));
  const [checksum, yaml] = [digestText(texts[0] ?? ""), texts[1] ?? ""];
  const place = { name: `${kind}s/one`, path: `${kind}s/one.yaml`, url: "", target: "t", supersetId: 1 };
  return { kind, uuid: UUIDS[kind as "chart"], title: "One", ...place, checksum, yaml };
}

/** {@link planPull} for a server that has this, in a database like that. */
const decidePull = (
  asset: StateAsset,
  file: AssetFile | undefined,
  document: AssetDocument,
  prefer?: PreferredSide,
  database?: AssetDocument,
) => planPull(asset, file, { document, database }, prefer);

const fileOf = (definition: Definition): AssetFile => ({ definition, location: "/nowhere" });

const chart = (changes: AssetDocument = {}) => define("chart", changes);

describe("planPull", () => {
  it("writes nothing where the server has what was applied, or what the file says already", async () => {
    const asset = inState(chart().document);
    const file = fileOf(chart({ description: "mine" }));
    expect(decidePull(asset, file, canonical("chart"))).toEqual({ verdict: "nothing" });
    expect(decidePull(asset, file, canonical("chart", { description: "mine" }))).toEqual({
      verdict: "nothing",
    });
  });

  it("tells whether the file then says something that the server does not have", () => {
    const asset = inState(chart().document);
    const renamed = canonical("chart", { slice_name: "Theirs", description: "theirs" });
    const decide = (changes: AssetDocument, prefer?: PreferredSide) =>
      decidePull(asset, fileOf(chart(changes)), renamed, prefer);
    expect(decide({})).toMatchObject({ verdict: "write", isLikeServer: true });
    expect(decide({ cache_timeout: 60 })).toMatchObject({ verdict: "write", isLikeServer: false });
    expect(decide({ slice_name: "Mine" }, "ours")).toMatchObject({ verdict: "write", isLikeServer: false });
    expect(decide({ slice_name: "Mine" }, "theirs")).toMatchObject({ verdict: "write", isLikeServer: true });
  });

  it("says so where there is no file to write to", async () => {
    const theirs = canonical("chart", { slice_name: "Theirs" });
    expect(decidePull(inState(chart().document), undefined, theirs)).toEqual({
      verdict: "fileless",
      before: canonical("chart"),
      after: theirs,
    });
  });

  it("takes tags and themes for nobody's change: they are not imported", async () => {
    const asset = inState(chart({ tags: ["a"] }).document);
    const file = fileOf(chart({ tags: ["a"] }));
    expect(decidePull(asset, file, canonical("chart", { tags: ["b"] }))).toEqual({ verdict: "nothing" });
    const changed = decidePull(asset, file, canonical("chart", { tags: ["b"], description: "new" }));
    expect(changed).toMatchObject({ verdict: "write", after: canonical("chart", { description: "new" }) });
  });

  it("takes the cache timeout of a database for nobody's change of its datasets", async () => {
    const decide = (stated: AssetDocument, onServer: AssetDocument) => {
      const file = fileOf(define("dataset", stated));
      const asset = inState(file.definition.document, undefined, "dataset");
      return decidePull(asset, file, canonical("dataset", onServer), undefined, { cache_timeout: 60 });
    };
    expect(await decide({}, { cache_timeout: 60 })).toEqual({ verdict: "nothing" });
    expect(await decide({ cache_timeout: 60 }, { cache_timeout: 60 })).toEqual({ verdict: "nothing" });
    expect(await decide({}, { cache_timeout: 30 })).toMatchObject({ verdict: "write", after: { cache_timeout: 30 } });
    expect(await decide({ cache_timeout: 30 }, { cache_timeout: 60 })).toMatchObject({
      verdict: "write",
      after: canonical("dataset"),
    });
  });

  it("takes retained columns and metrics for nobody's addition", async () => {
    const columns = (...names: string[]) => names.map((column_name) => ({ column_name }));
    const stated = define("dataset", { columns: columns("a") });
    const asset = { ...inState(stated.document, stated.document, "dataset"), retained: ["old", "count"] };
    const live = { columns: columns("a", "old"), metrics: [{ metric_name: "count", expression: "1" }] };
    expect(decidePull(asset, fileOf(stated), canonical("dataset", live))).toEqual({
      verdict: "nothing",
    });
    const more = canonical("dataset", { ...live, columns: columns("a", "old", "new") });
    expect(decidePull(asset, fileOf(stated), more)).toMatchObject({
      verdict: "write",
      after: canonical("dataset", { columns: columns("a", "new") }),
    });
  });
});

describe("what was last applied", () => {
  const applied = chart({ slice_name: "Applied" });
  const file = chart({ slice_name: "Applied", description: "mine" });
  const theirs = canonical("chart", { slice_name: "Theirs" });
  const merged = { verdict: "write", after: { slice_name: "Theirs", description: "mine" } };
  // A refresh has put the server's version into the state.
  const refreshed = inState(applied.document, theirs);

  it("is in the state", async () => {
    expect(decidePull(inState(applied.document), fileOf(file), theirs)).toMatchObject(merged);
  });

  it("is the file, where it was not changed since", async () => {
    expect(decidePull(refreshed, fileOf(applied), theirs)).toMatchObject({
      verdict: "write",
      after: { slice_name: "Theirs" },
    });
  });

  it("is in the state, also after a refresh, where 0.1 did not write it", () => {
    const asset = { ...refreshed, applied: applied.canonical };
    expect(decidePull(asset, fileOf(file), theirs, undefined)).toMatchObject(merged);
  });

  it("may be nowhere; then every difference is a conflict, which can be decided", async () => {
    const lonely = fileOf(file);
    const conflict = decidePull(refreshed, lonely, theirs, undefined);
    expect(conflict).toMatchObject({ verdict: "conflict", hasBase: false });
    expect(conflict).toMatchObject({ conflicts: [{ path: ["description"] }, { path: ["slice_name"] }] });
    expect(decidePull(refreshed, lonely, theirs, "theirs")).toMatchObject({ verdict: "write", after: theirs });
    expect(decidePull(refreshed, lonely, theirs, "ours")).toMatchObject({ verdict: "kept", decided: [{}, {}] });
  });
});

describe("what a pulled asset uses and no file has", () => {
  const place = { path: "boards/dashboards/sales.yaml", name: "sales" };
  const board = defineFromDocument("dashboard", define("dashboard").document, place);
  const collect = (definitions: readonly Definition[], databases = {}) =>
    collectNewAssets([board], {
      definitions: [board, ...definitions],
      settings: settings({ databases: JSON.stringify(databases) }),
      inventory: new Inventory([remote("database"), remote("dataset"), remote("chart", { title: "Über uns: 2026!" })]),
      read: async (remotes) => new Map(remotes.map((asset) => [asset, { document: canonical(asset.kind) }])),
    });
  const pathsOf = async (definitions: readonly Definition[]) =>
    (await collect(definitions)).assets.map(({ definition, usedBy }) => `${definition.path} < ${usedBy}`);

  it("gets files, down to the database, which is named only", async () => {
    const { assets, unresolved } = await collect([]);
    expect(assets.map(({ definition, usedBy }) => `${definition.path} < ${usedBy}`)).toEqual([
      "charts/uber-uns-2026_33333333.yaml < boards/dashboards/sales.yaml",
      "datasets/shop/orders_22222222.yaml < charts/uber-uns-2026_33333333.yaml",
    ]);
    expect(unresolved.map(({ reference }) => reference.uuid)).toEqual([UUIDS.database]);
    expect((await collect([], { [UUIDS.database]: { name: "Shop" } })).unresolved).toEqual([]);
  });

  it("lies beside others of its kind, under a name that is free", async () => {
    const other = (path: string, kind: AssetKind, changes: AssetDocument) =>
      defineFromDocument(kind, define(kind, { uuid: UUIDS.other, ...changes }).document, { path, name: path });
    const taken = other("mine/charts/Uber-uns-2026_33333333.yaml", "chart", {});
    const elsewhere = other("a/datasets/x.yaml", "dataset", { database_uuid: UUIDS.other });
    const sameDatabase = other("b/datasets/y.yaml", "dataset", {});
    expect(await pathsOf([taken, elsewhere, sameDatabase, define("database")])).toEqual([
      "mine/charts/uber-uns-2026_33333333-3333-4333-8333-333333333333.yaml < boards/dashboards/sales.yaml",
      "b/datasets/orders_22222222.yaml < mine/charts/uber-uns-2026_33333333-3333-4333-8333-333333333333.yaml",
    ]);
  });
});
