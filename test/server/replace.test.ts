import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, expect, inject, test } from "vitest";
import { z } from "zod";
import { removeSetAside, replaceAsset } from "../../provider/src/hooks/replace-asset";
import { setAsideUuid } from "../../provider/src/plan/replacement";
import { createSupersetClient, type SupersetClient } from "../../provider/src/superset/client";
import { SupersetError } from "../../provider/src/superset/errors";
import { type ImportEntry, importEntries } from "../../provider/src/superset/importer";
import { loadInventory } from "../../provider/src/superset/inventory";
import { readBack } from "../../provider/src/superset/lookup";
import { type FaultProxy, startFaultProxy } from "../support/fault-proxy";
import { createSamples, type SampleEntry } from "../support/import-samples";
import { putEntries } from "../support/put-entries";
import { type TestServer, useSuperset } from "../support/servers";
import { change, make, makeRole, makeUser, permissionId, roleId } from "../support/superset-people";

/** A dozen replacements, each interrupted once, on a machine that has other things to do. */
const MINUTES = 600_000;

/** An engine that is gone: nothing may be written any more. */
class Interrupted extends Error {}

let server: TestServer;
let proxy: FaultProxy;
let admin: SupersetClient;

beforeAll(async () => {
  server = await useSuperset();
  proxy = await startFaultProxy(server.url);
  admin = open();
});
beforeEach(async () => {
  proxy.clearRules();
  await server.empty();
});
afterAll(() => proxy?.close());

function open(mayWrite: () => void = () => undefined, url = server.url): SupersetClient {
  const { username, password } = server;
  return createSupersetClient({ url, auth: { provider: "db", username, password } }, { mayWrite });
}

/** One whole replacement, as the hooks of a run do it: the new object first, the end of the old one at last. */
async function replace(client: SupersetClient, entry: ImportEntry): Promise<void> {
  const inventory = await loadInventory(client);
  const write = async (one: ImportEntry) => {
    const [outcome] = await importEntries(client, [one]);
    if (outcome === undefined) throw new Error("no outcome");
    return outcome;
  };
  await replaceAsset({ client, inventory, entry, write, isRewritten: () => false });
  await removeSetAside(client, inventory, entry);
}

/**
 * Replaces an object again and again: each time it is interrupted one write later than the last time, and then run again,
 * each third time over a network that loses the answer of every write once.
 *
 * @param look called after each interruption and after each end
 * @returns how many writes a replacement takes
 */
