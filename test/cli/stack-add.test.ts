import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import { parse, stringify } from "yaml";
import { createProject, type PulumiProject } from "../support/pulumi-project";
import { type TestServer, useSuperset } from "../support/servers";
import { type SmallAssets, writeSmallAssets } from "../support/small-assets";
import { CTRL_C } from "../support/terminal";

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

/** Everything that a command could leave: files of the project, and stacks of the backend. */
function readTraces(): string[] {
  const stacks = readdirSync(join(project.folder, "state/.pulumi/stacks/superset"))
    .filter((name) => name.endsWith(".json"))
    .map((name) => `stack ${name.replace(".json", "")}`);
  return [...readdirSync(project.folder).filter((name) => name.startsWith("Pulumi.")), ...stacks].sort();
}

let before: string[];
beforeEach(() => {
  before = readTraces();
});

const add = (args: string[], env?: Record<string, string | undefined>) =>
  project.command(["stack", "add", ...args], env);

const readFile = (name: string) => readFileSync(join(project.folder, `Pulumi.${name}.yaml`), "utf8");

/** Puts a `pulumi` into the PATH that records its arguments and its environment. */
function recordPulumi() {
  const folder = join(project.folder, "recorder");
  const record = join(folder, "calls");
  mkdirSync(folder);
  const real = inject("pulumiFolder");
  const script = `#!/bin/sh\necho "$@" >> ${record}\nenv >> ${record}\nPATH="${real}:$PATH" exec ${join(real, "pulumi")} "$@"\n`;
  writeFileSync(join(folder, "pulumi"), script, { mode: 0o755 });
  return { path: [folder, process.env.PATH].join(delimiter), read: () => readFileSync(record, "utf8") };
}

