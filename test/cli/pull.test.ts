import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { readYaml } from "../../provider/src/assets/parse-yaml";
import { createSupersetClient, type SupersetClient } from "../../provider/src/superset/client";
import { importEntries } from "../../provider/src/superset/importer";
import { createSamples } from "../support/import-samples";
import { type CommandResult, createProject, type PulumiProject } from "../support/pulumi-project";
import { readContent } from "../support/server-content";
import { type TestServer, useSuperset } from "../support/servers";
import { type SmallAssets, writeSmallAssets } from "../support/small-assets";

const CHART = "charts/chart-1.yaml";
const DATASET = "datasets/db/orders.yaml";
const BOARD = "dashboards/board.yaml";

let server: TestServer;
let client: SupersetClient;
let assets: SmallAssets;
let project: PulumiProject;

/** The small folder on a server whose database has a UUID of its own. */
beforeAll(async () => {
  server = await useSuperset();
  const { url, username, password } = server;
  client = createSupersetClient({ url, auth: { provider: "db", username, password } });
  assets = writeSmallAssets({ charts: 2 });
  const other = createSamples().database();
  const title = String(readYaml(assets.read("databases/db.yaml")).database_name);
  await importEntries(client, [{ ...other, title, document: { ...other.document, database_name: title } }]);
  assets.write(CHART, `# Owned by sales.\n${assets.read(CHART)}`);
  assets.edit(CHART, /^viz_type: table$/m, "viz_type:   table   # as simple as it gets");
  project = await createProject({ server, assets: assets.path, settings: { databases: undefined } });
  expect(await project.up()).toMatchObject({ code: 0 });
});
afterAll(() => {
  project.remove();
  assets.dispose();
});

const pull = (...args: string[]): Promise<CommandResult> => project.superset(["pull", "--drifted", ...args]);

const idOf = async (table: string, where: string) =>
  Number((await server.query(`SELECT id FROM ${table} WHERE ${where}`))[0]?.id);

/** Changes an object as a person does in the UI. */
async function change(kind: string, id: number, body: object): Promise<void> {
  await client.send("PUT", `/api/v1/${kind}/${id}`, body, z.unknown());
}

const chartId = () => idOf("slices", `uuid = '${String(readYaml(assets.read(CHART)).uuid)}'`);

/** All files with their texts. */
function allFiles(): Record<string, string> {
  const names = readdirSync(assets.path, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".yaml"),
  );
  return Object.fromEntries(names.map((name) => [name, assets.read(name)]));
}

