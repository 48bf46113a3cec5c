import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createProject, type PulumiProject } from "../support/pulumi-project";
import { readContent } from "../support/server-content";
import { type TestServer, useSuperset } from "../support/servers";
import { type SmallAssets, writeSmallAssets } from "../support/small-assets";

const NEW_UUID = "aaaaaaaa-0000-4000-8000-000000000001";

let server: TestServer;
let assets: SmallAssets;
let project: PulumiProject;

beforeAll(async () => {
  server = await useSuperset();
  assets = writeSmallAssets({ charts: 3 });
  project = await createProject({
    server,
    assets: assets.path,
    settings: { databases: undefined, strategy: "CREATE | UPDATE | DELETE" },
  });
  expect(await project.up()).toMatchObject({ code: 0 });
});
afterAll(() => {
  project.remove();
  assets.dispose();
});

function uuidIn(file: string): string {
  return /^uuid: (\S+)$/m.exec(assets.read(file))?.[1] ?? "";
}

/** Gives a chart's file another UUID, and the dashboard too, which shows it. */
function changeUuid(file: string, to: string): string {
  const from = uuidIn(file);
  assets.edit(file, `uuid: ${from}`, `uuid: ${to}`);
  assets.edit("dashboards/board.yaml", from, to);
  return from;
}

async function versions(): Promise<readonly string[]> {
  return (await readContent(server)).versions;
}

async function charts(): Promise<Record<string, string>> {
  const rows = await server.query("SELECT uuid::text, slice_name FROM slices");
  return Object.fromEntries(rows.map(({ uuid, slice_name }) => [String(uuid), String(slice_name)]));
}

function namesInState(): string[] {
  return project
    .resources()
    .map(({ urn }) => urn.split("::").pop() ?? "")
    .sort();
}

async function expectNothingLeft(): Promise<void> {
  expect(await project.preview({ expectNoChanges: true })).toMatchObject({ code: 0 });
}

