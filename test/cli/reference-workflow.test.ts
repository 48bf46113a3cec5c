import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { createSupersetClient, type SupersetClient } from "../../provider/src/superset/client";
import { readContent } from "../support/server-content";
import { type TestServer, useSecondSuperset, useSuperset } from "../support/servers";
import { createTwoStacks, type TwoStacks } from "../support/two-stacks";

/** The guide of `ol-superset`, from its Quick Start to its Troubleshooting, by one team on one day. */

const Made = z.object({ id: z.number() });

let qa: TestServer;
let production: TestServer;
let stacks: TwoStacks;
let home: string;
let backup: string;

beforeAll(async () => {
  [qa, production] = await Promise.all([useSuperset(), useSecondSuperset()]);
  // Each server has its own database of that name, with its own UUID.
  for (const server of [qa, production]) {
    await connect(server).send(
      "POST",
      "/api/v1/database/",
      { database_name: "Shop", sqlalchemy_uri: `sqlite:///${join(tmpdir(), "shop.db")}` },
      z.unknown(),
    );
  }
  stacks = await createTwoStacks({ qa, production });
  for (const stack of ["qa", "production"] as const) stacks.configure(stack, { databases: { Shop: { name: "Shop" } } });
  stacks.commit("Databases by name");
  home = mkdtempSync(join(tmpdir(), "home-"));
  backup = join(home, "qa-backup");
  mkdirSync(join(home, ".sup"));
  writeFileSync(join(home, ".sup/config.yml"), describeInstances({ qa, production }));
  for (const stack of ["qa", "production"]) {
    expect(await run("deploy", "--stack", stack)).toMatchObject({ code: 0 });
  }
});
afterAll(() => {
  stacks?.remove();
  rmSync(home, { recursive: true, force: true });
});

function describeInstances(servers: Readonly<Record<string, TestServer>>): string {
  const entries = Object.entries(servers).map(([name, { url, username, password }]) => [
    `superset-${name}`,
    { url, auth_method: "username_password", username, password },
  ]);
  return JSON.stringify({ superset_instances: Object.fromEntries(entries) });
}

function connect({ url, username, password }: TestServer): SupersetClient {
  return createSupersetClient({ url, auth: { provider: "db", username, password } });
}

const run = (...args: string[]) => stacks.project.command(args, { HOME: home });
const atTerminal = (...args: string[]) => stacks.project.commandAtTerminal(args, { HOME: home });

/** What a server has, apart from its database: that is its own. */
async function listContent(server: TestServer): Promise<string[]> {
  return (await readContent(server)).assets.filter((asset) => !asset.startsWith("database "));
}

/** Numbers of all kinds on a server. */
async function count(server: TestServer): Promise<Record<string, number>> {
  const tables = ["dbs", "tables", "slices", "dashboards"];
  const counts = tables.map(async (table) => {
    const [row] = await server.query(`SELECT count(*)::int AS n FROM ${table}`);
    return [table, Number(row?.n)] as const;
  });
  return Object.fromEntries(await Promise.all(counts));
}

/** Of the dashboards and charts, how many are locked in the UI. */
async function countLocked(server: TestServer): Promise<number> {
  const [row] = await server.query(
    "SELECT (SELECT count(*) FROM slices WHERE is_managed_externally) + (SELECT count(*) FROM dashboards WHERE is_managed_externally) AS n",
  );
  return Number(row?.n);
}

