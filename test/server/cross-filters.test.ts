import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { stringify } from "yaml";
import { z } from "zod";
import { canonicalise } from "../../provider/src/assets/canonical";
import { nameDatasets } from "../../provider/src/assets/dataset-ids";
import { readAssets } from "../../provider/src/assets/read-folder";
import { renderForImport } from "../../provider/src/assets/render";
import { checkDashboards } from "../../provider/src/hooks/check-dashboards";
import { createSupersetClient, type SupersetClient } from "../../provider/src/superset/client";
import { exportDocuments } from "../../provider/src/superset/export";
import type { ImportEntry } from "../../provider/src/superset/importer";
import { type Inventory, loadInventory } from "../../provider/src/superset/inventory";
import { type AssetFolder, makeAssets } from "../support/asset-folder";
import { collectQueries, logIn, openDashboard, startBrowser } from "../support/browser";
import { createSamples } from "../support/import-samples";
import { createProject, type PulumiProject } from "../support/pulumi-project";
import { putEntries } from "../support/put-entries";
import {
  CHARTS,
  type ChartName,
  chartFiles,
  DASHBOARD_UUID,
  dashboardFile,
  type FileIds,
  ORDERS,
  readSample,
  SALES,
  SAMPLE_FILES,
} from "../support/scoped-dashboard";
import { type TestServer, useSuperset } from "../support/servers";

/** Sees everything and owns nothing: what it chooses in a dashboard is not written to the server. */
const VIEWER = { username: "viewer", password: "viewer" };

let server: TestServer;
let client: SupersetClient;
let folder: AssetFolder;
let project: PulumiProject;
let browser: Browser;
let viewer: BrowserContext;
let viewerId: number;
/** Ids that the files have: each is that of another chart or dataset of the same dashboard. */
let fileIds: FileIds;

beforeAll(async () => {
  server = await useSuperset();
  const { url, username, password } = server;
  client = createSupersetClient({ url, auth: { provider: "db", username, password } });
  viewerId = await createViewer();
  fileIds = await moveIds();
  folder = writeFiles(fileIds);
  project = await createProject({ server, assets: folder.path });
  const { code, output } = await project.up();
  expect(output).toContain("dashboards/scopes");
  expect(code).toBe(0);
  browser = await startBrowser();
  viewer = await openContext(VIEWER);
});

afterAll(async () => {
  await browser?.close();
  project?.remove();
  folder?.dispose();
  // Superset keeps what a user has made to the user.
  await server?.empty();
  if (viewerId !== undefined) await client.send("DELETE", `/api/v1/security/users/${viewerId}`, undefined, z.unknown());
});

async function createViewer(): Promise<number> {
  const Roles = z.object({ result: z.array(z.object({ id: z.number(), name: z.string() })) });
  const { result } = await client.get("/api/v1/security/roles/?q=(page_size:100)", Roles);
  const roles = result.filter(({ name }) => name === "Alpha").map(({ id }) => id);
  const user = { ...VIEWER, first_name: "V", last_name: "V", email: "viewer@example.com", active: true, roles };
  return (await client.send("POST", "/api/v1/security/users/", user, z.object({ id: z.number() }))).id;
}

/** Puts the charts onto the server, after strangers, and gives each file the id of another chart. */
async function moveIds(): Promise<FileIds> {
  const samples = createSamples();
  const database = samples.database();
  const dataset = samples.dataset(database);
  const files = { ...Object.fromEntries(SAMPLE_FILES.map((file) => [file, readSample(file)])) };
  const noIds = { charts: { bars: 0, pie: 0, number: 0, products: 0, orders: 0 }, datasets: {} };
  const uri = { sqlalchemy_uri: `sqlite:///${inject("sampleData")}` };
  const entries = Object.entries({ ...files, ...chartFiles(noIds) }).map(([path, document]) =>
    toEntry(path, path.startsWith("databases/") ? { ...document, ...uri } : document),
  );
  await putEntries(client, [database, dataset, ...["a", "b", "c"].map((name) => samples.chart(dataset, name))]);
  await putEntries(client, entries);
  const inventory = await loadInventory(client);
  const names = Object.keys(CHARTS) as ChartName[];
  const idOf = (name: ChartName) => inventory.byUuid("chart", CHARTS[name].uuid)?.id ?? 0;
  const moved = names.map((name, index) => [name, idOf(names[(index + 2) % names.length] ?? name)] as const);
  return {
    charts: Object.fromEntries(moved) as FileIds["charts"],
    datasets: {
      [SALES]: inventory.byUuid("dataset", ORDERS)?.id ?? 0,
      [ORDERS]: inventory.byUuid("dataset", SALES)?.id ?? 0,
    },
  };
}

