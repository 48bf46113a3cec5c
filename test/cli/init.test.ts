import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import stringWidth from "string-width";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { readAssets } from "../../provider/src/assets/read-folder";
import { startFaultProxy } from "../support/fault-proxy";
import { clientOf } from "../support/people";
import { type CommandResult, createProject, type PulumiProject, ROOT } from "../support/pulumi-project";
import { putEntries } from "../support/put-entries";
import { readContent } from "../support/server-content";
import { type TestServer, useSuperset } from "../support/servers";
import { type SmallAssets, writeSmallAssets } from "../support/small-assets";
import { CTRL_C } from "../support/terminal";

const run = promisify(execFile);

let server: TestServer;
let assets: SmallAssets;
/** Another project: its folder and settings of Pulumi are used for the new ones. */
let project: PulumiProject;
let tarball: string;

beforeAll(async () => {
  server = await useSuperset();
  assets = writeSmallAssets();
  project = await createProject({ server, assets: assets.path });
  await fillServer();
  await run("npm", ["pack", "--workspace", "pulumi-superset", "--pack-destination", project.folder], { cwd: ROOT });
  tarball = join(project.folder, readdirSync(project.folder).find((name) => name.endsWith(".tgz")) ?? "");
});
afterAll(() => {
  project.remove();
  assets.dispose();
});

/** Everything of the folder, put there by nobody's stack. */
async function fillServer(): Promise<void> {
  const { definitions } = await readAssets(assets.path);
  await putEntries(clientOf(server), definitions);
}

/** A folder that is not there yet. */
const newFolder = (name: string) => join(project.folder, name);

/** Those of environments do nothing before the repository says that it has some. */
const WORKFLOWS = "backup circus-cleanup circus deploy drift preview promote sync validate".split(" ");

/** The program is the project's own, so is how it is compiled. */
const ENV = { npm_config_prefer_offline: "true" };

const init = (folder: string, args: string[], env: Record<string, string | undefined> = {}): Promise<CommandResult> =>
  project.command(["init", folder, ...args], { ...ENV, ...env });

const pulumi = (folder: string, args: string[]) =>
  project.pulumi(["-C", folder, "--non-interactive", ...args], { env: ENV });

/** What the server has and when it was written; an import of the same content would move the times. */
const readServer = async () => (await readContent(server)).versions;

function listFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes("node_modules"))
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

/** Projects of the backend: each has a folder there. */
const listBackendProjects = () => readdirSync(join(project.folder, "state/.pulumi/stacks")).sort();