describe("pulumi-superset stack add", () => {
  it("makes a stack that previews, with the password in its usual variable", async () => {
    const env = { SUPERSET_QA_PASSWORD: server.password };
    const made = await add(["qa", "--url", `${server.url}/login/`, "--username", "admin"], env);
    expect(made).toMatchObject({ code: 0, stdout: "" });
    expect(made.output).toMatch(/Superset 6\.\d+\.\d+\S* at http\S+: the user "admin" can log in\./);
    expect(made.output).toContain("role qa (guessed from the name; the file says it)");
    expect(readFile("qa")).toContain(`superset:assets: ${assets.path}\n`);
    expect(readFile("qa")).toContain("\nencryptionsalt: ");
    expect(readTraces()).toEqual([...before, "Pulumi.qa.yaml", "stack qa"].sort());
    const preview = await project.pulumi(["preview", "--stack", "qa", "--non-interactive"], { env });
    expect(preview).toMatchObject({ code: 0 });
    expect(preview.output).toContain("+ 6 to create");

    const again = await add(["qa", "--url", server.url, "--username", "admin"], env);
    expect(again).toMatchObject({ code: 3 });
    expect(again.output).toContain("stack/exists");
  });

  it("asks for what is not given, shows no password, and encrypts it", async () => {
    const terminal = await project.commandAtTerminal(["stack", "add", "eu-prod"]);
    await terminal.waitFor("Address of the Superset server: ");
    terminal.type("ftp://nowhere\r");
    await terminal.waitFor("cannot be used");
    await terminal.waitFor("Address of the Superset server: ");
    terminal.type(`${server.url}\r`);
    await terminal.waitFor("User name in Superset: ");
    terminal.type("admin\r");
    await terminal.waitFor('Password of "admin" (not shown): ');
    terminal.type("wrong-secret-1\r");
    await terminal.waitFor("does not accept the password of the user");
    await terminal.waitFor('Password of "admin" (not shown): ');
    terminal.type(`${server.password}\r`);
    const { code, output } = await terminal.end();
    expect({ code, output }).toMatchObject({ code: 0 });
    expect(output).toContain("The password is encrypted in it.");
    expect(output.match(/\(not shown\): [^\r]*/g)).toEqual(["(not shown): ", "(not shown): "]);
    const { config } = parse(readFile("eu-prod")) as { config: Record<string, unknown> };
    expect(config).toMatchObject({
      "superset:role": "production",
      "superset:auth": { username: "admin", password: { secure: expect.stringMatching(/^v1:/) } },
    });
    expect((await project.command(["status", "eu-prod"])).output).toMatch(/eu-prod +production +yes +6\S+ +admin/);
  });

  it("stops at a question on Ctrl-C, open or hidden, and leaves nothing", async () => {
    const answers: [question: string, answer: string][] = [
      ["Address of the Superset server: ", server.url],
      ["User name in Superset: ", "admin"],
      ['Password of "admin" (not shown): ', server.password],
    ];
    for (const index of [0, answers.length - 1]) {
      const [question = ""] = answers[index] ?? [];
      const terminal = await project.commandAtTerminal(["stack", "add", "stopped"]);
      for (const [earlier, answer] of answers.slice(0, index)) {
        await terminal.waitFor(earlier);
        terminal.type(`${answer}\r`);
      }
      await terminal.waitFor(question);
      terminal.type(CTRL_C);
      const { code, output } = await terminal.end();
      expect({ question, code }).toEqual({ question, code: 130 });
      expect(output).toContain("Stopped; nothing was written.");
    }
    expect(readTraces()).toEqual(before);
  });

  it("undoes what it began when it is stopped while Pulumi works", async () => {
    const env = { SUPERSET_LATE_PASSWORD: server.password };
    const args = ["stack", "add", "late", "--url", server.url, "--username", "admin"];
    const terminal = await project.commandAtTerminal(args, env);
    await terminal.waitFor("Making the stack");
    terminal.type(CTRL_C);
    const { code, output } = await terminal.end();
    expect({ code, output }).toMatchObject({ code: 130 });
    expect(readTraces()).toEqual(before);
  });

  it("is refused where nobody can be asked, and says how to answer", async () => {
    const cases: [string[], string][] = [
      [[], "Pass --url"],
      [["--url", server.url], "Pass --username"],
      [["--url", server.url, "--username", "admin"], "Set the environment variable SUPERSET_NEW_PASSWORD"],
    ];
    for (const [args, remedy] of cases) {
      const refused = await add(["new", ...args]);
      expect(refused).toMatchObject({ code: 3 });
      expect(refused.output).toContain(remedy);
    }
    expect(readTraces()).toEqual(before);
  });

  it("writes nothing where the server cannot be used, and says why", async () => {
    const env = { OTHER: "not the password" };
    const login = ["--username", "admin", "--secret-env", "OTHER"];
    const cases: [url: string, code: string][] = [
      [server.url, "auth/wrong-password"],
      ["http://127.0.0.1:9", "connection/refused"],
      ["http://example.com", "connection/not-https"],
    ];
    for (const [url, code] of cases) {
      const failed = await add(["new", "--url", url, ...login], env);
      expect(failed.output).toContain(`[${code}]`);
      expect(failed.code).not.toBe(0);
      expect(failed.output).not.toContain("not the password");
    }
    expect(readTraces()).toEqual(before);
    const untested = await add(["new", "--url", "http://127.0.0.1:9", ...login, "--no-login-test", "--json"], env);
    expect(untested).toMatchObject({ code: 0 });
    expect(JSON.parse(untested.stdout)).toMatchObject({
      stack: "new",
      superset: null,
      login: "db",
      secretEnv: "OTHER",
    });
  });

  it("refuses options that the login does not know, and a login that it does not know; nobody is asked", async () => {
    const cases: [args: string[], words: string[]][] = [
      [
        ["--issuer", "https://sso.example.com"],
        ["[login/unknown-option]", "login db", "--issuer"],
      ],
      [
        ["--login", "saml"],
        ["'saml' is invalid", "oidc-client"],
      ],
    ];
    for (const [args, words] of cases) {
      const refused = await add(["wrong", ...args]);
      expect(refused).toMatchObject({ code: 2 });
      for (const word of words) expect(refused.output).toContain(word);
    }
    expect(readTraces()).toEqual(before);
  });

  it("takes an API key from its usual variable, or encrypts one that was typed", async () => {
    const key = "sst_hidden-api-key";
    const known = ["--url", server.url, "--login", "api-key"];
    const refused = await add(["keys", ...known], { SUPERSET_KEYS_API_KEY: key });
    expect(refused).toMatchObject({ code: 3, output: expect.stringContaining("auth/api-key-refused") });
    expect(readTraces()).toEqual(before);
    const named = await add(["keys", ...known, "--no-login-test"], { SUPERSET_KEYS_API_KEY: key });
    expect(named).toMatchObject({ code: 0 });
    expect(readFile("keys")).toContain("    provider: api-key\n    apiKeyEnv: SUPERSET_KEYS_API_KEY\n");

    const calls = recordPulumi();
    const args = ["stack", "add", "typed", ...known, "--no-login-test"];
    const terminal = await project.commandAtTerminal(args, { PATH: calls.path });
    await terminal.waitFor("API key (not shown): ");
    terminal.type(`${key}\r`);
    const { code, output } = await terminal.end();
    expect({ code, output }).toMatchObject({ code: 0 });
    expect(output).toContain("The API key is encrypted in it.");
    const { config } = parse(readFile("typed")) as { config: Record<string, unknown> };
    const apiKey = { secure: expect.stringMatching(/^v1:/) };
    expect(config["superset:auth"]).toEqual({ provider: "api-key", apiKey });
    expect(calls.read()).toContain("--secret --path superset:auth.apiKey");
    const texts = [refused.output, named.output, output, readFile("keys"), readFile("typed"), calls.read()];
    expect(texts.filter((text) => text.includes(key))).toEqual([]);
    const shown = await project.pulumi(["config", "--stack", "typed", "--show-secrets"]);
    expect(shown.output).toContain(key);
  });

  it("asks for what a login through single sign-on needs, and again where an answer cannot be used", async () => {
    const known = ["--url", server.url, "--login", "session", "--no-login-test"];
    const terminal = await project.commandAtTerminal(["stack", "add", "robot", ...known, "--secret-env", "ROBOT"]);
    await terminal.waitFor("as in /login/<name>: ");
    terminal.type("keycloak\r");
    await terminal.waitFor("Address of its login pages: ");
    terminal.type("http://sso.example.com\r");
    await terminal.waitFor("is plain http");
    await terminal.waitFor("Address of its login pages: ");
    terminal.type("https://sso.example.com\r");
    await terminal.waitFor("User name at the identity provider: ");
    terminal.type("robot\r");
    expect(await terminal.end()).toMatchObject({ code: 0 });
    const { config } = parse(readFile("robot")) as { config: Record<string, unknown> };
    expect(config["superset:auth"]).toEqual({
      provider: "session",
      loginProvider: "keycloak",
      loginOrigin: "https://sso.example.com",
      username: "robot",
      usernameEnv: "SUPERSET_ROBOT_USERNAME",
      passwordEnv: "ROBOT",
    });
  });

  it("leaves nothing where Pulumi cannot encrypt", async () => {
    const failed = await add(["new2", "--url", server.url, "--username", "admin"], {
      SUPERSET_NEW2_PASSWORD: server.password,
      PULUMI_CONFIG_PASSPHRASE: undefined,
    });
    expect(failed).toMatchObject({ code: 1 });
    expect(failed.output).toContain("engine/no-passphrase");
    expect(readTraces()).toEqual(before);
  });

  it("takes address and login from ~/.sup/config.yml, which stays as it is", async () => {
    const home = join(project.folder, "person");
    mkdirSync(join(home, ".sup"), { recursive: true });
    const file = join(home, ".sup", "config.yml");
    const instance = {
      url: server.url,
      auth_method: "username_password",
      username: "admin",
      password: server.password,
    };
    const text = `# mine\n${stringify({ superset_instances: { "superset-dev": instance } })}`;
    writeFileSync(file, text, { mode: 0o400 });
    const made = await add(["dev", "--from", "superset-dev", "--json"], { HOME: home });
    expect(made).toMatchObject({ code: 0 });
    expect(JSON.parse(made.stdout)).toMatchObject({
      stack: "dev",
      url: server.url,
      role: "development",
      login: "db",
      username: "admin",
      secretEnv: null,
      isAdmin: true,
    });
    expect(readFile("dev")).toContain("secure: v1:");
    expect(readFileSync(file, "utf8")).toBe(text);
    expect(readdirSync(join(home, ".sup"))).toEqual(["config.yml"]);
    const unknown = await add(["dev2", "--from", "superset-de"], { HOME: home });
    expect(unknown).toMatchObject({ code: 2 });
    expect(unknown.output).toContain('did you mean "superset-dev"?');
    expect(existsSync(join(project.folder, "Pulumi.dev2.yaml"))).toBe(false);
  });
});
