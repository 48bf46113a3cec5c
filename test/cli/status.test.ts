import { writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import stringWidth from "string-width";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { createProject, PASSWORD_VARIABLE, type PulumiProject } from "../support/pulumi-project";
import { type TestServer, useSuperset } from "../support/servers";
import { type SmallAssets, writeSmallAssets } from "../support/small-assets";

let server: TestServer;
let assets: SmallAssets;
let project: PulumiProject;
const others: Server[] = [];

beforeAll(async () => {
  server = await useSuperset();
  assets = writeSmallAssets({ charts: 2 });
  project = await createProject({ server, assets: assets.path, settings: { databases: undefined } });
  expect(await project.up()).toMatchObject({ code: 0 });
});
afterAll(() => {
  for (const other of others) other.close();
  project.remove();
  assets.dispose();
});

interface Report {
  readonly stack: string;
  readonly problems: readonly { readonly code: string }[];
  readonly [key: string]: unknown;
}

async function readReports(...args: string[]): Promise<{ code: number; stacks: Report[] }> {
  const { code, stdout } = await project.command(["status", "--json", ...args]);
  const { version, stacks } = JSON.parse(stdout) as { version: number; stacks: Report[] };
  expect(version).toBe(1);
  return { code, stacks };
}

/** A server that answers everything with the same. */
async function serve(contentType: string, body: string): Promise<string> {
  const other = createServer((_, response) => response.setHeader("content-type", contentType).end(body));
  others.push(other);
  await new Promise<void>((done) => void other.listen(0, "127.0.0.1", done));
  return `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
}

function addStack(name: string, settings: Readonly<Record<string, unknown>>): void {
  const auth = { username: "admin", passwordEnv: PASSWORD_VARIABLE };
  const all = { url: server.url, role: "qa", assets: assets.path, auth, ...settings };
  const config = Object.fromEntries(Object.entries(all).map(([key, value]) => [`superset:${key}`, value]));
  writeFileSync(join(project.folder, `Pulumi.${name}.yaml`), stringify({ config }));
}

describe("pulumi-superset status", () => {
  it("says that all is well: server, version, login and assets, also of those that were only saved again", async () => {
    const before = await server.query("SELECT changed_on::text FROM slices");
    await server.query("UPDATE slices SET changed_on = changed_on + interval '1 minute'");
    await server.query("UPDATE dashboards SET changed_on = changed_on + interval '1 minute'");
    expect(await server.query("SELECT changed_on::text FROM slices")).not.toEqual(before);
    const { code, stdout } = await project.command(["status"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^STACK +ROLE +REACHABLE +VERSION +LOGIN +IN SYNC +DRIFTED +MISSING\n/);
    expect(stdout).toMatch(/\ntest +development +yes +6\.\d+\.\d+\S* +admin +5\/5 +0 +0\n/);
    expect(stdout).toContain(server.url);
  });

  it("tells each stack that cannot be asked, with its reason, and the others all the same", async () => {
    addStack("closed", { url: "http://127.0.0.1:9" });
    addStack("page", { url: await serve("text/html", "<html><title>Intranet</title></html>") });
    addStack("old", { url: await serve("application/json", '{"version_string": "5.0.0"}') });
    addStack("refused", { auth: { username: "admin", passwordEnv: "OTHER_PASSWORD" } });
    addStack("unset", { auth: { username: "admin", passwordEnv: "UNSET_PASSWORD" } });
    addStack("wrong", { role: "nonsense" });
    addStack("never", { role: "production" });
    const env = { OTHER_PASSWORD: "not the password" };
    const { code, stdout } = await project.command(["status", "--json"], env);
    expect(code).toBe(1);
    const { stacks } = JSON.parse(stdout) as { stacks: Report[] };
    const told = stacks.map(({ stack, problems, reachable, loggedIn, deployed }) => {
      return [stack, reachable, loggedIn, deployed, problems.map((problem) => problem.code).join()];
    });
    expect(told).toEqual([
      ["closed", false, false, false, "connection/refused"],
      ["never", true, true, false, ""],
      ["old", true, false, false, "superset/too-old"],
      ["page", false, false, false, "superset/not-json"],
      ["refused", true, false, false, "auth/wrong-password"],
      ["test", true, true, true, ""],
      ["unset", true, false, false, "settings/password-missing"],
      ["wrong", null, null, null, "settings/invalid"],
    ]);
    const table = await project.command(["status"], env);
    expect(table.code).toBe(1);
    expect(Math.max(...table.stdout.split("\n").map((line) => stringWidth(line)))).toBeLessThanOrEqual(80);
    expect(table.stdout).toContain("never: nothing was deployed yet");
    expect(table.stdout).toContain("refused: Superset at");
    expect(table.output).not.toContain("not the password");
    expect((await project.command(["status", "never", "test"], env)).code).toBe(0);
  });

  it("does not compare with what was deployed to another server", async () => {
    const elsewhere = `${server.url.replace("127.0.0.1", "localhost")}`;
    project.configure({ url: elsewhere });
    const { code, stacks } = await readReports("test");
    expect(code).toBe(1);
    expect(stacks).toMatchObject([{ loggedIn: true, assets: null, problems: [{ code: "target/other-server" }] }]);
    project.configure({ url: server.url });
  });

  it("knows which stacks there are", async () => {
    const { code, output } = await project.command(["status", "tests"]);
    expect(code).toBe(2);
    expect(output).toContain('There is no Pulumi.tests.yaml; did you mean "test"?');
  });

  it("names what people changed, deleted and locked by hand, and fails with 7", async () => {
    await server.query(
      "UPDATE slices SET slice_name = 'Renamed', changed_on = changed_on + interval '1 minute' WHERE slice_name = 'Chart 1'",
    );
    await server.query("DELETE FROM dashboard_slices");
    await server.query("DELETE FROM slices WHERE slice_name = 'Chart 2'");
    await server.query(
      "UPDATE dashboards SET is_managed_externally = true, changed_on = changed_on + interval '1 minute'",
    );
    const { code, stdout } = await project.command(["status", "test"]);
    expect(code).toBe(7);
    expect(stdout).toMatch(/\ntest .* 2\/5 +1 +1\n/);
    expect(stdout).toContain("changed on the server since the last deployment\n  ~ charts/chart-1.yaml: chart");
    expect(stdout).toContain("no longer on the server\n  - charts/chart-2.yaml: chart");
    expect(stdout).toContain("1 asset locked in Superset's UI\n  ~ dashboards/board.yaml: dashboard");
    expect(stdout).toContain("pulumi-superset pull --drifted --stack test");
    const { stacks } = await readReports("test");
    expect(stacks).toMatchObject([
      {
        drifted: [{ kind: "chart", path: "charts/chart-1.yaml" }],
        missing: [{ kind: "chart", title: "Chart 2", path: "charts/chart-2.yaml" }],
        relocked: [{ path: "dashboards/board.yaml" }],
      },
    ]);
  });

  it("does not call drifted what is in the file already", async () => {
    assets.edit("charts/chart-1.yaml", /^slice_name: .*$/m, "slice_name: Renamed");
    const { stacks } = await readReports("test");
    expect(stacks).toMatchObject([{ drifted: [], missing: [{ title: "Chart 2" }] }]);
  });
});
