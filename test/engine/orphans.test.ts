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

/** Of a chart that was there before the stack got its file. */
const [ADOPTED, ADOPTED_UUID] = ["charts/adopted.yaml", "dddddddd-0000-4000-8000-000000000005"] as const;

let server: TestServer;
let proxy: FaultProxy;
let assets: SmallAssets;
let project: PulumiProject;

/** What people made on the server, on the database of the stack unless the name says otherwise. */
let made: Record<
  | "loose"
  | "looseChart"
  | "looseBoard"
  | "held"
  | "heldChart"
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
  const adopted = { ...made.keptChart.document, uuid: ADOPTED_UUID, slice_name: "Adopted" };
  await write([{ ...made.keptChart, uuid: ADOPTED_UUID, title: "Adopted", document: adopted }]);
  assets.write(ADOPTED, JSON.stringify(adopted));
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
  const held = physical(own.dataset(ownDatabase, "held"));
  const farDataset = physical(far.dataset(farDatabase, "far"));
  const looseChart = own.chart(loose, "Loose / chart");
  const farChart = far.chart(farDataset, "Far chart");
  return {
    farDatabase,
    loose,
    view,
    held,
    far: farDataset,
    looseChart,
    viewChart: own.chart(view, "View chart"),
    keptChart: own.chart(dataset, "kept / chart"),
    heldChart: own.chart(held, "kept / held"),
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

/** What the program announces stands there as a preview shows it. */
const LIKE_PREVIEW = { args: ["--diff"] };

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

const REPORT = {
  crontab: "0 9 * * *",
  timezone: "UTC",
  recipients: [],
  creation_method: "alerts_reports",
  type: "Report",
};

describe("deleteScope: server", () => {
  it("is what nobody gets without asking: nothing is read for it and nothing announced", async () => {
    const before = await readAll();
    proxy.resetRequests();
    const up = await project.up(LIKE_PREVIEW);
    expect(up.code, up.output).toBe(0);
    expect(announced(up.output)).toEqual([]);
    expect(proxy.count("datasource_type")).toBe(0);
    project.configure({ deleteScope: "server", strategy: undefined });
    await expectNothingLeft();
    expect(proxy.count("datasource_type")).toBe(0);
    expect(await readAll()).toEqual(before);
    project.configure({ strategy: "CREATE | UPDATE | DELETE" });
  });

  it("is refused by name, in the preview already, while something that stays uses an orphan", async () => {
    const looseChart = await idOf("slices", "slice_name = 'Loose / chart'");
    const loose = await idOf("tables", "table_name = 'loose'");
    await make(clientOf(server), "report/", { ...REPORT, name: "Morning", chart: looseChart });
    await server.query(`
      UPDATE dashboards SET json_metadata = '{"native_filter_configuration":[{"id":"NATIVE_FILTER-1","targets":[{"datasetId":${loose}}]}]}' WHERE dashboard_title = 'Mixed board'`);
    const roles = await server.query("SELECT id FROM ab_role WHERE name = 'Gamma'");
    const rule = { name: "Own rows", filter_type: "Regular", tables: [loose], roles: [roles[0]?.id], clause: "a = 1" };
    await make(clientOf(server), "rowlevelsecurity/", rule);

    const before = await readAll();
    for (const { code, output } of [await project.preview(), await project.up()]) {
      expect(code).not.toBe(0);
      expect(output).toContain("[delete/still-used]");
      expect(output).toContain('chart "Loose / chart": report Morning');
      expect(output).toContain('dataset "loose": dashboard Mixed board, row-level security rule "Own rows"');
      // The settings protect this chart.
      expect(output).toContain('dataset "held": chart kept / held');
    }
    expect(await readAll()).toEqual(before);

    await server.query("DELETE FROM report_schedule; TRUNCATE row_level_security_filters CASCADE");
    await server.query("UPDATE dashboards SET json_metadata = '{}' WHERE dashboard_title = 'Mixed board'");
    await server.query("DELETE FROM slices WHERE slice_name = 'kept / held'");
  });

  it("deletes exactly what the preview lists, each kind in one request, and not what was there before this stack", async () => {
    const keptChart = await idOf("slices", "slice_name = 'kept / chart'");
    await make(clientOf(server), "report/", { ...REPORT, name: "Kept", chart: keptChart });
    // A chart that somebody put onto the stack's dashboard, which is written; one of the stack that goes later.
    await server.query(`
      INSERT INTO dashboard_slices (dashboard_id, slice_id) SELECT dashboards.id, slices.id FROM dashboards, slices WHERE slice_name = 'View chart' AND dashboard_title NOT IN ('Loose board', 'Mixed board')`);
    await server.query(
      "UPDATE dashboards SET changed_on = now() WHERE dashboard_title NOT IN ('Loose board', 'Mixed board')",
    );
    const loose = await idOf("tables", "table_name = 'loose'");
    await server.query(`UPDATE slices SET datasource_id = ${loose} WHERE slice_name = 'Lone'`);
    assets.remove(LONE);
    assets.remove(ADOPTED);
    const before = await readAll();

    const preview = await project.preview();
    expect(preview.code, preview.output).toBe(0);
    const expected = keys("loose", "looseChart", "looseBoard", "viewChart", "held");
    expect(announced(preview.output)).toEqual(expected);
    expect(preview.output).toContain("delete: 5 in no file");
    expect(preview.output).toContain('chart "Adopted" stays on the server: it was there before this stack');
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
    expect(await project.refresh()).toMatchObject({ code: 0 });
    await expectNothingLeft();
  });

  it("deletes what comes back, as often as it does", async () => {
    const before = await readAll();
    for (const _time of ["once", "again"]) {
      await write([made.loose, made.looseChart]);
      const up = await project.up(LIKE_PREVIEW);
      expect(up.code, up.output).toBe(0);
      expect(announced(up.output)).toEqual(keys("loose", "looseChart"));
      expect(await readAll()).toEqual(before);
    }
  });

  it("deletes nothing more when it is turned off, nor does destroy", async () => {
    project.configure({ deleteScope: undefined });
    await write([made.loose]);
    const before = await readAll();
    const up = await project.up(LIKE_PREVIEW);
    expect(up.code, up.output).toBe(0);
    expect(announced(up.output)).toEqual([]);
    expect(up.output).toContain('chart "Adopted" stays on the server, forgotten by this stack');
    expect(await readAll()).toEqual(before);

    const { output } = await project.destroy();
    expect(output).toContain("chart kept / chart, chart Adopted still use it. [delete/still-used]");
    const left = await readAll();
    expect(left).toEqual(expect.arrayContaining(keys("loose", "keptChart", "far", "farChart", "mixedBoard")));
  });
});
