import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type FaultProxy, startFaultProxy } from "../support/fault-proxy";
import { createProject, type PulumiProject, ROOT } from "../support/pulumi-project";
import { countKinds, readContent } from "../support/server-content";
import { type TestServer, useSuperset } from "../support/servers";
import { type SmallAssets, writeSmallAssets } from "../support/small-assets";

const ALL_FLAGS = "CREATE | UPDATE | DELETE";

let server: TestServer;
let proxy: FaultProxy;
let assets: SmallAssets;
let project: PulumiProject;

beforeAll(async () => {
  server = await useSuperset();
  proxy = await startFaultProxy(server.url);
});
afterEach(async () => {
  project.remove();
  assets.dispose();
  await server.empty();
});
afterAll(() => proxy.close());

/** A deployed folder, whose stack may delete. */
async function deploySmall({ program, strategy = ALL_FLAGS }: { program?: string; strategy?: string } = {}) {
  assets = writeSmallAssets({ charts: 2 });
  project = await createProject({ server, assets: assets.path, settings: { strategy }, ...(program && { program }) });
  const up = await project.up();
  expect(up.code, up.output).toBe(0);
}

/** A chart that nothing uses. */
function loneChart(): string {
  const chart = assets.read("charts/chart-1.yaml").replace(/uuid: .*/, "uuid: dddddddd-0000-4000-8000-000000000004");
  return chart.replace(/slice_name: .*/, "slice_name: Lone");
}

const targets = () => [...new Set(project.resources().map(({ outputs }) => outputs.target))];

describe("nothing is deleted by mistake", () => {
  it("a folder that cannot be read fails the program, even one that waits for nothing", async () => {
    await deploySmall({ program: join(ROOT, "test/fixtures/silent-program") });
    const [content, resources] = [await readContent(server), project.resources().length];
    assets.edit("charts/chart-1.yaml", "slice_name:", "slice_name: twice\nslice_name:");
    const up = await project.up();
    expect(up.code).not.toBe(0);
    expect(up.output).toContain("[yaml-duplicate-key]");
    expect(project.resources()).toHaveLength(resources);
    expect(await readContent(server)).toEqual(content);
  });

  it("an empty folder is refused instead of deleting all there is", async () => {
    await deploySmall();
    const content = await readContent(server);
    project.configure({ include: ["chart/**"] });
    const preview = await project.preview();
    expect(preview.code).not.toBe(0);
    expect(preview.output).toContain("[delete/everything]");
    expect((await project.up()).code).not.toBe(0);
    expect(await readContent(server)).toEqual(content);
  });

  it("what another address already had is adopted there, and stays when its file goes", async () => {
    await deploySmall();
    const [before] = targets();
    project.configure({ url: proxy.url });
    const preview = await project.preview();
    expect(preview.output).toContain("take: the stack's address changed, with the same content");
    expect(preview.output).toContain("use: the stack's address changed");
    const up = await project.up();
    expect(up.code, up.output).toBe(0);
    expect(targets()).toHaveLength(1);
    expect(targets()).not.toEqual([before]);
    expect(project.resources().map(({ outputs }) => outputs.origin)).toEqual(Array(5).fill("adopted"));
    expect(await project.preview({ expectNoChanges: true })).toMatchObject({ code: 0 });

    const counts = countKinds(await readContent(server));
    expect(await project.destroy()).toMatchObject({ code: 0 });
    expect(countKinds(await readContent(server))).toEqual(counts);
  });

  it("a file that goes together with the address only leaves the stack", async () => {
    await deploySmall();
    assets.write(
      "charts/chart-3.yaml",
      assets.read("charts/chart-1.yaml").replace(/uuid: .*/, "uuid: dddddddd-0000-4000-8000-000000000003"),
    );
    expect(await project.up()).toMatchObject({ code: 0 });
    const counts = countKinds(await readContent(server));
    assets.remove("charts/chart-3.yaml");
    project.configure({ url: proxy.url });
    expect((await project.preview()).output).toContain("it is on the server that this stack had before");
    const up = await project.up();
    expect(up.code, up.output).toBe(0);
    expect(countKinds(await readContent(server))).toEqual(counts);
  });

  it("DELETE that is set together with the removal of a file, or after it, deletes what this stack made", async () => {
    await deploySmall({ strategy: "CREATE | UPDATE" });
    assets.write("charts/lone.yaml", loneChart());
    expect(await project.up()).toMatchObject({ code: 0 });
    assets.remove("charts/lone.yaml");
    const counts = countKinds(await readContent(server));
    expect(await project.up()).toMatchObject({ code: 0 });
    expect(countKinds(await readContent(server))).toEqual(counts);
    project.configure({ strategy: ALL_FLAGS });
    expect((await project.preview()).output).toContain("1 to delete");
    expect(await project.up()).toMatchObject({ code: 0 });
    expect(countKinds(await readContent(server))).toEqual({ ...counts, chart: (counts.chart ?? 0) - 1 });
  });

  it("an asset of another kind that takes its UUID does not keep it", async () => {
    await deploySmall();
    assets.write("charts/lone.yaml", loneChart());
    expect(await project.up()).toMatchObject({ code: 0 });
    assets.remove("charts/lone.yaml");
    assets.write(
      "dashboards/lone.yaml",
      "dashboard_title: Lone\nposition: {}\nmetadata: {}\nuuid: dddddddd-0000-4000-8000-000000000004\nversion: 1.0.0\n",
    );
    const preview = await project.preview();
    expect(preview.output).toMatch(/deleted from the server:\s+chart "Lone"/);
    const up = await project.up();
    expect(up.code, up.output).toBe(0);
    expect(countKinds(await readContent(server))).toEqual({ ...assets.counts, dashboard: 2 });
  });
});

describe("a replacement that somebody asks the engine for", () => {
  it("keeps the object and what is known of it", async () => {
    await deploySmall();
    const content = await readContent(server);
    const chart = project.resources().find(({ inputs }) => inputs.kind === "chart");
    const up = await project.up({ args: ["--replace", chart?.urn ?? ""] });
    expect(up.code, up.output).toBe(0);
    expect(project.resources().map(({ outputs }) => outputs.origin)).toEqual(Array(5).fill("created"));
    expect((await readContent(server)).versions.map((line) => line.split(" ").slice(0, 3))).toEqual(
      content.versions.map((line) => line.split(" ").slice(0, 3)),
    );
    expect(await project.preview({ expectNoChanges: true })).toMatchObject({ code: 0 });
  });
});

describe("a secret that would stand in the state in clear", () => {
  it("is refused in the settings, and not printed", async () => {
    assets = writeSmallAssets({ charts: 1 });
    project = await createProject({ server, assets: assets.path });
    project.configure({ auth: { username: "admin", password: "canary-in-clear" } });
    const preview = await project.preview();
    expect(preview.code).not.toBe(0);
    expect(preview.output).toContain("superset:auth holds a secret in clear");
    expect(preview.output).toContain("[settings/secret-in-clear]");
    expect(preview.output + project.state()).not.toContain("canary-in-clear");
  });

  it("is accepted encrypted", async () => {
    assets = writeSmallAssets({ charts: 1 });
    project = await createProject({ server, assets: assets.path });
    project.configure({ auth: { username: "admin" } });
    const set = ["config", "set", "--stack", project.stack, "--secret", "--path", "superset:auth.password", "admin"];
    expect(await project.pulumi(set)).toMatchObject({ code: 0 });
    const preview = await project.preview();
    expect(preview.code, preview.output).toBe(0);
  });
});
