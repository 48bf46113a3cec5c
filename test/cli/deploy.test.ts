import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createProject, type PulumiProject } from "../support/pulumi-project";
import { countKinds, readContent } from "../support/server-content";
import { type TestServer, useSuperset } from "../support/servers";
import { type SmallAssets, writeSmallAssets } from "../support/small-assets";

let server: TestServer;
let assets: SmallAssets;
let project: PulumiProject;

beforeAll(async () => {
  server = await useSuperset();
  assets = writeSmallAssets({ charts: 1 });
  project = await createProject({ server, assets: assets.path, settings: { databases: undefined } });
});
afterAll(() => {
  project.remove();
  assets.dispose();
});

const countOnServer = async () => countKinds(await readContent(server));

describe("pulumi-superset deploy", () => {
  it("previews a run with its strategy, and writes nothing", async () => {
    const before = [await countOnServer(), project.state()];
    const look = await project.deploy(["--dry-run"]);
    expect(look, look.output).toMatchObject({ code: 0 });
    expect(look.stdout).toMatch(/superset:Chart charts\/chart-1 create/);
    const other = await project.deploy(["--dry-run", "--strategy", "UPDATE"]);
    expect(other, other.output).toMatchObject({ code: 0 });
    expect(other.output).toContain("the strategy (UPDATE) has no CREATE");
    const further = await project.deploy(["-n", "--", "--diff", "--expect-no-changes"]);
    expect(further.code, further.output).not.toBe(0);
    expect(further.stdout).toContain("create: not on the target");
    expect([await countOnServer(), project.state()]).toEqual(before);
  });

  it('takes "" for the strategy that writes nothing', async () => {
    const before = await countOnServer();
    const nothing = await project.deploy(["--strategy", ""]);
    expect(nothing, nothing.output).toMatchObject({ code: 0 });
    expect(nothing.output).toContain("left as they are");
    expect(await countOnServer()).toEqual(before);
    expect(await project.deploy(["--strategy", "EVERYTHING"])).toMatchObject({ code: 2 });
  });

  it("refuses further arguments where it writes", async () => {
    const refused = await project.deploy(["--", "--target", "x"]);
    expect(refused).toMatchObject({ code: 2 });
    expect(refused.output).toContain("cli/unexpected-arguments");
  });

  it.each(["deploy", "deploy --dry-run", "ids", "pull --drifted"])(
    "tells what to do about a stack that there is not: %s",
    async (command) => {
      const { code, output } = await project.superset([...command.split(" "), "--stack", "nope"]);
      expect(code).toBe(2);
      expect(output).toContain('There is no stack "nope". [stack/missing]');
      expect(output).toContain("`pulumi stack init nope`");
    },
  );

  it("tells to log in where nobody is", async () => {
    const nobody = { PULUMI_BACKEND_URL: "", PULUMI_ACCESS_TOKEN: "", PULUMI_HOME: `${project.folder}/nobody` };
    for (const command of ["deploy", "ids"]) {
      const { code, output } = await project.superset([command], nobody);
      expect(code, output).toBe(1);
      expect(output).toContain("Run `pulumi login`");
    }
  });
});