describe("names", () => {
  it("a changed title is an update of the same object", async () => {
    assets.edit("charts/chart-1.yaml", "slice_name: Chart 1", "slice_name: Revenue");
    const id = `SELECT id FROM slices WHERE uuid = '${uuidIn("charts/chart-1.yaml")}'`;
    const before = await server.query(id);
    const preview = await project.preview();
    expect(preview.output).toMatch(/slice_name\s*: "?Chart 1"? => "?Revenue"?/);
    expect(preview.output).toContain("1 to update");
    expect(await project.up()).toMatchObject({ code: 0 });
    expect(await server.query(id)).toEqual(before);
    expect(Object.values(await charts())).toContain("Revenue");
    await expectNothingLeft();
  });

  it("a renamed file and a moved folder write nothing", async () => {
    const before = await versions();
    assets.move("charts/chart-1.yaml", "charts/revenue.yaml");
    assets.move("charts/chart-2.yaml", "sales/charts/two.yaml");
    assets.move("datasets/db/orders.yaml", "sales/datasets/all/orders.yaml");
    await expectNothingLeft();
    expect(await project.up()).toMatchObject({ code: 0 });
    expect(await versions()).toEqual(before);
    expect(namesInState()).toEqual([
      "charts/chart-3",
      "charts/revenue",
      "dashboards/board",
      "databases/db",
      "sales/charts/two",
      "sales/datasets/all/orders",
    ]);
    await expectNothingLeft();
  });

  it("swapped UUIDs of two files change both objects in place and delete none", async () => {
    const [one, two] = [uuidIn("charts/revenue.yaml"), uuidIn("sales/charts/two.yaml")];
    const ids = "SELECT id, uuid::text FROM slices ORDER BY id";
    const before = await server.query(ids);
    assets.edit("charts/revenue.yaml", one, two);
    assets.edit("sales/charts/two.yaml", two, one);
    expect(await project.up()).toMatchObject({ code: 0 });
    expect(await server.query(ids)).toEqual(before);
    expect(await charts()).toMatchObject({ [two]: "Revenue", [one]: "Chart 2" });
    expect(project.resources().map(({ outputs }) => outputs.origin)).not.toContain("adopted");
    await expectNothingLeft();
  });

  it("two files that swap their names write nothing", async () => {
    const before = await versions();
    assets.move("charts/revenue.yaml", "charts/parked");
    assets.move("sales/charts/two.yaml", "charts/revenue.yaml");
    assets.move("charts/parked", "sales/charts/two.yaml");
    const preview = await project.preview();
    expect(preview.output).toContain("taken over from sales/charts/two");
    expect(await project.up()).toMatchObject({ code: 0 });
    expect(await versions()).toEqual(before);
    expect(project.resources().map(({ outputs }) => outputs.origin)).not.toContain("adopted");
    await expectNothingLeft();
  });

  it("a file that takes another one's name, which itself got a new one, moves both and deletes none", async () => {
    const before = await charts();
    assets.move("charts/revenue.yaml", "charts/older.yaml");
    assets.write(
      "charts/revenue.yaml",
      assets.read("charts/older.yaml").replace(/^uuid: .*$/m, "uuid: bbbbbbbb-0000-4000-8000-000000000002"),
    );
    expect(await project.up()).toMatchObject({ code: 0 });
    expect(await charts()).toEqual({ ...before, "bbbbbbbb-0000-4000-8000-000000000002": expect.any(String) });
    await expectNothingLeft();
  });

  it("a changed UUID makes a new object and deletes the old one, after nothing uses it any more", async () => {
    const old = changeUuid("charts/chart-3.yaml", NEW_UUID);
    const preview = await project.preview();
    expect(preview.output).toContain("replace");
    expect(await project.up()).toMatchObject({ code: 0 });
    const after = await charts();
    expect(after[NEW_UUID]).toBe("Chart 3");
    expect(after[old]).toBeUndefined();
    await expectNothingLeft();
  });

  it("a changed UUID keeps the old object without DELETE", async () => {
    project.configure({ strategy: undefined });
    expect(await project.up()).toMatchObject({ code: 0 });
    const old = changeUuid("charts/chart-3.yaml", NEW_UUID.replace("0001", "0003"));
    expect(await project.up()).toMatchObject({ code: 0 });
    expect(await charts()).toMatchObject({ [old]: "Chart 3", [NEW_UUID.replace("0001", "0003")]: "Chart 3" });
    await expectNothingLeft();
  });

  it("a changed UUID of a database's file leaves the database and its state alone, even with DELETE", async () => {
    project.configure({ strategy: "CREATE | UPDATE | DELETE" });
    expect(await project.up()).toMatchObject({ code: 0 });
    const before = await server.query("SELECT id, uuid::text, sqlalchemy_uri, changed_on::text FROM dbs");
    const old = uuidIn("databases/db.yaml");
    assets.edit("databases/db.yaml", old, NEW_UUID);
    assets.edit("sales/datasets/all/orders.yaml", `database_uuid: ${old}`, `database_uuid: ${NEW_UUID}`);
    expect(await project.up()).toMatchObject({ code: 0 });
    expect(await server.query("SELECT id, uuid::text, sqlalchemy_uri, changed_on::text FROM dbs")).toEqual(before);
    expect(namesInState()).toContain("databases/db");
    await expectNothingLeft();
  });

  it("a changed UUID of a dashboard whose slug stays is the same dashboard: nothing is made, nothing deleted", async () => {
    project.configure({ strategy: "CREATE | UPDATE | DELETE" });
    const rows = "SELECT id, uuid::text FROM dashboards ORDER BY id";
    const before = await server.query(rows);
    const board = uuidIn("dashboards/board.yaml");
    assets.edit("dashboards/board.yaml", `uuid: ${board}`, "uuid: cccccccc-0000-4000-8000-000000000004");
    const preview = await project.preview();
    expect(preview.output).toContain("1 to update");
    expect(preview.output).not.toMatch(/to (create|delete|replace)/);
    expect(await project.up()).toMatchObject({ code: 0 });
    expect(await server.query(rows)).toEqual(before);
    await expectNothingLeft();
  });
});