describe("the workflow guide", () => {
  it("quick start: exports from both, validates, and shows a sync and a promotion that have nothing to do", async () => {
    expect(await run("export")).toMatchObject({ code: 0, output: expect.stringContaining("0 new, 0 changed") });
    expect(await run("export", "--from", "superset-qa", "--output-dir", backup)).toMatchObject({ code: 0 });
    expect(readdirSync(backup).sort()).toEqual(["charts", "dashboards", "databases", "datasets"]);
    expect(await run("validate")).toMatchObject({ code: 0 });
    expect(await run("validate", "--assets-dir", backup)).toMatchObject({ code: 0 });
    expect(await run("sync", "superset-production", "superset-qa", "--dry-run")).toMatchObject({ code: 0 });
    expect(await run("promote", "--dry-run")).toMatchObject({ code: 0 });
    expect(stacks.git("status", "--porcelain")).toBe("");
  });

  it("develop a dashboard: made on QA, exported, validated, reviewed, promoted with the word", async () => {
    const client = connect(qa);
    const [dataset] = await qa.query("SELECT id FROM tables WHERE table_name = 'orders'");
    const dashboard = await client.send(
      "POST",
      "/api/v1/dashboard/",
      { dashboard_title: "Enrollments", published: true },
      Made,
    );
    const chart = await client.send(
      "POST",
      "/api/v1/chart/",
      {
        slice_name: "Enrollments per day",
        viz_type: "table",
        datasource_id: dataset?.id,
        datasource_type: "table",
        params: JSON.stringify({ viz_type: "table", datasource: `${dataset?.id}__table`, all_columns: ["amount"] }),
        dashboards: [dashboard.id],
      },
      Made,
    );
    expect(await run("export", "--from", "superset-qa")).toMatchObject({ code: 0 });
    expect(await run("validate")).toMatchObject({ code: 0 });
    const changed = stacks.git("status", "--porcelain", "--untracked-files=all");
    expect(changed.match(/^\?\? /gm)).toHaveLength(2);
    expect(changed).toMatch(/assets\/charts\/enrollments-per-day_[0-9a-f]{8}\.yaml/i);
    stacks.commit("Add new enrollment dashboard");

    const terminal = await atTerminal("promote");
    await terminal.waitFor("Type PROMOTE: ");
    terminal.type("PROMOTE\r");
    const { code, output } = await terminal.end();
    expect({ code, output }).toMatchObject({ code: 0 });
    expect(await count(production)).toEqual(await count(qa));
    const [promoted] = await production.query(
      "SELECT s.id, d.uuid AS database FROM slices s JOIN tables t ON t.id = s.datasource_id JOIN dbs d ON d.id = t.database_id WHERE s.slice_name = 'Enrollments per day'",
    );
    const [own] = await production.query("SELECT uuid AS database FROM dbs WHERE database_name = 'Shop'");
    expect(promoted?.database).toEqual(own?.database);
    expect(chart.id).toBeGreaterThan(0);
    expect(await countLocked(production)).toBe(Object.values(await countVisible(production)).reduce((a, b) => a + b));
    expect(await run("history")).toMatchObject({ code: 0, stdout: expect.stringContaining("promotion") });
  });

  it("mirror production to QA: exported, reviewed, synced after a yes; QA stays open", async () => {
    await production.query(
      "UPDATE slices SET slice_name = 'Enrollments, daily', changed_on = now() WHERE slice_name = 'Enrollments per day'",
    );
    expect(await run("export", "--from", "superset-production")).toMatchObject({ code: 0 });
    expect(stacks.git("diff", "--", "assets")).toContain("+slice_name: Enrollments, daily");
    stacks.commit("Weekly Superset production backup");
    const terminal = await atTerminal("sync", "superset-production", "superset-qa");
    await terminal.waitFor("[y/N] ");
    terminal.type("y\r");
    const { code, output } = await terminal.end();
    expect({ code, output }).toMatchObject({ code: 0 });
    const [own, theirs] = await Promise.all([listContent(qa), listContent(production)]);
    expect(own).toEqual(theirs);
    expect(await countLocked(qa)).toBe(0);
  });

  it("to production a sync asks for its words", async () => {
    await qa.query(
      "UPDATE slices SET slice_name = 'Enrollments', changed_on = now() WHERE slice_name = 'Enrollments, daily'",
    );
    const terminal = await atTerminal("sync", "superset-qa", "superset-production");
    await terminal.waitFor("is a production server");
    await terminal.waitFor("Type SYNC TO PRODUCTION: ");
    terminal.type("yes\r");
    const { code, output } = await terminal.end();
    expect(code).toBe(3);
    expect(output).toContain("Nothing was written.");
    expect(await production.query("SELECT 1 FROM slices WHERE slice_name = 'Enrollments'")).toEqual([]);
  });

  it("troubleshooting: what is missing or broken is named, with what to do", async () => {
    const missing = await run("validate", "--assets-dir", join(home, "nowhere"));
    expect(missing).toMatchObject({ code: 2, output: expect.stringContaining("[assets/folder-missing]") });
    const [file = ""] = readdirSync(join(stacks.assets, "charts"));
    const path = join(stacks.assets, "charts", file);
    writeFileSync(
      path,
      `${readFileSync(path, "utf8").replace(/^query_context:.*\n/m, "")}query_context: "{not json"\n`,
    );
    const invalid = await run("validate");
    expect(invalid.output).toContain(`charts/${file}\n`);
    expect(invalid.output).toContain("query_context");
    stacks.git("checkout", "--", "assets");
    // Every page, so that nothing is left out: as many files as the server has objects, databases apart.
    rmSync(backup, { recursive: true });
    expect(await run("export", "--from", "superset-qa", "--all", "-o", backup)).toMatchObject({ code: 0 });
    const files = readdirSync(backup, { recursive: true }).filter((name) => String(name).endsWith(".yaml"));
    expect(files).toHaveLength(Object.values(await count(qa)).reduce((a, b) => a + b));
  });
});

/** Numbers of what has a lock in the UI. */
async function countVisible(server: TestServer): Promise<Record<string, number>> {
  const { slices = 0, dashboards = 0 } = await count(server);
  return { slices, dashboards };
}
