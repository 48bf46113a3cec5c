import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { makeAssets } from "../support/asset-folder";
import { type FaultProxy, startFaultProxy } from "../support/fault-proxy";
import { createProject, type PulumiProject } from "../support/pulumi-project";
import { countKinds, readContent } from "../support/server-content";
import { type TestServer, useSuperset } from "../support/servers";
import { type SmallAssets, writeSmallAssets } from "../support/small-assets";

const IMPORT = "POST /api/v1/assets/import/";

let server: TestServer;
let proxy: FaultProxy;
let assets: SmallAssets;
let project: PulumiProject;

/** One project goes through all of this: how one test leaves it is where the next begins. */
beforeAll(async () => {
  server = await useSuperset();
  proxy = await startFaultProxy(server.url);
  assets = writeSmallAssets({ charts: 12 });
  project = await createProject({ server: { ...server, url: proxy.url }, assets: assets.path });
});
beforeEach(() => {
  proxy.clearRules();
  proxy.resetRequests();
});
afterAll(async () => {
  project?.remove();
  assets?.dispose();
  await proxy?.close();
});

describe("hostile files", () => {
  it("are all named with a remedy before anything is sent; nothing of a file outside is read", async () => {
    const outside = makeAssets();
    const good = assets.read("charts/chart-4.yaml");
    try {
      writeFileSync(join(outside.path, "secret.yaml"), "password: outside-canary\n");
      symlinkSync(join(outside.path, "secret.yaml"), join(assets.path, "charts/linked.yaml"));
      const levels = Array.from(
        { length: 9 },
        (_, level) => `l${level + 1}: &l${level + 1} [${Array(9).fill(`*l${level}`).join(", ")}]`,
      );
      assets.write("charts/bomb.yaml", ["l0: &l0 lol", ...levels].join("\n"));
      assets.write("charts/huge.yaml", `slice_name: "${"x".repeat(50 * 1024 * 1024)}"\n`);
      assets.edit("charts/chart-4.yaml", "slice_name:", "slice_name: twice\nslice_name:");
      project.configure({ exclude: ["../elsewhere/*.yaml"] });

      const preview = await project.preview();
      expect(preview.code).not.toBe(0);
      for (const [file, rule] of [
        ["charts/linked.yaml", "path-outside"],
        ["charts/bomb.yaml", "yaml-too-complex"],
        ["charts/huge.yaml", "file-too-large"],
        ["charts/chart-4.yaml:", "yaml-duplicate-key"],
        ["../elsewhere/*.yaml", "path-outside"],
      ]) {
        const line = preview.output.split("\n").find((text) => text.includes(`${file}`) && text.includes(`[${rule}]`));
        expect(line, `${file} ${rule}`).toBeDefined();
      }
      expect(preview.output).toContain("to do: ");
      expect(preview.output).not.toContain("outside-canary");
      expect(preview.output.length).toBeLessThan(20_000);
      expect(proxy.writes()).toBe(0);
    } finally {
      outside.dispose();
      for (const name of ["linked", "bomb", "huge"]) assets.remove(`charts/${name}.yaml`);
      assets.write("charts/chart-4.yaml", good);
      project.configure({ exclude: undefined });
    }
  });
});

describe("a folder with a broken asset among good ones", () => {
  const long = `A name that the server has no room for ${"x".repeat(300)}`;
  const strange = ["📈 Umsatz 👩‍👩‍👧", "إيرادات الربع", "שלום \u202eabc"];

  beforeAll(() => {
    assets.edit("charts/chart-12.yaml", "Chart 12", long);
    const [first = "", second = "", third = ""] = strange;
    assets.edit("charts/chart-1.yaml", "Chart 1", first);
    assets.move("charts/chart-1.yaml", "charts/📈 umsatz.yaml");
    assets.edit("charts/chart-2.yaml", "Chart 2", second);
    assets.write("charts/chart-2.yaml", `\ufeff${assets.read("charts/chart-2.yaml")}`);
    assets.move("charts/chart-2.yaml", "charts/إيرادات/الربع.yaml");
    assets.edit("charts/chart-3.yaml", "Chart 3", third);
    for (const file of ["charts/chart-3.yaml", "dashboards/board.yaml"])
      assets.write(file, assets.read(file).replaceAll("\n", "\r\n"));
  });

  it("is deployed but for that one and what shows it; both follow when it is mended", async () => {
    const broken = await project.deploy();
    expect(broken.code).toBe(1);
    expect(broken.output).toMatch(/charts\/chart-12\.yaml .*Superset could not import the asset \[import\/refused\]/);
    expect(broken.output).toContain("to do: Likely causes");
    expect(broken.output).toContain(
      "Not done (1), because something before it failed:\n  dashboards/board.yaml (dashboard",
    );
    expect(countKinds(await readContent(server))).toEqual({ ...assets.counts, chart: 11, dashboard: 0 });

    assets.edit("charts/chart-12.yaml", long, "Chart 12");
    proxy.resetRequests();
    expect(await project.up()).toMatchObject({ code: 0 });
    // One import a wave: the others are not written again.
    expect(proxy.count(IMPORT)).toBe(2);
    expect(countKinds(await readContent(server))).toEqual(assets.counts);
  });

  it("takes those of another system or script for ordinary ones: Windows line ends, a byte order mark, emoji, right to left", async () => {
    const rows = await server.query("SELECT slice_name FROM slices WHERE slice_name NOT LIKE 'Chart %'");
    expect(rows.map((row) => row.slice_name).sort()).toEqual([...strange].sort());
  });
});

