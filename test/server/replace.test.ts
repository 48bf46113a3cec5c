import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, expect, inject, test } from "vitest";
import { z } from "zod";
import { removeSetAside, replaceAsset } from "../../provider/src/hooks/replace-asset";
import { createSupersetClient, type SupersetClient } from "../../provider/src/superset/client";
import { SupersetError } from "../../provider/src/superset/errors";
import { type ImportEntry, importEntries } from "../../provider/src/superset/importer";
import { loadInventory, type RemoteAsset } from "../../provider/src/superset/inventory";
import { readBack } from "../../provider/src/superset/lookup";
import { type FaultProxy, startFaultProxy } from "../support/fault-proxy";
import { createSamples, type SampleEntry } from "../support/import-samples";
import { type TestServer, useSuperset } from "../support/servers";
import { change, make, makeRole, makeUser, permissionId, roleId } from "../support/superset-people";

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
beforeEach(() => proxy.clearRules());
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
 * Replaces an object again and again: each time it is interrupted one write later than the last time, and then run again
 * over a network that loses the answer of every write once.
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

async function deploy(...entries: ImportEntry[]): Promise<RemoteAsset[]> {
  return (await importEntries(admin, entries)).map((outcome) => {
    if ("error" in outcome) throw outcome.error;
    return outcome.remote;
  });
}

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

test("a dataset is replaced without exposing a row, whenever it is interrupted", async () => {
  const database = shopDatabase();
  const dataset = ordersDataset(database);
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
