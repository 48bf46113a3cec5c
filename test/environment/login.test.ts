import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { runList } from "../../provider/src/cli/showtime/run-list";
import { runLogin } from "../../provider/src/cli/showtime/run-login";
import { runStatus } from "../../provider/src/cli/showtime/run-status";
import { bringUp } from "../../provider/src/environment/bring-up";
import { argumentsOf, surroundingsIn } from "../support/environments";
import { type ShowtimeWorld, startWorld } from "../support/showtime-world";

let world: ShowtimeWorld;

beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world?.close());
beforeEach(async () => {
  await world.reset();
  await world.aws.pushImage("pr-7-abc1234-ci");
  await bringUp(surroundingsIn(world.aws, world.settings), argumentsOf(world.settings));
  world.github.openPullRequest({ number: 7, head: "abc1234".padEnd(40, "0") });
});
afterEach(() => vi.unstubAllEnvs());

const login = (json = false, number = 7) => world.run(() => runLogin(number, { cwd: world.folder, json }));

describe("showtime login", () => {
  it("shows the login data of this environment, to whose role may read them", async () => {
    const text = await login();
    expect(text.code).toBe(0);
    expect(text.stdout).toMatch(/^Username +admin$/m);
    const password = /^Password +([\w-]{32})$/m.exec(text.stdout)?.[1];
    expect(password).toBeDefined();
    const { stdout } = await login(true);
    expect(JSON.parse(stdout)).toMatchObject({ version: 1, pullRequest: 7, username: "admin", password });
  });

  it.each([
    ["GITHUB_ACTIONS", "true"],
    ["CI", "1"],
  ])("is refused where %s is set, before anything is read", async (name, value) => {
    vi.stubEnv(name, value);
    world.aws.forgetCalls();
    for (const json of [false, true]) {
      const run = await login(json);
      expect(run).toMatchObject({ code: 3, stdout: "", problem: { code: "showtime/login-in-ci" } });
    }
    expect(world.aws.calls).toEqual([]);
  });

  it("names the right and the secret to whoever is denied", async () => {
    await world.aws.fail("secretsmanager", "GetSecretValue", "denied", 1);
    const { code, problem, stdout } = await login();
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(problem?.code).toBe("showtime/login-denied");
    expect(problem?.remedy).toContain("secretsmanager:GetSecretValue");
    expect(problem?.remedy).toContain(`${world.settings.project}/showtime/pr-7-abc1234`);
  });

  it("says where there is no environment", async () => {
    expect(await login(false, 8)).toMatchObject({ code: 1, problem: { code: "showtime/no-environment" } });
  });
});

describe("showtime status and list", () => {
  const status = (number: number, json = false) => world.run(() => runStatus(number, { cwd: world.folder, json }));

  it("tell what AWS says, and never the password", async () => {
    const password = /^Password +(.*)$/m.exec((await login()).stdout)?.[1] ?? "";
    world.github.label(7, "🎪 🛑 showtime-trigger-stop", "ann");
    const text = await status(7);
    expect(text.stdout).toMatch(/^Service +pr-7-abc1234$/m);
    expect(text.stdout).toMatch(/^Commit +abc1234, the head of the pull request$/m);
    expect(text.stdout).toMatch(/^Active triggers +🎪 🛑 showtime-trigger-stop$/m);
    expect(text.stdout).toContain(`clusters/${world.settings.cluster}/services/pr-7-abc1234`);
    const [environment] = JSON.parse((await status(7, true)).stdout).environments;
    expect(environment).toMatchObject({ service: "pr-7-abc1234", requester: "ada", size: "small", timeToLive: "48h" });
    const list = await world.run(() => runList({ cwd: world.folder, json: true }));
    expect(JSON.parse(list.stdout).environments).toEqual([environment]);
    for (const { stdout, stderr } of [text, list]) expect(stdout + stderr).not.toContain(password);
  });

  it("say where there is nothing: no failure", async () => {
    world.github.openPullRequest({ number: 8 });
    expect(await status(8)).toMatchObject({ code: 0, stdout: "No environment for #8 (open).\n" });
    expect(await status(8, true)).toMatchObject({ code: 0, stdout: "null\n" });
  });

  it("filter by status and person, and refuse a status that nothing ever has", async () => {
    const list = (options: object) => world.run(() => runList({ cwd: world.folder, json: true, ...options }));
    const count = async (options: object) => JSON.parse((await list(options)).stdout).environments.length;
    expect(await count({ user: "ADA" })).toBe(1);
    expect(await count({ user: "bob" })).toBe(0);
    expect(await count({ status: "failed" })).toBe(0);
    const refused = await list({ status: "runing" });
    expect(refused).toMatchObject({ code: 2, problem: { code: "showtime/status-unknown" } });
    expect(refused.problem?.summary).toContain('did you mean "running"?');
  });
});
