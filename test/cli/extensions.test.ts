import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";
import { logIn, startBrowser } from "../support/browser";
import { bundleOf, REMOTE_ENTRY, writeBundleFolder } from "../support/bundles";
import { type TestServer, useSuperset } from "../support/servers";
import { ROOT, runCommand } from "../unit/command-support";

/** Made by Apache's own tool. */
const APACHE = "acme-lab.hello-world";
/** Packed by this one. */
const OURS = "other.clock";

let server: TestServer;
let browser: Browser;
let place: string;
let token: string;

beforeAll(async () => {
  server = await useSuperset();
  browser = await startBrowser();
  place = mkdtempSync(join(tmpdir(), "extensions-"));
  const login = { username: server.username, password: server.password, provider: "db", refresh: false };
  const answer = await fetch(`${server.url}/api/v1/security/login`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(login),
  });
  token = z.object({ access_token: z.string() }).parse(await answer.json()).access_token;
});
afterAll(async () => {
  await browser?.close();
  rmSync(place, { recursive: true, force: true });
});

const Listed = z.object({
  result: z.array(z.object({ id: z.string(), version: z.string(), remoteEntry: z.string() })),
});

/** What Superset says it has: versions by id. */
async function listServed(): Promise<Record<string, string>> {
  const { result } = Listed.parse(await (await ask("/api/v1/extensions/")).json());
  return Object.fromEntries(result.map(({ id, version }) => [id, version]));
}

const ask = (path: string) => fetch(`${server.url}${path}`, { headers: { authorization: `Bearer ${token}` } });

async function extension(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runCommand(["extension", ...args], { cwd: place });
  expect(code, stderr).toBe(0);
  return stdout;
}

/** Builds both of one version, into the folder that a container would take them from. */
async function build(version: string): Promise<void> {
  rmSync(join(place, "bundles"), { recursive: true, force: true });
  mkdirSync(join(place, "bundles"));
  cpSync(join(ROOT, `test/fixtures/extensions/hello-world-${version}.supx`), join(place, "bundles/hello-world.supx"));
  const files = bundleOf(OURS, version);
  const code = `window.acmeLab_clock = {
    init: async () => undefined,
    get: async () => () => (console.log("clock ${version} runs"), {}),
  };`;
  const manifest = JSON.parse(files["manifest.json"] ?? "");
  manifest.frontend.moduleFederationName = "acmeLab_clock";
  const own = { ...files, "manifest.json": JSON.stringify(manifest), [`frontend/dist/${REMOTE_ENTRY}`]: code };
  writeBundleFolder(join(place, "clock"), own);
  await extension("pack", "clock", "--output", "bundles");
}

const upsert = () => extension("upsert", "--strict", "--from", "bundles", "--target", server.extensions);

const LOADED = "Extensions initialized successfully";

/** Opens a page as a person, and says what extensions did there. */
async function lookInBrowser() {
  const context = await browser.newContext();
  const page = await context.newPage();
  const [told, errors, failed]: [string[], string[], string[]] = [[], [], []];
  page.on("console", (message) => {
    // A machine without internet: an address outside that Superset's pages always ask for.
    if (message.type() === "error" && !message.text().includes("ERR_NAME_NOT_RESOLVED")) errors.push(message.text());
    else told.push(message.text());
  });
  page.on("response", (response) => {
    if (response.url().includes("/api/v1/extensions/") && !response.ok()) failed.push(response.url());
  });
  const all = () => [...told, ...errors, ...failed].join("\n");
  // The first page loads them too: who leaves it earlier ends its requests.
  await logIn(page, server);
  await expect.poll(all, { timeout: 60_000 }).toContain(LOADED);
  told.length = 0;
  await page.goto(`${server.url}/sqllab/`);
  await expect.poll(all, { timeout: 60_000 }).toContain(LOADED);
  await context.close();
  return { told, problems: [...errors, ...failed] };
}

it("bundles of this tool and of Apache's own appear, and their frontends run in a browser without an error", async () => {
  await build("0.1.0");
  expect(await listServed()).toEqual({});
  expect(await upsert()).toContain("Discovered: 2, Updated: 2, Skipped: 0, Errors: 0\n");
  expect(await listServed()).toEqual({ [APACHE]: "0.1.0", [OURS]: "0.1.0" });
  const { told, problems } = await lookInBrowser();
  expect(problems).toEqual([]);
  expect(told).toContain("clock 0.1.0 runs");
});

it("they are updated, with the files of the new version", async () => {
  await build("0.2.0");
  expect(await upsert()).toContain("Discovered: 2, Updated: 2, Skipped: 0, Errors: 0\n");
  expect(await listServed()).toEqual({ [APACHE]: "0.2.0", [OURS]: "0.2.0" });
  const { told, problems } = await lookInBrowser();
  expect(problems).toEqual([]);
  expect(told).toContain("clock 0.2.0 runs");
  expect(await upsert()).toContain("Discovered: 2, Updated: 0, Skipped: 2, Errors: 0\n");
});

it("they go back to the version before, and the next start leaves them so", async () => {
  for (const id of [APACHE, OURS]) await extension("rollback", id, "--target", server.extensions);
  expect(await listServed()).toEqual({ [APACHE]: "0.1.0", [OURS]: "0.1.0" });
  const { result } = Listed.parse(await (await ask("/api/v1/extensions/")).json());
  const served = await Promise.all(result.map(({ remoteEntry }) => ask(remoteEntry)));
  expect(served.map(({ status }) => status)).toEqual([200, 200]);
  expect((await Promise.all(served.map((answer) => answer.text()))).join()).toContain("clock 0.1.0 runs");
  expect(await upsert()).toContain("Discovered: 2, Updated: 0, Skipped: 2, Errors: 0\n");
  expect(await listServed()).toEqual({ [APACHE]: "0.1.0", [OURS]: "0.1.0" });
});

it("they disappear, and nothing of them is left for Superset", async () => {
  for (const id of [APACHE, OURS]) await extension("remove", id, "--target", server.extensions);
  expect(await listServed()).toEqual({});
  expect(await extension("list", "--target", server.extensions)).toContain("There is no extension");
});
