import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { createProject, type PulumiProject, ROOT } from "../support/pulumi-project";
import { countKinds, readContent } from "../support/server-content";
import { type TestServer, useSuperset } from "../support/servers";

describe("a TypeScript program that declares its assets", () => {
  let server: TestServer;
  let project: PulumiProject;

  beforeAll(async () => {
    server = await useSuperset();
    const databases = { Shop: { sqlalchemyUri: `sqlite:///${inject("sampleData")}` } };
    const program = join(ROOT, "test/fixtures/declared-program");
    project = await createProject({
      server,
      assets: "unused",
      program,
      settings: { databases, strategy: "CREATE | UPDATE | DELETE" },
    });
  });
  afterAll(() => project.remove());

  /** UUIDs of the charts by title. */
  async function charts(): Promise<Record<string, string>> {
    const rows = await server.query("SELECT uuid::text, slice_name FROM slices ORDER BY slice_name");
    return Object.fromEntries(rows.map(({ uuid, slice_name }) => [String(slice_name), String(uuid)]));
  }

  const upWith = (env: Record<string, string>) => {
    const args = ["--yes", "--skip-preview", "--non-interactive", "--color", "never", "--stack", project.stack];
    return project.pulumi(["up", ...args], { env });
  };

  it("names what was not done because something before it failed", async () => {
    const failed = await project.deploy([], { CHART_TITLE: "Revenue ".repeat(40) });
    expect(failed.code).toBe(1);
    expect(failed.output).toContain('Not done (1), because something before it failed:\n  board (dashboard "Board")');
  });

  it("puts them there, and what failed before", async () => {
    const up = await project.up();
    expect(up).toMatchObject({ code: 0 });
    expect(countKinds(await readContent(server))).toEqual({ database: 1, dataset: 1, chart: 2, dashboard: 1 });
    expect(await server.query("SELECT sqlalchemy_uri FROM dbs")).toEqual([
      { sqlalchemy_uri: `sqlite:///${inject("sampleData")}` },
    ]);
    expect(up.output).toMatch(/dashboard *: .*"http:\S+\/superset\/dashboard\/declared-board\/"/);
    const links = await server.query("SELECT count(*)::int AS n FROM dashboard_slices");
    expect(links).toEqual([{ n: 2 }]);
  });

  it("derives UUIDs from the names, the same for ever", async () => {
    expect(await charts()).toEqual({
      Revenue: "a2417809-af55-5d3c-a4bf-b41b17856344",
      table: "b57c30eb-0aec-5ca9-99d1-4e5df6167aea",
    });
  });

  it("changes a title in place, and the dashboard, which holds it; nothing else", async () => {
    const before = await charts();
    const changed = await upWith({ CHART_TITLE: "Revenue so far" });
    expect(changed).toMatchObject({ code: 0 });
    expect(changed.output).toMatch(/~ 2 updated\n\s+4 unchanged/);
    expect(await charts()).toEqual({ "Revenue so far": before.Revenue, table: before.table });
  });

  it("goes away with destroy, where the strategy has DELETE", async () => {
    expect(await project.destroy()).toMatchObject({ code: 0 });
    expect(countKinds(await readContent(server))).toEqual({ database: 0, dataset: 0, chart: 0, dashboard: 0 });
  });

  it("uses a database that the server has by that name, and leaves it there", async () => {
    await server.query(
      "INSERT INTO dbs (uuid, database_name, sqlalchemy_uri, created_on, changed_on) VALUES (gen_random_uuid(), 'Shop', 'sqlite:////tmp/theirs.db', now(), now())",
    );
    const theirs = "SELECT uuid::text, sqlalchemy_uri, changed_on::text FROM dbs";
    const before = await server.query(theirs);
    expect(await project.up()).toMatchObject({ code: 0 });
    const refresh = await project.refresh(["--expect-no-changes", "--diff"]);
    expect(refresh.code, refresh.output).toBe(0);
    expect(await project.destroy()).toMatchObject({ code: 0 });
    expect(await server.query(theirs)).toEqual(before);
  });

  it("is refused, by name and with the reason, where the strategy does not allow what the program declares", async () => {
    project.configure({ strategy: "UPDATE" });
    const preview = await project.preview();
    expect(preview.code).not.toBe(0);
    expect(preview.output).toContain("the strategy (UPDATE) has no CREATE");
  });
});
