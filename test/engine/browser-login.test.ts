import { type ChildProcess, execFile } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { connectionOf } from "../../provider/src/login/connection";
import { TOKEN_FOLDER_VARIABLE } from "../../provider/src/login/token-protocol";
import { readSettings } from "../../provider/src/settings/read-settings";
import { createSupersetClient } from "../../provider/src/superset/client";
import { type FaultProxy, startFaultProxy } from "../support/fault-proxy";
import { CLI_CLIENT, RESOURCE, ROBOT_CLIENT, USER_PASSWORD } from "../support/identity-provider";
import { listDescendants } from "../support/processes";
import { type CommandResult, createProject, type PulumiProject, ROOT } from "../support/pulumi-project";
import { collectWithPerson, ScriptedPerson } from "../support/scripted-person";
import { type SmallAssets, writeSmallAssets } from "../support/small-assets";
import {
  browserAuth,
  countLogins,
  registerUser,
  type SingleSignOn,
  type SsoServer,
  startSingleSignOn,
} from "../support/sso-superset";

const run = promisify(execFile);

const IMPORT = "/api/v1/assets/import/";

let sso: SingleSignOn;
let server: SsoServer;
let proxy: FaultProxy;
let assets: SmallAssets;
let project: PulumiProject;
const outputs: string[] = [];

beforeAll(async () => {
  sso = await startSingleSignOn(["request-loader"]);
  server = sso.servers["request-loader"] as SsoServer;
  for (const username of ["anna", ROBOT_CLIENT.id]) await registerUser(server, sso.provider, username);
  proxy = await startFaultProxy(server.url);
  assets = writeSmallAssets();
  project = await createProject({
    server: { url: proxy.url, username: "nobody" },
    assets: assets.path,
    settings: {
      auth: browserAuth(sso.provider),
    },
  });
});
beforeEach(() => {
  proxy.clearRules();
  sso.provider.setTokenLife(300);
  sso.provider.tokenRequests.length = 0;
});
afterAll(async () => {
  project?.remove();
  assets?.dispose();
  await proxy?.close();
  await sso?.stop();
});

/** Waits for a command whose printed address somebody opens. */
async function withPerson(child: ChildProcess): Promise<CommandResult> {
  const result = await collectWithPerson(child, new ScriptedPerson("anna"));
  outputs.push(result.output);
  return result;
}

const count = async () => {
  const kinds = { database: "dbs", dataset: "tables", chart: "slices", dashboard: "dashboards" };
  const counts = Object.entries(kinds).map(async ([kind, table]) => {
    const [row] = await server.query(`SELECT count(*) AS n FROM ${table}`);
    return [kind, Number(row?.n)] as const;
  });
  return Object.fromEntries(await Promise.all(counts));
};

it("deploys with the token of a person, renewed on the way, which stands nowhere but in memory", async () => {
  // So short that program and hooks cannot do with the token of the login.
  sso.provider.setTokenLife(4);
  const deploy = project.startDeploy(["--no-browser"]);
  const environments = new Map<string, string>();
  const files: string[] = [];
  proxy.rule(({ path }) => {
    if (!path.startsWith(IMPORT)) return undefined;
    for (const { pid, command } of listDescendants(deploy.pid ?? 0)) {
      environments.set(command, readFileSync(`/proc/${pid}/environ`, "utf8"));
    }
    const [folder = ""] = loginFolders(environments);
    files.push(...readTexts(folder), ...readTexts(project.folder));
    return undefined;
  });
  const { code, output } = await withPerson(deploy);
  expect(output).toContain(`Log in at ${new URL(sso.provider.issuer).host}`);
  expect(code, output).toBe(0);
  expect(await count()).toEqual(assets.counts);

  const grants = sso.provider.tokenRequests.map((form) => form.get("grant_type"));
  expect(grants.filter((grant) => grant === "authorization_code")).toHaveLength(1);
  expect(grants).toContain("refresh_token");
  const names = [...environments.keys()].join("\n");
  expect(names).toContain("dynamic-provider");
  const folders = loginFolders(environments);
  expect(folders).toHaveLength(1);
  expect(folders.filter(existsSync)).toEqual([]);
  const places = {
    names,
    environments: [...environments.values()].join(),
    files: files.join(),
    state: project.state(),
  };
  expect(files.join()).toContain("superset:url");
  expect(findTokens({ ...places, after: readTexts(project.folder).join(), outputs: outputs.join() })).toEqual([]);
});

it("runs Pulumi's own commands with such a login", async () => {
  const args = ["preview", "--stack", project.stack, "--non-interactive", "--expect-no-changes"];
  const preview = await withPerson(project.startCommand(["pulumi", "--no-browser", ...args]));
  expect(preview).toMatchObject({ code: 0, output: expect.stringContaining("unchanged") });
  const dryRun = await withPerson(project.startDeploy(["--no-browser", "--dry-run"]));
  expect(dryRun).toMatchObject({ code: 0 });
  expect(findTokens({ outputs: outputs.join() })).toEqual([]);
});

