import { expect, it } from "vitest";
import { readAccess } from "../../provider/src/superset/asset-access";
import type { SupersetClient } from "../../provider/src/superset/client";
import { readDatasources } from "../../provider/src/superset/datasources";
import { Inventory, loadKind } from "../../provider/src/superset/inventory";
import { confirmAbsences, readBack } from "../../provider/src/superset/lookup";
import { readRules } from "../../provider/src/superset/rules-of-dataset";

const HUNDRED = 100;

/** A server whose list of charts is what `read` says at each request. */
function serve(read: (page: number, request: number) => { count: number; ids: readonly number[] }): {
  client: SupersetClient;
  requests: () => number;
} {
  let requests = 0;
  const get: SupersetClient["get"] = async (path, schema) => {
    const page = Number(/page:(\d+)/.exec(path)?.[1]);
    const { count, ids } = read(page, requests++);
    return schema.parse({ count, result: ids.map(toRow) });
  };
  return { client: { get } as unknown as SupersetClient, requests: () => requests };
}

function toRow(id: number) {
  const uuid = `00000000-0000-4000-8000-${String(id).padStart(12, "0")}`;
  return { id, uuid, slice_name: `Chart ${id}`, changed_on_utc: "2026-11-22T00:00:00" };
}

const numbers = (count: number, from = 0) => Array.from({ length: count }, (_, index) => from + index);
const pageOf = (ids: readonly number[], page: number) => ids.slice(page * HUNDRED, (page + 1) * HUNDRED);

it("reads 5,000 charts with one request for each page", async () => {
  const all = numbers(5000);
  const { client, requests } = serve((page) => ({ count: all.length, ids: pageOf(all, page) }));
  const found = await loadKind(client, "chart");
  expect(found.map(({ id }) => id)).toEqual(all);
  expect(requests()).toBe(50);
});

it("tells each chart once where the server gives a page twice, and finds those of the page that was missing", async () => {
  const all = numbers(300);
  const { client } = serve((page, request) => ({
    count: all.length,
    ids: pageOf(all, request < 3 && page === 2 ? 1 : page),
  }));
  const found = await loadKind(client, "chart");
  expect(found.map(({ id }) => id).sort((left, right) => left - right)).toEqual(all);
});

it("misses none that stays where the list shrinks between two pages", async () => {
  const before = numbers(300);
  // The first page is told, then 20 of it are deleted: the others move up, and 20 slip over the edge unseen.
  const after = before.slice(20);
  const { client } = serve((page, request) => {
    const now = request === 0 ? before : after;
    return { count: now.length, ids: pageOf(now, page) };
  });
  const found = new Set((await loadKind(client, "chart")).map(({ id }) => id));
  expect(after.filter((id) => !found.has(id))).toEqual([]);
});

it("ends where the list changes at every reading", async () => {
  const { client, requests } = serve((page, request) => {
    const all = numbers(250 + request);
    return { count: all.length, ids: pageOf(all, page) };
  });
  const found = await loadKind(client, "chart");
  expect(found.length).toBeGreaterThanOrEqual(250);
  expect(requests()).toBeLessThanOrEqual(12);
});

/** A server that puts less on a page than what was asked for (FAB_API_MAX_PAGE_SIZE). */
function serveSmallPages(size: number, ids: readonly number[], toListRow: (id: number) => object): SupersetClient {
  const get: SupersetClient["get"] = async (path, schema) => {
    const start = Number(/page:(\d+)/.exec(path)?.[1]) * size;
    const wanted = path.match(/00000000-0000-4000-8000-\d{12}/g);
    const found = wanted === null ? ids : ids.filter((id) => wanted.includes(toRow(id).uuid));
    return schema.parse({ count: found.length, result: found.slice(start, start + size).map(toListRow) });
  };
  return { connection: { url: "http://superset" }, get } as unknown as SupersetClient;
}

it("reads what every chart shows on a server with small pages", async () => {
  const toListRow = (id: number) => ({
    id,
    kind: "physical",
    datasource_id: id,
    datasource_type: "table",
    dashboards: [],
  });
  const { charts, physical } = await readDatasources(serveSmallPages(20, numbers(130), toListRow));
  expect(charts.map(({ dataset }) => dataset)).toEqual(numbers(130));
  expect(physical.size).toBe(130);
});

it("finds each chart that it asks for by UUID on a server with small pages", async () => {
  const uuids = numbers(70).map((id) => toRow(id).uuid);
  const found = await readBack(serveSmallPages(20, numbers(60), toRow), "chart", uuids);
  expect([...found.values()].map(({ id }) => id)).toEqual(numbers(60));
});

it("finds a rule of a dataset that one reading of the list misses", async () => {
  const toRule = (name: string, id: number) => ({
    id,
    name,
    filter_type: "Regular",
    clause: "1 = 1",
    roles: [],
    tables: [{ id: 7, table_name: "orders" }],
  });
  const [own, others] = [toRule("own rows", 1), toRule("other rows", 2)];
  let requests = 0;
  const get: SupersetClient["get"] = async (_path, schema) => {
    const result = requests++ === 0 ? [others] : [own, others];
    return schema.parse({ count: result.length, result });
  };
  const rules = await readRules({ get } as unknown as SupersetClient, 7);
  expect(rules.map(({ name }) => name).sort()).toEqual(["other rows", "own rows"]);
});

it("never asks for two filtered lists of a kind at the same time, whoever wants them", async () => {
  let [now, most] = [0, 0];
  const get: SupersetClient["get"] = async (path, schema) => {
    if (path.includes("filters:")) most = Math.max(most, ++now);
    await new Promise(setImmediate);
    if (path.includes("filters:")) now--;
    const row = {
      ...toRow(1),
      owners: [],
      datasource_id: 1,
      datasource_type: "table",
      dashboards: [],
      kind: "physical",
    };
    return schema.parse({ count: 1, result: [row] });
  };
  const client = { connection: { url: "http://superset" }, get } as unknown as SupersetClient;
  const { uuid } = toRow(1);
  await Promise.all([
    readBack(client, "chart", [uuid]),
    readAccess(client, "chart", [uuid]),
    confirmAbsences(client, new Inventory([{ kind: "chart", title: "", changedOn: "", ...toRow(2) }]), [
      { kind: "chart", uuid },
    ]),
  ]);
  expect(most).toBe(1);
});
