import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createRole, createUser } from "../support/people";
import { createProject, type PulumiProject } from "../support/pulumi-project";
import { readContent } from "../support/server-content";
import { type TestServer, useSuperset } from "../support/servers";
import { type SmallAssets, writeSmallAssets } from "../support/small-assets";

let server: TestServer;
let assets: SmallAssets;
let project: PulumiProject;

beforeAll(async () => {
  server = await useSuperset();
  assets = writeSmallAssets({ charts: 2 });
  project = await createProject({
    server,
    assets: assets.path,
    settings: { databases: undefined, strategy: "CREATE | REPLACE | DELETE" },
  });
  const up = await project.up();
  expect(up.code, up.output).toBe(0);
});
afterAll(() => {
  project.remove();
  assets.dispose();
});

async function expectNothingLeft(): Promise<void> {
  const preview = await project.preview({ expectNoChanges: true });
  expect(preview.code, preview.output).toBe(0);
}

/** Charts with the dataset that they read, and dashboards with the charts that they show, past everything that could lie. */
async function readLinks(): Promise<unknown> {
  return server.query(`
    SELECT s.slice_name, t.uuid::text AS dataset, count(l.id)::int AS dashboards, s.params::json->>'datasource' = t.id || '__table' AS fresh
    FROM slices s LEFT JOIN tables t ON t.id = s.datasource_id LEFT JOIN dashboard_slices l ON l.slice_id = s.id
    GROUP BY 1, 2, 4 ORDER BY 1`);
}

describe("REPLACE", () => {
  it("makes a dataset anew under its UUID, and charts, dashboards and rules go on in the same up", async () => {
    const [old] = await server.query("SELECT id, uuid::text FROM tables");
    await server.query(`
      WITH rule AS (INSERT INTO row_level_security_filters (name, filter_type, clause) VALUES ('Only mine', 'Regular', 'a = 1') RETURNING id),
      tied AS (INSERT INTO rls_filter_tables (table_id, rls_filter_id) SELECT ${old?.id}, id FROM rule RETURNING rls_filter_id)
      INSERT INTO rls_filter_roles (role_id, rls_filter_id) SELECT (SELECT id FROM ab_role WHERE name = 'Gamma'), rls_filter_id FROM tied`);
    const links = await readLinks();
    assets.edit("datasets/db/orders.yaml", "sql: select 1 as a", "sql: select 2 as a");
    const preview = await project.preview();
    expect(preview.output, preview.output).toContain("1 to replace");
    expect(preview.output).toContain('put back: row-level security "Only mine"');
    expect(preview.output).toContain(`lost: links by the integer id ${old?.id}`);
    const up = await project.up();
    expect(up.code, up.output).toBe(0);
    const rows = await server.query("SELECT id, uuid::text, sql FROM tables");
    expect(rows).toEqual([{ id: expect.any(Number), uuid: old?.uuid, sql: "select 2 as a" }]);
    expect(rows[0]?.id).not.toBe(old?.id);
    expect(await readLinks()).toEqual(links);
    expect(await server.query("SELECT table_id FROM rls_filter_tables")).toEqual([{ table_id: rows[0]?.id }]);
    await expectNothingLeft();
  });

  it("ends with the owners and roles that are declared, not with all that the old objects had", async () => {
    const [kept, taken] = [await createRole(server, "Kept"), await createRole(server, "Taken")];
    const other = await createUser(server, "other");
    await server.query(`
      INSERT INTO dashboard_roles (dashboard_id, role_id) SELECT d.id, r.id FROM dashboards d, ab_role r WHERE r.id IN (${kept.id}, ${taken.id});
      INSERT INTO sqlatable_user (table_id, user_id) SELECT id, ${other.id} FROM tables`);
    assets.write("access.yaml", `owners:\n  datasets/**: [admin]\nroles:\n  dashboards/**: ["${kept.name}"]\n`);
    assets.edit("dashboards/board.yaml", "slug:", "css: '/* new */'\nslug:");
    assets.edit("datasets/db/orders.yaml", "sql: select 2 as a", "always_filter_main_dttm: true\nsql: select 3 as a");
    const preview = await project.preview();
    expect(preview.output, preview.output).toContain("2 to replace");
    expect(preview.output).toContain(`roles (- ${taken.name})`);
    const up = await project.up();
    expect(up.code, up.output).toBe(0);
    expect(await server.query("SELECT r.name FROM dashboard_roles d JOIN ab_role r ON r.id = d.role_id")).toEqual([
      { name: kept.name },
    ]);
    expect(await server.query("SELECT u.username FROM sqlatable_user o JOIN ab_user u ON u.id = o.user_id")).toEqual([
      { username: server.username },
    ]);
    expect(await server.query("SELECT sql, always_filter_main_dttm AS always FROM tables")).toEqual([
      { sql: "select 3 as a", always: true },
    ]);
    await expectNothingLeft();
    assets.remove("access.yaml");
  });

  it("replaces what was there before this stack too, and leaves nothing of it", async () => {
    const [board] = await server.query("SELECT id, uuid::text FROM dashboards");
    const other = await createProject({
      server,
      assets: assets.path,
      stack: "second",
      settings: { databases: undefined, strategy: "CREATE | REPLACE" },
    });
    try {
      expect(await other.up()).toMatchObject({ code: 0 });
      assets.edit("dashboards/board.yaml", /^slug: .*$/m, "slug: renamed");
      const up = await other.up();
      expect(up.code, up.output).toBe(0);
      const rows = await server.query("SELECT id, uuid::text, slug FROM dashboards");
      expect(rows).toEqual([{ id: expect.any(Number), uuid: board?.uuid, slug: "renamed" }]);
      expect(rows[0]?.id).not.toBe(board?.id);
      expect((await other.preview({ expectNoChanges: true })).code).toBe(0);
    } finally {
      other.remove();
    }
  });

  it("in place leaves nothing of the old definition and loses nothing", async () => {
    const up = await project.up();
    expect(up.code, up.output).toBe(0);
    project.configure({ replace: "inPlace", strategy: "CREATE | REPLACE" });
    const before = await readContent(server);
    assets.edit("datasets/db/orders.yaml", /columns:\n(?: {2}.*\n)+/, "columns: []\n");
    const changed = await project.up();
    expect(changed.code, changed.output).toBe(0);
    const after = await readContent(server);
    const ids = ({ versions }: typeof before) => versions.map((line) => line.split(" ").slice(0, 3).join(" "));
    expect(ids(after)).toEqual(ids(before));
    expect(await server.query("SELECT count(*)::int AS n FROM table_columns")).toEqual([{ n: 0 }]);
    await expectNothingLeft();
  });
});