function writeFiles(ids: FileIds): AssetFolder {
  const assets = makeAssets();
  for (const file of SAMPLE_FILES) assets.write(file, stringify(readSample(file)));
  for (const [path, document] of Object.entries(chartFiles(ids))) assets.write(path, stringify(document));
  assets.write("dashboards/scopes.yaml", stringify(dashboardFile(ids)));
  return assets;
}

function toEntry(path: string, document: Record<string, unknown>): ImportEntry {
  const kind = z.enum(["database", "dataset", "chart", "dashboard"]).parse(path.replace(/s\/.*/, ""));
  const rendered = renderForImport({ kind, document }, { managed: false });
  return { kind, uuid: String(document.uuid), title: path, path, document: rendered };
}

async function openContext(login: { username: string; password: string }): Promise<BrowserContext> {
  const context = await browser.newContext({ viewport: { width: 1400, height: 1200 } });
  const page = await context.newPage();
  await logIn(page, { url: server.url, ...login });
  await page.close();
  return context;
}

async function visit(context: BrowserContext): Promise<Page> {
  const page = await context.newPage();
  const seen = await openDashboard(page, `${server.url}/superset/dashboard/scopes/`);
  expect(seen).toEqual({ charts: 5, complaints: [] });
  return page;
}

/** What charts asked for, by the chart's name; a chart that stayed still is missing. */
async function watch(page: Page, act: () => Promise<void>) {
  const inventory = await loadInventory(client);
  const names = new Map(
    Object.entries(CHARTS).map(([name, { uuid }]) => [inventory.byUuid("chart", uuid)?.id, name as ChartName]),
  );
  const queries = await collectQueries(page, act);
  const charts = queries.map(({ chart }) => names.get(chart) ?? chart);
  return {
    asked: [...charts].sort(),
    filteredBy: (column: string) => charts.filter((_, index) => queries[index]?.filters.includes(column)).sort(),
    groupedBy: (column: string) => charts.filter((_, index) => queries[index]?.columns.includes(column)).sort(),
  };
}

/** The third of three bars is by far the highest. */
async function clickBar(page: Page): Promise<void> {
  const inventory = await loadInventory(client);
  const id = inventory.byUuid("chart", CHARTS.bars.uuid)?.id;
  const box = await page.locator(`#chart-id-${id} canvas`).first().boundingBox();
  if (box === null) throw new Error("the bars are not drawn");
  await page.mouse.click(box.x + box.width * 0.83, box.y + box.height * 0.6);
}

/** Chooses in the filter bar: the native filter is the first, the display control the second. */
async function choose(page: Page, index: number, option: string): Promise<void> {
  const bar = page.locator('[data-test="filter-bar"]');
  await bar.getByRole("combobox").nth(index).click();
  const options = page.locator(".ant-select-dropdown:visible .ant-select-item-option");
  await options.getByText(option, { exact: true }).click();
  await page.keyboard.press("Escape");
  await page.locator('[data-test="filter-bar__apply-button"]').click();
}

