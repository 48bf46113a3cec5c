import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { type FaultProxy, startFaultProxy } from "../support/fault-proxy";
import { clientOf } from "../support/people";
import { createProject, type PulumiProject } from "../support/pulumi-project";
import { readContent } from "../support/server-content";
import { type TestServer, useSuperset } from "../support/servers";
import { type SmallAssets, writeSmallAssets } from "../support/small-assets";

let server: TestServer;
let proxy: FaultProxy;
let assets: SmallAssets;
let project: PulumiProject;

const PATHS = { dashboard: "dashboards/board.yaml", chart: "charts/chart-1.yaml", dataset: "datasets/db/orders.yaml" };
const WORD = ["--confirm", "UNLOCK"];

beforeAll(async () => {
  server = await useSuperset();
  proxy = await startFaultProxy(server.url);
  assets = writeSmallAssets({ charts: 2 });
  project = await createProject({
    server: { ...server, url: proxy.url },
    assets: assets.path,
    stack: "production",
    settings: { role: "production", databases: undefined },
  });
  const up = await project.up();
  expect(up.code, up.output).toBe(0);
});
afterEach(() => proxy.clearRules());
afterAll(async () => {
  project?.remove();
  assets?.dispose();
  await proxy?.close();
});

const run = (verb: "lock" | "unlock", ...args: string[]) =>
  project.command([verb, "--target", "production", ...args], {});

/** What is locked, as the metadata database has it. */
async function listLocked(): Promise<string[]> {
  const rows = await server.query(`
    SELECT dashboard_title AS title FROM dashboards WHERE is_managed_externally
    UNION ALL SELECT slice_name FROM slices WHERE is_managed_externally
    UNION ALL SELECT table_name FROM tables WHERE is_managed_externally`);
  return rows.map(({ title }) => String(title)).sort();
}

/** As somebody does it who is not this program. */
async function setLocks(isLocked: boolean, tables: readonly string[] = ["dashboards", "slices", "tables"]) {
  for (const table of tables) {
    await server.query(`UPDATE ${table} SET is_managed_externally = ${isLocked}, changed_on = now()`);
  }
}

const countOf = ({ output }: { readonly output: string }, part: string) => output.split(part).length - 1;

