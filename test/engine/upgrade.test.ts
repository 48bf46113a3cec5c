import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { AssetFolder } from "../support/asset-folder";
import { createProject, type PulumiProject, ROOT } from "../support/pulumi-project";
import { loadState, recordState, restoreServer, stateFile, writeRecordedAssets } from "../support/recorded-state";
import { countKinds, readContent } from "../support/server-content";
import { type TestServer, useSuperset } from "../support/servers";

/**
 * Version to record, once, when it is released: `RECORD_STATE=0.2.0 npx vitest run test/engine/upgrade.test.ts` deploys
 * the sample and writes `test/fixtures/state-0.2.0.json`. A recorded state is never changed afterwards.
 */
const { RECORD_STATE } = process.env;

let server: TestServer;

beforeAll(async () => {
  server = await useSuperset();
});

if (RECORD_STATE !== undefined) {
  it(`records the state of ${RECORD_STATE}`, async () => {
    const project = await createProject({ server, assets: join(ROOT, "assets") });
    expect(await project.up()).toMatchObject({ code: 0 });
    await recordState(stateFile(ROOT, RECORD_STATE), project, server, inject("sampleData"));
    project.remove();
  });
}

const versions = readdirSync(join(ROOT, "test/fixtures")).flatMap((name) => /^state-(.*)\.json$/.exec(name)?.[1] ?? []);

describe.each(versions)("a stack that version %s deployed", (version) => {
  let project: PulumiProject;
  let assets: AssetFolder;

  beforeAll(async () => {
    const { text, resources } = loadState(stateFile(ROOT, version), server, inject("sampleData"));
    await server.empty();
    await restoreServer(server, resources);
    assets = writeRecordedAssets(resources);
    project = await createProject({ server, assets: assets.path });
    writeFileSync(join(project.folder, "recorded.json"), text);
    expect(
      await project.pulumi(["stack", "import", "--file", "recorded.json", "--stack", project.stack]),
    ).toMatchObject({ code: 0 });
  });
  afterAll(() => {
    project.remove();
    assets.dispose();
  });

  it("has nothing left to do with today's code", async () => {
    expect(await project.preview({ expectNoChanges: true })).toMatchObject({ code: 0 });
    expect(await project.refresh(["--expect-no-changes"])).toMatchObject({ code: 0 });
  });

  it("can be changed and removed by today's code, under the names it has", async () => {
    const before = countKinds(await readContent(server));
    assets.edit("charts/best-sellers.yaml", "slice_name: Best sellers", "slice_name: Best of all");
    const up = await project.up();
    expect(up).toMatchObject({ code: 0 });
    expect(up.output).toMatch(/1 updated/);
    expect(await server.query("SELECT count(*)::int AS n FROM slices WHERE slice_name = 'Best of all'")).toEqual([
      { n: 1 },
    ]);
    expect(countKinds(await readContent(server))).toEqual(before);
    project.configure({ strategy: "CREATE | UPDATE | DELETE" });
    expect(await project.up()).toMatchObject({ code: 0 });
    expect(await project.destroy()).toMatchObject({ code: 0 });
    expect(countKinds(await readContent(server))).toEqual({ database: 0, dataset: 0, chart: 0, dashboard: 0 });
  });
});
