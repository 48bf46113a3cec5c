import { expect, it } from "vitest";
import type { SupersetClient } from "../../provider/src/superset/client";
import { loadKind } from "../../provider/src/superset/inventory";

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
