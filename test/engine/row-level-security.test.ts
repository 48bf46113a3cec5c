import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { z } from "zod";
import { type FaultProxy, startFaultProxy } from "../support/fault-proxy";
import { createSamples } from "../support/import-samples";
import { clientOf, createRole } from "../support/people";
import { createProject, type PulumiProject } from "../support/pulumi-project";
import { type TestServer, useSuperset } from "../support/servers";
import { type SmallAssets, writeSmallAssets } from "../support/small-assets";

const DELETE_DATASET = "DELETE /api/v1/dataset/";
const ALL_FLAGS = "CREATE | UPDATE | DELETE";
const [ORDERS, ITEMS] = ["datasets/db/orders.yaml", "datasets/db/items.yaml"];

let server: TestServer;
let proxy: FaultProxy;
let assets: SmallAssets;
let project: PulumiProject;
let sales: string;

/** A folder with two datasets; charts use the first only. */
beforeAll(async () => {
  server = await useSuperset();
  sales = (await createRole(server, "Sales")).name;
  assets = writeSmallAssets({ charts: 1 });
  const database = /^uuid: (.*)$/m.exec(assets.read("databases/db.yaml"))?.[1] ?? "";
  const { document } = createSamples().dataset({ kind: "database", uuid: database, title: "", path: "", document: {} });
  assets.write(ITEMS, stringify(document));
  proxy = await startFaultProxy(server.url);
  const reached = { ...server, url: proxy.url };
  project = await createProject({ server: reached, assets: assets.path, settings: { databases: undefined } });
});
afterAll(async () => {
  project?.remove();
  assets?.dispose();
  await proxy?.close();
});

interface RuleChanges {
  readonly clause: string;
  readonly datasets?: readonly string[];
  readonly roles?: readonly string[];
  readonly groupKey?: string;
  readonly description?: string;
  readonly filterType?: "Base" | "Regular";
}

/** What access.yaml declares, by name; each test edits it. */
let rules: Record<string, RuleChanges> = {
  Changed: { clause: "a = 1", groupKey: "g", description: "Only own rows" },
  Drifted: { clause: "a = 2" },
  Gone: { clause: "a = 3" },
  Recreated: { clause: "a = 4", datasets: [ITEMS] },
  Dropped: { clause: "a = 5" },
  Kept: { clause: "a = 6" },
};

/** Changes rules of access.yaml; undefined removes one. */
function declare(changes: Readonly<Record<string, RuleChanges | undefined>>): void {
  const entries = Object.entries({ ...rules, ...changes });
  rules = Object.fromEntries(entries.flatMap(([name, rule]) => (rule === undefined ? [] : [[name, rule]])));
  assets.write("access.yaml", stringify({ rowLevelSecurity: formatRules(rules) }));
}

function formatRules(declared: Readonly<Record<string, RuleChanges>>): object[] {
  return Object.entries(declared).map(([name, rule]) => ({ name, datasets: [ORDERS], roles: [sales], ...rule }));
}

/** The rules by name, as the metadata database has them. */
async function readRules(): Promise<Record<string, Record<string, unknown>>> {
  const rows = await server.query(`
    SELECT r.id, r.name, clause, filter_type::text AS type, group_key, r.description,
      (SELECT string_agg(ab_role.name, ',' ORDER BY ab_role.name) FROM rls_filter_roles l JOIN ab_role ON ab_role.id = l.role_id WHERE l.rls_filter_id = r.id) AS roles,
      (SELECT count(*)::int FROM rls_filter_tables l JOIN tables ON tables.id = l.table_id WHERE l.rls_filter_id = r.id) AS datasets
    FROM row_level_security_filters r ORDER BY r.name`);
  return Object.fromEntries(rows.map((row) => [String(row.name), row]));
}

const clauseOf = async (name: string) => (await readRules())[name]?.clause;
const tableOf = (file: string) => /^table_name: (.*)$/m.exec(assets.read(file))?.[1];

