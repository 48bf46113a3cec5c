import { join } from "node:path";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { logIn, openDashboard, startBrowser } from "../support/browser";
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
    settings: { databases: undefined },
  });
});
afterAll(() => project?.remove());

it("the example deploys three dashboards, and then nothing is left to do", async () => {
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

it("the browser draws every chart of the open tab, with rows", async () => {
  const browser = await startBrowser();
  try {
    const page = await browser.newPage({ viewport: { width: 1400, height: 1600 } });
    await logIn(page, server);
    for (const slug of ["fjord-shop", "velo-shop"]) {
      const drawn = await openDashboard(page, `${server.url}/superset/dashboard/${slug}/`);
      expect(drawn).toEqual({ charts: 4, complaints: [] });
    }
    expect(await page.locator("body").innerText()).toMatch(/Period[\s\S]*Country/);
    await page.getByRole("tab", { name: "Countries" }).click();
    await page.getByText("Where Velo sells, before returns.").waitFor();
  } finally {
    await browser.close();
  }
});
