import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { changePassword } from "../support/change-password";
import { type FaultProxy, startFaultProxy } from "../support/fault-proxy";
import { listDescendants } from "../support/processes";
import { collect, createProject, type PulumiProject, TEMPORARY } from "../support/pulumi-project";
import { countKinds, readContent } from "../support/server-content";
import { type TestServer, useSuperset } from "../support/servers";
import { type SmallAssets, writeSmallAssets } from "../support/small-assets";

const IMPORT = "POST /api/v1/assets/import/";

/** One in each secret: wherever it turns up, it names the leak. */
const CANARIES = {
  password: "canary-of-the-login-7h2k",
  database: "canary-of-the-database-9x4m",
  header: "canary-of-the-gate-3q8z",
};

let server: TestServer;
let proxy: FaultProxy;
let assets: SmallAssets;
let project: PulumiProject;
let restorePassword: () => Promise<void>;
const outputs: string[] = [];

beforeAll(async () => {
  server = await useSuperset();
  proxy = await startFaultProxy(server.url);
  assets = writeSmallAssets();
  const address = `postgresql+psycopg2://reader:XXXXXXXXXX@127.0.0.1:${inject("postgresPort")}/postgres`;
  assets.edit("databases/db.yaml", /sqlalchemy_uri: .*/, `sqlalchemy_uri: ${address}`);
  const uuid = /^uuid: (.*)$/m.exec(assets.read("databases/db.yaml"))?.[1] ?? "";
  restorePassword = await changePassword(server, CANARIES.password);
  project = await createProject({
    server: { ...server, url: proxy.url },
    assets: assets.path,
    settings: { auth: { username: server.username }, databases: undefined },
  });
  const set = async (path: string, value: string) =>
    expect(
      await project.pulumi(["config", "set", "--stack", project.stack, "--secret", "--path", path, value]),
    ).toMatchObject({ code: 0 });
  await set("superset:auth.password", CANARIES.password);
  await set(`superset:databases.${uuid}.password`, CANARIES.database);
  await set("superset:headers.X-Gate-Key", CANARIES.header);
});
afterAll(async () => {
  await restorePassword?.();
  project?.remove();
  assets?.dispose();
  await proxy?.close();
});

it("no secret is in a state, output, log, argument or temporary file, after success and after failure", async () => {
  const said = JSON.stringify({
    message: `refused: ${Object.values(CANARIES).join(" ")} Authorization: Bearer eyJhbGciOi.eyJzdWIiOi.c2ln`,
  });
  proxy.answerWith(IMPORT, 500, said);
  await run(1, project.deploy());
  proxy.clearRules();

  const args: string[] = [];
  const temporary: string[] = [];
  const deploy = project.startDeploy();
  proxy.rule(({ path }) => {
    if (!path.includes("/import/")) return undefined;
    args.push(...listDescendants(deploy.pid ?? 0).map(({ command }) => command));
    // A killed run leaves these behind.
    temporary.push(...readTexts(join(project.folder, TEMPORARY)));
    return undefined;
  });
  await run(0, collect(deploy));
  expect(args.join("\n")).toContain("dynamic-provider");
  expect(temporary.join("\n")).toContain("events.jsonl");
  expect(countKinds(await readContent(server))).toEqual(assets.counts);

  assets.edit("charts/chart-1.yaml", "Chart 1", "Changed chart");
  await run(0, project.preview());
  await run(0, project.up());
  await run(0, project.refresh());

  // The wrong password is a secret as well: it may be that of another system.
  await project.pulumi([
    "config",
    "set",
    "--stack",
    project.stack,
    "--secret",
    "--path",
    "superset:auth.password",
    WRONG,
  ]);
  await run(1, project.preview());

  const files = readTexts(project.folder);
  expect(files.some((text) => text.includes("ciphertext"))).toBe(true);
  for (const secret of [...Object.values(CANARIES), WRONG, /eyJ[\w-]{8,}\.eyJ[\w-]{8,}/]) {
    expect(findIn(outputs, secret)).toEqual([]);
    expect(findIn(args, secret)).toEqual([]);
    expect(findIn(files, secret)).toEqual([]);
    expect(findIn(temporary, secret)).toEqual([]);
  }
});

const WRONG = "canary-of-a-wrong-login-5w1p";

async function run(code: number, command: ReturnType<PulumiProject["up"]>): Promise<void> {
  const result = await command;
  outputs.push(result.output);
  expect(result, result.output).toMatchObject({ code });
}

/** The texts of all files below a folder, each after its path; those that vanish meanwhile have none. */
function readTexts(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return entries
    .map((entry) => join(entry.parentPath, entry.name))
    .flatMap((file) => (existsSync(file) ? [`${file}\n${readFileSync(file, "latin1")}`] : []));
}

/** Short enough to be read in a failed test. */
function findIn(texts: readonly string[], secret: string | RegExp): string[] {
  return texts
    .filter((text) => (typeof secret === "string" ? text.includes(secret) : secret.test(text)))
    .map((text) => text.slice(0, 300));
}
