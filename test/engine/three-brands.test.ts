import { join } from "node:path";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { createProject, type PulumiProject, ROOT } from "../support/pulumi-project";
import { countKinds, readContent } from "../support/server-content";
import { type TestServer, useSuperset } from "../support/servers";

let server: TestServer;
let project: PulumiProject;

beforeAll(async () => {
  server = await useSuperset();
  await server.query(
    `INSERT INTO dbs (uuid, database_name, sqlalchemy_uri, expose_in_sqllab, created_on, changed_on) VALUES (gen_random_uuid(), 'Shop', 'sqlite:///${inject("sampleData")}', true, now(), now())`,
  );
  project = await createProject({
    server,
    assets: "unused",
    program: join(ROOT, "examples/three-brands"),
    settings: { databases: undefined, strategy: "CREATE | UPDATE | DELETE" },
  });
});
afterAll(() => project?.remove());

it("the example previews, deploys three dashboards, and then nothing is left to do", async () => {
  const preview = await project.preview();
  expect(preview.code, preview.output).toBe(0);
  expect(countKinds(await readContent(server))).toMatchObject({ dataset: 0, chart: 0, dashboard: 0 });

  const up = await project.up();
  expect(up.code, up.output).toBe(0);
  expect(countKinds(await readContent(server))).toEqual({ database: 1, dataset: 3, chart: 15, dashboard: 3 });
  const shown = await server.query(
    "SELECT slug, count(*)::int AS charts FROM dashboards d JOIN dashboard_slices s ON s.dashboard_id = d.id GROUP BY slug ORDER BY slug",
  );
  expect(shown).toEqual(["fjord-shop", "summit-shop", "velo-shop"].map((slug) => ({ slug, charts: 5 })));
  expect(up.output).toMatch(/Fjord Camping *: "http:\S+\/superset\/dashboard\/fjord-shop\/"/);

  const again = await project.preview({ expectNoChanges: true });
  expect(again.code, again.output).toBe(0);
});

it("every chart of it answers with rows of its brand", async () => {
  const token = await logIn();
  for (const { id } of await server.query("SELECT id FROM slices WHERE viz_type IN ('pie', 'table') ORDER BY id")) {
    const [chart] = await server.query(`SELECT params, datasource_id FROM slices WHERE id = ${id}`);
    const { groupby, metric, metrics = [metric] } = JSON.parse(String(chart?.params)) as Record<string, unknown>;
    const answer = await post("/api/v1/chart/data", token, {
      datasource: { id: chart?.datasource_id, type: "table" },
      queries: [{ columns: groupby, metrics, filters: [], row_limit: 5 }],
      result_type: "full",
      result_format: "json",
    });
    const { result } = answer as { result: { rowcount: number }[] };
    expect(result[0]?.rowcount).toBe(5);
  }
});

it("leaves the database when it goes away", async () => {
  const destroy = await project.destroy();
  expect(destroy.code, destroy.output).toBe(0);
  expect(countKinds(await readContent(server))).toEqual({ database: 1, dataset: 0, chart: 0, dashboard: 0 });
});

async function logIn(): Promise<string> {
  const { username, password } = server;
  const answer = await post("/api/v1/security/login", undefined, { username, password, provider: "db" });
  return (answer as { access_token: string }).access_token;
}

async function post(path: string, token: string | undefined, body: object): Promise<unknown> {
  const headers = {
    "Content-Type": "application/json",
    ...(token !== undefined && { Authorization: `Bearer ${token}` }),
  };
  const response = await fetch(`${server.url}${path}`, { method: "POST", headers, body: JSON.stringify(body) });
  expect(response.status).toBe(200);
  return response.json();
}