describe("pulumi-superset pull --drifted", () => {
  it("merges what was changed in the UI with the file, and leaves the rest of the file alone", async () => {
    assets.edit(CHART, /^params:$/m, "description: mine # and only mine\nparams:");
    const before = allFiles();
    const params = { viz_type: "table", metrics: ["count"], row_limit: 42 };
    await change("chart", await chartId(), { slice_name: "Renamed 🚀", params: JSON.stringify(params) });
    const look = await pull("--dry-run");
    expect(look).toMatchObject({ code: 7 });
    expect(look.stdout).toContain(`${CHART}: chart "Chart 1"`);
    expect(look.stdout).toContain("-slice_name: Chart 1\n+slice_name: Renamed 🚀\n");
    expect(look.stdout).toContain("+  row_limit: 42\n");
    // The lines of the file itself: what else it says stays.
    expect(look.stdout).toContain("\n # Owned by sales.\n");
    expect(look.stdout).not.toMatch(/^[-+].*mine/m);
    const terminal = await project.commandAtTerminal(["pull", "--drifted", "--stack", project.stack]);
    await terminal.waitFor("Write 1 file? [y/N] ");
    terminal.type("n\r");
    expect(await terminal.end()).toMatchObject({ code: 3, output: expect.stringContaining("Nothing was written.") });
    expect(allFiles()).toEqual(before);

    const written = await pull("--yes");
    expect(written).toMatchObject({ code: 0 });
    expect(written.output).toContain(
      `The next \`pulumi up\` writes to the server what these files say otherwise:\n  ${CHART}`,
    );
    const text = assets.read(CHART);
    expect(readYaml(text)).toMatchObject({ slice_name: "Renamed 🚀", description: "mine", params });
    for (const kept of ["# Owned by sales.\n", "viz_type:   table   # as simple as it gets\n", "# and only mine\n"])
      expect(text).toContain(kept);
    expect(allFiles()).toEqual({ ...before, [CHART]: text });
    const up = await project.up();
    expect(up.code, up.output).toBe(0);
    expect(up.output).toContain("~ 1 updated");
  });

  it("leaves the file alone and shows both values where file and UI changed the same place", async () => {
    await change("chart", await chartId(), { slice_name: "Their name" });
    assets.edit(CHART, /^slice_name: .*$/m, "slice_name: My name");
    const before = allFiles();
    const conflict = await pull("--yes");
    expect(conflict).toMatchObject({ code: 3 });
    expect(conflict.stdout).toContain("slice_name: My name\n  ||||||| as last deployed\n  slice_name: Renamed 🚀\n");
    expect(conflict.stdout).toContain("=======\n  slice_name: Their name\n  >>>>>>> on the server\n");
    expect(allFiles()).toEqual(before);

    expect(conflict.output).toContain("put the server's value into the file and pull again");

    const ours = await pull("--ours", "--yes");
    expect(ours).toMatchObject({ code: 0 });
    expect(ours.stdout).toContain("conflict at slice_name: by your choice the file stays as it is");
    expect(ours.output).toContain(`writes to the server what these files say otherwise:\n  ${CHART}`);
    expect(allFiles()).toEqual(before);
    const theirs = await pull("--theirs", "--yes", CHART);
    expect(theirs).toMatchObject({ code: 0 });
    expect(theirs.output).toContain("1 file written. The next `pulumi up` finds the server and these files alike.");
    expect(readYaml(assets.read(CHART)).slice_name).toBe("Their name");
  });

  it("writes the files' UUIDs where the server has others, and what a pulled dashboard needs into new files", async () => {
    const databaseUuid = readYaml(assets.read(DATASET)).database_uuid;
    const datasetId = await idOf("tables", "TRUE");
    await change("dataset", datasetId, { description: "from the UI" });
    const body = { slice_name: "Größe (neu)", viz_type: "table", datasource_id: datasetId, datasource_type: "table" };
    const made = await client.send(
      "POST",
      "/api/v1/chart/",
      { ...body, params: '{"viz_type":"table"}' },
      z.object({ id: z.number() }),
    );
    const boardId = await idOf("dashboards", "TRUE");
    const shape = z.object({ result: z.object({ position_json: z.string() }) });
    const { result } = await client.get(`/api/v1/dashboard/${boardId}`, shape);
    const positions = JSON.parse(result.position_json) as { GRID_ID: { children: string[] } } & Record<string, unknown>;
    positions.GRID_ID.children.unshift("CHART-new");
    const [row] = await server.query(`SELECT uuid::text AS uuid FROM slices WHERE id = ${made.id}`);
    positions["CHART-new"] = {
      type: "CHART",
      id: "CHART-new",
      children: [],
      meta: { chartId: made.id, uuid: row?.uuid, width: 4, height: 50 },
    };
    await change("dashboard", boardId, { json_metadata: JSON.stringify({ positions }) });

    const pulled = await pull("--yes");
    expect(pulled, pulled.output).toMatchObject({ code: 0 });
    // The other charts' numbers in the layout are no news.
    expect(pulled.stdout.match(/^[-+] +chartId:/gm)).toHaveLength(1);
    const file = `charts/große-neu_${String(row?.uuid).slice(0, 8)}.yaml`;
    expect(pulled.stdout).toContain(`${file}: chart "Größe (neu)"`);
    expect(readYaml(assets.read(DATASET))).toMatchObject({ description: "from the UI", database_uuid: databaseUuid });
    expect(readYaml(assets.read(file))).toMatchObject({
      slice_name: "Größe (neu)",
      uuid: row?.uuid,
    });
    expect(assets.read(BOARD)).toContain(String(row?.uuid));
    const { versions } = await readContent(server);
    expect(await project.up()).toMatchObject({ code: 0 });
    expect((await readContent(server)).versions).toEqual(versions);
    expect(await pull("--dry-run")).toMatchObject({ code: 0, stdout: "" });
  });

  it("names what was deleted in the UI, and keeps its file", async () => {
    const id = await idOf("slices", "slice_name = 'Größe (neu)'");
    await client.send("DELETE", `/api/v1/chart/${id}`, undefined, z.unknown());
    const before = allFiles();
    const pulled = await pull("--yes", join(assets.path, "charts"));
    expect(pulled).toMatchObject({ code: 0, stdout: "" });
    expect(pulled.output).toMatch(/charts\/große-neu_\w{8}\.yaml: chart "Größe \(neu\)" is no longer on the server/);
    expect(allFiles()).toEqual(before);
  });

  it("refuses paths that it does not know, and a server that this stack was not deployed to", async () => {
    expect(await pull("charts/nothing.yaml")).toMatchObject({ code: 2 });
    project.configure({ url: server.url.replace("127.0.0.1", "localhost") });
    const other = await pull("--dry-run");
    expect(other).toMatchObject({ code: 3 });
    expect(other.output).toContain("target/other-server");
  });
});