/** Makes a rule as a person does. */
async function makeByHand(name: string, clause: string): Promise<void> {
  const [role] = await server.query(`SELECT id FROM ab_role WHERE name = '${sales}'`);
  const [table] = await server.query(`SELECT id FROM tables WHERE table_name = '${tableOf(ORDERS)}'`);
  const body = { name, clause, filter_type: "Regular", roles: [role?.id], tables: [table?.id] };
  await clientOf(server).send("POST", "/api/v1/rowlevelsecurity/", body, z.unknown());
}

/** Somebody changes a rule on the server, and the drift check says so. */
async function driftByHand(): Promise<void> {
  await server.query("UPDATE row_level_security_filters SET clause = '1 = 1' WHERE name = 'Drifted'");
  const drift = await project.checkDrift();
  expect(drift.code, drift.output).toBe(7);
  expect(drift.output).toContain("other than declared: clause");
  expect(drift.output).toContain("1 to update");
}

async function expectNothingLeft(): Promise<void> {
  expect(await project.preview({ expectNoChanges: true })).toMatchObject({ code: 0 });
}

describe("a declared rule", () => {
  it("is refused in the preview where the target lacks its role, with whom and what else it lacks; nothing is written", async () => {
    const lacking = {
      "Own rows": { clause: "a = 1", roles: [sales, "Nobody knows", "Admin"] },
      Far: { clause: "x", roles: ["Admin"], datasets: ["00000000-0000-4000-8000-000000000001"] },
    };
    const people = { owners: { "**": ["gone@example.com"] }, roles: { "dashboards/**": ["Nix"] } };
    assets.write("access.yaml", stringify({ ...people, rowLevelSecurity: formatRules(lacking) }));
    const { code, output } = await project.up({ skipPreview: false, args: ["--diff"] });
    expect(code).not.toBe(0);
    expect(output).toContain('no role "Nobody knows": row-level security rule "Own rows" (access.yaml)');
    expect(output).not.toContain('"Admin"');
    expect(output).toContain('no user "gone@example.com": owners of ');
    expect(output).toContain('no role "Nix": roles of dashboards/');
    expect(output).toContain('no dataset "00000000-0000-4000-8000-000000000001"');
    expect(output.split("[access/missing]")).toHaveLength(2);
    expect(output).not.toContain("Updating (");
    expect(await server.query("SELECT 1 FROM dbs")).toEqual([]);
  });

  it("is created after its datasets, exactly as the preview says, and is then unchanged", async () => {
    declare({});
    const { code, output } = await project.preview();
    expect(code, output).toBe(0);
    expect(output).toContain("dynamic/superset:RowLevelSecurity");
    expect(output).toContain("create: not on the target");
    expect(await readRules()).toEqual({});

    const up = await project.up();
    expect(up.code, up.output).toBe(0);
    const found = await readRules();
    expect(Object.keys(found)).toEqual(Object.keys(rules).sort());
    expect(found.Changed).toEqual({
      id: expect.any(Number),
      name: "Changed",
      clause: "a = 1",
      type: "Regular",
      group_key: "g",
      description: "Only own rows",
      roles: sales,
      datasets: 1,
    });
    expect(await project.refresh()).toMatchObject({ code: 0 });
    await expectNothingLeft();
  });

  it("that somebody changed on the server is drift; without UPDATE it is left and named", async () => {
    await driftByHand();
    project.configure({ strategy: "CREATE" });
    const left = await project.preview({ expectNoChanges: true });
    expect(left.code, left.output).toBe(0);
    expect(left.output).toContain("changed on the server: clause; the strategy (CREATE) has no UPDATE");
    project.configure({ strategy: undefined });
  });
});

