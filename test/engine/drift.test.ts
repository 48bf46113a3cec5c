import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { z } from "zod";
import { type FaultProxy, startFaultProxy } from "../support/fault-proxy";
import { createSamples } from "../support/import-samples";
import { clientOf } from "../support/people";
import { type CommandResult, createProject, type PulumiProject } from "../support/pulumi-project";
import { readContent } from "../support/server-content";
import { type TestServer, useSuperset } from "../support/servers";
import { type SmallAssets, writeSmallAssets } from "../support/small-assets";

/** What happens to each chart of the folder; "owned" loses its owner, "deleted" goes, "still" is left alone. */
const CHARTS = [
  "renamed",
  "swapped",
  "partner",
  "brought",
  "saved",
  "owned",
  "deleted",
  "taken-in",
  "set-back",
  "still",
] as const;
type ChartName = (typeof CHARTS)[number];

let server: TestServer;
let proxy: FaultProxy;
let assets: SmallAssets;
let project: PulumiProject;
let ids: Map<string, number>;

/** One deployed folder, with access and two datasets whose database has a cache timeout. */
beforeAll(async () => {
  server = await useSuperset();
  proxy = await startFaultProxy(server.url);
  assets = writeSmallAssets({ charts: CHARTS.length });
  CHARTS.forEach((name, index) => {
    assets.move(`charts/chart-${index + 1}.yaml`, `charts/${name}.yaml`);
    assets.edit(`charts/${name}.yaml`, /^slice_name: .*$/m, `slice_name: Chart ${name}`);
  });
  assets.edit("databases/db.yaml", /^/, "cache_timeout: 300\n");
  const database = /^uuid: (.*)$/m.exec(assets.read("databases/db.yaml"))?.[1] ?? "";
  const { document } = createSamples().dataset({ kind: "database", uuid: database, title: "", path: "", document: {} });
  assets.write("datasets/db/second.yaml", stringify(document));
  assets.write("access.yaml", "owners:\n  charts/owned.yaml: [admin]\nroles:\n  dashboards/board.yaml: [Alpha]\n");
  project = await createProject({
    server: { ...server, url: proxy.url },
    assets: assets.path,
    settings: { databases: undefined },
  });
  const up = await project.up();
  expect(up.code, up.output).toBe(0);
  const rows = await server.query("SELECT id, slice_name AS name FROM slices");
  ids = new Map(rows.map(({ id, name }) => [String(name), Number(id)]));
});
afterAll(async () => {
  project?.remove();
  assets?.dispose();
  await proxy?.close();
});

/** What a person does in the UI. */
async function change(chart: ChartName, body: object): Promise<void> {
  await clientOf(server).send("PUT", `/api/v1/chart/${idOf(chart)}`, body, z.unknown());
}

const rename = (chart: ChartName) => change(chart, { slice_name: `${chart} by hand` });
const idOf = (chart: ChartName) => ids.get(`Chart ${chart}`) ?? 0;

async function saveDataset(body: object): Promise<void> {
  const uuid = /^uuid: (.*)$/m.exec(assets.read("datasets/db/orders.yaml"))?.[1];
  const [row] = await server.query(`SELECT id FROM tables WHERE uuid = '${uuid}'`);
  await clientOf(server).send("PUT", `/api/v1/dataset/${row?.id}`, body, z.unknown());
}

async function dropAccess(): Promise<void> {
  await server.query("DELETE FROM dashboard_roles");
  await server.query(`DELETE FROM slice_user WHERE slice_id = ${idOf("owned")}`);
}

async function countAccess(): Promise<Record<string, unknown> | undefined> {
  const [row] = await server.query(`
    SELECT (SELECT count(*)::int FROM dashboard_roles) AS roles,
      (SELECT count(*)::int FROM slice_user WHERE slice_id = ${idOf("owned")}) AS owners`);
  return row;
}

/** Titles of the charts, without "Chart " where they are as in the files. */
async function titles(): Promise<string[]> {
  const rows = await server.query("SELECT slice_name AS name FROM slices");
  return rows.map(({ name }) => String(name).replace(/^Chart /, "")).sort();
}

const count = ({ output }: CommandResult, part: string) => output.split(part).length - 1;

const CHANGED = "update: changed on the target since the last deployment";
const FLUSH = "/cachekey/invalidate";