describe("pulumi-superset init", () => {
  it("asks, exports and takes over beside what a new repository has; the server is as it was", async () => {
    const before = await readServer();
    const folder = newFolder("first");
    mkdirSync(join(folder, ".git"), { recursive: true });
    writeFileSync(join(folder, "README.md"), "mine\n");
    const terminal = await project.commandAtTerminal(["init", folder, "--package", tarball], ENV);
    await terminal.waitFor("Address of the Superset server: ");
    terminal.type(`${server.url}/superset/welcome/\r`);
    await terminal.waitFor("Name of the stack for it [local]: ");
    terminal.type("production\r");
    await terminal.waitFor("User name in Superset: ");
    terminal.type("admin\r");
    await terminal.waitFor('Password of "admin" (not shown): ');
    terminal.type(`${server.password}\r`);
    await terminal.waitFor("It has 1 database, ");
    await terminal.waitFor("Write all of it into files? [Y/n] ");
    terminal.type("\r");
    await terminal.waitFor("shows no change? [Y/n] ");
    terminal.type("y\r");
    const { code, output } = await terminal.end();
    expect(output).toContain(`Password of "admin" (not shown): \r\n`);
    expect({ code, output }).toMatchObject({ code: 0 });
    expect(output).toContain(
      "5 assets taken over; nothing was written to the server.\r\n`pulumi preview` shows no change.",
    );

    expect(readFileSync(join(folder, "README.md"), "utf8")).toBe("mine\n");
    expect(await readServer()).toEqual(before);
    const { stdout } = await pulumi(folder, ["stack", "export"]);
    const { deployment } = JSON.parse(stdout) as { deployment: { resources: { type: string }[] } };
    const kinds = deployment.resources.filter(({ type }) => /superset:(Dataset|Chart|Dashboard)$/.test(type));
    // The database belongs to the server: it is used, and in no state.
    expect(kinds).toHaveLength(before.filter((line) => !line.startsWith("database ")).length);
    expect(deployment.resources.map(({ type }) => type)).not.toContain("superset:Database");

    const assets = listFiles(join(folder, "assets"));
    expect(assets).toHaveLength(before.length);
    expect(listFiles(folder)).toEqual(
      [
        ...WORKFLOWS.map((name) => `.github/workflows/${name}.yml`),
        ".gitignore",
        "Pulumi.production.yaml",
        "Pulumi.yaml",
        "README.md",
        "index.js",
        "package-lock.json",
        "package.json",
        ...assets.map((path) => `assets/${path}`),
      ].sort(),
    );
    const { config } = parse(readFileSync(join(folder, "Pulumi.production.yaml"), "utf8")) as { config: object };
    expect(config).toMatchObject({
      "superset:url": server.url,
      "superset:role": "production",
      "superset:auth": { password: { secure: expect.any(String) } },
    });
    const texts = listFiles(folder).map((path) => readFileSync(join(folder, path), "utf8"));
    expect(texts.filter((text) => /THE_[A-Z]/.test(text))).toEqual([]);

    const again = await init(folder, ["--url", server.url, "--yes"]);
    expect(again).toMatchObject({ code: 3 });
    expect(again.output).toContain("init/not-empty");
  });

  it("makes a project in which a change of a file, and nothing else, is a change of the preview", async () => {
    const folder = newFolder("first");
    const path = listFiles(folder).find((file) => file.startsWith("assets/charts/")) ?? "";
    const text = readFileSync(join(folder, path), "utf8");
    writeFileSync(join(folder, path), text.replace(/^slice_name: .*$/m, "slice_name: Another title"));
    const preview = await pulumi(folder, ["preview", "--diff"]);
    expect(preview).toMatchObject({ code: 0 });
    expect(preview.output).toContain('=> "Another title"');
    expect(preview.output).toContain("first-production");
    expect(preview.output).toContain("~ 1 to update");
    expect(preview.output).not.toMatch(/to (create|delete|replace)/);
    writeFileSync(join(folder, path), text);
  });

  it("leaves nothing behind when it is stopped at a question, open or hidden, or while it writes", async () => {
    const projects = listBackendProjects();
    const folder = newFolder("stopped/deep");
    const answers: [question: string, answer: string][] = [
      ["Address of the Superset server: ", server.url],
      ["Name of the stack for it [local]: ", ""],
      ["User name in Superset: ", "admin"],
      ['Password of "admin" (not shown): ', server.password],
      ["Write all of it into files? [Y/n] ", ""],
      ["shows no change? [Y/n] ", "y"],
      ["Writing the project", ""],
    ];
    // The others are asked as the first is.
    const stops = answers.filter(([question]) => !/Name of the stack|User name|Write all/.test(question));
    for (const [question] of stops) {
      const index = answers.findIndex(([text]) => text === question);
      const terminal = await project.commandAtTerminal(["init", folder], ENV);
      for (const [earlier, answer] of answers.slice(0, index)) {
        await terminal.waitFor(earlier);
        terminal.type(`${answer}\r`);
      }
      await terminal.waitFor(question);
      terminal.type(CTRL_C);
      const { code } = await terminal.end();
      const isLeft = existsSync(newFolder("stopped"));
      expect({ question, code, isLeft }).toEqual({ question, code: 130, isLeft: false });
    }
    expect(listBackendProjects()).toEqual(projects);
  });

  it("is refused where nobody can be asked, and says how to answer", async () => {
    const login = ["--username", "admin", "--secret-env", "SUPERSET_TEST_PASSWORD"];
    const cases: [string[], string][] = [
      // Those about the server are asked as `stack add` asks them.
      [["--url", server.url], "Pass --stack, or --yes"],
      [["--url", server.url, "--stack", "qa", ...login], "Pass --export or --no-export, or --yes"],
      [["--url", server.url, "--stack", "qa", ...login, "--export"], "Pass --adopt or --no-adopt, or --yes"],
    ];
    for (const [args, remedy] of cases) {
      const refused = await init(newFolder("refused"), args);
      expect(refused).toMatchObject({ code: 3 });
      expect(refused.output).toContain(remedy);
    }
    expect(existsSync(newFolder("refused"))).toBe(false);
  });

  it("refuses options that the login does not know before it asks anything", async () => {
    const refused = await init(newFolder("refused"), ["--login", "token", "--client-id", "cli"]);
    expect(refused).toMatchObject({ code: 2, output: expect.stringContaining("The login token knows no --client-id") });
    expect(existsSync(newFolder("refused"))).toBe(false);
  });

  it("keeps the project where npm fails, and says what to run", async () => {
    const folder = newFolder("offline");
    const args = ["--url", server.url, "--username", "admin", "--secret-env", "SUPERSET_TEST_PASSWORD", "--yes"];
    const env = { npm_config_registry: "http://127.0.0.1:9", npm_config_fetch_retries: "0" };
    const failed = await init(folder, [...args, "--package", "99.0.0"], env);
    expect(failed).toMatchObject({ code: 1 });
    expect(failed.output).toContain("Run `npm install` there.");
    expect(existsSync(join(folder, "Pulumi.local.yaml"))).toBe(true);
  });

  it("stopped while npm installs says that the project is made, and what is left to do", async () => {
    const folder = newFolder("half");
    const registry = await startFaultProxy(server.url);
    const gate = registry.hold("GET /");
    const args = ["--url", server.url, "--username", "admin", "--secret-env", "SUPERSET_TEST_PASSWORD", "--yes"];
    const env = { ...ENV, npm_config_registry: registry.url };
    const terminal = await project.commandAtTerminal(["init", folder, ...args, "--package", "99.0.0"], env);
    await expect.poll(() => registry.requests.length, { timeout: 60_000 }).toBeGreaterThan(0);
    terminal.type(CTRL_C);
    const { code, output } = await terminal.end();
    gate.release({ fault: "refuse" });
    await registry.close();
    expect(code).toBe(130);
    expect(output).toContain(`Stopped; the project is made in ${folder}.`);
    expect(output).toContain("`npm install` there, then `npx pulumi-superset deploy --stack local");
    expect(output).not.toContain("nothing was written. The same command");
    expect(existsSync(join(folder, "Pulumi.local.yaml"))).toBe(true);
  });

  it("makes a project without files, which previews and deploys nothing, and leaves locked what is locked in the UI", async () => {
    const folder = newFolder("bare");
    const args = ["--url", server.url, "--username", "admin", "--secret-env", "SUPERSET_TEST_PASSWORD"];
    await server.query("UPDATE slices SET is_managed_externally = true");
    const made = await init(folder, [...args, "--no-export", "--no-install", "--stack", "qa", "--json"]);
    await server.query("UPDATE slices SET is_managed_externally = false");
    expect(made).toMatchObject({ code: 0 });
    expect(JSON.parse(made.stdout)).toMatchObject({
      stack: "qa",
      role: "qa",
      login: "db",
      username: "admin",
      secretEnv: "SUPERSET_TEST_PASSWORD",
    });
    const said = made.output.replace(made.stdout, "");
    expect(Math.max(...said.split("\n").map((line) => stringWidth(line)))).toBeLessThanOrEqual(100);
    expect(listFiles(join(folder, "assets"))).toEqual([".gitkeep"]);
    expect(readFileSync(join(folder, "Pulumi.qa.yaml"), "utf8")).toMatch(/superset:managed: "?true/);
    const elsewhere = await project.command(["status", "-C", folder]);
    expect(elsewhere).toMatchObject({ code: 0 });
    symlinkSync(join(newFolder("first"), "node_modules"), join(folder, "node_modules"));
    expect(await pulumi(folder, ["preview", "--stack", "qa"])).toMatchObject({ code: 0 });
    rmSync(join(folder, "node_modules"));
  });

  it("writes nothing where login, backend or folder do not allow it", async () => {
    const projects = listBackendProjects();
    const folder = newFolder("never");
    const args = ["--url", server.url, "--username", "admin", "--yes", "--secret-env", "WRONG"];
    const wrong = await init(folder, args, { WRONG: "not the password" });
    expect(wrong.output).toContain("[auth/wrong-password]");
    const unencrypted = await init(folder, args, { PULUMI_CONFIG_PASSPHRASE: undefined });
    expect(unencrypted.output).toContain("[engine/no-passphrase]");
    const taken = await init(newFolder("more/first"), [
      ...["--url", server.url, "--username", "admin", "--secret-env", "SUPERSET_TEST_PASSWORD"],
      ...["--no-export", "--stack", "production"],
    ]);
    expect(taken.output).toContain("[stack/in-backend]");
    expect([wrong.code, unencrypted.code, taken.code]).toEqual([1, 1, 3]);
    expect([existsSync(folder), existsSync(newFolder("more"))]).toEqual([false, false]);
    expect(listBackendProjects()).toEqual(projects);
  });
});
