import { beforeAll, describe, expect, test } from "vitest";
import { stringify } from "yaml";
import type { Definition } from "../../provider/src/assets/definition";
import { readAssets } from "../../provider/src/assets/read-folder";
import { renderForImport } from "../../provider/src/assets/render";
import { checkDashboards } from "../../provider/src/hooks/check-dashboards";
import { finishDashboard } from "../../provider/src/hooks/finish-dashboard";
import { stateTargetIds } from "../../provider/src/identity/dashboard-ids";
import { createSupersetClient, type SupersetClient } from "../../provider/src/superset/client";
import { readDashboard } from "../../provider/src/superset/dashboard-metadata";
import type { ImportEntry } from "../../provider/src/superset/importer";
import { loadInventory, type RemoteAsset } from "../../provider/src/superset/inventory";
import { makeAssets } from "../support/asset-folder";
import { type FaultProxy, startFaultProxy } from "../support/fault-proxy";
import { createSamples, type SampleEntry } from "../support/import-samples";
import { putEntries } from "../support/put-entries";
import { useSuperset } from "../support/servers";

let proxy: FaultProxy;
let client: SupersetClient;
const samples = createSamples();
const database = samples.database();
const datasets = [samples.dataset(database, "orders"), samples.dataset(database, "sales")] as const;
const charts = ["Revenue", "Orders", "Map", "Customers"].map((name) => samples.chart(datasets[0], name));
/** Ids of the target, in the order of `charts` and `datasets`. */
let chartIds: number[];
let datasetIds: number[];

beforeAll(async () => {
  const { url, username, password } = await useSuperset();
  proxy = await startFaultProxy(url);
  client = createSupersetClient({ url: proxy.url, auth: { provider: "db", username, password } });
  // Strangers come first, so that small ids belong to others.
  const strangers = Array.from({ length: 5 }, (_, index) => samples.chart(datasets[0], `Stranger ${index}`));
  await putEntries(client, [database, ...datasets, ...strangers, ...charts]);
  const inventory = await loadInventory(client);
  const idsOf = (entries: readonly ImportEntry[]) =>
    entries.map(({ kind, uuid }) => inventory.byUuid(kind, uuid)?.id ?? 0);
  chartIds = idsOf(charts);
  datasetIds = idsOf(datasets);
  return () => proxy.close();
});

/** A dashboard with an id in every place, as a server with these ids would have exported it. */
function dashboardOf([a, b, c, d]: readonly number[], [orders, sales]: readonly number[]): SampleEntry {
  const dashboard = samples.dashboard(charts);
  const scope = (...excluded: unknown[]) => ({ rootPath: ["ROOT_ID"], excluded });
  const column = { name: "a" };
  const position = structuredClone(dashboard.document.position) as Record<string, { meta: { chartId: unknown } }>;
  for (const [index, id] of [a, b, c, d].entries()) {
    const slot = position[`CHART-${index}`];
    if (slot !== undefined) slot.meta.chartId = id;
  }
  const stale = { chartsInScope: [a, 9999] };
  const metadata = {
    chart_configuration: { [`${a}`]: { id: a, crossFilters: { scope: scope(a, c), ...stale } } },
    global_chart_configuration: { scope: scope(d), ...stale },
    native_filter_configuration: [
      {
        id: "NATIVE_FILTER-a",
        name: "Native",
        filterType: "filter_select",
        scope: { ...scope(c), selectedLayers: [`chart-${d}-layer-0`] },
        targets: [{ column, datasetUuid: datasets[1].uuid }],
        ...stale,
      },
    ],
    chart_customization_config: [
      {
        id: "CHART_CUSTOMIZATION-a",
        type: "CHART_CUSTOMIZATION",
        name: "Group by",
        filterType: "chart_customization_dynamic_groupby",
        scope: scope(b),
        targets: [{ column, datasetId: orders }],
        ...stale,
      },
      {
        id: "CHART_CUSTOMIZATION-b",
        type: "CHART_CUSTOMIZATION",
        name: "Column",
        filterType: "chart_customization_timecolumn",
        scope: scope(c, d),
        targets: [{ datasetId: sales }],
      },
    ],
    expanded_slices: { [`${b}`]: true },
    timed_refresh_immune_slices: [d],
  };
  return { ...dashboard, document: { ...dashboard.document, slug: null, position, metadata } };
}

/** Reads the same files as they would lie in a folder: charts tell the ids of the datasets. */
async function define(dashboard: SampleEntry, [orders, sales]: readonly number[]): Promise<Definition> {
  const folder = makeAssets();
  const known = samples.chart(datasets[1], "Another");
  for (const { entry, id } of [...charts.map((entry) => ({ entry, id: orders })), { entry: known, id: sales }]) {
    const params = { viz_type: "table", datasource: `${id}__table` };
    folder.write(entry.path, stringify({ ...entry.document, params }));
  }
  for (const entry of [database, ...datasets, dashboard]) folder.write(entry.path, stringify(entry.document));
  const { definitions, findings } = await readAssets(folder.path);
  folder.dispose();
  expect(findings.filter(({ severity }) => severity === "error")).toEqual([]);
  const definition = definitions.find(({ kind }) => kind === "dashboard");
  if (definition === undefined) throw new Error("no dashboard");
  return definition;
}