it("makes a project after one login in the browser, which also takes over what the server has", async () => {
  await run("npm", ["pack", "--workspace", "pulumi-superset", "--pack-destination", project.folder], { cwd: ROOT });
  const tarball = readdirSync(project.folder).find((name) => name.endsWith(".tgz")) ?? "";
  const folder = join(project.folder, "made");
  const args = [
    "init",
    folder,
    ...options("oidc", CLI_CLIENT),
    "--package",
    tarball,
    "--no-browser",
    "--yes",
    "--json",
  ];
  const env = { npm_config_prefer_offline: "true" };
  const made = await withPerson(project.startCommand(args, env));
  expect(made.code, made.output).toBe(0);
  expect(JSON.parse(made.stdout)).toMatchObject({
    login: "oidc",
    username: "anna",
    secretEnv: null,
    adopted: assets.counts.dataset + assets.counts.chart + assets.counts.dashboard,
    previewIsEmpty: true,
  });
  expect(made.output).toContain("The workflows in .github cannot log in with a browser");
  expect(made.output).toContain("npx pulumi-superset pulumi preview --stack local --diff");
  expect(countLogins(sso.provider)).toBe(1);
  const files = readTexts(join(folder, "assets")).join() + readFileSync(join(folder, "Pulumi.local.yaml"), "utf8");
  expect(findTokens({ files, states: readTexts(join(project.folder, "state")).join(), output: made.output })).toEqual(
    [],
  );
  rmSync(folder, { recursive: true });
});

describe("a stack with single sign-on", () => {
  const add = (name: string, args: string[]) => ["stack", "add", name, ...args];
  const readFile = (name: string) => readFileSync(join(project.folder, `Pulumi.${name}.yaml`), "utf8");
  const readAuth = (name: string) => (parse(readFile(name)) as { config: object }).config["superset:auth" as never];
  afterAll(() => rmSync(join(project.folder, "person"), { recursive: true, force: true }));

  it("of a person is made after one login in the browser, not in CI, and not with the password of Superset", async () => {
    const inCi = await project.command(add("anna", options("oidc", CLI_CLIENT)), { CI: "true" });
    expect(inCi).toMatchObject({ code: 3, output: expect.stringContaining("auth/browser-in-ci") });
    const args = ["--url", proxy.url, "--username", "anna", "--secret-env", "P"];
    const password = await project.command(add("anna", args), { P: USER_PASSWORD });
    expect(password).toMatchObject({ code: 1, output: expect.stringContaining("--login") });
    expect(readdirSync(project.folder)).not.toContain("Pulumi.anna.yaml");

    const child = project.startCommand(add("anna", [...options("oidc", CLI_CLIENT), "--no-browser", "--json"]));
    const made = await withPerson(child);
    expect(made.code, made.output).toBe(0);
    expect(JSON.parse(made.stdout)).toMatchObject({ stack: "anna", login: "oidc", username: "anna", secretEnv: null });
    const { issuer } = sso.provider;
    expect(readAuth("anna")).toEqual({ provider: "oidc", issuer, clientId: CLI_CLIENT, resource: RESOURCE });
    expect(countLogins(sso.provider)).toBe(1);
    expect(findTokens({ file: readFile("anna"), outputs: outputs.join() })).toEqual([]);
  });

  it("of a client has its secret in a variable, also in CI, or encrypted; a wrong one may be typed again", async () => {
    const args = options("oidc-client", ROBOT_CLIENT.id);
    const env = { CI: "true", SUPERSET_ROBOT_CLIENT_SECRET: ROBOT_CLIENT.secret };
    const named = await project.command(add("robot", [...args, "--json"]), env);
    expect(named.code, named.output).toBe(0);
    const secretEnv = "SUPERSET_ROBOT_CLIENT_SECRET";
    expect(JSON.parse(named.stdout)).toMatchObject({ login: "oidc-client", username: ROBOT_CLIENT.id, secretEnv });

    const terminal = await project.commandAtTerminal(add("typed", args));
    await terminal.waitFor(`Secret of the client "${ROBOT_CLIENT.id}" (not shown): `);
    terminal.type("wrong-secret\r");
    await terminal.waitFor("gave no token to this client");
    await terminal.waitFor("(not shown): ");
    terminal.type(`${ROBOT_CLIENT.secret}\r`);
    const { code, output } = await terminal.end();
    expect({ code, output }).toMatchObject({ code: 0 });
    expect(readAuth("typed")).toMatchObject({ clientSecret: { secure: expect.stringMatching(/^v1:/) } });
    expect((await project.command(["status", "typed"])).output).toMatch(/typed +development +yes/);
    expect(findTokens({ files: readFile("robot") + readFile("typed"), outputs: named.output + output })).toEqual([]);
  });

  it("takes token or client of an instance of ~/.sup/config.yml, and stores them encrypted", async () => {
    const robot = connectionOf(
      readSettings({
        url: server.url,
        role: "qa",
        auth: JSON.stringify({
          provider: "oidc-client",
          issuer: sso.provider.issuer,
          clientId: ROBOT_CLIENT.id,
          clientSecret: ROBOT_CLIENT.secret,
          resource: RESOURCE,
        }),
      }),
    );
    await createSupersetClient(robot).signIn();
    const home = join(project.folder, "person");
    mkdirSync(join(home, ".sup"), { recursive: true });
    const instances = {
      token: { url: proxy.url, access_token: sso.provider.issued.at(-1) },
      client: {
        url: proxy.url,
        oauth_token_url: sso.provider.tokenUrl,
        oauth_client_id: ROBOT_CLIENT.id,
        oauth_client_secret: ROBOT_CLIENT.secret,
      },
    };
    writeFileSync(join(home, ".sup/config.yml"), stringify({ superset_instances: instances }));
    const fromToken = await project.command(add("fixed", ["--from", "token"]), { HOME: home });
    expect(fromToken.code, fromToken.output).toBe(0);
    const fromClient = await project.command(add("other", ["--from", "client", "--resource", RESOURCE]), {
      HOME: home,
    });
    expect(fromClient.code, fromClient.output).toBe(0);
    const secure = { secure: expect.stringMatching(/^v1:/) };
    expect(readAuth("fixed")).toEqual({ provider: "token", token: secure });
    expect(readAuth("other")).toEqual({
      provider: "oidc-client",
      tokenUrl: sso.provider.tokenUrl,
      clientId: ROBOT_CLIENT.id,
      resource: RESOURCE,
      clientSecret: secure,
    });
    const shown = fromToken.output + fromClient.output;
    expect(findTokens({ files: readFile("fixed") + readFile("other"), outputs: shown })).toEqual([]);
  });
});

