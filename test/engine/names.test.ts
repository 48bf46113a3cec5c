import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CommandResult, createProject, type PulumiProject } from "../support/pulumi-project";
import { readContent } from "../support/server-content";
import { type TestServer, useSuperset } from "../support/servers";
import { type SmallAssets, writeSmallAssets } from "../support/small-assets";

/** Of charts that get another UUID, with DELETE and without, and of one that takes a name. */
const [NEW, NEW_KEPT, NEWCOMER, NEW_BOARD, NEW_DATABASE] = [1, 2, 3, 4, 5].map(
  (number) => `aaaaaaaa-0000-4000-8000-00000000000${number}`,
) as [string, string, string, string, string];
const KEPT = "charts/kept/chart.yaml";

let server: TestServer;
let assets: SmallAssets;
let project: PulumiProject;
/** UUIDs of the charts, by the number in their first name. */
let uuids: string[];

beforeAll(async () => {
  server = await useSuperset();
  assets = writeSmallAssets({ charts: 10 });
  uuids = ["", ...Array.from({ length: 10 }, (_, index) => uuidIn(`charts/chart-${index + 1}.yaml`))];
  assets.move("charts/chart-10.yaml", KEPT);
  project = await createProject({
    server,
    assets: assets.path,
    settings: {
      databases: undefined,
      strategy: { default: "CREATE | UPDATE | DELETE", "charts/kept/**": "CREATE | UPDATE" },
    },
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
function changeUuid(file: string, to: string): void {
  const from = uuidIn(file);
  assets.edit(file, `uuid: ${from}`, `uuid: ${to}`);
  assets.edit("dashboards/board.yaml", from, to);
}

interface Row {
  readonly title: string;
  readonly id: number;
  /** Kind, integer id and time of the last change: the same only where nothing was written. */
  readonly version: string;
}

/** All that the server has, by UUID. */
async function readServer(): Promise<Map<string, Row>> {
  const { assets: lines, versions } = await readContent(server);
  return new Map(
    versions.map((version, index) => {
      const [, uuid = "", id] = version.split(" ");
      const title = /^\S+ \S+ (.*?): /.exec(lines[index] ?? "")?.[1] ?? "";
      return [uuid, { title, id: Number(id), version }];
    }),
  );
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
  let preview: CommandResult;
  let [before, after] = [new Map<string, Row>(), new Map<string, Row>()];

  beforeAll(async () => {
    assets.edit("charts/chart-1.yaml", "slice_name: Chart 1", "slice_name: Revenue");

    assets.move("charts/chart-2.yaml", "charts/renamed.yaml");
    assets.move("charts/chart-3.yaml", "sales/charts/moved.yaml");
    assets.move("datasets/db/orders.yaml", "sales/datasets/all/orders.yaml");

    assets.edit("charts/chart-4.yaml", uuids[4] ?? "", uuids[5] ?? "");
    assets.edit("charts/chart-5.yaml", uuids[5] ?? "", uuids[4] ?? "");

    assets.move("charts/chart-6.yaml", "charts/parked");
    assets.move("charts/chart-7.yaml", "charts/chart-6.yaml");
    assets.move("charts/parked", "charts/chart-7.yaml");

    assets.move("charts/chart-8.yaml", "charts/older.yaml");
    assets.write("charts/chart-8.yaml", assets.read("charts/older.yaml").replace(/^uuid: .*$/m, `uuid: ${NEWCOMER}`));

    changeUuid("charts/chart-9.yaml", NEW);
    changeUuid(KEPT, NEW_KEPT);

    before = await readServer();
    preview = await project.preview();
    expect(preview.code, preview.output).toBe(0);
    const up = await project.up();
    expect(up.code, up.output).toBe(0);
    after = await readServer();
  });

  /** What became of the chart of a number. */
  const chart = (number: number) => {
    const uuid = uuids[number] ?? "";
    const [old, now] = [before.get(uuid), after.get(uuid)];
    return { title: now?.title, isSame: now?.id === old?.id, isWritten: now?.version !== old?.version };
  };

  it("a changed title is an update of the same object", () => {
    expect(preview.output).toMatch(/slice_name\s*: "?Chart 1"? => "?Revenue"?/);
    expect(chart(1)).toEqual({ title: "Revenue", isSame: true, isWritten: true });
  });

  it("a renamed file and a moved folder write nothing", () => {
    expect(chart(2)).toEqual({ title: "Chart 2", isSame: true, isWritten: false });
    expect(chart(3)).toEqual({ title: "Chart 3", isSame: true, isWritten: false });
    const dataset = uuidIn("sales/datasets/all/orders.yaml");
    expect(after.get(dataset)).toEqual(before.get(dataset));
    expect(namesInState()).toEqual([
      "charts/chart-1",
      "charts/chart-4",
      "charts/chart-5",
      "charts/chart-6",
      "charts/chart-7",
      "charts/chart-8",
      "charts/chart-9",
      "charts/kept/chart",
      "charts/older",
      "charts/renamed",
      "dashboards/board",
      "databases/db",
      "sales/charts/moved",
      "sales/datasets/all/orders",
    ]);
  });

  it("swapped UUIDs of two files change both objects in place and delete none", () => {
    expect(chart(4)).toEqual({ title: "Chart 5", isSame: true, isWritten: true });
    expect(chart(5)).toEqual({ title: "Chart 4", isSame: true, isWritten: true });
  });

  it("two files that swap their names write nothing", () => {
    expect(preview.output).toContain("taken over from charts/chart-6");
    expect(chart(6)).toEqual({ title: "Chart 6", isSame: true, isWritten: false });
    expect(chart(7)).toEqual({ title: "Chart 7", isSame: true, isWritten: false });
  });

  it("what goes on under another name stays this stack's own", () => {
    expect(project.resources().map(({ outputs }) => outputs.origin)).not.toContain("adopted");
  });

  it("a file that takes another one's name, which itself got a new one, moves both and deletes none", () => {
    expect(chart(8)).toEqual({ title: "Chart 8", isSame: true, isWritten: false });
    expect(after.get(NEWCOMER)?.title).toBe("Chart 8");
  });

  it("a changed UUID makes a new object and deletes the old one, after nothing uses it any more", () => {
    expect(preview.output).toContain("replace");
    expect(after.get(NEW)?.title).toBe("Chart 9");
    expect(after.has(uuids[9] ?? "")).toBe(false);
  });

  it("a changed UUID keeps the old object without DELETE", () => {
    expect(after.get(NEW_KEPT)?.title).toBe("Chart 10");
    expect(chart(10)).toEqual({ title: "Chart 10", isSame: true, isWritten: false });
  });

  it("nothing else comes or goes, and then nothing is left to do", async () => {
    const expected = new Set([...before.keys(), NEWCOMER, NEW, NEW_KEPT]);
    expected.delete(uuids[9] ?? "");
    expect(new Set(after.keys())).toEqual(expected);
    await expectNothingLeft();
  });
});

describe("a changed UUID", () => {
  it("of a database's file, or of a dashboard whose slug stays, is the same object: nothing is made, nothing deleted", async () => {
    const databases = "SELECT id, uuid::text, sqlalchemy_uri, changed_on::text FROM dbs";
    const boards = "SELECT id, uuid::text FROM dashboards ORDER BY id";
    const before = [await server.query(databases), await server.query(boards)];
    const old = uuidIn("databases/db.yaml");
    assets.edit("databases/db.yaml", old, NEW_DATABASE);
    assets.edit("sales/datasets/all/orders.yaml", `database_uuid: ${old}`, `database_uuid: ${NEW_DATABASE}`);
    assets.edit("dashboards/board.yaml", /^uuid: .*$/m, `uuid: ${NEW_BOARD}`);
    const names = namesInState();

    const preview = await project.preview();
    expect(preview.output).toContain("to update");
    expect(preview.output).not.toMatch(/to (create|delete|replace)/);
    expect(await project.up()).toMatchObject({ code: 0 });
    expect([await server.query(databases), await server.query(boards)]).toEqual(before);
    expect(namesInState()).toEqual(names);
    await expectNothingLeft();
  });
});
