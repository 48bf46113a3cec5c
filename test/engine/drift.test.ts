import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { createSupersetClient, type SupersetClient } from "../../provider/src/superset/client";
import { startFaultProxy } from "../support/fault-proxy";
import { createProject, type PulumiProject } from "../support/pulumi-project";
import { readContent } from "../support/server-content";
import { type TestServer, useSuperset } from "../support/servers";
import { type SmallAssets, writeSmallAssets } from "../support/small-assets";

let server: TestServer;
let assets: SmallAssets;
let project: PulumiProject;
let client: SupersetClient;
let chart: number;

beforeAll(async () => {
  server = await useSuperset();
  const { url, username, password } = server;
  client = createSupersetClient({ url, auth: { provider: "db", username, password } });
  assets = writeSmallAssets({ charts: 2 });
  project = await createProject({ server, assets: assets.path, settings: { databases: undefined } });
});
afterAll(() => {
  project.remove();
  assets.dispose();
});
beforeEach(async () => {
  project.configure({ onDrift: undefined });
  const up = await project.up();
  expect(up.code, up.output).toBe(0);
  const [row] = await server.query("SELECT id FROM slices WHERE slice_name = 'Chart 1'");
  chart = Number(row?.id);
});

/** What a person does in the UI. */
async function change(body: object): Promise<void> {
  await client.send("PUT", `/api/v1/chart/${chart}`, body, z.unknown());
}

async function titleOf(): Promise<unknown> {
  return (await server.query(`SELECT slice_name FROM slices WHERE id = ${chart}`))[0]?.slice_name;
}

