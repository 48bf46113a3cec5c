import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CommandResult, createProject, PASSWORD_VARIABLE, type PulumiProject } from "../support/pulumi-project";
import { readContent } from "../support/server-content";
import { type TestServer, useSuperset } from "../support/servers";
import { type SmallAssets, writeSmallAssets } from "../support/small-assets";

let server: TestServer;
let assets: SmallAssets;
let project: PulumiProject;

beforeAll(async () => {
  server = await useSuperset();
  assets = writeSmallAssets({ charts: 2 });
  project = await createProject({ server, assets: assets.path, settings: { databases: undefined } });
});
afterAll(() => {
  project.remove();
  assets.dispose();
});

const validate = (args: string[] = [], env?: Record<string, string>): Promise<CommandResult> =>
  project.superset(["validate", "--target", project.stack, ...args], env);

describe("pulumi-superset validate --target", () => {
  it("names what the preview would refuse: a database that nobody can create", async () => {
    const text = assets.read("databases/db.yaml");
    assets.edit("databases/db.yaml", /^database_name: .*$/m, "database_name: Nowhere");
    assets.edit("databases/db.yaml", /^sqlalchemy_uri: .*$/m, "sqlalchemy_uri: postgresql://reader:XXXXXXXXXX@db/shop");
    const { code, stdout } = await validate();
    expect(code).toBe(3);
    expect(stdout).toContain('databases/db.yaml\n  error: the target has no database "Nowhere"');
    expect(stdout).toContain("[target-refuses]");
    const preview = await project.preview();
    expect(preview.code).not.toBe(0);
    expect(preview.output).toContain('the target has no database "Nowhere"');
    assets.write("databases/db.yaml", text);
  });

  it("has nothing to say where the preview would go on, before a deployment and after it, and writes nothing", async () => {
    const before = await readContent(server);
    expect(await validate()).toMatchObject({ code: 0, stdout: "" });
    expect(await readContent(server)).toEqual(before);
    expect(await project.up()).toMatchObject({ code: 0 });
    expect(await validate()).toMatchObject({ code: 0, stdout: "" });
  });

  it("names people and roles that the server does not have", async () => {
    const rule = "{name: r, datasets: ['datasets/**'], roles: [Ghosts], clause: '1 = 1'}";
    assets.write("access.yaml", `owners:\n  charts/**: [nobody@example.com]\nrowLevelSecurity:\n- ${rule}\n`);
    const { code, stdout } = await validate();
    expect(code).toBe(3);
    expect(stdout).toContain('no user "nobody@example.com"');
    expect(stdout).toContain('no role "Ghosts"');
    assets.remove("access.yaml");
  });

  it("asks nobody while the files have errors", async () => {
    assets.write("charts/broken.yaml", "[");
    const { code, output } = await validate([], { [PASSWORD_VARIABLE]: "wrong" });
    expect(code).toBe(3);
    expect(output).toContain(`The server of ${project.stack} was not asked`);
    assets.remove("charts/broken.yaml");
  });

  it("says that the login is refused, without the password", async () => {
    const { code, output } = await validate([], { [PASSWORD_VARIABLE]: "hunter2-wrong" });
    expect(code).not.toBe(0);
    expect(output).toContain("[auth/");
    expect(output).not.toContain("hunter2");
  });
});