describe("one up", () => {
  it("puts back, changes in place, creates again, takes over and leaves rules, each as the preview says", async () => {
    await server.query(`
      DELETE FROM rls_filter_roles WHERE rls_filter_id = (SELECT id FROM row_level_security_filters WHERE name = 'Gone');
      DELETE FROM rls_filter_tables WHERE rls_filter_id = (SELECT id FROM row_level_security_filters WHERE name = 'Gone');
      DELETE FROM row_level_security_filters WHERE name = 'Gone'`);
    const items = `(SELECT id FROM tables WHERE table_name = '${tableOf(ITEMS)}')`;
    await server.query(
      ["rls_filter_tables", "table_columns", "sql_metrics", "sqlatable_user"]
        .map((table) => `DELETE FROM ${table} WHERE table_id = ${items};`)
        .join("\n"),
    );
    await server.query(`DELETE FROM tables WHERE id = ${items}`);
    await makeByHand("Same before", "a = 7");
    await makeByHand("Other before", "a = 8");
    declare({
      Changed: { clause: "a = 11", roles: ["Alpha"], filterType: "Base" },
      Kept: undefined,
      "Same before": { clause: "a = 7" },
      "Other before": { clause: "a = 18" },
    });
    const before = await readRules();

    const { output } = await project.preview();
    expect(output).toContain("update: changed on the server: clause");
    expect(output).toContain(
      `update: definition changed: clause, type (Regular -> Base), group key, roles (+ Alpha, - ${sales})`,
    );
    expect(output).toContain("create: gone from the target");
    expect(output).toContain(`update: a dataset is created again: datasets (+ ${tableOf(ITEMS)})`);
    expect(output).toMatch(/take: on the target, not yet in this stack(?!:)/);
    expect(output).toContain("update: on the target, not yet in this stack: clause");
    expect(output).toContain(
      'row-level security rule "Kept" stays on the server: the strategy (CREATE | UPDATE) has no DELETE',
    );

    const up = await project.up();
    expect(up.code, up.output).toBe(0);
    expect(await readRules()).toEqual({
      ...before,
      // What is no longer declared goes, but a description stays.
      Changed: { ...before.Changed, clause: "a = 11", type: "Base", group_key: null, roles: "Alpha" },
      Drifted: { ...before.Drifted, clause: "a = 2" },
      Gone: expect.objectContaining({ clause: "a = 3", roles: sales, datasets: 1 }),
      Recreated: { ...before.Recreated, datasets: 1 },
      "Other before": { ...before["Other before"], clause: "a = 18" },
    });
  });
});

describe("a later up", () => {
  it("is to put back what somebody changed again, and says what becomes visible by what is no longer declared", async () => {
    await driftByHand();

    project.configure({ strategy: { default: ALL_FLAGS, datasets: "CREATE | REPLACE | DELETE" } });
    declare({ Dropped: undefined, "Same before": undefined, "Other before": undefined });
    assets.edit(ORDERS, "sql: select 1 as a", "sql: select 2 as a");
    const { output } = await project.preview();
    expect(output).toMatch(/update: changed on the server: .*clause/);
    expect(output).toContain("Rows that these rules hide become visible:");
    for (const [name, clause] of [
      ["Dropped", "a = 5"],
      ["Kept", "a = 6"],
    ]) {
      expect(output).toContain(`row-level security rule "${name}" on ${tableOf(ORDERS)}, for ${sales}: ${clause}`);
    }
    expect(output).not.toContain('row-level security rule "Gone"');
    for (const name of ["Same before", "Other before"]) {
      expect(output).toContain(
        `row-level security rule "${name}" stays on the server, forgotten by this stack: it was there before this stack`,
      );
    }
  });

  it("filters the old object of a replaced dataset too, until that is deleted at the end", async () => {
    const gate = proxy.hold(DELETE_DATASET);
    const running = project.up();
    await expect.poll(() => proxy.count(DELETE_DATASET), { timeout: 120_000 }).toBe(1);
    expect((await readRules()).Drifted).toMatchObject({ clause: "a = 2", datasets: 2 });
    gate.release();
    const up = await running;
    expect(up.code, up.output).toBe(0);
    proxy.clearRules();
    expect((await readRules()).Drifted).toMatchObject({ clause: "a = 2", datasets: 1 });
  });

  it("has deleted with DELETE what this stack made, and left what was there before it, also what it changed", async () => {
    const left = ["Changed", "Drifted", "Gone", "Other before", "Recreated", "Same before"];
    expect(Object.keys(await readRules())).toEqual(left);
    expect(await clauseOf("Other before")).toBe("a = 18");
    await expectNothingLeft();
  });
});

describe("destroy", () => {
  it("takes the rules along that this stack made", async () => {
    expect(await project.destroy()).toMatchObject({ code: 0 });
    expect(Object.keys(await readRules())).toEqual(["Other before", "Same before"]);
    expect(await server.query("SELECT 1 FROM tables")).toEqual([]);
  });
});
