import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { importEntries } from "../../provider/src/superset/importer";
import { createSamples } from "../support/import-samples";
import { clientOf, createRole, createUser } from "../support/people";
import { createProject, type PulumiProject } from "../support/pulumi-project";
import { readContent } from "../support/server-content";
import { type TestServer, useSuperset } from "../support/servers";
import { type SmallAssets, writeSmallAssets } from "../support/small-assets";

let server: TestServer;
let assets: SmallAssets;
let project: PulumiProject;
let role: { kept: string; taken: string };

/** Titles of what is replaced besides the dataset "orders" and the board that shows its charts. */
const [OWNED, PLAIN, FOREIGN] = ["owned", "plain", "foreign"];

/** Beside the small folder: a dataset, a dashboard that is only looked at, and one that was there before this stack. */
beforeAll(async () => {
  server = await useSuperset();
  assets = writeSmallAssets({ charts: 2 });
  const uuidIn = (file: string) => ({ uuid: /^uuid: (.*)$/m.exec(assets.read(file))?.[1] ?? "" });
  const [database, chart] = [uuidIn("databases/db.yaml"), uuidIn("charts/chart-1.yaml")];
  const samples = createSamples();
  const owned = samples.dataset({ ...samples.database(), ...database }, OWNED);
  const [plain, foreign] = [samples.dashboard([chart], PLAIN), samples.dashboard([], FOREIGN)];
  assets.write("datasets/db/owned.yaml", stringify(owned.document));
  assets.write("dashboards/plain.yaml", stringify(plain.document));
  assets.write("dashboards/foreign.yaml", stringify(foreign.document));
  for (const outcome of await importEntries(clientOf(server), [foreign])) if ("error" in outcome) throw outcome.error;
  project = await createProject({
    server,
    assets: assets.path,
    settings: { databases: undefined, strategy: "CREATE | REPLACE | DELETE" },
  });
  const up = await project.up();
  expect(up.code, up.output).toBe(0);

  const [kept, taken] = [await createRole(server, "Kept"), await createRole(server, "Taken")];
  role = { kept: kept.name, taken: taken.name };
  const other = await createUser(server, "other");
  await server.query(`
    INSERT INTO dashboard_roles (dashboard_id, role_id) SELECT d.id, r.id FROM dashboards d, ab_role r
      WHERE d.dashboard_title NOT IN ('${PLAIN}', '${FOREIGN}') AND r.id IN (${kept.id}, ${taken.id});
    INSERT INTO sqlatable_user (table_id, user_id) SELECT id, ${other.id} FROM tables WHERE table_name = '${OWNED}';
    WITH rule AS (INSERT INTO row_level_security_filters (name, filter_type, clause) VALUES ('Only mine', 'Regular', 'a = 1') RETURNING id),
    tied AS (INSERT INTO rls_filter_tables (table_id, rls_filter_id) SELECT t.id, rule.id FROM rule, tables t WHERE t.table_name <> '${OWNED}' RETURNING rls_filter_id)
    INSERT INTO rls_filter_roles (role_id, rls_filter_id) SELECT (SELECT id FROM ab_role WHERE name = 'Gamma'), rls_filter_id FROM tied`);
});
afterAll(() => {
  project?.remove();
  assets?.dispose();
});

/** Charts with the dataset that they read, and dashboards with the charts that they show, past everything that could lie. */
async function readLinks(): Promise<unknown> {
  return server.query(`
    SELECT s.slice_name, t.uuid::text AS dataset, count(l.id)::int AS dashboards, s.params::json->>'datasource' = t.id || '__table' AS fresh
    FROM slices s LEFT JOIN tables t ON t.id = s.datasource_id LEFT JOIN dashboard_slices l ON l.slice_id = s.id
    GROUP BY 1, 2, 4 ORDER BY 1`);
}

interface Row {
  readonly id: number;
  readonly uuid: string;
  readonly [column: string]: unknown;
}

/** Datasets by table, dashboards by the file that they come from. */
async function readObjects(): Promise<Record<"orders" | "owned" | "board" | "plain" | "foreign", Row>> {
  const datasets = await server.query(
    "SELECT id, uuid::text, table_name AS title, sql, always_filter_main_dttm AS always FROM tables",
  );
  const dashboards = await server.query("SELECT id, uuid::text, dashboard_title AS title, slug, css FROM dashboards");
  const pick = (rows: Record<string, unknown>[], isIt: (title: string) => boolean) => {
    const found = rows.filter(({ title }) => isIt(String(title)));
    // Nothing of what was replaced is left.
    expect(found).toHaveLength(1);
    return found[0] as Row;
  };
  return {
    orders: pick(datasets, (title) => title !== OWNED),
    owned: pick(datasets, (title) => title === OWNED),
    board: pick(dashboards, (title) => title !== PLAIN && title !== FOREIGN),
    plain: pick(dashboards, (title) => title === PLAIN),
    foreign: pick(dashboards, (title) => title === FOREIGN),
  };
}

