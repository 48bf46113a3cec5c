import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type FaultProxy, startFaultProxy } from "../support/fault-proxy";
import { createProject, type PulumiProject } from "../support/pulumi-project";
import { countKinds, readContent } from "../support/server-content";
import { type TestServer, useSuperset } from "../support/servers";
import { type SmallAssets, writeSmallAssets } from "../support/small-assets";

const CHARTS = 10;
/** What `pulumi-superset deploy` sets: a wave is one moment only if the engine starts all of it. */
const WIDE = ["--parallel", "64"];

let server: TestServer;
let proxy: FaultProxy;
let assets: SmallAssets;
let project: PulumiProject;

beforeAll(async () => {
  server = await useSuperset();
  proxy = await startFaultProxy(server.url);
  assets = writeSmallAssets({ charts: CHARTS });
  const second = assets
    .read("dashboards/board.yaml")
    .replace(/^uuid: .*$/m, "uuid: dddddddd-0000-4000-8000-000000000005");
  assets.write("dashboards/second.yaml", second.replace(/^slug: .*$/m, "slug: second"));
  const settings = { databases: undefined, strategy: "CREATE | UPDATE | DELETE" };
  project = await createProject({ server: { ...server, url: proxy.url }, assets: assets.path, settings });
  expect(await project.up({ args: WIDE })).toMatchObject({ code: 0 });
});
afterAll(async () => {
  await proxy.close();
  project.remove();
  assets.dispose();
});

describe("ten charts and two dashboards that are deleted", () => {
  it("stay one by one where something else uses them; the error is their own, and the others go", async () => {
    await server.query(`
      WITH board AS (INSERT INTO dashboards (uuid, dashboard_title, published, created_on, changed_on) VALUES (gen_random_uuid(), 'Board of others', true, now(), now()) RETURNING id)
      INSERT INTO dashboard_slices (dashboard_id, slice_id) SELECT board.id, slices.id FROM board, slices WHERE slice_name = 'Chart 7'`);
    const before = countKinds(await readContent(server));
    expect(before).toMatchObject({ chart: CHARTS, dashboard: 3 });

    const { code, output } = await project.destroy(WIDE);
    expect(code).not.toBe(0);
    expect(output).toContain(
      'chart "Chart 7" was not deleted: dashboard Board of others still uses it. [delete/still-used]',
    );
    expect(output).not.toContain('chart "Chart 6" was not deleted');
    const left = await server.query("SELECT slice_name FROM slices");
    expect(left).toEqual([{ slice_name: "Chart 7" }]);

    await server.query("DELETE FROM dashboard_slices; DELETE FROM dashboards");
    expect(await project.up({ args: WIDE })).toMatchObject({ code: 0 });
  });

  it("go in few requests, dashboards first", async () => {
    for (let index = 1; index <= CHARTS; index++) assets.remove(`charts/chart-${index}.yaml`);
    for (const name of ["board", "second"]) assets.remove(`dashboards/${name}.yaml`);
    proxy.resetRequests();
    expect(await project.up({ args: WIDE })).toMatchObject({ code: 0 });
    expect(countKinds(await readContent(server))).toEqual({ database: 1, dataset: 1, chart: 0, dashboard: 0 });
    const order = proxy.requests.flatMap(({ method, path }) => (method === "DELETE" ? [path.split("/")[3]] : []));
    expect(order.filter((kind, index) => kind !== order[index - 1])).toEqual(["dashboard", "chart"]);
    // One for each kind; on a busy machine the engine begins a part of a wave so late that it goes by itself.
    expect(order.length).toBeLessThanOrEqual(4);
  });
});
