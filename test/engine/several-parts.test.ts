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
  let deployedVersions: readonly string[];

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
  const up = (env?: Record<string, string>) => run(["up", "--yes", "--skip-preview"], env);
  const rules = () => server.query("SELECT name, clause FROM row_level_security_filters");
  const counts = async () => countKinds(await readContent(server));
  /** Everything that was deployed at first is there, and nothing of it was written again. */
  const expectUntouched = async () => {
    expect((await readContent(server)).versions).toEqual(deployedVersions);
    expect(await rules()).toEqual([{ name: "Some rows", clause: "a = 1" }]);
  };

  it("is deployed together", async () => {
    const deployed = await up();
    expect(deployed.code, deployed.output).toBe(0);
    expect(await counts()).toEqual(ALL);
    deployedVersions = (await readContent(server)).versions;
  });

  it("names what is gone from a folder or from the program, and keeps it in the stack without DELETE", async () => {
    second.remove("dashboards/other-board.yaml");
    second.remove("charts/chart-3.yaml");
    const deployed = await up({ WITHOUT: "chart" });
    expect(deployed.code, deployed.output).toBe(0);
    for (const name of ['dashboard "', 'chart "Chart 3"', 'chart "mine"'])
      expect(deployed.output).toMatch(
        new RegExp(`${name}.* stays on the server: the strategy \\(CREATE \\| UPDATE\\)`),
      );
    expect(deployed.output).toContain("15 unchanged");
    const resources = project.resources().map(({ urn }) => urn.slice(urn.lastIndexOf("::") + 2));
    expect(resources).toEqual(expect.arrayContaining(["mine", "charts/chart-3", "dashboards/other-board"]));
    await expectUntouched();
  });

  it("keeps what a folder held that the program no longer names at all, and finds no drift in it", async () => {
    const env = { WITHOUT: "folder" };
    const deployed = await up(env);
    expect(deployed.code, deployed.output).toBe(0);
    expect(deployed.output).toContain('chart "Chart 1" stays on the server: ');
    // The component of the folder.
    expect(deployed.output).toMatch(/- 1 deleted\n\s+14 unchanged/);
    const drift = await run(["refresh", "--preview-only", "--run-program", "--expect-no-changes", "--diff"], env);
    expect(drift.code, drift.output).toBe(0);
    await expectUntouched();
  });

  it("comes back unchanged under another component, also what is kept there", async () => {
    second.move("charts/other-chart-1.yaml", "../other-chart-1.yaml");
    second.edit("access.yaml", RULE, "rowLevelSecurity: []\n");
    const deployed = await up({ INSIDE: "yes" });
    expect(deployed.code, deployed.output).toBe(0);
    // The components themselves are others; nothing is sent for them.
    expect(deployed.output).toMatch(/3 created\n\s+- 1 deleted\n\s+4 changes. 13 unchanged/);
    expect(deployed.output).toContain('chart "Chart 1" stays on the server: ');
    await expectUntouched();
  });

  it("refuses what it declares only after it was decided that it is gone", async () => {
    second.move("../other-chart-1.yaml", "charts/other-chart-1.yaml");
    second.remove("access.yaml");
    first.write("access.yaml", "rowLevelSecurity: []\n");
    project.configure({ strategy: "CREATE | UPDATE | DELETE" });
    const late = await up({ LATE: "yes" });
    expect(late.code).not.toBe(0);
    expect(late.output).toContain('declares chart "mine" only after the plan was made in which it counts as gone');
    expect(late.output).toContain("[assets/declared-late]");
    expect(late.output).toContain("Declare all assets and folders before the first await, and outside of apply().");
    await expectUntouched();
  });

  it("deletes it with DELETE, as the preview names it, and nothing else", async () => {
    const env = { WITHOUT: "chart" };
    const shown = await run(["preview", "--diff"], env);
    expect(shown.output).toMatch(/deleted from the server:\n(\s+.*\n)*?\s+chart "mine"/);
    const deployed = await up(env);
    expect(deployed.code, deployed.output).toBe(0);
    const { versions } = await readContent(server);
    expect(await counts()).toEqual({ database: 2, dataset: 2, chart: 3, dashboard: 1 });
    // What is back under its first component was not even written.
    expect(deployedVersions).toEqual(expect.arrayContaining([...versions]));
    expect(await rules()).toEqual([]);
  });
});