describe("REPLACE", () => {
  let [old, now]: Awaited<ReturnType<typeof readObjects>>[] = [];
  let [oldLinks, links]: unknown[] = [];
  let preview: string;

  beforeAll(async () => {
    old = await readObjects();
    oldLinks = await readLinks();
    assets.edit("datasets/db/orders.yaml", "sql: select 1 as a", "sql: select 2 as a");
    assets.edit("datasets/db/owned.yaml", "sql: select 1 as a", "always_filter_main_dttm: true\nsql: select 3 as a");
    assets.edit("dashboards/board.yaml", "slug:", "css: '/* new */'\nslug:");
    assets.edit("dashboards/foreign.yaml", /^slug: .*$/m, "slug: renamed");
    assets.write(
      "access.yaml",
      stringify({
        owners: { "datasets/db/owned.yaml": [server.username] },
        roles: { "dashboards/board.yaml": [role.kept] },
      }),
    );
    ({ output: preview } = await project.preview());
    const up = await project.up();
    expect(up.code, up.output).toBe(0);
    now = await readObjects();
    links = await readLinks();
  });

  it("makes datasets and dashboards anew under their UUIDs, as the preview counts them, and nothing else", () => {
    expect(preview, preview).toContain("4 to replace");
    for (const name of ["orders", "owned", "board", "foreign"] as const) {
      expect(now?.[name].uuid).toBe(old?.[name].uuid);
      expect(now?.[name].id).not.toBe(old?.[name].id);
    }
    expect(now?.plain).toEqual(old?.plain);
    expect(now?.orders.sql).toBe("select 2 as a");
    expect(now?.board.css).toBe("/* new */");
  });

  it("lets charts, dashboards and rules go on in the same up, and says what is put back and what is lost", async () => {
    expect(preview).toContain('put back: row-level security "Only mine"');
    expect(preview).toContain(`lost: links by the integer id ${old?.orders.id}`);
    expect(links).toEqual(oldLinks);
    expect(await server.query("SELECT table_id FROM rls_filter_tables")).toEqual([{ table_id: now?.orders.id }]);
  });

  it("ends with the owners and roles that are declared, not with all that the old objects had", async () => {
    expect(preview).toContain(`roles (- ${role.taken})`);
    expect(
      await server.query(
        `SELECT r.name FROM dashboard_roles d JOIN ab_role r ON r.id = d.role_id WHERE d.dashboard_id = ${now?.board.id}`,
      ),
    ).toEqual([{ name: role.kept }]);
    expect(
      await server.query(
        `SELECT u.username FROM sqlatable_user o JOIN ab_user u ON u.id = o.user_id WHERE o.table_id = ${now?.owned.id}`,
      ),
    ).toEqual([{ username: server.username }]);
    expect(now?.owned).toMatchObject({ sql: "select 3 as a", always: true });
  });

  it("replaces what was there before this stack too", () => {
    expect(now?.foreign.slug).toBe("renamed");
  });

  it("in place leaves nothing of the old definition and loses nothing, and then nothing is left to do", async () => {
    project.configure({ replace: "inPlace", strategy: "CREATE | REPLACE" });
    const before = await readContent(server);
    assets.edit("datasets/db/orders.yaml", /columns:\n(?: {2}.*\n)+/, "columns: []\n");
    const changed = await project.up();
    expect(changed.code, changed.output).toBe(0);
    // All that was replaced before has converged.
    expect(changed.output).toMatch(/1 updated\n\s+\d+ unchanged/);
    const after = await readContent(server);
    const ids = ({ versions }: typeof before) => versions.map((line) => line.split(" ").slice(0, 3).join(" "));
    expect(ids(after)).toEqual(ids(before));
    const columns = `SELECT count(*)::int AS n FROM table_columns WHERE table_id = ${now?.orders.id}`;
    expect(await server.query(columns)).toEqual([{ n: 0 }]);
    const preview = await project.preview({ expectNoChanges: true });
    expect(preview.code, preview.output).toBe(0);
  });
});
