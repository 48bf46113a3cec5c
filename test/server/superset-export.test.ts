import { expect, test } from "vitest";
import { createSupersetClient } from "../../provider/src/superset/client";
import { exportAssets, exportDocuments } from "../../provider/src/superset/export";
import { importEntries } from "../../provider/src/superset/importer";
import { loadInventory } from "../../provider/src/superset/inventory";
import { createSamples } from "../support/import-samples";
import { useSuperset } from "../support/servers";

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
