import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type FaultProxy, startFaultProxy } from "../support/fault-proxy";
import { createRole } from "../support/people";
import { createProject, type PulumiProject } from "../support/pulumi-project";
import { type TestServer, useSuperset } from "../support/servers";
import { type SmallAssets, writeSmallAssets } from "../support/small-assets";

const DELETE_DATASET = "DELETE /api/v1/dataset/";
const ALL_FLAGS = "CREATE | UPDATE | DELETE";

let server: TestServer;
let proxy: FaultProxy;
let assets: SmallAssets;
let project: PulumiProject;
let sales: string;

beforeAll(async () => {
  server = await useSuperset();
  sales = (await createRole(server, "Sales")).name;
  assets = writeSmallAssets({ charts: 1 });
  declare({ clause: "a = 1" });
  proxy = await startFaultProxy(server.url);
  const reached = { ...server, url: proxy.url };
  project = await createProject({ server: reached, assets: assets.path, settings: { databases: undefined } });
});
afterAll(async () => {
  project.remove();
  assets.dispose();
  await proxy.close();
});

interface RuleChanges {
  readonly name?: string;
  readonly clause: string;
  readonly roles?: readonly string[];
  readonly more?: string;
}

/** Writes an access file with one rule on all datasets; or with none. */
function declare(rule: RuleChanges | undefined): void {
  assets.write("access.yaml", rule === undefined ? "rowLevelSecurity: []\n" : formatRule(rule));
}

function formatRule({ name = "Own rows", clause, roles = [sales], more = "" }: RuleChanges): string {
  return `rowLevelSecurity:
  - name: ${name}
    datasets: [datasets/**]
    roles: ${JSON.stringify(roles)}
    clause: ${clause}
${more}`;
}

/** The rules as the metadata database has them. */
function readRules(): Promise<Record<string, unknown>[]> {
  return server.query(`
    SELECT r.id, r.name, clause, filter_type::text AS type, group_key, r.description,
      (SELECT string_agg(ab_role.name, ',' ORDER BY ab_role.name) FROM rls_filter_roles l JOIN ab_role ON ab_role.id = l.role_id WHERE l.rls_filter_id = r.id) AS roles,
      (SELECT count(*)::int FROM rls_filter_tables l JOIN tables ON tables.id = l.table_id WHERE l.rls_filter_id = r.id) AS datasets
    FROM row_level_security_filters r ORDER BY r.name`);
}

async function expectNothingLeft(): Promise<void> {
  expect(await project.preview({ expectNoChanges: true })).toMatchObject({ code: 0 });
}

describe("a declared rule", () => {
  it("is refused in the preview where the target lacks its role, and nothing is written", async () => {
    declare({ clause: "a = 1", roles: [sales, "Nobody knows", "Admin"] });
    const { code, output } = await project.preview();
    expect(code).not.toBe(0);
    expect(output).toContain('no role "Nobody knows": row-level security rule "Own rows" (access.yaml)');
    expect(output).not.toContain('"Admin"');
    expect(output).not.toContain("no user");

    // With whom else the target lacks, in one go.
    const access = formatRule({ clause: "a = 1", roles: ["Nobody knows"] });
    const people = 'owners: {"**": [gone@example.com]}\nroles: {"dashboards/**": [Nix]}\n';
    assets.write("access.yaml", people + access);
    const both = await project.preview();
    expect(both.output).toContain('no user "gone@example.com": owners of ');
    expect(both.output).toContain('no role "Nix": roles of dashboards/');
    expect(both.output).toContain('no role "Nobody knows": row-level security rule "Own rows" (access.yaml)');
    expect(both.output.split("[access/missing]")).toHaveLength(2);

    declare({
      clause: "a = 1",
      more: "  - {name: Far, datasets: [00000000-0000-4000-8000-000000000001], roles: [Admin], clause: x}\n",
    });
    const written = await project.up();
    expect(written.code).not.toBe(0);
    expect(written.output).toContain('no dataset "00000000-0000-4000-8000-000000000001"');
    expect(await server.query("SELECT 1 FROM dbs")).toEqual([]);
  });

  it("is created after its datasets, exactly as the preview says, and is then unchanged", async () => {
    declare({ clause: "a = 1", more: "    groupKey: g\n    description: Only own rows\n" });
    const { code, output } = await project.preview();
    expect(code).toBe(0);
    expect(output).toContain("dynamic/superset:RowLevelSecurity");
    expect(output).toContain("create: not on the target");
    expect(await readRules()).toEqual([]);

    expect(await project.up()).toMatchObject({ code: 0 });
    expect(await readRules()).toEqual([
      {
        id: expect.any(Number),
        name: "Own rows",
        clause: "a = 1",
        type: "Regular",
        group_key: "g",
        description: "Only own rows",
        roles: sales,
        datasets: 1,
      },
    ]);
    await expectNothingLeft();
    expect(await project.refresh()).toMatchObject({ code: 0 });
    await expectNothingLeft();
  });

  it("is changed in place; what is no longer declared goes, but a description stays", async () => {
    const [before] = await readRules();
    declare({ clause: "a = 2", roles: ["Alpha"], more: "    filterType: Base\n" });
    const { output } = await project.preview();
    expect(output).toContain(
      `update: definition changed: clause, type (Regular -> Base), group key, roles (+ Alpha, - ${sales})`,
    );
    expect(output).toContain("1 to update");
    expect(await project.up()).toMatchObject({ code: 0 });
    expect(await readRules()).toEqual([{ ...before, clause: "a = 2", type: "Base", group_key: null, roles: "Alpha" }]);
    await expectNothingLeft();
  });

  it("is put back after somebody changed it on the server, twice too; without UPDATE it is left and named", async () => {
    for (const _time of ["once", "again"]) {
      await server.query("UPDATE row_level_security_filters SET clause = '1 = 1'");
      const drift = await project.checkDrift();
      expect(drift.code, drift.output).toBe(7);
      expect(drift.output).toContain("other than declared: clause");
      project.configure({ strategy: "CREATE" });
      const left = await project.preview({ expectNoChanges: true });
      expect(left).toMatchObject({ code: 0 });
      expect(left.output).toContain("changed on the server: clause; the strategy (CREATE) has no UPDATE");
      project.configure({ strategy: undefined });
      expect((await project.preview()).output).toContain("update: changed on the server: clause");
      expect(await project.up()).toMatchObject({ code: 0 });
      expect(await readRules()).toMatchObject([{ clause: "a = 2" }]);
      await expectNothingLeft();
      expect(await project.checkDrift()).toMatchObject({ code: 0 });
    }
  });

  it("holds for a dataset that had to be created again, and is created again itself", async () => {
    await server.query(
      "TRUNCATE rls_filter_tables; DELETE FROM table_columns; DELETE FROM sql_metrics; DELETE FROM sqlatable_user; DELETE FROM tables",
    );
    expect((await project.preview()).output).toMatch(/update: a dataset is created again: datasets \(\+ table_\w+\)/);
    expect(await project.up()).toMatchObject({ code: 0 });
    expect(await readRules()).toMatchObject([{ datasets: 1 }]);
    await expectNothingLeft();

    await server.query("TRUNCATE row_level_security_filters CASCADE");
    expect((await project.preview()).output).toContain("create: gone from the target");
    expect(await project.up()).toMatchObject({ code: 0 });
    expect(await readRules()).toMatchObject([{ clause: "a = 2", datasets: 1 }]);
    await expectNothingLeft();
  });

  it("filters the old object of a replaced dataset too, until that is deleted at the end", async () => {
    project.configure({ strategy: { default: "CREATE | UPDATE", datasets: "CREATE | REPLACE | DELETE" } });
    assets.edit("datasets/db/orders.yaml", "sql: select 1 as a", "sql: select 2 as a");
    const gate = proxy.hold(DELETE_DATASET);
    const running = project.up();
    await expect.poll(() => proxy.count(DELETE_DATASET), { timeout: 120_000 }).toBe(1);
    expect(await readRules()).toMatchObject([{ clause: "a = 2", datasets: 2 }]);
    gate.release();
    expect(await running).toMatchObject({ code: 0 });
    proxy.clearRules();
    expect(await readRules()).toMatchObject([{ clause: "a = 2", datasets: 1 }]);
    await expectNothingLeft();
    project.configure({ strategy: undefined });
  });
});

