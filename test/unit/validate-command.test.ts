import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { CHART, DATABASE_UUID, DATASET, OTHER_UUID } from "./assets-support";
import { type CommandOptions, makeProject, ROOT, runCommand, stack } from "./command-support";

const validate = (args: readonly string[], options: CommandOptions = {}) => runCommand(["validate", ...args], options);

const FOREIGN = DATASET.replace(DATABASE_UUID, OTHER_UUID);
const broken = { "assets/charts/orders.yaml": CHART.replace("params:", "owners: []\nparams:") };

describe("pulumi-superset validate", () => {
  it("finds nothing in the sample, from the folder of the project", async () => {
    const { code, stdout, stderr } = await validate([], { cwd: ROOT });
    expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
    expect(stderr).toMatch(/^No findings in \d+ files \(\d+\.\d s\)\.\n$/);
  });

  it("names an error and ends with 3; a warning alone ends with 0", async () => {
    const project = makeProject(broken);
    const { code, stdout, stderr } = await validate(["--cwd", project]);
    expect(code).toBe(3);
    expect(stdout).toMatch(/^charts\/orders\.yaml\n {2}3:1 error: .*`owners`/);
    expect(stderr).toContain("1 error in 4 files");
    const mild = makeProject({ "assets/charts/orders.yaml": CHART.replace("params:", "params:\n  groupby: [gone]") });
    expect(await validate(["-C", mild])).toMatchObject({ code: 0, stderr: expect.stringContaining("1 warning") });
  });

  it.each([
    [["--assets-dir", "/nowhere"], "assets/folder-missing"],
    [["--stack", "nobody"], "stack/unknown"],
    [["--format", "xml"], "Allowed choices"],
    [["--stack", "a", "--target", "b"], "validate/two-stacks"],
    [["charts/none.yaml", "--assets-dir", join(ROOT, "assets")], "validate/unknown-path"],
  ])("%j is bad usage", async (args, message) => {
    const { code, stderr, stdout } = await validate(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(message);
  });

  it("prints JSON and annotations for programs", async () => {
    const project = makeProject({ ...broken, ".git/HEAD": "" });
    const json = await validate(["-C", project, "--json"]);
    expect(JSON.parse(json.stdout)).toMatchObject({ version: 1, files: 4, counts: { errors: 1 } });
    expect(json.stdout).toBe((await validate(["-C", project, "--format", "json"])).stdout);
    const github = await validate(["-C", project, "--format", "github"]);
    expect(github).toMatchObject({ code: 3 });
    expect(github.stdout).toMatch(/^::error file=assets\/charts\/orders\.yaml,line=3,col=1,title=unknown-key::/);
    const elsewhere = await validate(["-C", project, "--format", "github"], { env: { GITHUB_WORKSPACE: tmpdir() } });
    expect(elsewhere.stdout).toMatch(/^::error file=project-\w+\/assets\/charts\/orders\.yaml,/);
  });

  it("tells only of the paths that it is asked about", async () => {
    const project = makeProject(broken);
    expect(await validate(["-C", project, join(project, "assets/datasets")])).toMatchObject({ code: 0, stdout: "" });
    expect(await validate(["-C", project, "charts/orders.yaml"])).toMatchObject({ code: 3 });
  });
});

describe("what the stacks of a project say", () => {
  const foreign = { "assets/datasets/Shop/orders.yaml": FOREIGN };
  const mapped = stack(`databases: {${OTHER_UUID}: {name: Shop}}`);

  it("a database that one of them maps needs no file", async () => {
    expect(await validate(["-C", makeProject(foreign)])).toMatchObject({ code: 3 });
    const project = makeProject({ ...foreign, "Pulumi.qa.yaml": mapped, "Pulumi.production.yaml": stack("role: qa") });
    expect(await validate(["-C", project])).toMatchObject({ code: 0 });
    expect(await validate(["-C", project, "--stack", "qa"])).toMatchObject({ code: 0 });
    expect(await validate(["-C", project, "--stack", "production"])).toMatchObject({ code: 3 });
  });

  it("a file that all of them leave out is not looked at", async () => {
    const exclude = stack("exclude: [charts/draft.yaml]");
    const draft = { "assets/charts/draft.yaml": "[" };
    const all = makeProject({ ...draft, "Pulumi.qa.yaml": exclude, "Pulumi.production.yaml": exclude });
    expect(await validate(["-C", all])).toMatchObject({ code: 0 });
    const one = makeProject({ ...draft, "Pulumi.qa.yaml": exclude, "Pulumi.production.yaml": stack("role: qa") });
    expect(await validate(["-C", one])).toMatchObject({ code: 3 });
    expect(await validate(["-C", one, "-s", "qa"])).toMatchObject({ code: 0 });
  });

  it("names the folder, encrypted settings or not", async () => {
    const secret = "auth: {username: a, password: {secure: v1:xyz}}";
    const project = makeProject({ "Pulumi.qa.yaml": stack("assets: bi", secret), "bi/charts/a.yaml": "[" });
    expect(await validate(["-C", project])).toMatchObject({
      code: 3,
      stdout: expect.stringContaining("charts/a.yaml"),
    });
    const both = makeProject({
      "Pulumi.qa.yaml": stack("assets: bi"),
      "Pulumi.production.yaml": stack("role: production"),
      "bi/charts/a.yaml": "[",
    });
    expect(await validate(["-C", both])).toMatchObject({ code: 2, stderr: expect.stringContaining("--stack") });
    expect(await validate(["-C", both, "-s", "production"])).toMatchObject({ code: 0 });
  });

  it("is told of where it cannot be read", async () => {
    const project = makeProject({ "Pulumi.qa.yaml": stack("exclude: 5") });
    const { code, stderr } = await validate(["-C", project]);
    expect(code).toBe(2);
    expect(stderr).toContain("Pulumi.qa.yaml");
    expect(stderr).toContain("superset:exclude");
  });
});

describe("pulumi-superset validate --fix", () => {
  it("puts right what it can, names it, keeps comments, and finds nothing the second time", async () => {
    const text = `# Owned by sales.\nid: 7\n${CHART.replace("version: 1.0.0\n", "")}`;
    const project = makeProject({ "assets/charts/orders.yaml": text });
    const look = await validate(["-C", project]);
    expect(look).toMatchObject({
      code: 3,
      stderr: expect.stringContaining("--fix can put right something in 1 file."),
    });
    const fixed = await validate(["-C", project, "--fix"]);
    expect(fixed).toMatchObject({ code: 0, stderr: expect.stringContaining("1 file fixed.") });
    expect(fixed.stdout).toContain("charts/orders.yaml: fixed\n");
    const after = readFileSync(join(project, "assets/charts/orders.yaml"), "utf8");
    expect(after).toBe(`# Owned by sales.\n${CHART}`);
    const again = await validate(["-C", project, "--fix", "--json"]);
    expect(JSON.parse(again.stdout)).toMatchObject({ findings: [], fixed: [], fixable: [] });
    expect(readFileSync(join(project, "assets/charts/orders.yaml"), "utf8")).toBe(after);
  });

  it("leaves what needs a person", async () => {
    const project = makeProject(broken);
    expect(await validate(["-C", project, "--fix"])).toMatchObject({ code: 3 });
    expect(readFileSync(join(project, "assets/charts/orders.yaml"), "utf8")).toBe(broken["assets/charts/orders.yaml"]);
  });
});
