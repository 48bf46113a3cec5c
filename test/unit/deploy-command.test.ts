import { readFileSync, symlinkSync } from "node:fs";
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
    }
  });
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
