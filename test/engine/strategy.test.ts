import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createProject, type PulumiProject } from "../support/pulumi-project";
import { countKinds, readContent } from "../support/server-content";
import { type TestServer, useSuperset } from "../support/servers";
import { type SmallAssets, writeSmallAssets } from "../support/small-assets";

const FLAGS = ["CREATE", "UPDATE", "DELETE"] as const;
const ALL_FLAGS = FLAGS.join(" | ");

/** All combinations of the flags. */
const STRATEGIES = Array.from({ length: 2 ** FLAGS.length }, (_, bits) =>
  FLAGS.filter((_flag, index) => bits & (1 << index)),
);

let server: TestServer;
let assets: SmallAssets;
let project: PulumiProject;
let made = 0;
/** A chart that the next strategy finds without a file. */
let spare = "spare";

/** The small folder, all of it on the server and in the state. */
beforeAll(async () => {
  server = await useSuperset();
  assets = writeSmallAssets({ charts: 1 });
  addChart(spare);
  project = await createProject({
    server,
    assets: assets.path,
    settings: { databases: undefined, strategy: ALL_FLAGS },
  });
  expect(await project.up()).toMatchObject({ code: 0 });
});
afterAll(() => {
  project.remove();
  assets.dispose();
});

/** Writes a copy of the first chart under a UUID of its own. */
function addChart(name: string): void {
  made += 1;
  const uuid = `00000000-0000-4000-8000-${String(made).padStart(12, "0")}`;
  const text = assets.read("charts/chart-1.yaml").replace(/^slice_name: .*$/m, `slice_name: ${name}`);
  assets.write(`charts/${name}.yaml`, text.replace(/^uuid: .*$/m, `uuid: ${uuid}`));
}

/** Titles of the charts on the server. */
async function chartTitles(): Promise<string[]> {
  const rows = await server.query("SELECT slice_name FROM slices");
  return rows.map(({ slice_name }) => String(slice_name)).sort();
}

async function expectNothingLeft(): Promise<void> {
  expect(await project.preview({ expectNoChanges: true })).toMatchObject({ code: 0 });
}

describe.each(STRATEGIES.map((flags) => ({ flags, label: flags.join(" | ") || "none" })))(
  "strategy $label",
  ({ flags, label }) => {
    const has = (flag: (typeof FLAGS)[number]) => flags.includes(flag);
    const [edited, added] = [`edited for ${label}`, `added for ${label}`.replace(/\W+/g, "-")];

    it("does what its preview says, names the flag that is missing, and the next up with it does the rest", async () => {
      const titles = await chartTitles();
      const oldTitle = /^slice_name: (.*)$/m.exec(assets.read("charts/chart-1.yaml"))?.[1] ?? "";
      assets.edit("charts/chart-1.yaml", /^slice_name: .*$/m, `slice_name: ${edited}`);
      addChart(added);
      assets.remove(`charts/${spare}.yaml`);
      project.configure({ strategy: flags.join(" | ") });

      const before = await readContent(server);
      const { code, output } = await project.preview();
      expect(code).toBe(0);
      expect(await readContent(server)).toEqual(before);
      expect(output.includes("1 to create"), output).toBe(has("CREATE"));
      expect(output.includes(`(chart "${added}"): not on the target; the strategy (${label}) has no CREATE`)).toBe(
        !has("CREATE"),
      );
      expect(output.includes("1 to update"), output).toBe(has("UPDATE"));
      expect(output.includes(`(chart "${edited}"): definition changed; the strategy (${label}) has no UPDATE`)).toBe(
        !has("UPDATE"),
      );
      expect(output.includes(`chart "${spare}" stays on the server: the strategy (${label}) has no DELETE`)).toBe(
        !has("DELETE"),
      );

      expect(await project.up()).toMatchObject({ code: 0 });
      const others = titles.filter((title) => title !== oldTitle && title !== spare);
      const expected = [
        ...others,
        has("UPDATE") ? edited : oldTitle,
        ...(has("CREATE") ? [added] : []),
        ...(has("DELETE") ? [] : [spare]),
      ];
      expect(await chartTitles()).toEqual(expected.sort());
      await expectNothingLeft();

      spare = `spare-after-${label}`.replace(/\W+/g, "-");
      addChart(spare);
      project.configure({ strategy: ALL_FLAGS });
      expect(await project.up()).toMatchObject({ code: 0 });
      expect(await chartTitles()).toEqual(expect.arrayContaining([edited, added]));
    });
  },
);