describe("what a person changed in the UI", () => {
  it("is found by a refresh, which names it and shows the lines, and its exit code tells", async () => {
    expect(await project.checkDrift()).toMatchObject({ code: 0 });
    await change({ slice_name: "Renamed by hand" });
    const found = await project.checkDrift();
    expect(found.code, found.output).toBe(7);
    expect(found.output).toMatch(/::charts\/chart-1\][\s\S]*\+ drift/);
    expect(found.output).toContain('"- slice_name: Chart 1"');
    expect(found.output).toContain('"+ slice_name: Renamed by hand"');
    expect(found.output).not.toContain("__applied");
    expect(found.output).toContain("1 to update");
  });

  it("is shown by a plain preview, and then overwritten", async () => {
    await change({ slice_name: "Renamed by hand" });
    const preview = await project.preview();
    expect(preview.output).toContain("update: changed on the target since the last deployment");
    expect(preview.output).toContain("1 asset was changed on the server since the last deployment, and is overwritten");
    expect(preview.output).toContain('  charts/chart-1.yaml (chart "Chart 1")');
    expect(await project.up()).toMatchObject({ code: 0 });
    expect(await titleOf()).toBe("Chart 1");
    expect(await project.checkDrift()).toMatchObject({ code: 0 });
  });

  it("is overwritten after a refresh took it into the state, too", async () => {
    await change({ slice_name: "Renamed by hand" });
    const refresh = await project.refresh();
    expect(refresh.code, refresh.output).toBe(0);
    expect(await project.up()).toMatchObject({ code: 0 });
    expect(await titleOf()).toBe("Chart 1");
    expect(await project.preview({ expectNoChanges: true })).toMatchObject({ code: 0 });
  });

  it("stays with onDrift: keep, and stops everything with onDrift: refuse", async () => {
    await change({ slice_name: "Renamed by hand" });
    project.configure({ onDrift: "keep" });
    const kept = await project.preview({ expectNoChanges: true });
    expect(kept.code, kept.output).toBe(0);
    expect(kept.output).toContain("superset:onDrift keeps it");
    project.configure({ onDrift: "refuse" });
    const before = await readContent(server);
    const refused = await project.up();
    expect(refused.code).not.toBe(0);
    expect(refused.output).toContain("superset:onDrift is refuse");
    expect(await readContent(server)).toEqual(before);
  });

  it("is not forgotten where the asset gets another resource meanwhile, nor are owners that are declared", async () => {
    assets.write("access.yaml", "owners:\n  '**': [admin]\n");
    expect(await project.up()).toMatchObject({ code: 0 });
    await change({ slice_name: "Renamed by hand" });
    project.configure({ onDrift: "keep" });
    const swap = () => {
      assets.move("charts/chart-1.yaml", "charts/between.yaml");
      assets.move("charts/chart-2.yaml", "charts/chart-1.yaml");
      assets.move("charts/between.yaml", "charts/chart-2.yaml");
    };
    swap();
    try {
      expect(await project.up()).toMatchObject({ code: 0 });
      const kept = await project.preview({ expectNoChanges: true });
      expect(kept.code, kept.output).toBe(0);
      expect(kept.output).toContain("superset:onDrift keeps it");
      await server.query(`DELETE FROM slice_user WHERE slice_id <> ${chart}`);
      const found = await project.checkDrift();
      expect(found.code, found.output).toBe(7);
      expect(found.output).toContain('"+ slice_name: Renamed by hand"');
      expect(found.output).toContain("owners (+ admin)");
      project.configure({ onDrift: undefined });
      expect((await project.preview()).output).toContain("1 asset was changed on the server");
    } finally {
      swap();
      assets.remove("access.yaml");
    }
    expect(await project.up()).toMatchObject({ code: 0 });
    expect(await titleOf()).toBe("Chart 1");
    expect(await project.checkDrift()).toMatchObject({ code: 0 });
  });

  it("is over for the check, too, once somebody has set it back and up has run, although a refresh had taken it in", async () => {
    await change({ slice_name: "Renamed by hand" });
    expect(await project.refresh()).toMatchObject({ code: 0 });
    await change({ slice_name: "Chart 1" });
    expect((await project.preview()).output).toContain("take: it is again as it was deployed");
    expect(await project.up()).toMatchObject({ code: 0 });
    expect(await project.checkDrift()).toMatchObject({ code: 0 });
    expect(await project.preview({ expectNoChanges: true })).toMatchObject({ code: 0 });
  });

  it("is no drift where it was saved without a change, or brought into the file", async () => {
    await change({ slice_name: "Chart 1" });
    expect(await project.preview({ expectNoChanges: true })).toMatchObject({ code: 0 });
    await change({ description: "Of the whole year" });
    assets.edit("charts/chart-1.yaml", "slice_name: Chart 1", "slice_name: Chart 1\ndescription: Of the whole year");
    const before = await readContent(server);
    expect((await project.preview()).output).toContain("take: the target has the changed definition already");
    expect(await project.up()).toMatchObject({ code: 0 });
    expect(await readContent(server)).toEqual(before);
    expect(await project.preview({ expectNoChanges: true })).toMatchObject({ code: 0 });
  });

  it("is found where it is the owners or roles that are declared, although Superset tells no change then", async () => {
    assets.write("access.yaml", "owners:\n  charts/chart-2.yaml: [admin]\nroles:\n  dashboards/board.yaml: [Alpha]\n");
    try {
      expect((await project.up()).output).toContain("2 updated");
      expect(await project.checkDrift()).toMatchObject({ code: 0 });
      await server.query("DELETE FROM dashboard_roles");
      await server.query(`DELETE FROM slice_user WHERE slice_id <> ${chart}`);
      const found = await project.checkDrift();
      expect(found.code, found.output).toBe(7);
      expect(found.output).toContain("other than declared, to be restored: roles (+ Alpha)");
      expect(found.output).toContain("other than declared, to be restored: owners (+ admin)");
      expect(await project.refresh()).toMatchObject({ code: 0 });
      expect(await project.up()).toMatchObject({ code: 0 });
      expect(await project.checkDrift()).toMatchObject({ code: 0 });
      expect(await server.query("SELECT count(*)::int AS n FROM dashboard_roles")).toEqual([{ n: 1 }]);
    } finally {
      assets.remove("access.yaml");
      expect(await project.up()).toMatchObject({ code: 0 });
    }
    expect(await project.preview({ expectNoChanges: true })).toMatchObject({ code: 0 });
  });

  it("is no drift where a dataset shows the cache timeout of its database", async () => {
    const other = writeSmallAssets({ charts: 1 });
    other.edit("databases/db.yaml", /^/, "cache_timeout: 300\n");
    other.edit("charts/chart-1.yaml", "slice_name: Chart 1", "slice_name: Chart of another project");
    const inheriting = await createProject({ server, assets: other.path, settings: { databases: undefined } });
    try {
      expect(await inheriting.up()).toMatchObject({ code: 0 });
      const uuid = /^uuid: (.*)$/m.exec(other.read("datasets/db/orders.yaml"))?.[1];
      const rows = await server.query(`SELECT id, cache_timeout FROM tables WHERE uuid = '${uuid}'`);
      expect(rows).toMatchObject([{ cache_timeout: null }]);
      const save = (body: object) => client.send("PUT", `/api/v1/dataset/${rows[0]?.id}`, body, z.unknown());
      await save({ description: "" });
      const preview = await inheriting.preview({ expectNoChanges: true });
      expect(preview.code, preview.output).toBe(0);
      expect(preview.output).not.toContain("changed on the target");
      await save({ cache_timeout: 60 });
      expect((await inheriting.preview()).output).toContain("update: changed on the target since the last deployment");
    } finally {
      inheriting.remove();
      other.dispose();
    }
  });

  it("is made good where it was a deletion", async () => {
    await client.send("DELETE", `/api/v1/chart/${chart}`, undefined, z.unknown());
    const preview = await project.preview();
    expect(preview.output).toContain("gone from the target");
    expect(preview.output).toContain("1 asset of this stack was gone from the server, and is created again");
    expect(await project.up()).toMatchObject({ code: 0 });
    expect(await server.query("SELECT id FROM slices WHERE slice_name = 'Chart 1'")).toHaveLength(1);
    expect(await project.preview({ expectNoChanges: true })).toMatchObject({ code: 0 });
  });
});

describe("cached results", () => {
  it("of datasets that were written are dropped, once for all of them, unless superset:flushCaches is false", async () => {
    const proxy = await startFaultProxy(server.url);
    const other = writeSmallAssets({ charts: 1 });
    const through = await createProject({
      server: { url: proxy.url, username: server.username },
      assets: other.path,
      settings: { databases: undefined },
    });
    try {
      expect(await through.up()).toMatchObject({ code: 0 });
      expect(proxy.count("/cachekey/invalidate")).toBe(1);
      expect(await through.up()).toMatchObject({ code: 0 });
      expect(proxy.count("/cachekey/invalidate")).toBe(1);
      through.configure({ flushCaches: false });
      other.edit("datasets/db/orders.yaml", "sql: select 1 as a", "sql: select 2 as a");
      expect(await through.up()).toMatchObject({ code: 0 });
      expect(proxy.count("/cachekey/invalidate")).toBe(1);
    } finally {
      through.remove();
      other.dispose();
      await proxy.close();
    }
  });
});
