import { beforeAll, expect, test } from "vitest";
import { createSupersetClient, type SupersetClient } from "../../provider/src/superset/client";
import { deleteRemotes, findDependents } from "../../provider/src/superset/delete";
import type { RemoteAsset } from "../../provider/src/superset/inventory";
import { type FaultProxy, startFaultProxy } from "../support/fault-proxy";
import { createSamples } from "../support/import-samples";
import { putEntries } from "../support/put-entries";
import { useSuperset } from "../support/servers";
import { change, make } from "../support/superset-people";

let client: SupersetClient;
let proxy: FaultProxy;

beforeAll(async () => {
  const { url, username, password } = await useSuperset();
  proxy = await startFaultProxy(url);
  client = createSupersetClient({ url: proxy.url, auth: { provider: "db", username, password } });
  return () => proxy.close();
});

async function namesOf(remotes: readonly RemoteAsset[]): Promise<string[][]> {
  const users = await Promise.all(remotes.map((remote) => findDependents(client, remote)));
  // Superset gives what was imported at the same moment in any order.
  return users.map((list) => list.map(({ name }) => name).sort());
}

test("filters, alerts and reports are users too, and many assets are asked about with few requests", async () => {
  const samples = createSamples();
  const database = samples.database();
  const datasets = ["one", "two", "three"].map((name) => samples.dataset(database, name));
  const [one] = datasets;
  if (one === undefined) throw new Error("no dataset");
  const chart = samples.chart(one, "Sales");
  const board = samples.dashboard([chart], "Board");
  const other = createSamples().dashboard([], "Other");
  const remotes = await putEntries(client, [database, ...datasets, chart, board, other]);
  const [shop, first, second, , sales, shown, filtering] = remotes;
  if (!shop || !first || !second || !sales || !shown || !filtering) throw new Error("not imported");
  const targets = [
    { datasetId: first.id, column: { name: "a" } },
    { datasetId: second.id, column: { name: "a" } },
  ];
  const filters = targets.map((target, index) => ({
    id: `NATIVE_FILTER-${index}`,
    type: "NATIVE_FILTER",
    targets: [target],
  }));
  await change(client, `dashboard/${filtering.id}`, {
    json_metadata: JSON.stringify({ native_filter_configuration: filters }),
  });
  const common = { crontab: "0 9 * * *", timezone: "UTC", recipients: [], creation_method: "alerts_reports" };
  await make(client, "report/", { ...common, name: "Morning", type: "Report", dashboard: shown.id });
  const alert = {
    type: "Alert",
    sql: "select 1",
    validator_type: "operator",
    validator_config_json: { op: ">", threshold: 1 },
  };
  await make(client, "report/", { ...common, ...alert, name: "Stock", chart: sales.id, database: shop.id });

  proxy.resetRequests();
  expect(await namesOf(remotes)).toEqual([
    ["alert Stock", "dataset one", "dataset three", "dataset two"],
    ["chart Sales", "dashboard Board", "dashboard Other"],
    ["dashboard Other"],
    [],
    ["alert Stock", "dashboard Board"],
    ["report Morning"],
    [],
  ]);
  // Two and one; where the machine is busy a part of the questions comes later, and is asked by itself.
  expect(proxy.count(/dashboard\/\d+\?q=/)).toBeLessThanOrEqual(4);
  expect(proxy.count("/report/?q=")).toBeLessThanOrEqual(2);
});

test("a server without reports, or an account that may not read them, hides nobody else's use", async () => {
  const samples = createSamples();
  const database = samples.database();
  const dataset = samples.dataset(database);
  const chart = samples.chart(dataset);
  const dashboard = samples.dashboard([chart]);
  const [, , remote] = await putEntries(client, [database, dataset, chart, dashboard]);
  if (remote === undefined) throw new Error("not imported");
  for (const status of [404, 403]) {
    proxy.answerWith("/report/?q=", status, JSON.stringify({ message: "no" }), { times: 1 });
    expect(await namesOf([remote])).toEqual([[`dashboard ${dashboard.title}`]]);
  }
});

test("many objects are deleted with one request, and one by one where one of them is gone or used", async () => {
  const samples = createSamples();
  const database = samples.database();
  const dataset = samples.dataset(database);
  const charts = Array.from({ length: 6 }, (_, index) => samples.chart(dataset, `Chart ${index}`));
  const [, , ...remotes] = await putEntries(client, [database, dataset, ...charts]);
  const [gone, used, ...rest] = remotes;
  if (gone === undefined || used === undefined) throw new Error("not imported");
  const report = { crontab: "0 9 * * *", timezone: "UTC", recipients: [], creation_method: "charts", type: "Report" };
  await make(client, "report/", { ...report, name: `Daily ${used.uuid}`, chart: used.id });

  proxy.resetRequests();
  expect(await deleteRemotes(client, "chart", rest.slice(0, 2))).toEqual(["deleted", "deleted"]);
  expect(proxy.writes()).toBe(1);
  await deleteRemotes(client, "chart", [gone]);
  expect(await deleteRemotes(client, "chart", [gone, used, ...rest.slice(2)])).toEqual([
    "gone",
    expect.objectContaining({ code: "delete/still-used", why: expect.stringContaining("Daily") }),
    "deleted",
    "deleted",
  ]);
});
