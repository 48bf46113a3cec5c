import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createProject, type PulumiProject } from "../support/pulumi-project";
import { countKinds, readContent } from "../support/server-content";
import { type TestServer, useSuperset } from "../support/servers";
import { type SmallAssets, writeSmallAssets } from "../support/small-assets";

const FLAGS = ["CREATE", "UPDATE", "REPLACE", "DELETE"] as const;
const ALL_FLAGS = FLAGS.join(" | ");

/** All combinations of the flags. */
const STRATEGIES = Array.from({ length: 2 ** FLAGS.length }, (_, bits) =>
  FLAGS.filter((_flag, index) => bits & (1 << index)),
);

/** Charts of one strategy: a folder of their own, whose glob has the flags. */
const COMBINATIONS = STRATEGIES.map((flags) => ({
  flags,
  label: flags.join(" | ") || "none",
  folder: flags.join("-").toLowerCase() || "none",
}));

let server: TestServer;
let assets: SmallAssets;
let project: PulumiProject;
let made = 0;

/** The small folder with an edited and a spare chart for each strategy, all of it on the server and in the state. */
beforeAll(async () => {
  server = await useSuperset();
  assets = writeSmallAssets({ charts: COMBINATIONS.length });
  COMBINATIONS.forEach(({ folder }, index) => {
    const file = `charts/chart-${index + 1}.yaml`;
    assets.write(`charts/${folder}/edited.yaml`, retitle(assets.read(file), `edited ${folder}`));
    assets.remove(file);
    addChart(`${folder}/spare`);
  });
  project = await createProject({
    server,
    assets: assets.path,
    settings: { databases: undefined, strategy: ALL_FLAGS },
  });
  const up = await project.up();
  expect(up.code, up.output).toBe(0);
});
afterAll(() => {
  project.remove();
  assets.dispose();
});

const retitle = (text: string, title: string) => text.replace(/^slice_name: .*$/m, `slice_name: ${title}`);

/** Writes a copy of the first chart under a UUID of its own; its title is its path. */
function addChart(path: string): void {
  made += 1;
  const uuid = `00000000-0000-4000-8000-${String(made).padStart(12, "0")}`;
  const text = retitle(assets.read("charts/none/edited.yaml"), path.replace("/", " "));
  assets.write(`charts/${path}.yaml`, text.replace(/^uuid: .*$/m, `uuid: ${uuid}`));
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

interface ChartRow {
  readonly uuid: string;
  readonly id: number;
  readonly changed: string;
  readonly title: string;
}

/** Charts of the server by their titles. */
async function readCharts(): Promise<Map<string, ChartRow>> {
  const rows = await server.query(
    "SELECT uuid::text, id, changed_on::text AS changed, slice_name AS title FROM slices",
  );
  return new Map(rows.map((row) => [String(row.title), row as unknown as ChartRow]));
}

describe("an up of all strategies at once", () => {
  let preview: string;
  let [before, after]: Map<string, ChartRow>[] = [];

  beforeAll(async () => {
    for (const { folder } of COMBINATIONS) {
      assets.edit(`charts/${folder}/edited.yaml`, /^description: .*\n|^slice_name:/m, "description: new\nslice_name:");
      addChart(`${folder}/added`);
      assets.remove(`charts/${folder}/spare.yaml`);
    }
    const globs = COMBINATIONS.map(({ folder, flags }) => [`charts/${folder}/**`, flags.join(" | ")]);
    project.configure({ strategy: { default: ALL_FLAGS, ...Object.fromEntries(globs) } });
    const content = await readContent(server);
    const looked = await project.preview();
    expect(looked.code, looked.output).toBe(0);
    expect(await readContent(server)).toEqual(content);
    preview = looked.output;
    before = await readCharts();
    const up = await project.up();
    expect(up.code, up.output).toBe(0);
    after = await readCharts();
    await expectNothingLeft();
  });

  it("does as often what the preview says", () => {
    const count = (is: (has: (flag: (typeof FLAGS)[number]) => boolean) => boolean) =>
      COMBINATIONS.filter(({ flags }) => is((flag) => flags.includes(flag))).length;
    expect(countPlanned(preview), preview).toEqual({
      create: count((has) => has("CREATE")),
      // The dashboard shows charts whose integer ids are others afterwards.
      update: count((has) => has("UPDATE")) + 1,
      replace: count((has) => has("REPLACE") && !has("UPDATE")),
      delete: count((has) => has("DELETE")),
    });
  });

  it.each(COMBINATIONS)("$label: does what it may, and the preview names the flag that is missing", (one) => {
    const { flags, label, folder } = one;
    const has = (flag: (typeof FLAGS)[number]) => flags.includes(flag);
    const [old, now] = [before?.get(`edited ${folder}`), after?.get(`edited ${folder}`)];
    const isReplaced = has("REPLACE") && !has("UPDATE");
    expect({
      uuid: now?.uuid === old?.uuid,
      isWritten: now?.changed !== old?.changed,
      isAnother: now?.id !== old?.id,
      isAdded: after?.has(`${folder} added`),
      isSpareLeft: after?.has(`${folder} spare`),
    }).toEqual({
      uuid: true,
      isWritten: has("UPDATE") || has("REPLACE"),
      isAnother: isReplaced,
      isAdded: has("CREATE"),
      isSpareLeft: !has("DELETE"),
    });
    const missing = {
      CREATE: `(chart "${folder} added"): not on the target; the strategy (${label}) has no CREATE`,
      UPDATE: `(chart "edited ${folder}"): definition changed; the strategy (${label}) has no UPDATE`,
      DELETE: `chart "${folder} spare" stays on the server: the strategy (${label}) has no DELETE`,
    };
    expect(preview.includes(missing.CREATE), preview).toBe(!has("CREATE"));
    expect(preview.includes(missing.UPDATE), preview).toBe(!has("UPDATE") && !has("REPLACE"));
    expect(preview.includes(missing.DELETE), preview).toBe(!has("DELETE"));
  });

  it("leaves to the next up with all flags just what they did not allow", async () => {
    project.configure({ strategy: ALL_FLAGS });
    const rest = await project.up();
    expect(rest.code, rest.output).toBe(0);
    const done = await readCharts();
    const expected = COMBINATIONS.flatMap(({ folder }) => [`edited ${folder}`, `${folder} added`]);
    expect([...done.keys()].sort()).toEqual(expected.sort());
    for (const { folder, flags } of COMBINATIONS) {
      const title = `edited ${folder}`;
      const isNew = !flags.includes("UPDATE") && !flags.includes("REPLACE");
      expect({ title, isNew: done.get(title)?.changed !== after?.get(title)?.changed }).toEqual({ title, isNew });
    }
  });
});

describe("deletes", () => {
  it("never hit what was there before this stack", async () => {
    const outcome = await server.query(
      "INSERT INTO slices (uuid, slice_name, viz_type, params, created_on, changed_on) VALUES (gen_random_uuid(), 'of others', 'table', '{}', now(), now()) RETURNING uuid::text",
    );
    const text = retitle(assets.read("charts/none/edited.yaml"), "of others");
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
