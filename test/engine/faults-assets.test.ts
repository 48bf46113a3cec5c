import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
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

beforeAll(async () => {
  server = await useSuperset();
});
beforeEach(async () => {
  await server.empty();
  proxy = await startFaultProxy(server.url);
});
afterEach(async () => {
  project?.remove();
  assets?.dispose();
  await proxy?.close();
});

async function openProject(charts: number): Promise<void> {
  assets = writeSmallAssets({ charts });
  project = await createProject({ server: { ...server, url: proxy.url }, assets: assets.path });
}

describe("a folder with a broken asset among a hundred good ones", () => {
  it("is deployed but for that one and what shows it; both follow when it is mended", async () => {
    await openProject(100);
    const long = `A name that the server has no room for ${"x".repeat(300)}`;
    assets.edit("charts/chart-50.yaml", "Chart 50", long);

    const broken = await project.deploy();
    expect(broken.code).toBe(1);
    expect(broken.output).toMatch(/charts\/chart-50\.yaml .*Superset could not import the asset \[import\/refused\]/);
    expect(broken.output).toContain("to do: Likely causes");
    expect(broken.output).toContain(
      "Not done (1), because something before it failed:\n  dashboards/board.yaml (dashboard",
    );
    expect(countKinds(await readContent(server))).toEqual({ ...assets.counts, chart: 99, dashboard: 0 });

    assets.edit("charts/chart-50.yaml", long, "Chart 50");
    proxy.resetRequests();
    expect(await project.up()).toMatchObject({ code: 0 });
    // One import a wave: the others are not written again.
    expect(proxy.count(IMPORT)).toBe(2);
    expect(countKinds(await readContent(server))).toEqual(assets.counts);
    expect(await project.preview({ expectNoChanges: true })).toMatchObject({ code: 0 });
  });
});

describe("an object that somebody edits after the plan and before the write", () => {
  // First a refresh reads the lists, then the program for its plan, then the hooks before they write.
  it.each([
    { run: "up", args: [], last: 2 },
    { run: "up --refresh", args: ["--refresh"], last: 3 },
  ])(
    "is left as it is and named by $run, and the others are written; the next run shows the edit and decides again",
    async ({ args, last }) => {
      await openProject(2);
      expect(await project.up()).toMatchObject({ code: 0 });
      for (const chart of [1, 2])
        assets.edit(`charts/chart-${chart}.yaml`, `Chart ${chart}`, `Chart ${chart} of the file`);
      const edit = () =>
        server.query("UPDATE slices SET description = 'by hand', changed_on = now() WHERE slice_name = 'Chart 1'");
      let lists = 0;
      proxy.rule(({ path }) =>
        path.startsWith("/api/v1/chart/?q=(columns") && ++lists === last
          ? { fault: "hold", until: edit().then(() => undefined) }
          : undefined,
      );

      const up = await project.up({ args });
      expect(up.code).not.toBe(0);
      expect(up.output).toMatch(
        /charts\/chart-1\.yaml.* changed chart "Chart 1 of the file".* since the plan was made/s,
      );
      expect(up.output).toContain("[plan/changed]");
      const titles = () => server.query("SELECT slice_name, description FROM slices ORDER BY 1");
      expect(await titles()).toEqual([
        { slice_name: "Chart 1", description: "by hand" },
        { slice_name: "Chart 2 of the file", description: null },
      ]);

      proxy.clearRules();
      expect((await project.preview()).output).toContain("1 asset was changed on the server since the last deployment");
      expect(await project.up()).toMatchObject({ code: 0 });
      expect((await titles()).map(({ slice_name: title }) => title)).toEqual([
        "Chart 1 of the file",
        "Chart 2 of the file",
      ]);
      expect(await project.preview({ expectNoChanges: true })).toMatchObject({ code: 0 });
    },
  );
});

describe("a dataset whose content the server no longer tells when it is written", () => {
  it("keeps the columns that its file no longer has, and is named", async () => {
    await openProject(1);
    expect(await project.up()).toMatchObject({ code: 0 });
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
  });
});

