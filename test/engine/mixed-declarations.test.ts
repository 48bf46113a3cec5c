import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { deriveUuid } from "../../provider/src/resources/declaration";
import { type CommandResult, createProject, type PulumiProject, ROOT } from "../support/pulumi-project";
import { countKinds, readContent } from "../support/server-content";
import { type TestServer, useSuperset } from "../support/servers";
import { type SmallAssets, writeSmallAssets } from "../support/small-assets";

const MINE = deriveUuid("chart", "mine");

describe("a program that mixes a folder with declared assets", () => {
  let server: TestServer;
  let folder: SmallAssets;
  let project: PulumiProject;

  beforeAll(async () => {
    server = await useSuperset();
    folder = writeSmallAssets({ charts: 3 });
    // The file's dashboard shows the chart that the program declares.
    const third = String(parse(folder.read("charts/chart-3.yaml")).uuid);
    folder.edit("dashboards/board.yaml", third, MINE);
    project = await createProject({
      server,
      assets: folder.path,
      program: join(ROOT, "test/fixtures/mixed-program"),
      settings: { databases: {}, strategy: "CREATE | UPDATE | DELETE" },
    });
  });
  afterAll(() => {
    project?.remove();
    folder?.dispose();
  });

  const run = (command: "preview" | "up", env: Record<string, string> = {}): Promise<CommandResult> => {
    const flags = command === "up" ? ["--yes", "--skip-preview"] : ["--diff"];
    return project.pulumi([command, ...flags, "--stack", project.stack, "--non-interactive", "--color", "never"], {
      env,
    });
  };

  /** The integer id of a chart: another one would be another object. */
  async function idOf(uuid: string): Promise<unknown> {
    const [row] = await server.query(`SELECT id FROM slices WHERE uuid = '${uuid}'`);
    return row?.id;
  }

  it("refuses all of it before the first write, where something is declared twice", async () => {
    const table = String(parse(folder.read("datasets/db/orders.yaml")).table_name);
    const up = await run("up", { TWIN_OF: table });
    expect(up.code).not.toBe(0);
    expect(up.output).toContain(`the same table "${table}" of the database`);
    expect(up.output).toContain("as datasets/db/orders.yaml; nothing was written. [assets/declared-twice]");
    expect(countKinds(await readContent(server))).toEqual({ database: 0, dataset: 0, chart: 0, dashboard: 0 });
  });

  it("names the nearest asset of the folder where there is none of that name, once", async () => {
    const preview = await run("preview", { FOLDER_DATASET: "datasets/db/ordres" });
    expect(preview.code).not.toBe(0);
    expect(preview.output.split('did you mean "datasets/db/orders"? [assets/not-found]')).toHaveLength(2);
    expect(preview.output).not.toContain("error serializing");
    expect(preview.output).not.toContain("unhandled");
  });

  it("deploys both in the order of their needs, and then nothing is left to do", async () => {
    const up = await run("up");
    expect(up.code, up.output).toBe(0);
    expect(countKinds(await readContent(server))).toEqual({ database: 1, dataset: 1, chart: 4, dashboard: 2 });
    const shown = await server.query(
      `SELECT count(*)::int AS n FROM dashboard_slices l JOIN slices s ON s.id = l.slice_id WHERE s.uuid = '${MINE}'`,
    );
    expect(shown).toEqual([{ n: 2 }]);
    const [both] = await server.query("SELECT json_metadata FROM dashboards WHERE slug = 'mixed-both'");
    const first = await idOf(String(parse(folder.read("charts/chart-1.yaml")).uuid));
    const { native_filter_configuration: filters } = JSON.parse(String(both?.json_metadata));
    expect(filters).toMatchObject([{ scope: { excluded: [first] }, targets: [{ datasetId: expect.any(Number) }] }]);
    const again = await project.preview({ expectNoChanges: true });
    expect(again.code, again.output).toBe(0);
  });

  it("hands an object from its file to the program and back; nothing is deleted or made again", async () => {
    const text = folder.read("charts/chart-2.yaml");
    const uuid = String(parse(text).uuid);
    const before = await idOf(uuid);
    folder.remove("charts/chart-2.yaml");

    const preview = await run("preview", { MOVED_UUID: uuid });
    expect(preview.output).not.toContain("deleted from the server");
    const there = await run("up", { MOVED_UUID: uuid });
    expect(there.code, there.output).toBe(0);
    expect(await idOf(uuid)).toBe(before);
    const still = await project.pulumi(
      ["preview", "--expect-no-changes", "--stack", project.stack, "--non-interactive", "--diff"],
      { env: { MOVED_UUID: uuid } },
    );
    expect(still.code, still.output).toBe(0);

    folder.write("charts/chart-2.yaml", text);
    const back = await run("up");
    expect(back.code, back.output).toBe(0);
    expect(await idOf(uuid)).toBe(before);
    const again = await project.preview({ expectNoChanges: true });
    expect(again.code, again.output).toBe(0);
  });

  it("writes a rule of the folder after the dataset that the program declares for it", async () => {
    const datasets = JSON.stringify([deriveUuid("dataset", "ruled")]);
    folder.write(
      "access.yaml",
      `rowLevelSecurity: [{ name: Ruled rows, filterType: Base, roles: [], clause: a = 1, datasets: ${datasets} }]\n`,
    );
    const up = await run("up", { RULED: "ruled" });
    expect(up.code, up.output).toBe(0);
    const filtered = await server.query(
      "SELECT t.table_name FROM rls_filter_tables l JOIN tables t ON t.id = l.table_id JOIN row_level_security_filters r ON r.id = l.rls_filter_id WHERE r.name = 'Ruled rows'",
    );
    expect(filtered).toEqual([{ table_name: "ruled" }]);
    folder.remove("access.yaml");
    const without = await run("up");
    expect(without.code, without.output).toBe(0);
  });

  it("takes all away in the end, as this stack made all of it, whoever had it last", async () => {
    const destroy = await project.destroy();
    expect(destroy.code, destroy.output).toBe(0);
    expect(countKinds(await readContent(server))).toEqual({ database: 0, dataset: 0, chart: 0, dashboard: 0 });
  });
});
