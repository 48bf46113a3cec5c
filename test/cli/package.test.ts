import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createProject, type PulumiProject, ROOT } from "../support/pulumi-project";
import { countKinds, readContent } from "../support/server-content";
import { type TestServer, useSuperset } from "../support/servers";
import { writeSmallAssets } from "../support/small-assets";

const run = promisify(execFile);

describe("the package, installed into an empty project elsewhere", () => {
  const folder = mkdtempSync(join(tmpdir(), "pulumi-superset-package-"));
  const installed = join(folder, "project");
  let tarball: string;
  let server: TestServer;
  let project: PulumiProject;

  beforeAll(async () => {
    server = await useSuperset();
    tarball = await pack();
    await install();
    const assets = writeSmallAssets({ charts: 2 });
    cpSync(assets.path, join(installed, "assets"), { recursive: true });
    assets.dispose();
    const settings = { databases: undefined, strategy: "CREATE | UPDATE | DELETE" };
    project = await createProject({ server, assets: "assets", program: installed, settings });
  });
  afterAll(() => {
    project.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  async function pack(): Promise<string> {
    await run("npm", ["pack", "--workspace", "pulumi-superset", "--pack-destination", folder], { cwd: ROOT });
    return join(folder, readdirSync(folder).find((name) => name.endsWith(".tgz")) ?? "");
  }

  async function install(): Promise<void> {
    const { dependencies } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
      dependencies: Record<string, string>;
    };
    cpSync(join(ROOT, "test/fixtures/installed-program"), installed, { recursive: true });
    const engine = dependencies["@pulumi/pulumi"] ?? "";
    const manifest = {
      name: "elsewhere",
      private: true,
      dependencies: { "@pulumi/pulumi": engine, "pulumi-superset": `file:${tarball}` },
    };
    writeFileSync(join(installed, "package.json"), JSON.stringify(manifest));
    await run("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts"], {
      cwd: installed,
    });
  }

  it("holds what it needs and nothing else", async () => {
    const { stdout } = await run("tar", ["-tzf", tarball]);
    const files = stdout
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => line.replace("package/", ""));
    expect(files).toEqual(
      expect.arrayContaining([
        "README.md",
        "LICENSE",
        "hooks.cjs",
        "hooks.d.cts",
        "bin/pulumi-superset.cjs",
        "dist/index.js",
        "dist/index.d.ts",
        "templates/project/gitignore",
        "templates/project/package.json",
        "templates/workflows/deploy.yml",
      ]),
    );
    expect(
      files.filter(
        (file) =>
          !/^(README\.md|LICENSE|package\.json|hooks\.(d\.cts|cjs)|bin\/.*\.cjs|templates\/(project|workflows)\/[^/]+|dist\/.*\.(d\.ts|js))$/.test(
            file,
          ),
      ),
    ).toEqual([]);
  });

  it("is well formed for publint and are-the-types-wrong", async () => {
    // They end with a failure where they find something.
    await run(process.execPath, [join(ROOT, "node_modules/publint/src/cli.js"), tarball, "--strict"]);
    await run(process.execPath, [
      join(ROOT, "node_modules/@arethetypeswrong/cli/dist/index.js"),
      tarball,
      "--profile",
      "node16",
    ]);
  });

  it("deploys, refreshes and destroys", async () => {
    const up = await project.up();
    expect(up.code, up.output).toBe(0);
    const made = project.resources().filter(({ inputs }) => inputs.kind === "chart");
    expect(made.map(({ outputs }) => outputs.done)).toEqual(["create: not on the target", "create: not on the target"]);
    expect(countKinds(await readContent(server))).toEqual({ database: 1, dataset: 1, chart: 2, dashboard: 1 });

    await server.query("DELETE FROM dashboard_slices");
    await server.query("DELETE FROM slices WHERE slice_name = 'Chart 1'");
    expect(await project.refresh()).toMatchObject({ code: 0 });
    const names = project.resources().map(({ urn }) => urn.split("::").pop());
    expect(names).not.toContain("charts/chart-1");
    expect(names).toContain("charts/chart-2");

    expect(await project.destroy()).toMatchObject({ code: 0 });
    expect(countKinds(await readContent(server))).toEqual({ database: 0, dataset: 0, chart: 0, dashboard: 0 });
  });

  it("brings its command line", async () => {
    const { stdout } = await run(process.execPath, [
      join(installed, "node_modules/.bin/pulumi-superset"),
      "deploy",
      "--help",
    ]);
    expect(stdout).toContain("Examples:");
  });
});