describe("hostile files", () => {
  it("are all named with a remedy before anything is sent; nothing of a file outside is read", async () => {
    await openProject(1);
    const outside = makeAssets();
    try {
      writeFileSync(join(outside.path, "secret.yaml"), "password: outside-canary\n");
      symlinkSync(join(outside.path, "secret.yaml"), join(assets.path, "charts/linked.yaml"));
      const levels = Array.from(
        { length: 9 },
        (_, level) => `l${level + 1}: &l${level + 1} [${Array(9).fill(`*l${level}`).join(", ")}]`,
      );
      assets.write("charts/bomb.yaml", ["l0: &l0 lol", ...levels].join("\n"));
      assets.write("charts/huge.yaml", `slice_name: "${"x".repeat(50 * 1024 * 1024)}"\n`);
      assets.edit("charts/chart-1.yaml", "slice_name:", "slice_name: twice\nslice_name:");
      project.configure({ exclude: ["../elsewhere/*.yaml"] });

      const preview = await project.preview();
      expect(preview.code).not.toBe(0);
      for (const [file, rule] of [
        ["charts/linked.yaml", "path-outside"],
        ["charts/bomb.yaml", "yaml-too-complex"],
        ["charts/huge.yaml", "file-too-large"],
        ["charts/chart-1.yaml:", "yaml-duplicate-key"],
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
    }
  });

  it("of another system or script are ordinary files: Windows line ends, a byte order mark, emoji, right to left", async () => {
    await openProject(3);
    const titles = ["📈 Umsatz 👩‍👩‍👧", "إيرادات الربع", "שלום \u202eabc"];
    assets.edit("charts/chart-1.yaml", "Chart 1", titles[0] ?? "");
    assets.move("charts/chart-1.yaml", "charts/📈 umsatz.yaml");
    assets.edit("charts/chart-2.yaml", "Chart 2", titles[1] ?? "");
    assets.write("charts/chart-2.yaml", `\ufeff${assets.read("charts/chart-2.yaml")}`);
    assets.move("charts/chart-2.yaml", "charts/إيرادات/الربع.yaml");
    assets.edit("charts/chart-3.yaml", "Chart 3", titles[2] ?? "");
    assets.write("charts/chart-3.yaml", assets.read("charts/chart-3.yaml").replaceAll("\n", "\r\n"));
    assets.write("dashboards/board.yaml", assets.read("dashboards/board.yaml").replaceAll("\n", "\r\n"));

    expect(await project.up()).toMatchObject({ code: 0 });
    const rows = await server.query("SELECT slice_name FROM slices");
    expect(rows.map((row) => row.slice_name).sort()).toEqual([...titles].sort());
    expect(countKinds(await readContent(server))).toEqual(assets.counts);
    expect(await project.preview({ expectNoChanges: true })).toMatchObject({ code: 0 });
  });
});

describe("a chart whose dataset is deleted on the server meanwhile", () => {
  it("is refused with the reason; the next up brings both back", async () => {
    await openProject(2);
    expect(await project.up()).toMatchObject({ code: 0 });
    const before = await readContent(server);
    assets.edit("charts/chart-1.yaml", "Chart 1", "Changed chart");
    proxy.resetRequests();
    const gate = proxy.hold(IMPORT);
    const running = project.up();
    await expect.poll(() => proxy.count(IMPORT), { timeout: 60_000 }).toBe(1);
    await server.query("DELETE FROM sql_metrics; DELETE FROM table_columns; DELETE FROM tables");
    gate.release();

    const refused = await running;
    expect(refused.code).not.toBe(0);
    expect(refused.output).toMatch(/charts\/chart-1\.yaml .*\[import\/parent-missing\]/);
    expect(refused.output).toMatch(/not on the server: dataset [0-9a-f-]{36}/);
    expect(refused.output).toContain("to do: ");

    proxy.clearRules();
    expect(await project.up()).toMatchObject({ code: 0 });
    const after = await readContent(server);
    expect(after.assets).toEqual(before.assets.map((line) => line.replace("Chart 1", "Changed chart")));
    expect(await project.preview({ expectNoChanges: true })).toMatchObject({ code: 0 });
  });
});
