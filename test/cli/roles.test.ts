import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { type FaultProxy, startFaultProxy } from "../support/fault-proxy";
import { clientOf, createRole, createUser, USER_PASSWORD } from "../support/people";
import { createProject, PASSWORD_VARIABLE, type PulumiProject } from "../support/pulumi-project";
import { readContent } from "../support/server-content";
import { type TestServer, useSuperset } from "../support/servers";
import { type SmallAssets, writeSmallAssets } from "../support/small-assets";
import { change } from "../support/superset-people";

const PASSWORD = { [PASSWORD_VARIABLE]: USER_PASSWORD };
const SEES_PART = "[account/sees-part]";

let server: TestServer;
let proxy: FaultProxy;
let assets: SmallAssets;
let project: PulumiProject;

beforeAll(async () => {
  server = await useSuperset();
  proxy = await startFaultProxy(server.url);
  assets = writeSmallAssets({ charts: 2 });
  project = await createProject({
    server: { ...server, url: proxy.url },
    assets: assets.path,
    settings: { databases: undefined },
  });
  expect(await project.up()).toMatchObject({ code: 0 });
  addStack("elsewhere", { url: "http://127.0.0.1:9", role: "production" });
});
beforeEach(() => proxy.resetRequests());
afterAll(async () => {
  project?.remove();
  assets?.dispose();
  await proxy?.close();
});

/** A stack that has deployed nothing, of whichever user. */
function addStack(name: string, settings: Readonly<Record<string, unknown>> = {}): void {
  const auth = { username: "admin", passwordEnv: PASSWORD_VARIABLE };
  const all = { url: proxy.url, role: "qa", assets: assets.path, auth, ...settings };
  const config = Object.fromEntries(Object.entries(all).map(([key, value]) => [`superset:${key}`, value]));
  writeFileSync(join(project.folder, `Pulumi.${name}.yaml`), stringify({ config }));
}

/** Lets the stack that the admin has deployed log in as a user of a role. */
async function logInAs(role: string): Promise<string> {
  const { username } = await createUser(server, "someone", role);
  project.configure({ auth: { username, passwordEnv: PASSWORD_VARIABLE } });
  return username;
}

const run = (...args: string[]) => project.command(args, PASSWORD);

function readFiles(): Record<string, string> {
  const names = readdirSync(assets.path, { recursive: true }).map(String);
  const files = names.filter((name) => statSync(join(assets.path, name)).isFile());
  return Object.fromEntries(files.sort().map((name) => [name, readFileSync(join(assets.path, name), "utf8")]));
}

describe("an account that may do nothing", () => {
  it("is told which permission it lacks, by every command, and for which stack", async () => {
    const { name } = await createRole(server, "Nothing");
    const username = await logInAs(name);
    for (const args of [
      ["export", "--from", "test", "--yes"],
      ["diff", "test", assets.path],
      ["sync", "test", "elsewhere", "-n"],
      ["ids", "--sync", "--stack", "test"],
      ["deploy", "--stack", "test"],
    ]) {
      const { code, output } = await run(...args);
      expect(code, args.join(" ")).toBe(1);
      expect(output).toContain("[superset/forbidden]");
      expect(output).toMatch(new RegExp(`stack test: GET .* is not allowed for the user "${username}"`));
      expect(output).toMatch(/a role with the permission "can_read on (Chart|Dashboard|Dataset|Database)"/);
    }
    const status = await run("status", "test");
    expect(status).toMatchObject({ code: 1, output: expect.stringContaining("[superset/forbidden]") });
    expect(proxy.writes()).toBe(0);
  });
});

