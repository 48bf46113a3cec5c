import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AssetFolder, copyAssets } from "../support/asset-folder";
import { createProject, type PulumiProject } from "../support/pulumi-project";
import { type TestServer, useSuperset } from "../support/servers";

describe("a folder of assets on an empty server", () => {
  let server: TestServer;
  let assets: AssetFolder;
  let project: PulumiProject;

  beforeAll(async () => {
    server = await useSuperset();
    assets = copyAssets();
    project = await createProject({ server, assets: assets.path });
  });
  afterAll(() => {
    project.remove();
    assets.dispose();
  });

  it("is shown by preview, put there by up, and then nothing is left to do", async () => {
    const preview = await project.preview();
    expect(preview.output).toContain("20 to create");
    expect(preview.output).toContain("create: not on the target");
    expect(await server.query("SELECT count(*)::int AS n FROM slices")).toEqual([{ n: 0 }]);

    const up = await project.up();
    expect(up).toMatchObject({ code: 0 });
    expect(
      await server.query(
        "SELECT (SELECT count(*)::int FROM slices) AS charts, (SELECT count(*)::int FROM dashboards) AS dashboards",
      ),
    ).toEqual([{ charts: 10, dashboards: 2 }]);

    expect(await project.preview({ expectNoChanges: true })).toMatchObject({ code: 0 });
  });
});