describe("pulumi-superset unlock", () => {
  beforeEach(async () => {
    await setLocks(true);
    proxy.resetRequests();
  });

  it("shows what it would do with --dry-run, and writes nothing", async () => {
    const dry = await run("unlock", "--dry-run");
    expect(dry).toMatchObject({ code: 7, stdout: "" });
    expect(dry.output).toContain('~ dashboards/board.yaml (dashboard "');
    expect(dry.output).toContain("4 assets would be unlocked");
    expect(proxy.writes()).toBe(0);
    expect(await listLocked()).toHaveLength(4);
  });

  it("of production needs the word: neither --yes nor a wrong word will do", async () => {
    const refused = await run("unlock", "-y");
    expect(refused).toMatchObject({ code: 3, output: expect.stringContaining("--confirm UNLOCK") });
    expect(await run("unlock", "--confirm", "unlock")).toMatchObject({
      code: 3,
      output: expect.stringContaining("[cli/wrong-word]"),
    });
    expect(await run("lock")).toMatchObject({ code: 0, output: expect.stringContaining("4 were locked already") });
    expect(proxy.writes()).toBe(0);
  });

  it("asks at a terminal, and does nothing where the answer is another", async () => {
    const terminal = await project.commandAtTerminal(["unlock", "--target", "production", "--only", PATHS.chart]);
    await terminal.waitFor("Type UNLOCK:");
    terminal.type("yes\r");
    expect(await terminal.end()).toMatchObject({ code: 3, output: expect.stringContaining("Nothing was written.") });
    expect(await listLocked()).toHaveLength(4);
  });

  it("twice writes once, and leaves everything else of a dataset as it is", async () => {
    await server.query("UPDATE tables SET always_filter_main_dttm = true");
    expect(await run("unlock", "--only", PATHS.dataset, ...WORD)).toMatchObject({ code: 0 });
    expect(proxy.writes()).toBe(1);
    const again = await run("unlock", "--only", PATHS.dataset, ...WORD);
    expect(again).toMatchObject({ code: 0, output: expect.stringContaining("1 was unlocked already") });
    expect(proxy.writes()).toBe(1);
    const rows = await server.query("SELECT always_filter_main_dttm AS kept FROM tables");
    expect(rows).toEqual([{ kept: true }]);
    await server.query("UPDATE tables SET always_filter_main_dttm = false");
  });

  it("finds assets by UUID and address as export does, and takes none but those", async () => {
    const [dashboard] = await server.query("SELECT id, dashboard_title AS title FROM dashboards");
    const uuid = /^uuid: (.*)$/m.exec(assets.read("charts/chart-2.yaml"))?.[1] ?? "";
    const page = `${proxy.url}/superset/dashboard/${dashboard?.id}/`;
    const { code, stdout } = await run("unlock", "--only", page, "--only", uuid, "--json", ...WORD);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      stack: "production",
      action: "unlock",
      changed: [
        { kind: "chart", path: "charts/chart-2.yaml", title: "Chart 2", uuid },
        { kind: "dashboard", path: PATHS.dashboard, id: dashboard?.id },
      ],
      unchanged: 0,
      failed: [],
    });
    const table = /^table_name: (.*)$/m.exec(assets.read(PATHS.dataset))?.[1];
    expect(await listLocked()).toEqual(["Chart 1", table]);
  });

  it("refuses what the stack did not deploy", async () => {
    const client = clientOf(server);
    const Made = z.object({ id: z.number() });
    const made = await client.send("POST", "/api/v1/dashboard/", { dashboard_title: "Made by hand" }, Made);
    const refused = await run("unlock", "--only", `${proxy.url}/superset/dashboard/${made.id}/`, ...WORD);
    expect(refused).toMatchObject({ code: 2, output: expect.stringContaining("[lock/not-deployed]") });
    expect(proxy.writes()).toBe(0);
    await client.send("DELETE", `/api/v1/dashboard/${made.id}`, undefined, z.unknown());
  });

  it("goes on where one fails, and names it with its reason and what to do", async () => {
    const [chart] = await server.query("SELECT id FROM slices WHERE slice_name = 'Chart 1'");
    proxy.answerWith(`PUT /api/v1/chart/${chart?.id}`, 403, '{"message":"Forbidden"}');
    const { code, output, stdout } = await run("unlock", "--json", ...WORD);
    expect(code).toBe(1);
    expect(output).toContain("failed: charts/chart-1.yaml (chart");
    expect(output).toContain("[lock/refused]");
    expect(output).toContain("3 assets unlocked");
    expect(output).toContain("1 asset could not be unlocked");
    const { failed } = JSON.parse(stdout);
    expect(failed).toEqual([
      expect.objectContaining({
        path: PATHS.chart,
        code: "lock/refused",
        reason: expect.stringContaining("the account may not edit the chart"),
        remedy: expect.stringContaining("superset:managed"),
      }),
    ]);
    expect(await listLocked()).toEqual(["Chart 1"]);
  });

  it("does not believe a server that accepts the flag and drops it, as later versions do", async () => {
    proxy.answerWith("PUT /api/v1/", 200, '{"id":1,"result":{}}');
    const { code, output } = await run("unlock", "--only", PATHS.dashboard, "--only", PATHS.dataset, ...WORD);
    expect(code).toBe(1);
    expect(output.match(/\[lock\/not-kept\]/g)).toHaveLength(2);
    expect(output).toContain("Superset later than 6.1 takes this flag from imports only");
    expect(await listLocked()).toHaveLength(4);
  });
});