it("is refused at once in CI, without a terminal, and in a plain run of Pulumi; nothing is written", async () => {
  assets.edit("charts/chart-1.yaml", "Chart 1", "Changed chart");
  const writes = proxy.writes();
  const inCi = await project.deploy([], { CI: "true" });
  expect(inCi).toMatchObject({ code: 3, output: expect.stringContaining("auth/browser-in-ci") });
  const silent = await project.superset(["ids", "--sync"]);
  expect(silent).toMatchObject({ code: 3, output: expect.stringContaining("there is no terminal") });
  const plain = await project.up();
  expect(plain.code).not.toBe(0);
  expect(plain.output).toContain("auth/browser-needs-command");
  for (const name of ["oidc-client", "api-key", "token", "session"]) {
    for (const { output } of [inCi, plain]) expect(output).toContain(name);
  }
  expect([sso.provider.tokenRequests.length, proxy.writes() - writes]).toEqual([0, 0]);
});

it("hooks and program log in by themselves as a client, in CI and by Pulumi alone", async () => {
  const { issuer } = sso.provider;
  const client = {
    provider: "oidc-client",
    issuer,
    clientId: ROBOT_CLIENT.id,
    clientSecretEnv: "ROBOT",
    resource: RESOURCE,
  };
  project.configure({ auth: client });
  const env = { CI: "true", ROBOT: ROBOT_CLIENT.secret };
  const up = await project.pulumi(["up", "--yes", "--skip-preview", "--stack", project.stack, "--non-interactive"], {
    env,
  });
  expect(up).toMatchObject({ code: 0, output: expect.stringContaining("1 updated") });
  expect(findTokens({ output: up.output, state: project.state(), files: readTexts(project.folder).join() })).toEqual(
    [],
  );
});

/** What `stack add` and `init` are told of server and identity provider. */
function options(login: string, client: string): string[] {
  const { issuer } = sso.provider;
  return ["--url", proxy.url, "--login", login, "--issuer", issuer, "--client-id", client, "--resource", RESOURCE];
}

/** Where the processes were told to ask for tokens. */
function loginFolders(environments: ReadonlyMap<string, string>): string[] {
  const found = [...environments.values()].flatMap((text) => {
    const entry = text.split("\0").find((line) => line.startsWith(`${TOKEN_FOLDER_VARIABLE}=`));
    return entry === undefined ? [] : [entry.slice(TOKEN_FOLDER_VARIABLE.length + 1)];
  });
  return [...new Set(found)];
}

/** Names of the places that hold one of the tokens that were given out. */
function findTokens(places: Readonly<Record<string, string>>): string[] {
  const secrets = [...sso.provider.issued, ROBOT_CLIENT.secret];
  expect(secrets.length).toBeGreaterThan(1);
  return Object.entries(places).flatMap(([place, text]) =>
    secrets.some((secret) => text.includes(secret)) ? [place] : [],
  );
}

/** The texts of all files below a folder; sockets have none. */
function readTexts(folder: string): string[] {
  if (folder === "" || !existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"));
}