async function interruptEverywhere(
  entryOf: (round: number) => ImportEntry,
  look: (round: number, isDone: boolean) => Promise<void>,
): Promise<number> {
  for (let round = 0; ; round++) {
    let left = round;
    const client = open(() => {
      if (left-- <= 0) throw new Interrupted();
    });
    const entry = entryOf(round);
    const isDone = await replace(client, entry).then(
      () => true,
      (error: unknown) => {
        if (error instanceof Interrupted) return false;
        throw error;
      },
    );
    if (isDone) {
      await look(round, true);
      return round;
    }
    await look(round, false);
    proxy.clearRules();
    const cut = new Set<string>();
    // A lost answer is waited out before its request is repeated: in each round that takes minutes.
    if (round % 3 === 0)
      proxy.rule(({ method, path }) => {
        const line = `${method} ${path}`;
        if (method === "GET" || /\/security\/(login|refresh)|\/import\//.test(path) || cut.has(line)) return undefined;
        cut.add(line);
        return { fault: "cut-after-response" };
      });
    await replace(open(undefined, proxy.url), entry);
    await look(round, true);
  }
}

const deploy = (...entries: ImportEntry[]) => putEntries(admin, entries);

async function rows(sql: string): Promise<Record<string, unknown>[]> {
  return server.query(sql);
}

async function column(sql: string): Promise<unknown[]> {
  return (await rows(sql)).map((row) => Object.values(row)[0]);
}

async function idOf(entry: ImportEntry): Promise<number> {
  const found = (await readBack(admin, entry.kind, [entry.uuid])).get(entry.uuid);
  if (found === undefined) throw new Error(`${entry.title} is not there`);
  return found.id;
}

function shopDatabase(): SampleEntry {
  return createSamples().database(`sqlite:///${inject("sampleData")}`);
}

function ordersDataset(database: ImportEntry): SampleEntry {
  const dataset = createSamples().dataset(database, "orders");
  const columns = [
    { column_name: "order_id", type: "INTEGER" },
    { column_name: "country", type: "TEXT" },
  ];
  return { ...dataset, document: { ...dataset.document, sql: null, columns } };
}

const Data = z.object({ result: z.array(z.object({ data: z.array(z.object({ order_id: z.number() })) })) });
const ChartData = z.object({ result: z.array(z.object({ rowcount: z.number() })) });

/** The orders that somebody reads in a dataset; none where Superset refuses. */
async function readOrders(client: SupersetClient, dataset: number): Promise<number[]> {
  const query = { columns: ["order_id"], metrics: [], orderby: [["order_id", false]], row_limit: 5 };
  const body = { datasource: { id: dataset, type: "table" }, queries: [query], force: true };
  try {
    const answer = await client.send("POST", "/api/v1/chart/data", body, Data);
    return answer.result.flatMap(({ data }) => data.map(({ order_id }) => order_id));
  } catch (error) {
    if (error instanceof SupersetError && error.status !== undefined) return [];
    throw error;
  }
}

test("a dataset is replaced without exposing a row, whenever it is interrupted", { timeout: MINUTES }, async () => {
  const database = shopDatabase();
  const dataset = ordersDataset(database);
  // What a PUT that does not tell it resets.
  dataset.document.always_filter_main_dttm = true;
  const virtual = createSamples().dataset(database, "orders of today");
  const columns = [{ column_name: "order_id", type: "INTEGER" }];
  const [, remote, foreign] = await deploy(database, dataset, {
    ...virtual,
    document: { ...virtual.document, sql: "select order_id from orders", columns },
  });
  if (remote === undefined || foreign === undefined) throw new Error("not imported");

  // Who may read everything, but only the rows of a rule; and who may read this dataset alone.
  const [limited, granted] = [await makeRole(admin, "limited"), await makeRole(admin, "granted")];
  const all = await permissionId(server, "all_datasource_access", "all_datasource_access");
  await admin.send(
    "POST",
    `/api/v1/security/roles/${limited.id}/permissions`,
    { permission_view_menu_ids: [all] },
    z.unknown(),
  );
  const own = await permissionId(server, "datasource_access", `[${database.title}].[orders](id:${remote.id})`);
  await admin.send(
    "POST",
    `/api/v1/security/roles/${granted.id}/permissions`,
    { permission_view_menu_ids: [all, own] },
    z.unknown(),
  );
  const gamma = await roleId(server, "Gamma");
  const viewer = await makeUser(server, admin, [gamma, limited.id]);
  const owner = await makeUser(server, admin, [gamma]);
  const rule = {
    name: `few ${randomUUID()}`,
    filter_type: "Regular",
    roles: [limited.id, granted.id],
    clause: "order_id <= 2",
  };
  const ruleId = await make(admin, "rowlevelsecurity/", { ...rule, tables: [remote.id] });
  await change(admin, `dataset/${remote.id}`, { owners: [1, owner.id] });

  // What others made: a chart, and a dashboard that uses the dataset in a filter only.
  const layer = { annotationType: "EVENT", name: "holidays", value: 1, sourceType: "NATIVE" };
  const chart = await make(admin, "chart/", {
    slice_name: "Chart of others",
    viz_type: "table",
    datasource_id: remote.id,
    datasource_type: "table",
    params: JSON.stringify({ datasource: `${remote.id}__table`, annotation_layers: [layer] }),
    query_context: JSON.stringify({
      datasource: { id: remote.id, type: "table" },
      queries: [{ columns: ["country"], metrics: [], row_limit: 3 }],
      form_data: { datasource: `${remote.id}__table`, viz_type: "table" },
      result_format: "json",
      result_type: "full",
    }),
  });
  const filter = {
    id: "NATIVE_FILTER-1",
    name: "Country",
    filterType: "filter_select",
    type: "NATIVE_FILTER",
    targets: [{ datasetId: remote.id, column: { name: "country" } }],
    scope: { rootPath: ["ROOT_ID"], excluded: [] },
    chartsInScope: [],
  };
  const board = await make(admin, "dashboard/", {
    dashboard_title: "Board of others",
    owners: [owner.id],
    json_metadata: JSON.stringify({ native_filter_configuration: [filter] }),
  });
  const ownersOfBoard = await column(`SELECT user_id FROM dashboard_user WHERE dashboard_id = ${board} ORDER BY 1`);

  expect(await readOrders(viewer.client, remote.id)).toEqual([2, 1]);
  expect(await readOrders(viewer.client, foreign.id)).toEqual([2, 1]);
  expect(await readOrders(admin, foreign.id)).toHaveLength(5);

  let before = remote.id;
  const writes = await interruptEverywhere(
    (round) => ({ ...dataset, document: { ...dataset.document, description: `round ${round}` } }),
    async (round, isDone) => {
      for (const id of await column("SELECT id FROM tables")) {
        const read = await readOrders(viewer.client, Number(id));
        expect({ round, id, read: read.filter((order) => order > 2) }).toEqual({ round, id, read: [] });
      }
      expect((await readOrders(viewer.client, foreign.id)).length).toBeGreaterThan(0);
      const aside = `SELECT always_filter_main_dttm FROM tables WHERE uuid = '${setAsideUuid(dataset.uuid)}'`;
      expect(await column(aside)).not.toContain(false);
      if (!isDone) return;
      const id = await idOf(dataset);
      expect(id).not.toBe(before);
      before = id;
      expect(await rows("SELECT table_name, description FROM tables ORDER BY 1")).toEqual([
        { table_name: "orders", description: `round ${round}` },
        { table_name: "orders of today", description: null },
      ]);
      expect(await readOrders(viewer.client, id)).toEqual([2, 1]);
      expect(await column(`SELECT table_id FROM rls_filter_tables WHERE rls_filter_id = ${ruleId}`)).toEqual([id]);
      expect(await column(`SELECT role_id FROM rls_filter_roles WHERE rls_filter_id = ${ruleId} ORDER BY 1`)).toEqual(
        rule.roles,
      );
      const permission = await permissionId(server, "datasource_access", `[${database.title}].[orders](id:${id})`);
      expect(
        await column(`SELECT permission_view_id FROM ab_permission_view_role WHERE role_id = ${granted.id} ORDER BY 1`),
      ).toEqual([all, permission].sort((a, b) => a - b));
      expect(await column(`SELECT user_id FROM sqlatable_user WHERE table_id = ${id} ORDER BY 1`)).toEqual([
        1,
        owner.id,
      ]);
      const [slice] = await rows(`SELECT datasource_id, params FROM slices WHERE id = ${chart}`);
      expect(slice?.datasource_id).toBe(id);
      expect(JSON.parse(String(slice?.params))).toMatchObject({
        datasource: `${id}__table`,
        annotation_layers: [layer],
      });
      expect((await admin.get(`/api/v1/chart/${chart}/data/`, ChartData)).result[0]?.rowcount).toBe(3);
      const [dashboard] = await rows(`SELECT json_metadata FROM dashboards WHERE id = ${board}`);
      expect(JSON.parse(String(dashboard?.json_metadata)).native_filter_configuration).toEqual([
        { ...filter, targets: [{ ...filter.targets[0], datasetId: id }] },
      ]);
      expect(await column(`SELECT user_id FROM dashboard_user WHERE dashboard_id = ${board} ORDER BY 1`)).toEqual(
        ownersOfBoard,
      );
    },
  );
  expect(writes).toBeGreaterThan(7);
});

const REPORT = { crontab: "0 9 * * *", timezone: "UTC", recipients: [], creation_method: "alerts_reports" };

test("a chart is replaced with what hangs on it, whenever it is interrupted", { timeout: MINUTES }, async () => {
  const database = shopDatabase();
  const dataset = ordersDataset(database);
  const [chart, neighbour] = [createSamples().chart(dataset, "Sales"), createSamples().chart(dataset, "Neighbour")];
  const [shop, , remote, beside] = await deploy(database, dataset, chart, neighbour);
  if (shop === undefined || remote === undefined || beside === undefined) throw new Error("not imported");
  const owner = await makeUser(server, admin, [await roleId(server, "Alpha")]);
  await change(admin, `chart/${remote.id}`, { owners: [1, owner.id] });
  await admin.send("POST", `/api/v1/tag/2/${remote.id}/`, { properties: { tags: ["finance", "daily"] } }, z.unknown());
  const report = await make(admin, "report/", {
    ...REPORT,
    name: `R ${randomUUID()}`,
    type: "Report",
    chart: remote.id,
  });
  const alert = await make(admin, "report/", {
    ...REPORT,
    name: `A ${randomUUID()}`,
    type: "Alert",
    chart: remote.id,
    database: shop.id,
    sql: "select 1",
    validator_type: "operator",
    validator_config_json: { op: ">", threshold: 1 },
  });
  // A dashboard of somebody else, with a chart in its layout that is gone.
  const place = (id: number, uuid: string) => ({
    type: "CHART",
    id: `CHART-${id}`,
    children: [],
    meta: { chartId: id, uuid, width: 4, height: 50 },
  });
  const layout = (id: number) => ({
    DASHBOARD_VERSION_KEY: "v2",
    ROOT_ID: { type: "ROOT", id: "ROOT_ID", children: ["GRID_ID"] },
    GRID_ID: { type: "GRID", id: "GRID_ID", children: ["CHART-a", "CHART-b", "CHART-c"] },
    "CHART-a": place(id, remote.uuid),
    "CHART-b": place(beside.id, beside.uuid),
    "CHART-c": place(99_999, randomUUID()),
  });
  const positions = layout(remote.id);
  const cross = (id: number) => ({ [id]: { id, crossFilters: { scope: "global", chartsInScope: [beside.id] } } });
  const board = await make(admin, "dashboard/", { dashboard_title: "Board of others", owners: [owner.id] });
  await change(admin, `dashboard/${board}`, {
    json_metadata: JSON.stringify({
      positions,
      chart_configuration: cross(remote.id),
      expanded_slices: { [remote.id]: true },
    }),
  });

  let before = remote.id;
  const writes = await interruptEverywhere(
    (round) => ({ ...chart, document: { ...chart.document, description: `round ${round}` } }),
    async (round, isDone) => {
      if (!isDone) return;
      const id = await idOf(chart);
      expect(id).not.toBe(before);
      before = id;
      expect(await rows("SELECT slice_name, description FROM slices ORDER BY 1")).toEqual([
        { slice_name: "Neighbour", description: null },
        { slice_name: "Sales", description: `round ${round}` },
      ]);
      expect(await column(`SELECT user_id FROM slice_user WHERE slice_id = ${id} ORDER BY 1`)).toEqual([1, owner.id]);
      const tags = `SELECT name FROM tag JOIN tagged_object o ON o.tag_id = tag.id WHERE o.object_type = 'chart'`;
      expect(await column(`${tags} AND o.object_id = ${id} AND tag.type = 'custom' ORDER BY 1`)).toEqual([
        "daily",
        "finance",
      ]);
      expect(await rows(`SELECT id, chart_id FROM report_schedule WHERE chart_id IS NOT NULL ORDER BY 1`)).toEqual([
        { id: report, chart_id: id },
        { id: alert, chart_id: id },
      ]);
      const links = `SELECT slice_id FROM dashboard_slices WHERE dashboard_id = ${board} ORDER BY 1`;
      expect(await column(links)).toEqual([id, beside.id].sort((a, b) => a - b));
      const [dashboard] = await rows(`SELECT position_json, json_metadata FROM dashboards WHERE id = ${board}`);
      expect(JSON.parse(String(dashboard?.position_json))).toEqual({
        ...layout(id),
        "CHART-a": { ...place(id, remote.uuid), id: `CHART-${remote.id}` },
        "CHART-c": { ...positions["CHART-c"], meta: { ...positions["CHART-c"].meta, uuid: null } },
      });
      expect(JSON.parse(String(dashboard?.json_metadata))).toMatchObject({
        chart_configuration: cross(id),
        expanded_slices: { [id]: true },
      });
    },
  );
  expect(writes).toBeGreaterThan(7);
});

test("a dashboard is replaced with what hangs on it, and nobody sees it who may not, whenever it is interrupted", {
  timeout: MINUTES,
}, async () => {
  const dashboard = createSamples().dashboard([], "Board");
  const content = (round: number) => ({
    ...dashboard.document,
    slug: "board",
    published: true,
    css: `/* for few eyes, round ${round} */`,
    metadata: { color_scheme: "for few eyes" },
  });
  const [remote] = await deploy({ ...dashboard, document: content(-1) });
  if (remote === undefined) throw new Error("not imported");
  const gamma = await roleId(server, "Gamma");
  const insiders = await makeRole(admin, "insiders");
  const [outsider, insider] = [
    await makeUser(server, admin, [gamma]),
    await makeUser(server, admin, [gamma, insiders.id]),
  ];
  const theme = await make(admin, "theme/", { theme_name: `Dark ${randomUUID()}`, json_data: "{}" });
  await change(admin, `dashboard/${remote.id}`, { roles: [insiders.id], owners: [1], theme_id: theme });
  await admin.send("POST", `/api/v1/tag/3/${remote.id}/`, { properties: { tags: ["board"] } }, z.unknown());
  const report = await make(admin, "report/", {
    ...REPORT,
    name: `D ${randomUUID()}`,
    type: "Report",
    dashboard: remote.id,
  });
  const embedded = `/api/v1/dashboard/${remote.id}/embedded`;
  await admin.send("POST", embedded, { allowed_domains: ["https://host.example.com"] }, z.unknown());
  const link = await admin.send("POST", `/api/v1/dashboard/${remote.id}/permalink`, {}, z.object({ key: z.string() }));

  const seenBy = async (client: SupersetClient, id: unknown) => {
    try {
      return JSON.stringify(await client.get(`/api/v1/dashboard/${id}`, z.unknown()));
    } catch (error) {
      if (error instanceof SupersetError && error.status !== undefined) return `refused ${error.status}`;
      throw error;
    }
  };
  expect(await seenBy(insider.client, "board")).toContain("for few eyes");
  expect(await seenBy(outsider.client, "board")).not.toContain("for few eyes");

  let before = remote.id;
  const writes = await interruptEverywhere(
    (round) => ({ ...dashboard, document: content(round) }),
    async (round, isDone) => {
      for (const id of await column("SELECT id FROM dashboards"))
        expect(await seenBy(outsider.client, id)).not.toContain("for few eyes");
      if (!isDone) return;
      const id = await idOf(dashboard);
      expect(id).not.toBe(before);
      before = id;
      expect(await seenBy(insider.client, "board")).toContain(`round ${round}`);
      expect(await rows("SELECT slug, published, theme_id FROM dashboards")).toEqual([
        { slug: "board", published: true, theme_id: theme },
      ]);
      expect(await rows("SELECT dashboard_id, role_id FROM dashboard_roles")).toEqual([
        { dashboard_id: id, role_id: insiders.id },
      ]);
      expect(await rows(`SELECT id, dashboard_id FROM report_schedule WHERE dashboard_id IS NOT NULL`)).toEqual([
        { id: report, dashboard_id: id },
      ]);
      expect(await rows("SELECT dashboard_id, allow_domain_list FROM embedded_dashboards")).toEqual([
        { dashboard_id: id, allow_domain_list: "https://host.example.com" },
      ]);
      const tags = `SELECT name FROM tag JOIN tagged_object o ON o.tag_id = tag.id WHERE o.object_type = 'dashboard'`;
      expect(await column(`${tags} AND o.object_id = ${id} AND tag.type = 'custom'`)).toEqual(["board"]);
      const state = await admin.get(`/api/v1/dashboard/permalink/${link.key}`, z.object({ dashboardId: z.string() }));
      expect(state.dashboardId).toBe(dashboard.uuid);
    },
  );
  expect(writes).toBeGreaterThan(6);
});

test.each([
  ["rules", "/rowlevelsecurity/?q=", 403],
  ["roles", "/security/roles/search/", 404],
])("a dataset whose %s nobody may tell is not touched", async (_, path, status) => {
  const database = shopDatabase();
  const dataset = ordersDataset(database);
  await deploy(database, dataset);
  const before = await rows("SELECT id, uuid::text, table_name, changed_on::text FROM tables ORDER BY id");
  proxy.answerWith(path, status, JSON.stringify({ message: "Forbidden" }));
  await expect(replace(open(undefined, proxy.url), dataset)).rejects.toMatchObject({
    code: "replace/unknown-attachments",
    remedy: expect.stringContaining("inPlace"),
  });
  expect(await rows("SELECT id, uuid::text, table_name, changed_on::text FROM tables ORDER BY id")).toEqual(before);
});

test("two datasets of one rule and one dashboard are replaced at the same time, and a file that Superset refuses leaves the old one working", async () => {
  const database = shopDatabase();
  const [first, second] = [ordersDataset(database), createSamples().dataset(database, "second")];
  const [, one, two] = await deploy(database, first, second);
  if (one === undefined || two === undefined) throw new Error("not imported");
  const role = await makeRole(admin, "both");
  const rule = { name: `both ${randomUUID()}`, filter_type: "Regular", roles: [role.id], clause: "1 = 0" };
  const ruleId = await make(admin, "rowlevelsecurity/", { ...rule, tables: [one.id, two.id] });
  const filters = [one, two].map(({ id }) => ({ id: `NATIVE_FILTER-${id}`, targets: [{ datasetId: id }] }));
  const metadata = { json_metadata: JSON.stringify({ native_filter_configuration: filters }) };
  const board = await make(admin, "dashboard/", { dashboard_title: "Both", ...metadata });
  const client = open();
  await Promise.all([replace(client, first), replace(client, second)]);
  const ids = [await idOf(first), await idOf(second)];
  expect(await column(`SELECT table_id FROM rls_filter_tables WHERE rls_filter_id = ${ruleId} ORDER BY 1`)).toEqual(
    ids.toSorted((a, b) => a - b),
  );
  const [dashboard] = await rows(`SELECT json_metadata FROM dashboards WHERE id = ${board}`);
  const targets = JSON.parse(String(dashboard?.json_metadata)).native_filter_configuration as typeof filters;
  expect(targets.map(({ targets: [target] }) => target?.datasetId)).toEqual(ids);

  const bad = { ...first, document: { ...first.document, nonsense: 1 } };
  await expect(replace(client, bad)).rejects.toMatchObject({ why: expect.stringContaining("nonsense") });
  const old = await readBack(admin, "dataset", [setAsideUuid(first.uuid)]);
  expect(await readOrders(admin, old.get(setAsideUuid(first.uuid))?.id ?? 0)).toHaveLength(5);
  await replace(client, first);
  expect(await column("SELECT table_name FROM tables ORDER BY 1")).toContain("orders");
  expect((await readBack(admin, "dataset", [setAsideUuid(first.uuid)])).size).toBe(0);
});

test("an account that may not change what others made with a chart does not replace it", async () => {
  const database = shopDatabase();
  const dataset = ordersDataset(database);
  const chart = createSamples().chart(dataset, "Sales");
  const [, , remote] = await deploy(database, dataset, chart);
  if (remote === undefined) throw new Error("not imported");
  const analyst = await makeUser(server, admin, [await roleId(server, "Alpha")]);
  await change(admin, `chart/${remote.id}`, { owners: [analyst.id] });
  const published = { dashboard_title: "Seen", published: true };
  const boards = [
    await make(admin, "dashboard/", published),
    await make(admin, "dashboard/", { dashboard_title: "Draft" }),
  ];
  await change(admin, `chart/${remote.id}`, { dashboards: boards });
  const before = await rows("SELECT id, uuid::text, changed_on::text FROM slices");
  const refused = await replace(analyst.client, chart).catch((error: unknown) => error);
  expect(refused).toMatchObject({ code: "replace/not-owner" });
  for (const part of ["dashboard Seen", `dashboard with the id ${boards[1]}`, "inPlace"])
    expect(String(refused)).toContain(part);
  expect(await rows("SELECT id, uuid::text, changed_on::text FROM slices")).toEqual(before);
});
