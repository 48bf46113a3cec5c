import { execFile, execFileSync } from "node:child_process";
import { readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { BOT, type GithubStandIn, startGithub } from "../support/github-stand-in";
import { createReader, USER_PASSWORD } from "../support/people";
import { createProject, LIGHT_PULUMI, type PulumiProject, ROOT } from "../support/pulumi-project";
import { putSample } from "../support/put-sample";
import { readContent } from "../support/server-content";
import { type TestServer, useSecondSuperset, useSuperset } from "../support/servers";
import { listWorkflowsOf, type WorkflowFile } from "../support/workflow-files";
import { createRunner, type JobRequest, nameCommand, type WorkflowRunner } from "../support/workflow-runner";

/** Commands of workflows that no test can run, with the reason. */
const NOT_RUN: Readonly<Record<string, string>> = {};

const HOSTILE = "@everyone ![x](http://evil.example/p.png) <img src=x> ``` ::error::gotcha";

let qa: TestServer;
let production: TestServer;
let github: GithubStandIn;
/** Gives its folder and its settings of Pulumi to the project that is tested. */
let helper: PulumiProject;
let folder: string;
let remote: string;
/** Names of accounts that may only read. */
let readers: { qa: string; production: string };
let workflows: ReadonlyMap<string, WorkflowFile>;
let runner: WorkflowRunner;

const git = (...args: string[]) => execFileSync("git", ["-C", folder, ...args], { encoding: "utf8" }).trim();
const inRemote = (...args: string[]) => execFileSync("git", ["-C", remote, ...args], { encoding: "utf8" }).trim();

beforeAll(async () => {
  [qa, production, github] = await Promise.all([useSuperset(), useSecondSuperset(), startGithub()]);
  const [ofQa, ofProduction] = await Promise.all([createReader(qa), createReader(production)]);
  readers = { qa: ofQa.username, production: ofProduction.username };
  helper = await createProject({ server: qa, assets: join(ROOT, "assets") });
  await putSample(qa);
  folder = join(helper.folder, "dashboards");
  await makeProject();
  remote = join(helper.folder, "remote.git");
  execFileSync("git", ["init", "--quiet", "--bare", "--initial-branch=main", remote]);
  git("init", "--quiet", "--initial-branch=main");
  git("config", "user.name", "Ann");
  git("config", "user.email", "ann@example.com");
  git("remote", "add", "origin", remote);
  push("The project", "main");
  workflows = new Map(listWorkflowsOf(folder, ".github/workflows").map((file) => [file.name, file]));
  runner = makeRunner();
});
afterAll(async () => {
  helper?.remove();
  await github?.close();
});

/** As a team begins: `init` from QA, then the stack of production. */
async function makeProject(): Promise<void> {
  const pack = ["pack", "--workspace", "pulumi-superset", "--pack-destination", helper.folder];
  await promisify(execFile)("npm", pack, { cwd: ROOT });
  const tarball = join(helper.folder, readdirSync(helper.folder).find((name) => name.endsWith(".tgz")) ?? "");
  const env = {
    ...{ npm_config_prefer_offline: "true" },
    ...{ SUPERSET_QA_PASSWORD: qa.password, SUPERSET_PRODUCTION_PASSWORD: production.password },
  };
  const init = ["init", folder, "--url", qa.url, "--stack", "qa", "--username", "admin", "--package", tarball, "--yes"];
  // What QA has is taken over by the first deployment.
  expect(await helper.command([...init, "--no-adopt"], env)).toMatchObject({ code: 0 });
  const add = ["stack", "add", "production", "--url", production.url, "--username", "admin", "--cwd", folder];
  expect(await helper.command(add, env)).toMatchObject({ code: 0 });
  const file = join(folder, "Pulumi.production.yaml");
  const database = `  superset:databases:\n    Shop:\n      sqlalchemyUri: sqlite:///${inject("sampleData")}\n`;
  writeFileSync(file, readFileSync(file, "utf8").replace(/^config:\n/m, `config:\n${database}`));
}

function makeRunner(): WorkflowRunner {
  const state = { PULUMI_CONFIG_PASSPHRASE: "test" };
  const vars = { PULUMI_BACKEND_URL: `file://${join(helper.folder, "state")}` };
  const ofQa = { SUPERSET_QA_PASSWORD: qa.password };
  const ofProduction = { SUPERSET_PRODUCTION_PASSWORD: production.password };
  const readsQa = { SUPERSET_QA_PASSWORD: USER_PASSWORD };
  const readsProduction = { SUPERSET_PRODUCTION_PASSWORD: USER_PASSWORD };
  const [onQa, onProduction] = [
    { SUPERSET_QA_USERNAME: readers.qa },
    { SUPERSET_PRODUCTION_USERNAME: readers.production },
  ];
  const env = {
    PATH: [inject("pulumiFolder"), dirname(process.execPath), process.env.PATH].join(delimiter),
    ...{ HOME: process.env.HOME ?? "", PULUMI_HOME: join(helper.folder, "home"), TMPDIR: join(helper.folder, "tmp") },
    ...{ npm_config_prefer_offline: "true", GIT_CONFIG_GLOBAL: "/dev/null", GITHUB_API_URL: github.url },
    ...LIGHT_PULUMI,
  };
  return createRunner({
    ...{ folder: helper.folder, remote, env, token: github.token, repository: github.repository },
    environments: {
      preview: { vars: { ...vars, ...onQa }, secrets: { ...state, ...readsQa } },
      "preview-fork": { vars: { ...vars, ...onQa }, secrets: { ...state, ...readsQa } },
      qa: { vars: { ...vars, ...onProduction }, secrets: { ...state, ...ofQa, ...readsProduction } },
      production: { vars: { ...vars, ...onQa }, secrets: { ...state, ...readsQa, ...ofProduction } },
      "read-only": {
        vars: { ...vars, ...onQa, ...onProduction },
        secrets: { ...state, ...readsQa, ...readsProduction },
      },
    },
  });
}

function push(message: string, branch: string): void {
  git("add", "--all");
  git("commit", "--quiet", "--message", message);
  git("push", "--quiet", "--force", "origin", `HEAD:refs/heads/${branch}`);
}

const chartFile = () => {
  const name = readdirSync(join(folder, "assets/charts")).find((file) => file.startsWith("revenue-of-the-last-month"));
  return join(folder, "assets/charts", name ?? "");
};

function rename(title: string): void {
  const text = readFileSync(chartFile(), "utf8");
  writeFileSync(chartFile(), text.replace(/^slice_name: .*$/m, `slice_name: ${JSON.stringify(title)}`));
}

function readTitle(): string {
  return /^slice_name: (.*)$/m.exec(readFileSync(chartFile(), "utf8"))?.[1]?.replaceAll('"', "") ?? "";
}

/** As a person does it in Superset. */
async function editByHand(title: string): Promise<void> {
  const uuid = /^uuid: (.*)$/m.exec(readFileSync(chartFile(), "utf8"))?.[1];
  await production.query(`UPDATE slices SET slice_name = '${title}', changed_on = now() WHERE uuid = '${uuid}'`);
}

/** What GitHub knows of a pull request whose branch is pushed. */
function openPullRequest(fork = false): JobRequest {
  const head = git("rev-parse", "HEAD");
  const main = inRemote("rev-parse", "main");
  const tree = git("merge-tree", "--write-tree", main, head);
  const merge = git("commit-tree", tree, "-p", main, "-p", head, "-m", "Merge");
  git("push", "--quiet", "--force", "origin", `${merge}:refs/pull/7/merge`);
  const repo = { full_name: fork ? "mallory/dashboards" : github.repository };
  const pull = { number: 7, title: HOSTILE, head: { sha: head, ref: "x`@everyone`", repo } };
  return {
    eventName: "pull_request_target",
    event: { pull_request: pull, repository: { default_branch: "main" } },
  };
}

const START: JobRequest = { event: { repository: { default_branch: "main" } } };

const run = (file: string, job: string, request: JobRequest = START) =>
  runner.run(workflows.get(`${file}.yml`) as WorkflowFile, job, request);

describe("what is merged", () => {
  it("goes to QA", async () => {
    rename("A title that stays");
    push("A title that stays", "main");
    expect(await run("deploy", "deploy")).toMatchObject({ result: "success", environment: "qa" });
    expect((await readContent(qa)).assets.join("\n")).toContain("A title that stays");
    expect((await readContent(qa)).assets).toHaveLength(18);
  });
});

describe("a pull request", () => {
  beforeAll(() => void git("switch", "--quiet", "--create", "change"));
  afterAll(() => void git("switch", "--quiet", "main"));

  it("is validated without any secret, and what is wrong is marked in its lines", async () => {
    const validate = () => run("validate", "validate", { ...openPullRequest(), eventName: "pull_request" });
    rename("Another title");
    push("A title", "change");
    expect(await validate()).toMatchObject({ result: "success", environment: undefined });
    writeFileSync(join(folder, "assets/charts/broken.yaml"), "slice_name: [\n");
    push("Broken", "change");
    const { result, log } = await validate();
    expect({ result, log }).toMatchObject({
      result: "failure",
      log: expect.stringMatching(/^::error file=assets\/charts\/broken\.yaml,line=\d+,/m),
    });
    git("reset", "--quiet", "--hard", "HEAD~1");
  });

  it("gets its plan as one comment, in which nothing of it is more than words", async () => {
    rename(HOSTILE);
    push("A hostile title", "change");
    const before = (await readContent(qa)).versions;
    const first = await run("preview", "preview", openPullRequest());
    expect(first.log).toContain("::stop-commands::");
    expect(first).toMatchObject({ result: "success", environment: "preview" });
    const [comment] = github.comments(7);
    expect(comment?.user?.login).toBe(BOT);
    expect(comment?.body).toContain("**1 asset: 1 to update.**");
    expect(comment?.body).toContain(`! chart "${HOSTILE}"\n    name A title that stays → @everyone`);
    expect(comment?.body).toMatch(
      /^<!-- pulumi-superset: preview qa -->\nFor [0-9a-f]{9}\.\n\n### Plan for `qa`\n[\s\S]*\n````diff\n/,
    );
    expect((await readContent(qa)).versions).toEqual(before);
  });

  it("from a fork waits for an approval, runs the default branch's program, and is only data", async () => {
    const program = join(folder, "index.js");
    const own = readFileSync(program, "utf8");
    writeFileSync(program, 'throw new Error("the program of the fork ran");\n');
    writeFileSync(join(folder, "package.json"), '{"scripts":{"preinstall":"exit 1"}}');
    rename("A title of the fork");
    push("A program of its own", "change");
    const { result, environment, log, workspace } = await run("preview", "preview", openPullRequest(true));
    expect({ result, environment }).toEqual({ result: "success", environment: "preview-fork" });
    expect(log).not.toContain("the program of the fork ran");
    expect(readFileSync(join(workspace, "index.js"), "utf8")).toBe(own);
    expect(readdirSync(join(workspace, "pull-request")).filter((name) => name !== ".git")).toEqual(["assets"]);
    expect(github.comments(7)).toHaveLength(1);
    expect(github.comments(7)[0]?.body).toContain('chart "A title of the fork"');
    git("reset", "--quiet", "--hard", "HEAD~1");
  });

  it("with a link in its assets is refused, and the comment says so", async () => {
    symlinkSync("/etc/passwd", join(folder, "assets/charts/passwd.yaml"));
    push("A link", "change");
    const { result, log } = await run("preview", "preview", openPullRequest(true));
    expect(result).toBe("failure");
    expect(log).toContain("[assets/untrusted]");
    expect(github.comments(7)).toHaveLength(1);
    expect(github.comments(7)[0]?.body).toContain("charts/passwd.yaml is a symbolic link");
    git("reset", "--quiet", "--hard", "HEAD~1");
  });

  it("that moved on since somebody approved it is not planned", async () => {
    const approved = openPullRequest(true);
    rename("Pushed after the approval");
    push("Pushed later", "change");
    openPullRequest(true);
    const comments = github.requests.length;
    const { result, log } = await run("preview", "preview", approved);
    expect(result).toBe("failure");
    expect(log).not.toContain("> Plan");
    expect(github.requests).toHaveLength(comments);
    git("reset", "--quiet", "--hard", "HEAD~1");
  });
});

describe("a promotion", () => {
  it("shows its plan, applies that one and no other after the approval, and is recorded", async () => {
    const plan = await run("promote", "plan");
    expect(plan).toMatchObject({ result: "success", environment: "read-only", outputs: { changes: "18" } });
    // Whoever plans may only read.
    expect(plan.log).toContain(`the user "${readers.production}" may not write what is to be deployed`);
    expect(plan.summary).toContain("### Plan for `production`\n\n**18 assets: 18 to create.**");
    expect((await readContent(production)).assets).toEqual([]);
    const needs = { plan: { result: "success", outputs: plan.outputs } };

    rename("A title after the approval");
    push("Merged after the approval", "main");
    const another = await run("promote", "promote", { ...START, needs });
    expect(another).toMatchObject({ result: "failure", log: expect.stringContaining("[plan/moved]") });
    expect((await readContent(production)).assets).toEqual([]);
    git("reset", "--quiet", "--hard", "HEAD~1");
    git("push", "--quiet", "--force", "origin", "main");

    const promoted = await run("promote", "promote", { ...START, needs });
    expect(promoted).toMatchObject({ result: "success", environment: "production" });
    expect((await readContent(production)).assets).toEqual((await readContent(qa)).assets);

    const before = inRemote("rev-parse", "main");
    const recorded = await run("promote", "record", {
      ...START,
      needs: { promote: { result: "success", outputs: {} } },
    });
    expect(recorded).toMatchObject({ result: "success" });
    expect(inRemote("diff", "--name-only", before, "main")).toMatch(/^promotions\/production\/\S+\.json$/);
    git("pull", "--quiet", "origin", "main");
  });

  it("of no changes needs no approval", async () => {
    const none = { plan: { result: "success", outputs: { changes: "0", plan: "" } } };
    expect(await run("promote", "promote", { ...START, needs: none })).toMatchObject({ result: "skipped" });
  });
});

describe("the check of every night", () => {
  const drift = () => run("drift", "drift", { ...START, matrix: { stack: "production" } });

  it("opens an issue in words, and closes it where nothing drifts any more, although the files are ahead of production", async () => {
    const title = readTitle();
    await editByHand("@everyone <b>");
    expect(await drift()).toMatchObject({ result: "failure" });
    const [issue] = github.issues();
    expect(issue).toMatchObject({ title: "production was changed in Superset", state: "open" });
    expect(issue?.body).toContain(`! chart "@everyone <b>": name ${title} → @everyone <b>\n`);

    await editByHand(title);
    rename("Not promoted yet");
    writeFileSync(
      join(folder, "assets/charts/new.yaml"),
      readFileSync(chartFile(), "utf8").replace(/^uuid: .*$/m, "uuid: 0c1c6f6e-8f5b-4b93-9d53-5a1f0f5b9c11"),
    );
    push("Not promoted yet", "main");
    const { result, log } = await drift();
    git("reset", "--quiet", "--hard", "HEAD~1");
    git("push", "--quiet", "--force", "origin", "main");
    expect({ result, log }).toMatchObject({ result: "success", log: expect.stringContaining("is as it was deployed") });
    expect(github.issues()).toMatchObject([{ state: "closed" }]);
  });

  it("leaves the issue alone where nobody knows", async () => {
    const requests = github.requests.length;
    const unknown = await run("drift", "drift", { ...START, matrix: { stack: "staging" } });
    expect(unknown).toMatchObject({ result: "failure" });
    expect(github.requests).toHaveLength(requests);
  });
});

describe("the backup of every week", () => {
  it("begins a branch, and adds a commit only where something changed", async () => {
    const backup = async () => {
      const made = await run("backup", "export");
      expect(made).toMatchObject({ result: "success", environment: "read-only" });
      expect(
        await run("backup", "commit", { ...START, needs: { export: { result: "success", outputs: {} } } }),
      ).toMatchObject({
        result: "success",
      });
      return inRemote("rev-list", "backup/production").split("\n");
    };
    const [first] = await backup();
    const files = inRemote("ls-tree", "-r", "--name-only", "backup/production").split("\n");
    expect(files.filter((path) => !path.startsWith("assets/"))).toEqual([]);
    expect(files).toHaveLength(18);
    expect(await backup()).toEqual([first]);
    await editByHand("By hand");
    expect(await backup()).toEqual([expect.any(String), first]);
  });
});

describe("the sync", () => {
  it("makes QA like production, on its schedule only where a team wants it", async () => {
    const event = { ...START, eventName: "schedule" };
    expect(await run("sync", "sync", event)).toMatchObject({ result: "skipped" });
    expect(await run("sync", "sync")).toMatchObject({ result: "success", environment: "qa" });
    expect((await readContent(qa)).assets).toEqual((await readContent(production)).assets);
  });
});

it("every command of every workflow ran, or is listed with its reason", () => {
  // Those of environments run in test/environment/circus.test.ts.
  const own = [...workflows.values()].filter(({ name }) => !name.startsWith("circus"));
  const commands = own.flatMap(({ name, content }) =>
    Object.entries(content.jobs).flatMap(([job, { steps }]) =>
      steps.flatMap((step) => (step.run === undefined ? [] : [nameCommand(name, job, step.run)])),
    ),
  );
  expect(commands.filter((command) => !runner.ran.has(command)).sort()).toEqual(Object.keys(NOT_RUN).sort());
});