describe("a rule that is no longer declared", () => {
  it("stays on the server and in the stack without DELETE; unknown to the stack it is taken over unwritten", async () => {
    declare(undefined);
    expect((await project.preview()).output).toContain(
      'row-level security rule "Own rows" stays on the server: the strategy (CREATE | UPDATE) has no DELETE',
    );
    expect(await project.up()).toMatchObject({ code: 0 });
    const before = await readRules();
    expect(before).toHaveLength(1);
    await expectNothingLeft();

    const [rule] = project.resources().filter(({ type }) => type.endsWith(":RowLevelSecurity"));
    const forgotten = await project.pulumi(["state", "delete", rule?.urn ?? "", "--yes", "--stack", project.stack]);
    expect(forgotten.code, forgotten.output).toBe(0);
    declare({ clause: "a = 2", roles: ["Alpha"], more: "    filterType: Base\n" });
    project.configure({ strategy: ALL_FLAGS });
    expect((await project.preview()).output).toContain("take: on the target, not yet in this stack");
    expect(await project.up()).toMatchObject({ code: 0 });
    expect(await readRules()).toEqual(before);
    await expectNothingLeft();
  });

  it("stays where it was there before this stack, also after it was changed", async () => {
    declare({ clause: "a = 3" });
    expect(await project.up()).toMatchObject({ code: 0 });
    declare(undefined);
    expect((await project.preview()).output).toContain(
      'row-level security rule "Own rows" stays on the server, forgotten by this stack: it was there before this stack',
    );
    expect(await project.up()).toMatchObject({ code: 0 });
    expect(await readRules()).toMatchObject([{ clause: "a = 3" }]);
  });

  it("is deleted with DELETE where this stack made it, after the preview said what becomes visible", async () => {
    declare({ name: "Second", clause: "a = 4" });
    expect(await project.up()).toMatchObject({ code: 0 });
    expect(await readRules()).toHaveLength(2);
    declare(undefined);
    const { output } = await project.preview();
    expect(output).toContain("Rows that these rules hide become visible:");
    expect(output).toMatch(new RegExp(`row-level security rule "Second" on table_\\w+, for ${sales}: a = 4`));
    expect(output).toContain("1 to delete");
    expect(await project.up()).toMatchObject({ code: 0 });
    expect(await readRules()).toMatchObject([{ name: "Own rows" }]);
    await expectNothingLeft();
  });

  it("goes with destroy where this stack made it", async () => {
    declare({ name: "Third", clause: "a = 5" });
    expect(await project.up()).toMatchObject({ code: 0 });
    expect(await project.destroy()).toMatchObject({ code: 0 });
    expect(await readRules()).toMatchObject([{ name: "Own rows" }]);
    expect(await server.query("SELECT 1 FROM tables")).toEqual([]);
  });
});