describe("what a person changed in the UI", () => {
  it("is no drift where it was saved without a change, or a dataset shows the cache timeout of its database", async () => {
    expect(await server.query("SELECT DISTINCT cache_timeout FROM tables")).toEqual([{ cache_timeout: null }]);
    await change("saved", { slice_name: "Chart saved" });
    await saveDataset({ description: "" });
    expect(await project.checkDrift()).toMatchObject({ code: 0 });
    const preview = await project.preview({ expectNoChanges: true });
    expect(preview.code, preview.output).toBe(0);
    expect(preview.output).not.toContain("changed on the target");
  });

  it("is found by a refresh, which names it and shows the lines, and its exit code tells; owners and roles, too", async () => {
    await rename("renamed");
    await rename("swapped");
    await change("brought", { description: "Of the whole year" });
    await saveDataset({ cache_timeout: 60 });
    // Superset tells no change here.
    await dropAccess();
    const found = await project.checkDrift();
    expect(found.code, found.output).toBe(7);
    expect(found.output).toMatch(/::charts\/renamed\][\s\S]*\+ drift/);
    expect(found.output).toContain('"- slice_name: Chart renamed"');
    expect(found.output).toContain('"+ slice_name: renamed by hand"');
    expect(found.output).not.toContain("__applied");
    expect(found.output).toContain("other than declared, to be restored: roles (+ Alpha)");
    expect(found.output).toContain("other than declared, to be restored: owners (+ admin)");
    // Three charts, the dataset, and the two whose access it is.
    expect(found.output).toContain("6 to update");
  });

  it("stops everything with onDrift: refuse", async () => {
    project.configure({ onDrift: "refuse" });
    const before = await readContent(server);
    const refused = await project.up();
    expect(refused.code).not.toBe(0);
    expect(refused.output).toContain("superset:onDrift is refuse");
    expect(await readContent(server)).toEqual(before);
  });

  it("stays with onDrift: keep, and is not forgotten where the asset gets another resource meanwhile", async () => {
    project.configure({ onDrift: "keep" });
    assets.move("charts/swapped.yaml", "charts/between.yaml");
    assets.move("charts/partner.yaml", "charts/swapped.yaml");
    assets.move("charts/between.yaml", "charts/partner.yaml");
    const before = await readContent(server);
    const up = await project.up();
    expect(up.code, up.output).toBe(0);
    expect((await readContent(server)).assets).toEqual(before.assets);
    // onDrift is not about access.
    expect(await countAccess()).toEqual({ roles: 1, owners: 1 });
    const kept = await project.preview({ expectNoChanges: true });
    expect(kept.code, kept.output).toBe(0);
    for (const file of ["charts/renamed", "charts/partner", "charts/brought", "datasets/db/orders"]) {
      expect(kept.output).toMatch(new RegExp(`${file}\\.yaml.*superset:onDrift keeps it`));
    }
    await dropAccess();
    const found = await project.checkDrift();
    expect(found.code, found.output).toBe(7);
    expect(found.output).toMatch(/::charts\/partner\][^~]*"\+ slice_name: swapped by hand"/);
    expect(found.output).toContain("owners (+ admin)");
    expect(proxy.count(FLUSH)).toBe(1);
  });

  it("is shown by a plain preview and then overwritten; a deletion is made good, what is in the file is taken", async () => {
    project.configure({ onDrift: undefined });
    assets.edit("charts/brought.yaml", /^slice_name:/m, "description: Of the whole year\nslice_name:");
    await clientOf(server).send("DELETE", `/api/v1/chart/${idOf("deleted")}`, undefined, z.unknown());
    const written = `SELECT changed_on::text FROM slices WHERE id = ${idOf("brought")}`;
    const before = await server.query(written);
    const preview = await project.preview();
    expect(count(preview, CHANGED), preview.output).toBe(3);
    expect(preview.output).toContain(
      "3 assets were changed on the server since the last deployment, and are overwritten",
    );
    expect(preview.output).toContain('  charts/renamed.yaml (chart "Chart renamed")');
    expect(preview.output).toContain('  charts/partner.yaml (chart "Chart swapped")');
    expect(preview.output).toContain("gone from the target");
    expect(preview.output).toContain("1 asset of this stack was gone from the server, and is created again");
    expect(count(preview, "take: the target has the changed definition already")).toBe(1);

    const up = await project.up();
    expect(up.code, up.output).toBe(0);
    expect(await titles()).toEqual([...CHARTS].sort());
    expect(await server.query(written)).toEqual(before);
    expect(await server.query("SELECT DISTINCT cache_timeout FROM tables")).toEqual([{ cache_timeout: null }]);
    expect(await countAccess()).toEqual({ roles: 1, owners: 1 });
    expect(await project.checkDrift()).toMatchObject({ code: 0 });
  });

  it("is overwritten after a refresh took it into the state, too, or over once somebody has set it back", async () => {
    await rename("taken-in");
    await rename("set-back");
    await dropAccess();
    expect(await project.refresh()).toMatchObject({ code: 0 });
    await change("set-back", { slice_name: "Chart set-back" });
    project.configure({ flushCaches: false });
    assets.edit("datasets/db/second.yaml", "sql: select 1 as a", "sql: select 2 as a");
    const preview = await project.preview();
    expect(count(preview, CHANGED), preview.output).toBe(1);
    expect(count(preview, "take: it is again as it was deployed")).toBe(1);
    const up = await project.up();
    expect(up.code, up.output).toBe(0);
    expect(await titles()).toEqual([...CHARTS].sort());
    expect(await countAccess()).toEqual({ roles: 1, owners: 1 });
    expect(await project.checkDrift()).toMatchObject({ code: 0 });
    expect(await project.preview({ expectNoChanges: true })).toMatchObject({ code: 0 });
  });
});

describe("cached results", () => {
  it("of datasets that were written were dropped, once for all of a run, but not with flushCaches: false", async () => {
    expect(await server.query("SELECT sql FROM tables ORDER BY sql")).toEqual([
      { sql: "select 1 as a" },
      { sql: "select 2 as a" },
    ]);
    // Of the first up with its two datasets, and of the one that wrote over a changed dataset.
    expect(proxy.count(FLUSH)).toBe(2);
  });
});
