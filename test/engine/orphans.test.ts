import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { type ImportEntry, importEntries } from "../../provider/src/superset/importer";
import { type FaultProxy, startFaultProxy } from "../support/fault-proxy";
import { createSamples, type SampleEntry } from "../support/import-samples";
import { clientOf } from "../support/people";
import { createProject, type PulumiProject } from "../support/pulumi-project";
import { readContent } from "../support/server-content";
import { type TestServer, useSuperset } from "../support/servers";
import { type SmallAssets, writeSmallAssets } from "../support/small-assets";
import { make } from "../support/superset-people";

const LONE = "charts/lone.yaml";

let server: TestServer;
let proxy: FaultProxy;
let assets: SmallAssets;
let project: PulumiProject;

/** What people made on the server, on the database of the stack unless the name says otherwise. */
let made: Record<
  | "loose"
  | "looseChart"
  | "looseBoard"
  | "view"
  | "viewChart"
  | "keptChart"
  | "farDatabase"
  | "far"
  | "farChart"
  | "mixedBoard",
  SampleEntry
>;

beforeAll(async () => {
  server = await useSuperset();
  proxy = await startFaultProxy(server.url);
  assets = writeSmallAssets({ charts: 2 });
  const lone = assets.read("charts/chart-1.yaml").replace(/^uuid: .*$/m, "uuid: dddddddd-0000-4000-8000-000000000004");
  assets.write(LONE, lone.replace(/^slice_name: .*$/m, "slice_name: Lone"));
  project = await createProject({
    server: { ...server, url: proxy.url },
    assets: assets.path,
    settings: { databases: undefined, protect: ["charts/kept*"], strategy: "CREATE | UPDATE | DELETE" },
  });
  expect(await project.up()).toMatchObject({ code: 0 });
  made = describeOrphans();
  await write(Object.values(made));
  const database = await idOf("dbs", "database_name = (SELECT min(database_name) FROM dbs)");
  await make(clientOf(server), "saved_query/", { db_id: database, label: "Mine", sql: "select 1" });
});
afterAll(async () => {
  await proxy.close();
  project.remove();
  assets.dispose();
});

function describeOrphans(): typeof made {
  const [own, far] = [createSamples(), createSamples()];
  const database = parse(assets.read("databases/db.yaml")) as Record<string, unknown>;
  const dataset = parse(assets.read("datasets/db/orders.yaml")) as { uuid: string };
  const ownDatabase = { ...own.database(), document: database, uuid: String(database.uuid) };
  const farDatabase = far.database();
  const physical = (entry: SampleEntry) => {
    entry.document.sql = null;
    return entry;
  };
  const loose = physical(own.dataset(ownDatabase, "loose"));
  const view = own.dataset(ownDatabase, "view of SQL Lab");
  const farDataset = physical(far.dataset(farDatabase, "far"));
  const looseChart = own.chart(loose, "Loose / chart");
  const farChart = far.chart(farDataset, "Far chart");
  return {
    farDatabase,
    loose,
    view,
    far: farDataset,
    looseChart,
    viewChart: own.chart(view, "View chart"),
    keptChart: own.chart(dataset, "kept / chart"),
    farChart,
    looseBoard: own.dashboard([looseChart], "Loose board"),
    mixedBoard: far.dashboard([farChart], "Mixed board"),
  };
}

/** Writes to the server, past the stack. */
async function write(entries: readonly ImportEntry[]): Promise<void> {
  for (const outcome of await importEntries(clientOf(server), entries)) if ("error" in outcome) throw outcome.error;
}

async function idOf(table: string, condition: string): Promise<number> {
  const [row] = await server.query(`SELECT id FROM ${table} WHERE ${condition}`);
  return Number(row?.id);
}

/** All assets, and what else people have, one line each. */
async function readAll(): Promise<string[]> {
  const others = await server.query(
    "SELECT 'query ' || label AS line FROM saved_query UNION SELECT 'report ' || name FROM report_schedule",
  );
  const { assets: lines } = await readContent(server);
  return [...lines.map((line) => line.split(" ", 2).join(" ")), ...others.map(({ line }) => String(line))].sort();
}