describe("an emergency edit", () => {
  beforeAll(() => setLocks(true));

  it("of each kind: unlocked alone, named by preview and drift check", async () => {
    expect(await listLocked()).toHaveLength(4);
    const before = await readContent(server);
    const only = Object.values(PATHS).flatMap((path) => ["--only", path]);
    const unlocked = await run("unlock", ...only, ...WORD);
    expect(unlocked.code, unlocked.output).toBe(0);
    expect(unlocked.output).toContain("production is a production server");
    expect(unlocked.output).toContain("3 assets unlocked, 0 were unlocked already.");
    expect(unlocked.output).toContain("pulumi-superset lock --target production");
    expect(await listLocked()).toEqual(["Chart 2"]);
    expect((await readContent(server)).assets).toEqual(before.assets);

    const preview = await project.preview();
    expect(countOf(preview, "update: somebody unlocked it"), preview.output).toBe(3);
    expect(preview.output).toContain(
      "3 assets were unlocked in the UI since the last deployment, and are locked again",
    );
    for (const [kind, path] of Object.entries(PATHS)) expect(preview.output).toContain(`  ${path} (${kind} "`);
    expect(preview.output).toContain("3 to update");
    const drift = await project.checkDrift();
    expect(drift.code, drift.output).toBe(7);
    expect(countOf(drift, '"somebody unlocked it in the UI"')).toBe(3);
  });

  it("is found after a refresh has taken it into the state, too, no drift once locked again, and ends with the next up", async () => {
    expect(await project.refresh()).toMatchObject({ code: 0 });
    const locked = await run("lock", "--only", PATHS.chart, "-y");
    expect(locked).toMatchObject({ code: 0, output: expect.stringContaining("1 asset locked") });
    // This one no refresh has seen.
    const later = await run("unlock", "--only", "charts/chart-2.yaml", ...WORD);
    expect(later.code, later.output).toBe(0);
    const before = await readContent(server);
    const preview = await project.preview();
    expect(preview.output).toContain("3 assets were unlocked in the UI since the last deployment");
    expect(countOf(preview, "update: somebody unlocked it"), preview.output).toBe(3);
    expect(countOf(preview, "take: it is again as it was deployed")).toBe(1);
    const up = await project.up();
    expect(up.code, up.output).toBe(0);
    expect(await listLocked()).toHaveLength(4);
    expect((await readContent(server)).assets).toEqual(before.assets);
  });
});

describe("a preview", () => {
  it("asks for no dataset where nothing has changed, and for those only that did", async () => {
    proxy.resetRequests();
    const preview = await project.preview({ expectNoChanges: true });
    expect(preview.code, preview.output).toBe(0);
    expect(await project.checkDrift()).toMatchObject({ code: 0 });
    expect(proxy.count(/GET \/api\/v1\/dataset\/\d+/)).toBe(0);
    await server.query("UPDATE tables SET changed_on = now()");
    expect(await project.preview({ expectNoChanges: true })).toMatchObject({ code: 0 });
    expect(proxy.count(/GET \/api\/v1\/dataset\/\d+/)).toBe(1);
  });
});

describe("a stack that has deployed nothing yet", () => {
  it("takes over what is locked as it is, and unlocks it where the stack is not locked", async () => {
    const adopt = async (managed: boolean) => {
      const stack = { server: { ...server, url: proxy.url }, assets: assets.path };
      return createProject({ ...stack, settings: { databases: undefined, managed } });
    };
    const [locked, open] = await Promise.all([adopt(true), adopt(false)]);
    try {
      proxy.resetRequests();
      const up = await locked.up();
      expect(up.code, up.output).toBe(0);
      expect(proxy.writes()).toBe(0);
      const opened = await open.up({ args: ["--diff"] });
      expect(opened.code, opened.output).toBe(0);
      expect(opened.output.match(/action +: "update: to be unlocked in the UI"/g), opened.output).toHaveLength(4);
      expect(await listLocked()).toEqual([]);
    } finally {
      locked.remove();
      open.remove();
    }
  });
});

describe("superset:managed that is set to false, and back", () => {
  it("unlocks what is locked, and takes what the server has unlocked already", async () => {
    await setLocks(true, ["slices"]);
    project.configure({ managed: false });
    const preview = await project.preview();
    expect(countOf(preview, "update: to be unlocked in the UI"), preview.output).toBe(2);
    expect(countOf(preview, "take: it is unlocked in the UI already")).toBe(2);
    proxy.resetRequests();
    const up = await project.up();
    expect(up.code, up.output).toBe(0);
    expect(await listLocked()).toEqual([]);
    // The import of both charts.
    expect(proxy.writes()).toBe(1);
  });

  it("is what the next preview sets back to, and locks all again where it goes", async () => {
    const locked = await run("lock", "--only", PATHS.chart, "-y");
    expect(locked).toMatchObject({ code: 0, output: expect.stringContaining("superset:managed is false") });
    const preview = await project.preview();
    expect(countOf(preview, "update: somebody locked it"), preview.output).toBe(1);
    expect(preview.output).toContain("1 to update");
    project.configure({ managed: undefined });
    const up = await project.up();
    expect(up.code, up.output).toBe(0);
    expect(await listLocked()).toHaveLength(4);
  });
});