describe("an account with the role Gamma", () => {
  let username: string;
  beforeAll(async () => {
    username = await logInAs("Gamma");
  });

  it("is told that it sees a part, and no file goes for what it does not see", async () => {
    const before = readFiles();
    const { code, output } = await run("export", "--from", "test", "--yes");
    expect(code).toBe(0);
    expect(output).toContain(`the user "${username}" sees only those databases, datasets, charts, dashboards`);
    expect(output).toContain("5 files left as they are");
    expect(output).toMatch(/0 removed/);
    expect(readFiles()).toEqual(before);
  });

  it("is called neither a server that lost everything nor one that has it all", async () => {
    const status = await run("status", "test");
    expect(status).toMatchObject({ code: 1, output: expect.stringContaining(SEES_PART) });
    for (const args of [
      ["ids", "--sync", "--stack", "test"],
      ["diff", "test", assets.path],
    ]) {
      expect((await run(...args)).output, args.join(" ")).toContain(SEES_PART);
    }
    const resources = project.resources();
    const refresh = await project.pulumi(
      ["refresh", "--yes", "--run-program", "--skip-preview", "--stack", "test", "--non-interactive"],
      { env: PASSWORD },
    );
    expect(refresh.code).not.toBe(0);
    expect(refresh.output).toContain(SEES_PART);
    expect(project.resources()).toEqual(resources);
  });

  it("is no source of a sync: what it does not see would go from the other server", async () => {
    const refused = await run("sync", "test", "elsewhere", "--confirm", "SYNC TO PRODUCTION");
    expect(refused).toMatchObject({ code: 3, output: expect.stringContaining(SEES_PART) });
  });

  it("deploys nothing twice, and is told which permissions a first deployment needs", async () => {
    const before = await readContent(server);
    const again = await run("deploy", "--stack", "test");
    expect(again.code).toBe(3);
    expect(again.output).toContain(SEES_PART);
    addStack("first", { auth: { username, passwordEnv: PASSWORD_VARIABLE } });
    await project.pulumi(["stack", "init", "first", "--non-interactive"]);
    addStack("first", { auth: { username, passwordEnv: PASSWORD_VARIABLE } });
    const first = await run("deploy", "--stack", "first");
    expect(first.code).toBe(3);
    expect(first.output).toContain("[account/may-not-write]");
    expect(first.output).toMatch(
      /lacks can_import_ on ImportExportRestApi, can_write on Data\w+, can_write on Data\w+/,
    );
    expect(await readContent(server)).toEqual(before);
    expect(proxy.writes()).toBe(0);
  });
});

describe("an account with the role Alpha", () => {
  let username: string;
  beforeAll(async () => {
    username = await logInAs("Alpha");
  });

  it("exports all but other people's drafts, of which it says so", async () => {
    await server.query("UPDATE dashboards SET published = false");
    const before = readFiles();
    try {
      const { code, output } = await run("export", "--from", "test", "--yes");
      expect(code).toBe(0);
      expect(output).toContain("sees no draft dashboards of other people");
      expect(output).toContain("1 file left as it is");
      expect(readFiles()).toEqual(before);
    } finally {
      await server.query("UPDATE dashboards SET published = true");
    }
  });

  it("is told whose asset it may not overwrite; what it owns is written", async () => {
    const chart = assets.read("charts/chart-1.yaml");
    assets.edit("charts/chart-1.yaml", /slice_name: .*/, "slice_name: Renamed by Alpha");
    const uuid = "0c0ffee0-1111-4222-8333-444455556666";
    assets.write("charts/own.yaml", chart.replace(/uuid: .*/, `uuid: ${uuid}`).replace("Chart 1", "Own"));
    const { code, output } = await run("deploy", "--stack", "test");
    expect(code).toBe(1);
    expect(output).toContain("[import/not-owner]");
    expect(output).toContain(`Make the user "${username}" an owner of the chart in Superset`);
    const names = (await server.query("SELECT slice_name FROM slices ORDER BY 1")).map((row) => row.slice_name);
    expect(names).toEqual(["Chart 1", "Chart 2", "Own"]);

    const [owned] = await server.query("SELECT id FROM slices WHERE slice_name = 'Chart 1'");
    const [alpha] = await server.query(`SELECT id FROM ab_user WHERE username = '${username}'`);
    await change(clientOf(server), `chart/${owned?.id}`, { owners: [Number(alpha?.id)] });
    const mended = await run("deploy", "--stack", "test", "--retry-failed");
    expect(mended, mended.output).toMatchObject({ code: 0 });
    expect(await server.query("SELECT 1 AS n FROM slices WHERE slice_name = 'Renamed by Alpha'")).toEqual([{ n: 1 }]);
  });
});