async function checkIds(inventory: Inventory) {
  const { definitions } = await readAssets(folder.path);
  const definition = definitions.find(({ kind }) => kind === "dashboard");
  const remote = inventory.byUuid("dashboard", DASHBOARD_UUID);
  if (definition === undefined || remote === undefined) throw new Error("the dashboard is missing");
  const document = canonicalise("dashboard", definition.document);
  const [checked] = await checkDashboards(client, inventory, [{ remote, document }]);
  return { definition, remote, wrong: checked?.wrong.map(({ at }) => at) };
}

test("the ids of the files belong to other charts and datasets of the server, and all are right after the deployment", async () => {
  const inventory = await loadInventory(client);
  for (const [name, { uuid, dataset }] of Object.entries(CHARTS)) {
    expect(inventory.byUuid("chart", uuid)?.id).not.toBe(fileIds.charts[name as ChartName]);
    expect(inventory.byUuid("dataset", dataset)?.id).not.toBe(fileIds.datasets[dataset]);
  }
  expect((await checkIds(inventory)).wrong).toEqual([]);
  expect((await project.preview({ expectNoChanges: true })).code).toBe(0);
});

test("a click on a bar filters the charts in its scope, and the others stay still", async () => {
  const page = await visit(viewer);
  const seen = await watch(page, () => clickBar(page));
  expect(seen.asked).toEqual(["pie", "products"]);
  expect(seen.filteredBy("segment")).toEqual(seen.asked);
  await page.close();
});

test("a native filter leaves its excluded chart alone", async () => {
  const page = await visit(viewer);
  const seen = await watch(page, () => choose(page, 0, "Australia"));
  expect(seen.asked).toEqual(["bars", "number", "orders", "pie"]);
  expect(seen.filteredBy("country")).toEqual(seen.asked);
  await page.close();
});

test("a display control works on the charts of its dataset and leaves its excluded chart alone", async () => {
  const page = await visit(viewer);
  const seen = await watch(page, () => choose(page, 1, "Country"));
  expect(seen.asked).toEqual(["bars", "number", "orders", "products"]);
  expect(seen.groupedBy("country")).toEqual(["bars", "products"]);
  await page.close();
});

test("what the browser writes when an editor looks and leaves is no change of the definition", async () => {
  const editor = await openContext(server);
  const page = await visit(editor);
  await watch(page, () => clickBar(page));
  const [colours] = await Promise.all([
    page.waitForResponse((response) => /\/dashboard\/\d+\/colors/.test(response.url())),
    page.locator('a[href="/chart/list/"]').first().click(),
  ]);
  expect(colours.status()).toBe(200);
  await editor.close();
  const inventory = await loadInventory(client);
  const { definition, remote } = await checkIds(inventory);
  const exported = (await exportDocuments(client, "dashboard", [remote])).get(DASHBOARD_UUID) ?? {};
  expect(JSON.stringify(exported)).toMatch(/"color_scheme_domain":\["#/);
  const datasets = new Map(inventory.all().flatMap(({ kind, id, uuid }) => (kind === "dataset" ? [[id, uuid]] : [])));
  const named = nameDatasets(exported, (id) => datasets.get(id));
  expect(canonicalise("dashboard", named)).toEqual(canonicalise("dashboard", definition.document));
});

test("a raw import of the same files gets the display control wrong, in the browser and in the check", async () => {
  await putEntries(client, [
    { ...toEntry("dashboards/scopes.yaml", dashboardFile(fileIds)), document: dashboardFile(fileIds) },
  ]);
  expect((await checkIds(await loadInventory(client))).wrong).toEqual([
    "chart_customization_config.CHART_CUSTOMIZATION-split.scope.excluded",
    "chart_customization_config.CHART_CUSTOMIZATION-split.targets.0",
  ]);
  const page = await visit(viewer);
  const seen = await watch(page, () => choose(page, 1, "Country"));
  // The excluded chart asks again, one that should be split does not, and the split hits the charts of another dataset.
  expect(seen.asked).toEqual(["bars", "number", "orders", "pie"]);
  expect(seen.groupedBy("country")).toEqual(["orders"]);
  await page.close();
});
