import { expect, test } from "vitest";
import { createSupersetClient } from "../../provider/src/superset/client";
import { exportAssets, exportDocuments } from "../../provider/src/superset/export";
import { importEntries } from "../../provider/src/superset/importer";
import { loadInventory } from "../../provider/src/superset/inventory";
import { startFaultProxy } from "../support/fault-proxy";
import { createSamples } from "../support/import-samples";
import { type TestServer, useSuperset } from "../support/servers";

test("exports what is asked for, with or without what it uses", async () => {
  const { url, username, password } = await useSuperset();
  const client = createSupersetClient({ url, auth: { provider: "db", username, password } });
  const samples = createSamples();
  const database = samples.database();
  const dataset = samples.dataset(database);
  const charts = [samples.chart(dataset, "Größe 📈"), samples.chart(dataset, "Second")];
  const dashboard = samples.dashboard(charts);
  await importEntries(client, [database, dataset, ...charts, dashboard]);
  const inventory = await loadInventory(client);

  const own = await exportDocuments(
    client,
    "chart",
    inventory.all().filter(({ kind }) => kind === "chart"),
  );
  expect(new Set(own.keys())).toEqual(new Set(charts.map(({ uuid }) => uuid)));
  expect(own.get(charts[0]?.uuid ?? "")).toMatchObject({ slice_name: "Größe 📈", dataset_uuid: dataset.uuid });

  const boards = inventory.all().filter(({ kind }) => kind === "dashboard");
  const all = await exportAssets(client, "dashboard", boards);
  expect(all.map(({ kind }) => kind).sort()).toEqual(["chart", "chart", "dashboard", "database", "dataset"]);
});

test("lists 5,000 charts page by page, each of them once, and exports those that are wanted", async () => {
  const server = await useSuperset();
  const client = createSupersetClient({ url: server.url, auth: { provider: "db", ...pickLogin(server) } });
  const samples = createSamples();
  const database = samples.database();
  const dataset = samples.dataset(database);
  await importEntries(client, [database, dataset, samples.chart(dataset, "The first")]);
  await server.query(
    `INSERT INTO slices (uuid, slice_name, viz_type, datasource_type, datasource_id, datasource_name, params, perm, created_on, changed_on)
     SELECT gen_random_uuid(), 'Chart ' || n, viz_type, datasource_type, datasource_id, datasource_name, params, perm, created_on, changed_on
     FROM slices, generate_series(2, 5000) AS n`,
  );
  const proxy = await startFaultProxy(server.url);
  const inventory = await loadInventory(createSupersetClient({ ...client.connection, url: proxy.url }));
  await proxy.close();
  const charts = inventory.all().filter(({ kind }) => kind === "chart");
  expect(new Set(charts.map(({ uuid }) => uuid)).size).toBe(5000);
  expect(charts).toHaveLength(5000);
  expect(proxy.count("GET /api/v1/chart/")).toBe(50);
  const last = charts.filter(({ title }) => title === "Chart 5000");
  expect((await exportAssets(client, "chart", last)).map(({ kind }) => kind).sort()).toEqual([
    "chart",
    "database",
    "dataset",
  ]);
});

function pickLogin({ username, password }: TestServer): { username: string; password: string } {
  return { username, password };
}
