import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { linkPackages } from "../support/link-packages";
import { createProject, type PulumiProject, ROOT } from "../support/pulumi-project";
import { useSuperset } from "../support/servers";
import { type SmallAssets, writeSmallAssets } from "../support/small-assets";

/** What a checkout needs to compile and run. */
const PARTS = ["provider", "stacks", "package.json", "package-lock.json", "tsconfig.base.json"];

describe("sources that were edited after the last build", () => {
  const copy = mkdtempSync(join(tmpdir(), "pulumi-superset-copy-"));
  let assets: SmallAssets;
  let project: PulumiProject;

  beforeAll(async () => {
    const filter = (path: string) => !/\/(node_modules|dist)$/.test(path);
    for (const part of PARTS) cpSync(join(ROOT, part), join(copy, part), { recursive: true, filter });
    linkPackages(copy);
    const server = await useSuperset();
    assets = writeSmallAssets({ charts: 1 });
    project = await createProject({ server, assets: assets.path, root: copy, settings: { databases: undefined } });
  });
  afterAll(() => {
    project.remove();
    assets.dispose();
    rmSync(copy, { recursive: true, force: true });
  });

  function edit(file: string, from: string, to: string): void {
    const before = readFileSync(join(copy, file), "utf8");
    expect(before).toContain(from);
    writeFileSync(join(copy, file), before.replace(from, to));
  }

  it("stop the run with the compiler's message where they do not compile, instead of running what was", async () => {
    const wrong = "const wrong: number = 'text';\n";
    edit("stacks/assets.ts", "export async function", `${wrong}export async function`);
    const preview = await project.preview();
    expect(preview.code).not.toBe(0);
    expect(preview.output).toContain("The TypeScript sources do not compile");
    expect(preview.output).toContain("stacks/assets.ts");
    edit("stacks/assets.ts", wrong, "");
  });

  it("run in the command line, without anybody building", () => {
    edit("stacks/assets.ts", "dashboards: assets", "edited: assets");
    edit("provider/src/plan/decide.ts", '"not on the target"', '"edited reason"');
    edit("provider/src/hooks/kinds.ts", "/explore/?slice_id=", "/edited/?slice_id=");
    edit(
      "provider/src/cli/deploy-command.ts",
      "Put the asset files onto the server of a stack.\n",
      "Edited: put the asset files there.\n",
    );
    const help = execFileSync(process.execPath, [join(copy, "provider/bin/pulumi-superset.cjs"), "deploy", "--help"], {
      encoding: "utf8",
    });
    expect(help).toContain("Edited: put");
  });

  it("run in the program, in the plan and in the hooks", async () => {
    const up = await project.up();
    expect(up).toMatchObject({ code: 0 });
    expect(up.output).toContain("edited");
    const chart = project.resources().find(({ inputs }) => inputs.kind === "chart");
    expect(chart?.outputs).toMatchObject({
      done: "create: edited reason",
      url: expect.stringContaining("/edited/?slice_id="),
    });
  });
});
