import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CommandResult, createProject, type PulumiProject, ROOT } from "../support/pulumi-project";
import { countKinds, readContent } from "../support/server-content";
import { type TestServer, useSuperset } from "../support/servers";
import { type SmallAssets, writeSmallAssets } from "../support/small-assets";

/** In the second folder. */
const RULE = `rowLevelSecurity:
  - name: Some rows
    datasets: [datasets/**]
    roles: [Alpha]
    clause: a = 1
`;

/** What is on the server while nothing was deleted. */
const ALL = { database: 2, dataset: 2, chart: 5, dashboard: 2 };

describe("a program of two folders and a declared chart", () => {
  let server: TestServer;
  let first: SmallAssets;
  let second: SmallAssets;
  let project: PulumiProject;

  beforeAll(async () => {
    server = await useSuperset();
    first = writeSmallAssets({ charts: 2 });
    second = writeSmallAssets({ charts: 2 });
    second.move("charts/chart-2.yaml", "charts/chart-3.yaml");
    second.edit("charts/chart-3.yaml", "Chart 2", "Chart 3");
    for (const file of ["databases/db.yaml", "datasets/db/orders.yaml", "charts/chart-1.yaml", "dashboards/board.yaml"])
      second.move(file, file.replace(/([^/]+)$/, "other-$1"));
    second.write("access.yaml", RULE);
    project = await createProject({
      server,
      assets: first.path,
      program: join(ROOT, "test/fixtures/several-parts"),
      settings: { databases: undefined },
    });
  });
  afterAll(() => {
    project?.remove();
    first?.dispose();
    second?.dispose();
  });

  const run = (args: string[], env: Record<string, string> = {}): Promise<CommandResult> =>
    project.pulumi([...args, "--stack", project.stack, "--non-interactive", "--color", "never"], {
      env: { OTHER_FOLDER: second.path, ...env },
    });
  const preview = (env?: Record<string, string>) => run(["preview", "--diff", "--expect-no-changes"], env);
  const up = (env?: Record<string, string>) => run(["up", "--yes", "--skip-preview"], env);
  const rules = () => server.query("SELECT name, clause FROM row_level_security_filters");
  const counts = async () => countKinds(await readContent(server));

  it("is deployed together, and then nothing is left to do", async () => {
    const deployed = await up();
    expect(deployed.code, deployed.output).toBe(0);
    expect(await counts()).toEqual(ALL);
    const again = await preview();
    expect(again.code, again.output).toBe(0);
  });

  it("names what is gone from a folder or from the program, and keeps it in the stack without DELETE", async () => {
    const env = { WITHOUT: "chart" };
    second.remove("dashboards/other-board.yaml");
    second.remove("charts/chart-3.yaml");
    const shown = await preview(env);
    expect(shown.code, shown.output).toBe(0);
    for (const name of ['dashboard "', 'chart "Chart 3"', 'chart "mine"'])
      expect(shown.output).toMatch(new RegExp(`${name}.* stays on the server: the strategy \\(CREATE \\| UPDATE\\)`));
    const deployed = await up(env);
    expect(deployed.code, deployed.output).toBe(0);
    expect(await counts()).toEqual(ALL);
    const resources = project.resources().map(({ urn }) => urn.slice(urn.lastIndexOf("::") + 2));
    expect(resources).toEqual(expect.arrayContaining(["mine", "charts/chart-3", "dashboards/other-board"]));
    expect((await preview(env)).output).toContain('chart "mine" stays on the server: ');
  });

  it("keeps what a folder held that the program no longer names at all", async () => {
    const env = { WITHOUT: "folder" };
    const shown = await preview(env);
    expect(shown.output).toContain('chart "Chart 1" stays on the server: ');
    const deployed = await up(env);
    expect(deployed.code, deployed.output).toBe(0);
    expect(await counts()).toEqual(ALL);
    expect(await rules()).toEqual([{ name: "Some rows", clause: "a = 1" }]);
    const drift = await run(["refresh", "--preview-only", "--run-program", "--expect-no-changes", "--diff"], env);
    expect(drift.code, drift.output).toBe(0);
    const back = await up();
    expect(back.output).toContain("14 unchanged");
    expect((await preview()).code).toBe(0);
  });

  it("goes on unchanged under another component, also what is kept there", async () => {
    const env = { INSIDE: "yes" };
    second.move("charts/other-chart-1.yaml", "../other-chart-1.yaml");
    second.edit("access.yaml", RULE, "rowLevelSecurity: []\n");
    const shown = await preview(env);
    // The components themselves are others; nothing is sent for them.
    expect(shown.output).toMatch(/2 to create\n\s+- 1 to delete\n\s+3 changes. 14 unchanged/);
    expect(shown.output).not.toMatch(/pulumi-nodejs:dynamic\S+: \((create|delete|update)/);
    const deployed = await up(env);
    expect(deployed.code, deployed.output).toBe(0);
    expect(deployed.output).toContain("14 unchanged");
    expect(await counts()).toEqual(ALL);
    expect(await rules()).toEqual([{ name: "Some rows", clause: "a = 1" }]);
    second.move("../other-chart-1.yaml", "charts/other-chart-1.yaml");
    second.write("access.yaml", RULE);
    const back = await up();
    expect(back.code, back.output).toBe(0);
    expect(back.output).toContain("14 unchanged");
  });

  it("deletes it with DELETE, as the preview names it, and nothing else", async () => {
    second.remove("access.yaml");
    first.write("access.yaml", "rowLevelSecurity: []\n");
    project.configure({ strategy: "CREATE | UPDATE | DELETE" });
    const env = { WITHOUT: "chart" };
    const shown = await preview(env);
    expect(shown.output).toMatch(/deleted from the server:\n(\s+.*\n)*?\s+chart "mine"/);
    const deployed = await up(env);
    expect(deployed.code, deployed.output).toBe(0);
    expect(await counts()).toEqual({ database: 2, dataset: 2, chart: 3, dashboard: 1 });
    expect(await rules()).toEqual([]);
    const again = await preview(env);
    expect(again.code, again.output).toBe(0);
  });

  it("refuses what it declares only after it was decided that it is gone", async () => {
    expect(await up()).toMatchObject({ code: 0 });
    const before = await counts();
    const late = await up({ LATE: "yes" });
    expect(late.code).not.toBe(0);
    expect(late.output).toContain('declares chart "mine" only after the plan was made in which it counts as gone');
    expect(late.output).toContain("[assets/declared-late]");
    expect(late.output).toContain("Declare all assets and folders before the first await, and outside of apply().");
    expect(await counts()).toEqual(before);
  });
});
