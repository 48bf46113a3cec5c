import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import { readAssets } from "../../provider/src/assets/read-folder";
import { importEntries } from "../../provider/src/superset/importer";
import { type AssetFolder, copyAssets } from "../support/asset-folder";
import { type FaultProxy, startFaultProxy } from "../support/fault-proxy";
import { clientOf } from "../support/people";
import { createProject, type PulumiProject } from "../support/pulumi-project";
import { readContent } from "../support/server-content";
import { type TestServer, useSuperset } from "../support/servers";

let server: TestServer;
let proxy: FaultProxy;
let assets: AssetFolder;
let project: PulumiProject;
let folder: string;

beforeAll(async () => {
  server = await useSuperset();
  proxy = await startFaultProxy(server.url);
  assets = copyAssets();
  project = await createProject({ server: { ...server, url: proxy.url }, assets: assets.path });
  await putSample();
});
beforeEach(() => {
  proxy.clearRules();
  proxy.resetRequests();
  folder = mkdtempSync(join(tmpdir(), "exported-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
afterAll(async () => {
  project?.remove();
  assets?.dispose();
  await proxy?.close();
});

/** The sample as a deployment puts it there: its database has the address that the settings give. */
async function putSample(): Promise<void> {
  const { definitions } = await readAssets(assets.path);
  const entries = definitions.map((definition) => {
    const uri = { sqlalchemy_uri: `sqlite:///${inject("sampleData")}` };
    return { ...definition, document: { ...definition.document, ...(definition.kind === "database" && uri) } };
  });
  for (const outcome of await importEntries(clientOf(server), entries)) if ("error" in outcome) throw outcome.error;
}

const exportTo = (...args: string[]) => project.command(["export", "--from", "test", "-o", folder, ...args]);

/** Everything in a folder, by path. */
function contentOf(path: string): Record<string, string> {
  const files = readdirSync(path, { recursive: true })
    .map(String)
    .filter((name) => statSync(join(path, name)).isFile());
  return Object.fromEntries(files.sort().map((name) => [name, readFileSync(join(path, name), "utf8")]));
}

describe("pulumi-superset export", () => {
  it("writes a server into a folder that deploys without a change; again it writes nothing, and not one request writes", async () => {
    const first = await exportTo();
    expect(first).toMatchObject({ code: 0 });
    const content = contentOf(folder);
    const { definitions, findings } = await readAssets(folder);
    expect(findings.filter(({ severity }) => severity === "error")).toEqual([]);
    const sample = await readAssets(assets.path);
    expect(new Set(definitions.map(({ uuid }) => uuid))).toEqual(new Set(sample.definitions.map(({ uuid }) => uuid)));
    for (const { path, uuid } of definitions) expect(path).toContain(`${uuid.slice(0, 8)}.yaml`);

    const again = await exportTo();
    expect(again.output).toMatch(/0 new, 0 changed, 0 removed, \d+ as they were/);
    expect(contentOf(folder)).toEqual(content);
    expect(proxy.writes()).toBe(0);

    const before = await readContent(server);
    const elsewhere = await createProject({ server, assets: folder });
    try {
      expect(await elsewhere.up()).toMatchObject({ code: 0 });
      expect(elsewhere.resources().length).toBeGreaterThanOrEqual(definitions.length - 1);
    } finally {
      elsewhere.remove();
    }
    expect(await readContent(server)).toEqual(before);
  });

  it("leaves files alone that say the same in another form, keeps comments in those that change, and asks before it overwrites what is not in git or removes", async () => {
    const before = contentOf(assets.path);
    const idle = await project.command(["export", "--from", "test"]);
    expect(idle.code, idle.output).toBe(0);
    expect(contentOf(assets.path)).toEqual(before);

    const [chart = ""] = Object.keys(before).filter((path) => path.startsWith("charts/"));
    const title = /slice_name: (.*)/.exec(before[chart] ?? "")?.[1] ?? "";
    assets.write(chart, `# Mine.\n${before[chart]?.replace(title, "Other")}`);
    assets.write("charts/gone.yaml", (before[chart] ?? "").replace(/uuid: (\w{8})/, "uuid: 00000000"));
    const question = await project.command(["export", "--from", "test"]);
    expect(question).toMatchObject({ code: 3, output: expect.stringContaining("nobody could be asked") });
    expect(question.output).toContain("Remove 1 file, and overwrite 1 file that git does not have as it is?");
    expect(question.output).toContain("- charts/gone.yaml");
    expect(assets.read(chart)).toContain("Other");

    const dry = await project.command(["export", "--from", "test", "--dry-run"]);
    expect(dry).toMatchObject({ code: 7, output: expect.stringContaining("1 would be changed, 1 would be removed") });
    expect(await project.command(["export", "--from", "test", "--yes"])).toMatchObject({ code: 0 });
    expect(contentOf(assets.path)).toEqual({ ...before, [chart]: `# Mine.\n${before[chart]}` });
  });

  it("writes what is named and what it uses, by glob, UUID or address", async () => {
    const [board] = await server.query("SELECT id, slug FROM dashboards WHERE slug IS NOT NULL ORDER BY id LIMIT 1");
    const { code, stdout } = await exportTo("--json", "--only", `${proxy.url}/superset/dashboard/${board?.slug}/`);
    expect(code).toBe(0);
    const { added } = JSON.parse(stdout) as { added: { kind: string }[] };
    expect(added.filter(({ kind }) => kind === "dashboard")).toHaveLength(1);
    const { definitions } = await readAssets(folder);
    const held = new Set(definitions.map(({ uuid }) => uuid));
    for (const { uuid } of definitions.flatMap(({ references }) => references)) expect(held).toContain(uuid);

    const outside = await exportTo("--only", "https://elsewhere.example.com/superset/dashboard/1/");
    expect(outside).toMatchObject({ code: 2, output: expect.stringContaining("[select/other-server]") });
  });

  it("finds every asset on every page, also where the server leaves one out", async () => {
    await server.query(
      "INSERT INTO slices (uuid, slice_name, viz_type, datasource_id, datasource_type, params, created_on, changed_on) SELECT gen_random_uuid(), 'Many ' || n, 'table', (SELECT min(id) FROM tables), 'table', '{}', now(), now() FROM generate_series(1, 230) AS n",
    );
    try {
      proxy.answerWith("GET /api/v1/assets/export/", 403, '{"message":"Forbidden"}');
      // Pages of 100, from 0: what the second should have is told as nothing, once.
      proxy.answerWith(/GET \/api\/v1\/chart\/\?q=.*page:1,/, 200, '{"count":240,"result":[]}', { times: 1 });
      expect(await exportTo()).toMatchObject({ code: 0 });
      const { definitions } = await readAssets(folder);
      expect(definitions.filter(({ kind }) => kind === "chart")).toHaveLength(240);
    } finally {
      await server.query("DELETE FROM slices WHERE slice_name LIKE 'Many %'");
    }
  });

  it("names the asset that the server fails to export, and writes the others", async () => {
    const [chart] = await server.query("SELECT id, slice_name FROM slices ORDER BY id LIMIT 1");
    proxy.rule(({ path }) => {
      const ids = /\/chart\/export\/\?q=!\(([\d,]+)\)/.exec(path)?.[1]?.split(",");
      const isGuilty =
        path.includes("/assets/export/") || /\/dashboard\/export/.test(path) || ids?.includes(String(chart?.id));
      return isGuilty ? { fault: "answer", status: 500, body: '{"message":"broken"}' } : undefined;
    });
    const { code, output } = await exportTo();
    expect(code).toBe(1);
    expect(output).toContain(`failed: chart "${chart?.slice_name}" (id ${chart?.id})`);
    const { definitions } = await readAssets(folder);
    const [{ count } = { count: 0 }] = await server.query("SELECT count(*)::int AS count FROM slices");
    expect(definitions.filter(({ kind }) => kind === "chart")).toHaveLength(Number(count) - 1);
  });

  it("refuses credentials that the server sends in clear, by name, and writes nothing", async () => {
    const [database] = await server.query("SELECT id, database_name FROM dbs ORDER BY id LIMIT 1");
    await server.query(
      `UPDATE dbs SET extra = '{"engine_params":{"connect_args":{"password":"s3cret-canary"}}}' WHERE id = ${database?.id}`,
    );
    try {
      const { code, output } = await exportTo();
      expect(code).toBe(3);
      expect(output).toContain("[export/secret]");
      expect(output).toContain(`database "${database?.database_name}"`);
      expect(output).not.toContain("s3cret-canary");
      expect(readdirSync(folder)).toEqual([]);
    } finally {
      await server.query(`UPDATE dbs SET extra = '{}' WHERE id = ${database?.id}`);
    }
  });

  it("knows instances of ~/.sup/config.yml, writes nothing there, and says what there is where a name fits nothing", async () => {
    const home = mkdtempSync(join(tmpdir(), "home-"));
    const config = join(home, ".sup/config.yml");
    const { mkdirSync } = await import("node:fs");
    mkdirSync(join(home, ".sup"));
    const text = `superset_instances:\n  superset-qa:\n    url: ${server.url}\n    auth_method: username_password\n    username: admin\n    password: admin\n`;
    writeFileSync(config, text);
    try {
      const done = await project.command(["export", "--from", "superset-qa", "-o", folder], { HOME: home });
      expect(done).toMatchObject({ code: 0 });
      expect(Object.keys(contentOf(folder)).length).toBeGreaterThan(5);
      expect(readFileSync(config, "utf8")).toBe(text);
      expect(readdirSync(join(home, ".sup"))).toEqual(["config.yml"]);
      const unknown = await project.command(["export", "--from", "superset-qaa"], { HOME: home });
      expect(unknown).toMatchObject({ code: 2, output: expect.stringContaining('did you mean "superset-qa"') });
    } finally {
      rmSync(home, { recursive: true });
    }
    const none = await project.command(["export"]);
    expect(none).toMatchObject({ code: 2, output: expect.stringContaining("[instance/role]") });
  });

  it("leaves alone what the settings leave out, also a copy of an asset and a file that nobody can read", async () => {
    expect(await exportTo()).toMatchObject({ code: 0 });
    const [chart = ""] = readdirSync(join(folder, "charts"));
    const left = {
      "old/charts/copy.yaml": readFileSync(join(folder, "charts", chart), "utf8"),
      "old/broken.yaml": "a: [",
    };
    mkdirSync(join(folder, "old", "charts"), { recursive: true });
    for (const [path, text] of Object.entries(left)) writeFileSync(join(folder, path), text);
    const refused = await exportTo();
    expect(refused).toMatchObject({ code: 3, output: expect.stringContaining("uuid-duplicate") });
    expect(refused.output).toContain("old/broken.yaml");
    project.configure({ exclude: ["old/**", "dashboards/**"] });
    for (const name of readdirSync(join(folder, "dashboards"))) rmSync(join(folder, "dashboards", name));
    const done = await exportTo();
    expect(done).toMatchObject({ code: 0, output: expect.stringContaining("0 new, 0 changed, 0 removed") });
    expect(readdirSync(join(folder, "dashboards"))).toEqual([]);
    for (const [path, text] of Object.entries(left)) expect(readFileSync(join(folder, path), "utf8")).toBe(text);
    project.configure({ exclude: [] });
  });

  it("leaves nothing half written when the server dies in the middle", async () => {
    const gate = proxy.hold("GET /api/v1/assets/export/");
    const before = await readContent(server);
    const run = project.command(["export", "--from", "test", "-o", join(folder, "new")]);
    await expect.poll(() => proxy.count("GET /api/v1/assets/export/"), { timeout: 30_000 }).toBe(1);
    gate.release({ fault: "refuse" });
    const { code } = await run;
    expect(code).not.toBe(0);
    expect(existsSync(join(folder, "new"))).toBe(false);
    expect(await readContent(server)).toEqual(before);
  });
});