/** Kind and UUID of all that a preview announces as orphans. */
function announced(output: string): string[] {
  const [, list = ""] = output.split("On the server, in no file, and deleted:\n");
  const lines = [...list.matchAll(/^\s+(dashboard|chart|dataset) ".*" \(([0-9a-f-]{36})\)$/gm)];
  return [...new Set(lines.map(([, kind, uuid]) => `${kind} ${uuid}`))].sort();
}

const keys = (...names: (keyof typeof made)[]) => names.map((name) => `${made[name].kind} ${made[name].uuid}`).sort();

async function expectNothingLeft(): Promise<void> {
  expect(await project.preview({ expectNoChanges: true })).toMatchObject({ code: 0 });
}

/** Refused in the preview and by `up`, with these lines, and nothing is gone. */
async function expectRefused(...lines: string[]): Promise<void> {
  const before = await readAll();
  for (const { code, output } of [await project.preview(), await project.up()]) {
    expect(code).not.toBe(0);
    expect(output).toContain("[delete/still-used]");
    for (const line of lines) expect(output).toContain(line);
  }
  expect(await readAll()).toEqual(before);
}

describe("deleteScope: server", () => {
  it("is what nobody gets without asking: nothing is read for it and nothing announced", async () => {
    proxy.resetRequests();
    await expectNothingLeft();
    expect(proxy.count("datasource_type")).toBe(0);
    project.configure({ deleteScope: "server", strategy: undefined });
    await expectNothingLeft();
    expect(proxy.count("datasource_type")).toBe(0);
  });

  it("is refused on a production server", async () => {
    project.configure({ role: "production" });
    const { code, output } = await project.preview();
    expect(code).not.toBe(0);
    expect(output).toContain("superset:deleteScope: server would delete what people made on a production server");
    expect(output).toContain("[settings/invalid]");
    project.configure({ role: "development", strategy: "CREATE | UPDATE | DELETE" });
  });

  it("is refused by name while something that stays uses an orphan", async () => {
    const common = { crontab: "0 9 * * *", timezone: "UTC", recipients: [], creation_method: "alerts_reports" };
    const looseChart = await idOf("slices", "slice_name = 'Loose / chart'");
    const loose = await idOf("tables", "table_name = 'loose'");
    await make(clientOf(server), "report/", { ...common, name: "Morning", type: "Report", chart: looseChart });
    await server.query(`
      UPDATE dashboards SET json_metadata = '{"native_filter_configuration":[{"id":"NATIVE_FILTER-1","targets":[{"datasetId":${loose}}]}]}' WHERE dashboard_title = 'Mixed board'`);
    const roles = await server.query("SELECT id FROM ab_role WHERE name = 'Gamma'");
    const rule = { name: "Own rows", filter_type: "Regular", tables: [loose], roles: [roles[0]?.id], clause: "a = 1" };
    await make(clientOf(server), "rowlevelsecurity/", rule);
    await expectRefused(
      'chart "Loose / chart": report Morning',
      'dataset "loose": dashboard Mixed board, row-level security rule "Own rows"',
    );
    await server.query("DELETE FROM report_schedule; TRUNCATE row_level_security_filters CASCADE");
    await server.query("UPDATE dashboards SET json_metadata = '{}' WHERE dashboard_title = 'Mixed board'");

    project.configure({ protect: ["charts/**"] });
    await expectRefused('dataset "loose": chart Loose / chart');
    project.configure({ protect: ["charts/kept*"] });
  });

  it("deletes exactly what the preview lists, each kind in one request; then nothing changes", async () => {
    const keptChart = await idOf("slices", "slice_name = 'kept / chart'");
    const common = { crontab: "0 9 * * *", timezone: "UTC", recipients: [], creation_method: "alerts_reports" };
    await make(clientOf(server), "report/", { ...common, name: "Kept", type: "Report", chart: keptChart });
    // A chart that somebody put onto the stack's dashboard, which is written; one of the stack that goes later.
    await server.query(`
      INSERT INTO dashboard_slices (dashboard_id, slice_id) SELECT dashboards.id, slices.id FROM dashboards, slices WHERE slice_name = 'View chart' AND dashboard_title NOT IN ('Loose board', 'Mixed board')`);
    await server.query(
      "UPDATE dashboards SET changed_on = now() WHERE dashboard_title NOT IN ('Loose board', 'Mixed board')",
    );
    const loose = await idOf("tables", "table_name = 'loose'");
    await server.query(`UPDATE slices SET datasource_id = ${loose} WHERE slice_name = 'Lone'`);
    assets.remove(LONE);
    const before = await readAll();

    const preview = await project.preview();
    expect(preview.code, preview.output).toBe(0);
    const expected = keys("loose", "looseChart", "looseBoard", "viewChart");
    expect(announced(preview.output)).toEqual(expected);
    expect(preview.output).toContain("delete: 4 in no file");
    expect(preview.output).not.toContain("protects nothing");
    expect(await readAll()).toEqual(before);

    proxy.resetRequests();
    const up = await project.up();
    expect(up.code, up.output).toBe(0);
    const gone = [...expected, "chart dddddddd-0000-4000-8000-000000000004"];
    expect(await readAll()).toEqual(before.filter((line) => !gone.includes(line)));
    expect(proxy.requests.flatMap(({ method, path }) => (method === "DELETE" ? path.split("/")[3] : []))).toEqual([
      "dashboard",
      "chart",
      "dataset",
      "chart",
    ]);
    await expectNothingLeft();
    expect(await project.refresh()).toMatchObject({ code: 0 });
    await expectNothingLeft();
  });

  it("deletes what comes back, as often as it does", async () => {
    for (const _time of ["once", "again"]) {
      await write([made.loose, made.looseChart]);
      expect(announced((await project.preview()).output)).toEqual(keys("loose", "looseChart"));
      expect(await project.up()).toMatchObject({ code: 0 });
      expect(await server.query("SELECT 1 FROM tables WHERE table_name = 'loose'")).toEqual([]);
      await expectNothingLeft();
    }
  });

  it("leaves alone what was there before this stack, also after its file is gone", async () => {
    const chart = {
      ...made.looseChart.document,
      slice_name: "Adopted",
      dataset_uuid: made.keptChart.document.dataset_uuid,
    };
    await write([{ ...made.looseChart, title: "Adopted", document: chart }]);
    assets.write("charts/adopted.yaml", JSON.stringify(chart));
    expect(await project.up()).toMatchObject({ code: 0 });
    assets.remove("charts/adopted.yaml");
    const { output } = await project.preview();
    expect(output).toContain('chart "Adopted" stays on the server: it was there before this stack');
    expect(await project.up()).toMatchObject({ code: 0 });
    await expectNothingLeft();
    expect(await server.query("SELECT 1 FROM slices WHERE slice_name = 'Adopted'")).toHaveLength(1);
  });

  it("deletes nothing more when it is turned off, nor does destroy", async () => {
    project.configure({ deleteScope: undefined });
    await write([made.loose]);
    const preview = await project.preview();
    expect(announced(preview.output)).toEqual([]);
    expect(preview.output).toContain('chart "Adopted" stays on the server, forgotten by this stack');
    const before = await readAll();
    expect(await project.up()).toMatchObject({ code: 0 });
    expect(await readAll()).toEqual(before);
    await expectNothingLeft();

    const { output } = await project.destroy();
    expect(output).toContain("chart kept / chart, chart Adopted still use it. [delete/still-used]");
    const left = await readAll();
    expect(left).toEqual(expect.arrayContaining(keys("loose", "keptChart", "far", "farChart", "mixedBoard")));
  });
});
