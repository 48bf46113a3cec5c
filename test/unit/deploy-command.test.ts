import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { CHART } from "./assets-support";
import { makeProject, runCommand, stack } from "./command-support";

const OPTIONS = { env: { SUPERSET_PASSWORD: "secret" } };
const SETTINGS = stack(
  "url: http://127.0.0.1:9",
  "role: qa",
  "auth: {username: a, passwordEnv: SUPERSET_PASSWORD}",
  "assets: bi",
);

describe("pulumi-superset deploy", () => {
  it("--untrusted looks at the folder that the settings name", async () => {
    const project = makeProject({ "Pulumi.qa.yaml": SETTINGS, "bi/charts/orders.yaml": CHART });
    const deploy = ["deploy", "--stack", "qa", "--cwd", project, "--untrusted"];
    const sound = await runCommand(deploy, OPTIONS);
    expect(sound).toMatchObject({ code: 1, stderr: expect.stringContaining("[engine/missing]") });
    symlinkSync("/etc/passwd", join(project, "bi/charts/secret.yaml"));
    for (const args of [deploy, [...deploy, "--dry-run"]]) {
      const refused = await runCommand(args, OPTIONS);
      expect(refused).toMatchObject({ code: 3, stderr: expect.stringContaining("[assets/untrusted]") });
    }
  });

  it("--report into a folder that is not there is refused before anything is planned", async () => {
    const project = makeProject({ "Pulumi.qa.yaml": SETTINGS });
    const report = ["--report", join(project, "none/plan.md"), "--cwd", project];
    for (const args of [
      ["deploy", "--stack", "qa", "--dry-run", ...report],
      ["promote", "--dry-run", ...report],
      ["drift", "--stack", "qa", ...report],
    ]) {
      expect(await runCommand(args)).toMatchObject({ code: 2, stderr: expect.stringContaining("[report/no-folder]") });
      const folder = args.map((argument) => (argument.endsWith("plan.md") ? project : argument));
      expect(await runCommand(folder)).toMatchObject({
        code: 2,
        stderr: expect.stringContaining(`--report names the folder ${project}`),
      });
    }
  });
});

/** A promotion to qa that wrote nothing. */
function manifest(id: string, url: string): string {
  return JSON.stringify({
    ...{ version: 1, id, kind: "promotion", stack: "qa", status: "done", author: "Ann <ann@example.com>" },
    ...{ startedAt: "2026-11-22T10:00:00.000Z", target: { url, version: "6.1.0" }, assets: [], bundle: "" },
  });
}

describe("manifests", () => {
  it("that are broken are named by history, which tells the others", async () => {
    const project = makeProject({ "Pulumi.qa.yaml": SETTINGS });
    mkdirSync(join(project, "promotions/qa"), { recursive: true });
    writeFileSync(join(project, "promotions/qa/one.json"), manifest("one", "http://127.0.0.1:9"));
    writeFileSync(join(project, "promotions/qa/two.json"), '{"version": 1');
    const { code, stdout, stderr } = await runCommand(["history", "--stack", "qa", "--cwd", project]);
    expect(code).toBe(1);
    expect(stdout).toContain("by Ann\n");
    expect(stderr).toMatch(/two\.json.*\[manifest\/invalid\]/);
    const typo = await runCommand(["history", "--stack", "../qa", "--cwd", project]);
    expect(typo).toMatchObject({ code: 2, stderr: expect.stringContaining("[stack/unknown]") });
  });

  it("of another server are no way back", async () => {
    const project = makeProject({ "Pulumi.qa.yaml": SETTINGS });
    const file = join(project, "other.json");
    writeFileSync(file, manifest("other", "https://bi.example.com"));
    const { code, stderr } = await runCommand(["rollback", file, "--dry-run", "--cwd", project], OPTIONS);
    expect({ code, stderr }).toMatchObject({ code: 3, stderr: expect.stringContaining("[target/other-server]") });
  });
});

it("a TMPDIR that is not there is named", async () => {
  const project = makeProject({ "Pulumi.qa.yaml": SETTINGS });
  const file = join(project, "one.json");
  writeFileSync(file, manifest("one", "http://127.0.0.1:9"));
  const env = { ...OPTIONS.env, TMPDIR: join(project, "none") };
  const ended = await runCommand(["rollback", file, "--dry-run", "--cwd", project], { env });
  expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining("[temporary-folder/not-writable]") });
});

describe("what a command does not do is refused", () => {
  it.each([
    [["deploy", "--stack", "qa", "--dry-run", "--report", "plan.md", "--", "--diff"], "cli/unexpected-arguments"],
    [["deploy", "--stack", "qa", "--", "--diff"], "cli/unexpected-arguments"],
    ...["deploy --stack qa", "sync qa production", "promote", "rollback"].map((command) => [
      [...command.split(" "), "--parallel", "abc"],
      "It must be a whole number",
    ]),
  ])("%j", async (args, words) => {
    const project = makeProject({ "Pulumi.qa.yaml": SETTINGS });
    const { code, stderr } = await runCommand(args as string[], { ...OPTIONS, cwd: project });
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(words as string) });
  });
});

describe("pulumi-superset promote", () => {
  it("names the stack in the report of a plan that could not be made", async () => {
    const production = SETTINGS.replace("role: qa", "role: production");
    const project = makeProject({ "Pulumi.qa.yaml": SETTINGS, "Pulumi.live.yaml": production });
    const report = join(project, "plan.md");
    const refused = await runCommand(["promote", "--dry-run", "--report", report, "--cwd", project]);
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining("[settings/password-missing]") });
    expect(readFileSync(report, "utf8")).toContain("### Plan for `live`");
  });
});

describe("pulumi-superset rollback", () => {
  it("says that there is no manifest of that name", async () => {
    const { code, stderr } = await runCommand(["rollback", "typo.json", "--cwd", makeProject({})]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining("typo.json: There is no such file.") });
  });
});
