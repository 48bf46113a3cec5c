import { existsSync } from "node:fs";
import { type Browser, chromium, type Page, type Request } from "playwright-core";
import { z } from "zod";

/** Browsers that people have; where there is none, the one from npm is used (Linux x64). */
const INSTALLED = [
  "/usr/bin/chromium",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** Chromium must not call its maker: a machine without internet refuses that many times at every start. */
const QUIET = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"];

/** Starts a headless Chromium. */
export async function startBrowser(): Promise<Browser> {
  const installed = INSTALLED.find((path) => existsSync(path));
  if (installed !== undefined) {
    return chromium.launch({ executablePath: installed, args: ["--no-sandbox", "--disable-gpu", ...QUIET] });
  }
  const { default: packaged } = await import("@sparticuz/chromium");
  // It dies on a second context with this flag (browser 6.8).
  const args = packaged.args.filter((flag) => flag !== "--single-process");
  return chromium.launch({ executablePath: await packaged.executablePath(), args: [...args, ...QUIET] });
}

/** Logs in as a person would. */
export async function logIn(page: Page, server: { url: string; username: string; password: string }): Promise<void> {
  // The login page reports to this address, and the answer's anonymous session would take the place of the one of the login.
  const reports = "**/superset/log/**";
  await page.route(reports, (route) => route.fulfill({ status: 200 }));
  await page.goto(`${server.url}/login/`);
  await page.fill("input[name=username], #username", server.username);
  await page.fill("input[name=password], #password", server.password);
  await page.click("button[type=submit], input[type=submit]");
  await page.waitForURL((url) => !url.pathname.startsWith("/login"));
  await page.unroute(reports);
}

/** Places for charts; texts have the same class (browser 6.1), so those are left out. */
const CHART_HOLDERS = ".dashboard-component-chart-holder:not(.dashboard-markdown):not(:has(.dashboard-markdown))";

/** A request for the data of one chart. */
export interface ChartQuery {
  /** Integer id of the chart. */
  readonly chart: number;
  /** Columns that the answer is grouped by, and those that it is filtered by. */
  readonly columns: readonly string[];
  readonly filters: readonly string[];
}

const isData = (address: string) => /\/api\/v1\/chart\/data|\/superset\/explore_json/.test(address);

/**
 * Opens a dashboard and waits until every chart of the open tab is drawn.
 *
 * @returns how many charts there are, and the texts that tell of a broken or empty one
 */
export async function openDashboard(page: Page, url: string): Promise<{ charts: number; complaints: string[] }> {
  const isQuiet = watchRequests(page);
  await page.goto(url);
  const holders = page.locator(CHART_HOLDERS);
  await holders
    .first()
    .waitFor({ timeout: 60_000 })
    .catch(async (cause: unknown) => {
      const text = await page.locator("body").innerText();
      throw new Error(`No chart on ${page.url()}, but: ${text.slice(0, 500)}`, { cause });
    });
  await waitUntilDrawn(page, isQuiet);
  const text = await page.locator("body").innerText();
  const complaints = [
    "There is no chart definition",
    "No results were returned",
    "No data",
    "Unexpected error",
    "Network error",
  ];
  return { charts: await holders.count(), complaints: complaints.filter((complaint) => text.includes(complaint)) };
}

/**
 * Does something on an open dashboard that makes charts ask for data again, and waits until they are drawn.
 *
 * @returns what was asked for, in the order of the charts' ids
 */
export async function collectQueries(page: Page, act: () => Promise<void>): Promise<ChartQuery[]> {
  const isQuiet = watchRequests(page);
  const queries: ChartQuery[] = [];
  const listen = (request: Request) => {
    if (isData(request.url())) queries.push(...readQuery(request));
  };
  page.on("request", listen);
  await Promise.all([page.waitForRequest((request) => isData(request.url()), { timeout: 60_000 }), act()]);
  await waitUntilDrawn(page, isQuiet);
  page.off("request", listen);
  return queries.sort((left, right) => left.chart - right.chart);
}

/** Requests for the options of a filter belong to no chart. */
function readQuery(request: Request): ChartQuery[] {
  const { form_data: form, queries } = DataRequest.parse(request.postDataJSON());
  if (form?.slice_id === undefined) return [];
  const [{ columns, filters }] = queries;
  return [{ chart: form.slice_id, columns: columns.map(nameColumn), filters: filters.map(({ col }) => col) }];
}

const Column = z.union([z.string(), z.object({ label: z.string() })]);
const DataRequest = z.object({
  form_data: z.object({ slice_id: z.number().optional() }).optional(),
  queries: z.tuple(
    [z.object({ columns: z.array(Column).default([]), filters: z.array(z.object({ col: z.string() })).default([]) })],
    z.unknown(),
  ),
});

function nameColumn(column: z.output<typeof Column>): string {
  return typeof column === "string" ? column : column.label;
}

/** @returns tells whether no request for data is under way */
function watchRequests(page: Page): () => boolean {
  let open = 0;
  const closed = (request: Request) => {
    if (isData(request.url())) open -= 1;
  };
  page.on("request", (request) => {
    if (isData(request.url())) open += 1;
  });
  page.on("requestfinished", closed);
  page.on("requestfailed", closed);
  return () => open <= 0;
}

async function waitUntilDrawn(page: Page, isQuiet: () => boolean): Promise<void> {
  const holders = page.locator(CHART_HOLDERS);
  const deadline = Date.now() + 90_000;
  for (let quiet = 0; quiet < 4 && Date.now() < deadline; ) {
    // The page has no event for "drawn": it is when it has stayed quiet for a second.
    await page.waitForTimeout(250);
    const loading = await page.locator(".loading").count();
    const drawn = await page.locator('[data-test="slice-container"]').count();
    quiet = isQuiet() && loading === 0 && drawn >= (await holders.count()) ? quiet + 1 : 0;
  }
}
