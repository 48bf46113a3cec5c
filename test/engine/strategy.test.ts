import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createProject, type PulumiProject } from "../support/pulumi-project";
import { countKinds, readContent, type ServerContent } from "../support/server-content";
import { type TestServer, useSuperset } from "../support/servers";
import { type SmallAssets, writeSmallAssets } from "../support/small-assets";

const FLAGS = ["CREATE", "UPDATE", "REPLACE", "DELETE"] as const;
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

/** How many assets the engine's own preview counts, by what it does with them. */
function countPlanned(output: string): Record<string, number> {
  const counted = [...output.matchAll(/^\s+\S*\s*(\d+) to (create|update|replace|delete)$/gm)];
  return Object.fromEntries(counted.map(([, number, verb]) => [verb, Number(number)]));
}

/** How many assets a server shows as made, changed, made anew under the same UUID, and gone. */
function countWritten(before: ServerContent, after: ServerContent): Record<string, number> {
  const read = ({ versions }: ServerContent) =>
    new Map(versions.map((line) => [line.split(" ").slice(0, 2).join(" "), line.split(" ").slice(2)] as const));
  const [old, now] = [read(before), read(after)];
  const counts: Record<string, number> = {};
  const add = (verb: string) => (counts[verb] = (counts[verb] ?? 0) + 1);
  for (const [key, [id, ...changedOn]] of now) {
    const [oldId, ...oldChangedOn] = old.get(key) ?? [];
    if (oldId === undefined) add("create");
    else if (oldId !== id) add("replace");
    else if (oldChangedOn.join() !== changedOn.join()) add("update");
  }
  for (const key of old.keys()) if (!now.has(key)) add("delete");
  return counts;
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
      const removed = spare;
      assets.remove(`charts/${removed}.yaml`);
      project.configure({ strategy: flags.join(" | ") });

      const before = await readContent(server);
      const { code, output } = await project.preview();
      expect(code, output).toBe(0);
      expect(await readContent(server)).toEqual(before);
      const isReplaced = has("REPLACE") && !has("UPDATE");
      expect(countPlanned(output), output).toEqual({
        ...(has("CREATE") && { create: 1 }),
        ...(has("UPDATE") && { update: 1 }),
        // The dashboard shows the chart, whose integer id is another one afterwards.
        ...(isReplaced && { replace: 1, update: 1 }),
        ...(has("DELETE") && { delete: 1 }),
      });
      const missing = {
        CREATE: `(chart "${added}"): not on the target; the strategy (${label}) has no CREATE`,
        UPDATE: `(chart "${edited}"): definition changed; the strategy (${label}) has no UPDATE`,
        DELETE: `chart "${removed}" stays on the server: the strategy (${label}) has no DELETE`,
      };
      expect(output.includes(missing.CREATE), output).toBe(!has("CREATE"));
      expect(output.includes(missing.UPDATE), output).toBe(!has("UPDATE") && !has("REPLACE"));
      expect(output.includes(missing.DELETE), output).toBe(!has("DELETE"));

      const up = await project.up();
      expect(up.code, up.output).toBe(0);
      const after = await readContent(server);
      expect(countWritten(before, after)).toEqual(countPlanned(output));
      const others = titles.filter((title) => title !== oldTitle && title !== removed);
      const expected = [
        ...others,
        has("UPDATE") || has("REPLACE") ? edited : oldTitle,
        ...(has("CREATE") ? [added] : []),
        ...(has("DELETE") ? [] : [removed]),
      ];
      expect(await chartTitles()).toEqual(expected.sort());
      await expectNothingLeft();

      spare = `spare-after-${label}`.replace(/\W+/g, "-");
      addChart(spare);
      project.configure({ strategy: ALL_FLAGS });
      const rest = await project.up();
      expect(rest.code, rest.output).toBe(0);
      const done = await chartTitles();
      expect(done).toEqual(expect.arrayContaining([edited, added]));
      expect(done).not.toContain(removed);
    });
  },
);

describe("deletes", () => {
  it("never hit what was there before this stack", async () => {
    const outcome = await server.query(
      "INSERT INTO slices (uuid, slice_name, viz_type, params, created_on, changed_on) VALUES (gen_random_uuid(), 'of others', 'table', '{}', now(), now()) RETURNING uuid::text",
    );
    const text = assets.read("charts/chart-1.yaml").replace(/^slice_name: .*$/m, "slice_name: of others");
    assets.write("charts/of-others.yaml", text.replace(/^uuid: .*$/m, `uuid: ${outcome[0]?.uuid}`));
    project.configure({ strategy: "CREATE | UPDATE | DELETE" });
    const preview = await project.preview();
    expect(preview.output).toContain("on the target, not yet in this stack");
    expect(await project.up()).toMatchObject({ code: 0 });
    assets.remove("charts/of-others.yaml");
    const gone = await project.pulumi(["preview", "--stack", project.stack, "--non-interactive", "--color", "never"]);
    expect(gone.output).toContain(
      'chart "of others" stays on the server, forgotten by this stack: it was there before this stack',
    );
    expect(gone.output).toContain("delete[retain]");
    expect(await project.up()).toMatchObject({ code: 0 });
    expect(await chartTitles()).toContain("of others");
    await expectNothingLeft();
    project.configure({ strategy: ALL_FLAGS });
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
