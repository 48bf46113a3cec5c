import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type FaultProxy, startFaultProxy } from "../support/fault-proxy";
import { createProject, PASSWORD_VARIABLE, type PulumiProject, ROOT } from "../support/pulumi-project";
import { countKinds, readContent } from "../support/server-content";
import { type TestServer, useSuperset } from "../support/servers";
import { type SmallAssets, writeSmallAssets } from "../support/small-assets";

const ALL_FLAGS = "CREATE | UPDATE | DELETE";

/** Charts that nothing uses: when their files go is their name. */
const LONE = ["without-delete", "with-delete", "for-another-kind", "with-address"] as const;
type LoneChart = (typeof LONE)[number];
const uuidOf = (name: LoneChart) => `dddddddd-0000-4000-8000-00000000000${LONE.indexOf(name)}`;

let server: TestServer;
let proxy: FaultProxy;
let assets: SmallAssets;
let project: PulumiProject;

beforeAll(async () => {
  server = await useSuperset();
  proxy = await startFaultProxy(server.url);
  assets = writeSmallAssets({ charts: 2 });
  for (const name of LONE) {
    const text = assets.read("charts/chart-1.yaml").replace(/^uuid: .*$/m, `uuid: ${uuidOf(name)}`);
    assets.write(`charts/${name}.yaml`, text.replace(/^slice_name: .*$/m, `slice_name: Lone ${name}`));
  }
  project = await createProject({ server, assets: assets.path, settings: { strategy: "CREATE | UPDATE" } });
});
afterAll(async () => {
  project?.remove();
  assets?.dispose();
  await proxy?.close();
});

const targets = () => [...new Set(project.resources().map(({ outputs }) => outputs.target))];
const origins = () => new Set(project.resources().map(({ outputs }) => outputs.origin));
const countContent = async () => countKinds(await readContent(server));

/** What the server has, and under which ids. */
async function readIds(): Promise<string[][]> {
  return (await readContent(server)).versions.map((line) => line.split(" ").slice(0, 3));
}

describe("a secret that would stand in the state in clear", () => {
  it("is refused in the settings, and not printed", async () => {
    project.configure({ auth: { username: "admin", password: "canary-in-clear" } });
    const preview = await project.preview();
    expect(preview.code).not.toBe(0);
    expect(preview.output).toContain("superset:auth holds a secret in clear");
    expect(preview.output).toContain("[settings/secret-in-clear]");
    expect(preview.output + project.state()).not.toContain("canary-in-clear");
  });

  it("is accepted encrypted", async () => {
    project.configure({ auth: { username: "admin" } });
    const set = ["config", "set", "--stack", project.stack, "--secret", "--path", "superset:auth.password", "admin"];
    expect(await project.pulumi(set)).toMatchObject({ code: 0 });
    const up = await project.up();
    expect(up.code, up.output).toBe(0);
    expect(await countContent()).toEqual({ ...assets.counts, chart: 2 + LONE.length });
    project.configure({ auth: { username: "admin", passwordEnv: PASSWORD_VARIABLE } });
  });
});

describe("nothing is deleted by mistake", () => {
  it("an empty folder is refused instead of deleting all there is", async () => {
    const content = await readContent(server);
    project.configure({ strategy: ALL_FLAGS, include: ["chart/**"] });
    const up = await project.up();
    expect(up.code).not.toBe(0);
    expect(up.output).toContain("[delete/everything]");
    expect(await readContent(server)).toEqual(content);
    project.configure({ strategy: "CREATE | UPDATE", include: undefined });
  });

  it("DELETE that is set together with the removal of a file, or after it, deletes what this stack made", async () => {
    const counts = await countContent();
    assets.remove("charts/without-delete.yaml");
    const without = await project.up();
    expect(without.code, without.output).toBe(0);
    expect(await countContent()).toEqual(counts);

    project.configure({ strategy: ALL_FLAGS });
    assets.remove("charts/with-delete.yaml");
    // An asset of another kind that takes the UUID does not keep the chart.
    assets.remove("charts/for-another-kind.yaml");
    assets.write(
      "dashboards/lone.yaml",
      `dashboard_title: Lone\nposition: {}\nmetadata: {}\nuuid: ${uuidOf("for-another-kind")}\nversion: 1.0.0\n`,
    );
    const preview = await project.preview();
    expect(preview.output).toContain("3 to delete");
    for (const name of ["without-delete", "with-delete", "for-another-kind"]) {
      expect(preview.output).toMatch(new RegExp(`deleted from the server:[\\s\\S]*  chart "Lone ${name}"`));
    }
    const up = await project.up();
    expect(up.code, up.output).toBe(0);
    expect(await countContent()).toEqual({ ...counts, chart: 3, dashboard: 2 });
  });
});

describe("a replacement that somebody asks the engine for", () => {
  it("keeps the object and what is known of it", async () => {
    const ids = await readIds();
    const chart = project.resources().find(({ inputs }) => inputs.kind === "chart");
    const up = await project.up({ args: ["--replace", chart?.urn ?? ""] });
    expect(up.code, up.output).toBe(0);
    expect(up.output).toContain("1 replaced");
    expect(origins()).toEqual(new Set(["created"]));
    expect(await readIds()).toEqual(ids);
  });
});

describe("another address of the same server", () => {
  it("what is there is adopted; a file that goes together with the address only leaves the stack", async () => {
    const [before] = targets();
    const ids = await readIds();
    assets.remove("charts/with-address.yaml");
    project.configure({ url: proxy.url });
    const preview = await project.preview();
    expect(preview.output).toContain("take: the stack's address changed, with the same content");
    expect(preview.output).toContain("use: the stack's address changed");
    expect(preview.output).toContain("it is on the server that this stack had before");
    const up = await project.up();
    expect(up.code, up.output).toBe(0);
    expect(targets()).toHaveLength(1);
    expect(targets()).not.toEqual([before]);
    expect(project.resources()).toHaveLength(6);
    expect(origins()).toEqual(new Set(["adopted"]));
    expect(await project.preview({ expectNoChanges: true })).toMatchObject({ code: 0 });
    expect(await readIds()).toEqual(ids);
  });

  it("destroy leaves what was adopted there", async () => {
    const ids = await readIds();
    expect(await project.destroy()).toMatchObject({ code: 0 });
    expect(await readIds()).toEqual(ids);
  });
});

describe("a program that waits for nothing", () => {
  it("fails where its folder cannot be read, and nothing is deleted", async () => {
    await server.empty();
    const small = writeSmallAssets({ charts: 1 });
    const program = join(ROOT, "test/fixtures/silent-program");
    const silent = await createProject({ server, assets: small.path, settings: { strategy: ALL_FLAGS }, program });
    try {
      expect(await silent.up()).toMatchObject({ code: 0 });
      const [content, resources] = [await readContent(server), silent.resources().length];
      expect(resources).toBe(4);
      small.edit("charts/chart-1.yaml", "slice_name:", "slice_name: twice\nslice_name:");
      const up = await silent.up();
      expect(up.code).not.toBe(0);
      expect(up.output).toContain("[yaml-duplicate-key]");
      expect(silent.resources()).toHaveLength(resources);
      expect(await readContent(server)).toEqual(content);
    } finally {
      silent.remove();
      small.dispose();
    }
  });
});