describe("an object that somebody edits after the plan and before the write", () => {
  const titles = () =>
    server.query("SELECT slice_name, description FROM slices WHERE slice_name ~ '^Chart [567]\\M' ORDER BY 1");

  /** Somebody edits it when the list of charts is asked for the so-manieth time. */
  function editAt(time: number, title: string): void {
    const edit = () =>
      server.query(`UPDATE slices SET description = 'by hand', changed_on = now() WHERE slice_name = '${title}'`);
    let lists = 0;
    proxy.rule(({ path }) =>
      path.startsWith("/api/v1/chart/?q=(columns") && ++lists === time
        ? { fault: "hold", until: edit().then(() => undefined) }
        : undefined,
    );
  }

  it("is left as it is and named by up, and the others are written", async () => {
    for (const chart of [5, 6])
      assets.edit(`charts/chart-${chart}.yaml`, `Chart ${chart}`, `Chart ${chart} of the file`);
    // The program reads the lists for its plan, then the hooks before they write.
    editAt(2, "Chart 5");
    const up = await project.up();
    expect(up.code).not.toBe(0);
    expect(up.output).toMatch(/charts\/chart-5\.yaml.* changed chart "Chart 5 of the file".* since the plan was made/s);
    expect(up.output).toContain("[plan/changed]");
    expect(await titles()).toEqual([
      { slice_name: "Chart 5", description: "by hand" },
      { slice_name: "Chart 6 of the file", description: null },
      { slice_name: "Chart 7", description: null },
    ]);
  });

  it("is so by up --refresh too, which shows what was edited before, and decides again", async () => {
    assets.edit("charts/chart-7.yaml", "Chart 7", "Chart 7 of the file");
    // First of all the refresh reads them.
    editAt(3, "Chart 7");
    const up = await project.up({ args: ["--refresh"] });
    expect(up.code).not.toBe(0);
    expect(up.output).toMatch(/charts\/chart-7\.yaml.* changed chart "Chart 7 of the file".* since the plan was made/s);
    expect((await titles()).map(({ slice_name: title }) => title)).toEqual([
      "Chart 5 of the file",
      "Chart 6 of the file",
      "Chart 7",
    ]);
  });

  it("is shown by the next up, which decides again", async () => {
    const up = await project.up();
    expect(up).toMatchObject({ code: 0 });
    expect(up.output).toContain("1 asset was changed on the server since the last deployment");
    expect((await titles()).map(({ slice_name: title }) => title)).toEqual([
      "Chart 5 of the file",
      "Chart 6 of the file",
      "Chart 7 of the file",
    ]);
  });
});

describe("a dataset whose content the server no longer tells when it is written", () => {
  it("keeps the columns that its file no longer has, and is named", async () => {
    const file = assets.read("datasets/db/orders.yaml");
    assets.edit("datasets/db/orders.yaml", /columns:\n(?: {2}.*\n)+/, "columns: []\n");
    const before = await readContent(server);
    let exports = 0;
    // First the program reads it for its plan, then the hooks before they write.
    proxy.rule(({ path }) =>
      path.startsWith("/api/v1/dataset/export/") && ++exports > 1
        ? { fault: "answer", status: 404, body: '{"message": "Not found"}' }
        : undefined,
    );
    const up = await project.up();
    expect(up.code).not.toBe(0);
    expect(up.output).toMatch(/dataset "table_\w+" is not in the target's export, as it was when the plan was made/);
    expect(up.output).toContain("[plan/changed]");
    expect(await readContent(server)).toEqual(before);
    assets.write("datasets/db/orders.yaml", file);
  });
});

describe("a chart whose dataset is deleted on the server meanwhile", () => {
  it("is refused with the reason; the next up brings both back, and after it nothing is left to do", async () => {
    const before = await readContent(server);
    assets.edit("charts/chart-8.yaml", "Chart 8", "Changed chart");
    const gate = proxy.hold(IMPORT);
    const running = project.up();
    await expect.poll(() => proxy.count(IMPORT), { timeout: 60_000 }).toBe(1);
    await server.query("DELETE FROM sql_metrics; DELETE FROM table_columns; DELETE FROM tables");
    gate.release();

    const refused = await running;
    expect(refused.code).not.toBe(0);
    expect(refused.output).toMatch(/charts\/chart-8\.yaml .*\[import\/parent-missing\]/);
    expect(refused.output).toMatch(/not on the server: dataset [0-9a-f-]{36}/);
    expect(refused.output).toContain("to do: ");

    proxy.clearRules();
    expect(await project.up()).toMatchObject({ code: 0 });
    const after = await readContent(server);
    expect(after.assets).toEqual(before.assets.map((line) => line.replace("Chart 8", "Changed chart")));
    expect(await project.preview({ expectNoChanges: true })).toMatchObject({ code: 0 });
  });
});
