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

  /** The text of a chart's file and the chart's UUID. */
  const readChart = (file: string) => {
    const text = folder.read(file);
    return { file, text, uuid: String(parse(text).uuid) };
  };

  it("deploys both in the order of their needs, and a rule of the folder after the dataset that the program declares for it", async () => {
    const datasets = JSON.stringify([deriveUuid("dataset", "ruled")]);
    folder.write(
      "access.yaml",
      `rowLevelSecurity: [{ name: Ruled rows, filterType: Base, roles: [], clause: a = 1, datasets: ${datasets} }]\n`,
    );
    const coming = readChart("charts/chart-3.yaml");
    folder.remove(coming.file);
    const up = await run("up", { RULED: "ruled", MOVED: JSON.stringify({ "Chart 3": coming.uuid }) });
    expect(up.code, up.output).toBe(0);
    folder.write(coming.file, coming.text);
    expect(countKinds(await readContent(server))).toEqual({ database: 1, dataset: 2, chart: 4, dashboard: 2 });
    const shown = await server.query(
      `SELECT count(*)::int AS n FROM dashboard_slices l JOIN slices s ON s.id = l.slice_id WHERE s.uuid = '${MINE}'`,
    );
    expect(shown).toEqual([{ n: 2 }]);
    const [both] = await server.query("SELECT json_metadata FROM dashboards WHERE slug = 'mixed-both'");
    const first = await idOf(String(parse(folder.read("charts/chart-1.yaml")).uuid));
    const { native_filter_configuration: filters } = JSON.parse(String(both?.json_metadata));
    expect(filters).toMatchObject([{ scope: { excluded: [first] }, targets: [{ datasetId: expect.any(Number) }] }]);
    const filtered = await server.query(
      "SELECT t.table_name FROM rls_filter_tables l JOIN tables t ON t.id = l.table_id JOIN row_level_security_filters r ON r.id = l.rls_filter_id WHERE r.name = 'Ruled rows'",
    );
    expect(filtered).toEqual([{ table_name: "ruled" }]);
  });

  it("hands objects from file to program and back; nothing is deleted or made again, and nothing is left to do", async () => {
    const [leaving, coming] = [readChart("charts/chart-2.yaml"), readChart("charts/chart-3.yaml")];
    const before = [await idOf(leaving.uuid), await idOf(coming.uuid)];
    expect(before).toEqual([expect.any(Number), expect.any(Number)]);
    folder.remove(leaving.file);
    folder.remove("access.yaml");
    const env = { MOVED: JSON.stringify({ "Chart 2": leaving.uuid }) };
    const up = await run("up", env);
    expect(up.code, up.output).toBe(0);
    expect([await idOf(leaving.uuid), await idOf(coming.uuid)]).toEqual(before);
    expect(countKinds(await readContent(server))).toEqual({ database: 1, dataset: 1, chart: 4, dashboard: 2 });
    const still = await project.pulumi(
      ["preview", "--expect-no-changes", "--stack", project.stack, "--non-interactive", "--diff"],
      { env },
    );
    expect(still.code, still.output).toBe(0);
    folder.write(leaving.file, leaving.text);
  });

  it("takes all away in the end, as this stack made all of it, whoever had it last", async () => {
    const destroy = await project.destroy();
    expect(destroy.code, destroy.output).toBe(0);
    expect(countKinds(await readContent(server))).toEqual({ database: 0, dataset: 0, chart: 0, dashboard: 0 });
  });
});