async function findWrong(remote: RemoteAsset, definition?: Definition) {
  const inventory = await loadInventory(client);
  const document = definition && renderForImport(definition, { managed: false });
  const [checked] = await checkDashboards(client, inventory, [{ remote, ...(document && { document }) }]);
  return checked?.wrong.map(({ at }) => at);
}

const CONTROLS = [
  "chart_customization_config.CHART_CUSTOMIZATION-a.scope.excluded",
  "chart_customization_config.CHART_CUSTOMIZATION-a.targets.0",
  "chart_customization_config.CHART_CUSTOMIZATION-b.scope.excluded",
  "chart_customization_config.CHART_CUSTOMIZATION-b.targets.0",
];
const LAYERS = "native_filter_configuration.NATIVE_FILTER-a.scope.selectedLayers";

/** The ids that the files have, out of those of the target. */
const FILES = {
  "of another server": { charts: () => [901, 902, 903, 904], datasets: () => [901, 902] },
  "of strangers on this server": {
    charts: () => [5, 4, 3, 2].map((back) => Math.min(...chartIds) - back),
    datasets: () => [901, 902],
  },
  "of each other": {
    charts: () => [1, 2, 3, 0].map((index) => chartIds[index] ?? 0),
    datasets: () => [...datasetIds].reverse(),
  },
};

describe.each(Object.entries(FILES))("files with ids %s", (name, ids) => {
  test("import: every id is right", async () => {
    const definition = await define(dashboardOf(ids.charts(), ids.datasets()), ids.datasets());
    const inventory = await loadInventory(client);
    const idOf = (kind: RemoteAsset["kind"], uuid: string) => inventory.byUuid(kind, uuid)?.id;
    const document = stateTargetIds(renderForImport(definition, { managed: false }), idOf);
    proxy.resetRequests();
    const [remote] = await putEntries(client, [{ ...definition, document }]);
    if (remote === undefined) throw new Error("nothing was written");
    expect(await findWrong(remote, definition)).toEqual([]);
    expect(await findWrong(remote)).toEqual([]);
    const { metadata } = await readDashboard(client, remote.id);
    expect(JSON.stringify(metadata)).not.toMatch(/InScope|datasetUuid/);
    expect(metadata).toMatchObject({
      native_filter_configuration: [{ targets: [{ datasetId: datasetIds[1] }] }],
      chart_customization_config: [
        { scope: { excluded: [chartIds[1]] }, targets: [{ datasetId: datasetIds[0] }] },
        { targets: [{ datasetId: datasetIds[1] }] },
      ],
    });
    // What is right already is not written again.
    proxy.resetRequests();
    expect(await finishDashboard(client, definition.document, idOf, remote)).toBe(remote);
    expect(proxy.requests.map(({ method }) => method)).toEqual(["GET"]);
  });

  test("raw import: wrong exactly where importers do not translate", async () => {
    const dashboard = dashboardOf(ids.charts(), ids.datasets());
    const definition = await define(dashboard, ids.datasets());
    const [remote] = await putEntries(client, [dashboard]);
    if (remote === undefined) throw new Error("nothing was written");
    expect(new Set(await findWrong(remote, definition))).toEqual(new Set([...CONTROLS, LAYERS]));
    // Ids that mean something else on this server can only be told by the definition.
    const strange = name === "of each other" ? [] : [LAYERS, ...CONTROLS];
    expect(new Set(await findWrong(remote))).toEqual(new Set(strange));

    const before = await readDashboard(client, remote.id);
    const inventory = await loadInventory(client);
    const idOf = (kind: RemoteAsset["kind"], uuid: string) => inventory.byUuid(kind, uuid)?.id;
    const finished = await finishDashboard(client, definition.document, idOf, remote);
    expect(await findWrong(finished, definition)).toEqual([LAYERS]);
    expect(finished.changedOn).not.toBe(remote.changedOn);
    expect(finished).toEqual((await loadInventory(client)).byUuid("dashboard", remote.uuid));
    const after = await readDashboard(client, remote.id);
    const controls = { chart_customization_config: undefined };
    expect({ ...after, metadata: { ...after.metadata, ...controls } }).toEqual({
      ...before,
      metadata: { ...before.metadata, ...controls },
    });
  });
});

test("the check costs two requests a dashboard", async () => {
  const inventory = await loadInventory(client);
  const dashboards = inventory.all().filter(({ kind }) => kind === "dashboard");
  proxy.resetRequests();
  await checkDashboards(
    client,
    inventory,
    dashboards.map((remote) => ({ remote })),
  );
  expect(dashboards.length).toBeGreaterThan(4);
  expect(proxy.requests.length).toBe(2 * dashboards.length);
});

test("a write of display controls whose answer is lost is done once more", async () => {
  const ids = FILES["of another server"];
  const dashboard = dashboardOf(ids.charts(), ids.datasets());
  const definition = await define(dashboard, ids.datasets());
  const [remote] = await putEntries(client, [dashboard]);
  if (remote === undefined) throw new Error("nothing was written");
  const inventory = await loadInventory(client);
  proxy.cutAfterResponse("/chart_customizations", 1);
  const finished = await finishDashboard(
    client,
    definition.document,
    (kind, uuid) => inventory.byUuid(kind, uuid)?.id,
    remote,
  );
  expect(await findWrong(finished, definition)).toEqual([LAYERS]);
});