describe("deletes", () => {
  it("are shown as retained without DELETE, and forget the object only", async () => {
    addChart("to-be-retained");
    project.configure({ strategy: undefined });
    expect(await project.up()).toMatchObject({ code: 0 });
    assets.remove("charts/to-be-retained.yaml");
    const preview = await project.pulumi([
      "preview",
      "--stack",
      project.stack,
      "--non-interactive",
      "--color",
      "never",
    ]);
    expect(preview.output).toContain("delete[retain]");
    expect(await project.up()).toMatchObject({ code: 0 });
    expect(await chartTitles()).toContain("to-be-retained");
    await expectNothingLeft();
  });

  it("never hit what was there before this stack", async () => {
    made -= 1;
    addChart("to-be-retained");
    project.configure({ strategy: ALL_FLAGS });
    const preview = await project.preview();
    expect(preview.output).toContain("on the target, not yet in this stack");
    expect(await project.up()).toMatchObject({ code: 0 });
    assets.remove("charts/to-be-retained.yaml");
    expect((await project.preview()).output).toContain(
      'chart "to-be-retained" stays on the server: it was there before this stack',
    );
    expect(await project.up()).toMatchObject({ code: 0 });
    expect(await chartTitles()).toContain("to-be-retained");
  });

  it("are refused, in the preview already, while something outside the stack uses the object", async () => {
    addChart("used-elsewhere");
    expect(await project.up()).toMatchObject({ code: 0 });
    await server.query(`
      WITH board AS (INSERT INTO dashboards (uuid, dashboard_title, published, created_on, changed_on) VALUES (gen_random_uuid(), 'Board of others', true, now(), now()) RETURNING id)
      INSERT INTO dashboard_slices (dashboard_id, slice_id) SELECT board.id, slices.id FROM board, slices WHERE slice_name = 'used-elsewhere'`);
    assets.remove("charts/used-elsewhere.yaml");
    const preview = await project.preview();
    expect(preview.code).not.toBe(0);
    expect(preview.output).toContain('chart "used-elsewhere": dashboard Board of others');
    expect((await project.up()).code).not.toBe(0);
    expect(await chartTitles()).toContain("used-elsewhere");

    await server.query(
      "DELETE FROM dashboard_slices WHERE dashboard_id = (SELECT id FROM dashboards WHERE dashboard_title = 'Board of others')",
    );
    expect(await project.up()).toMatchObject({ code: 0 });
    expect(await chartTitles()).not.toContain("used-elsewhere");
  });
});

describe("destroy", () => {
  it("leaves everything on the server without DELETE; with it, nothing that this stack made remains", async () => {
    const before = await readContent(server);
    project.configure({ strategy: undefined });
    const kept = await project.destroy();
    expect(kept).toMatchObject({ code: 0 });
    expect(await readContent(server)).toEqual(before);
    expect(project.resources()).toEqual([]);

    await server.empty();
    project.configure({ strategy: ALL_FLAGS });
    expect(await project.up()).toMatchObject({ code: 0 });
    expect(countKinds(await readContent(server)).dashboard).toBe(1);
    expect(await project.destroy()).toMatchObject({ code: 0 });
    expect(countKinds(await readContent(server))).toEqual({ database: 0, dataset: 0, chart: 0, dashboard: 0 });
  });
});
