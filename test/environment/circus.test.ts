import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { type Outlook, toLines } from "../../provider/src/cli/showtime/check-only";
import { listWorkflowsOf, type WorkflowFile } from "../support/workflow-files";
import {
  ASSUMED_ROLE,
  createRunner,
  type JobResult,
  nameCommand,
  type WorkflowRunner,
} from "../support/workflow-runner";

/**
 * The workflows of environments, step by step. Git and every command are real; programs that need a registry, an engine or
 * AWS are replaced by ones that write down how they were called.
 */

const ROOT = join(import.meta.dirname, "../..");
const IMAGES = "111122223333.dkr.ecr.eu-central-1.amazonaws.com/shop-showtime";
const TOKEN = "a-token-of-github";
const PASSPHRASE = "a-passphrase";

const folder = mkdtempSync(join(tmpdir(), "circus-"));
const remote = join(folder, "remote.git");
const programs = join(folder, "programs");
const [calls, outlook, seen] = ["calls", "outlook", "environment"].map((name) => join(folder, name)) as [
  string,
  string,
  string,
];
const FILES: ReadonlyMap<string, WorkflowFile> = new Map(
  listWorkflowsOf(ROOT, ".github/workflows").map((file) => [file.name, file]),
);
const { first, head } = makeRepository();
makePrograms();

const ran = new Set<string>();
let runner: WorkflowRunner;
/** A test may change its copy. */
let files: Map<string, WorkflowFile>;
let variables: Record<string, string>;
/** How jobs ended that others need. */
let needs: Record<string, { result: string; outputs: Record<string, string> }>;

beforeEach(() => {
  files = structuredClone(new Map(FILES));
  variables = { SHOWTIME: "true" };
  needs = {};
  writeFileSync(calls, "");
  decideTo({});
  runner = makeRunner();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The default branch, and a pull request that moved on since the commit that is wanted. */
function makeRepository(): { first: string; head: string } {
  const work = join(folder, "work");
  const git = (...args: string[]) => execFileSync("git", ["-C", work, ...args], { encoding: "utf8" }).trim();
  execFileSync("git", ["init", "--quiet", "--bare", "--initial-branch=main", remote]);
  execFileSync("git", ["init", "--quiet", "--initial-branch=main", work]);
  const commit = (files: Record<string, string>) => {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(work, name)), { recursive: true });
      writeFileSync(join(work, name), text);
    }
    git("add", "--all");
    git("-c", "user.name=Ann", "-c", "user.email=ann@example.com", "commit", "--quiet", "--message", "x");
    return git("rev-parse", "HEAD");
  };
  commit({ Dockerfile: "FROM main", "showtime.yaml": "project: shop", "assets/chart.yaml": "main" });
  git("push", "--quiet", remote, "main");
  const wanted = commit({
    Dockerfile: "FROM pull-request",
    "showtime.yaml": "project: theirs",
    "assets/chart.yaml": "theirs",
  });
  const newest = commit({ Dockerfile: "FROM newer" });
  git("push", "--quiet", remote, `HEAD:refs/pull/7/head`);
  return { first: wanted, head: newest };
}

function makePrograms(): void {
  mkdirSync(programs);
  const note = (name: string) =>
    `printf '%s\\n' "${name} $*|role=$${ASSUMED_ROLE}|$(cat showtime.yaml 2>/dev/null)" >> "${calls}"`;
  const scripts: Record<string, string> = {
    npm: "mkdir -p node_modules",
    npx: `${note("npx")}
      for word in "$@"; do [ "$word" = --check-only ] && cat "${outlook}"; done
      [ -d pull-request ] && (cd pull-request && find . -type f -not -path './.git/*') >> "${calls}"
      exit 0`,
    docker: `${note("docker")}
      env > "${seen}"
      for word in "$@"; do case "$word" in type=docker,dest=*) printf 'image of %s' "$(cat Dockerfile)" > "\${word#*dest=}";; esac; done`,
    aws: `${note("aws")}; echo a-password`,
    skopeo: `${note("skopeo")}; [ "$1" = login ] && { read -r word; echo "password $word" >> "${calls}"; }
      [ "$1" = copy ] && printf '%s\\n' "$(cat image.tar)" >> "${calls}"
      exit 0`,
  };
  for (const [name, text] of Object.entries(scripts)) {
    writeFileSync(join(programs, name), `#!/usr/bin/env bash\n${text}\n`);
    chmodSync(join(programs, name), 0o755);
  }
}

/** What `sync --check-only` is going to print. */
function decideTo(changes: Partial<Outlook>): void {
  const usual: Outlook = {
    ...{ action: "deploy", build_needed: true, sync_needed: true, reason: "a reason", pr_number: 7, target_sha: first },
    ...{ image_tag: `pr-7-${first.slice(0, 7)}-ci`, platform: "linux/amd64", is_fork: true, assets: false },
  };
  writeFileSync(outlook, toLines({ ...usual, ...changes }));
}

function makeRunner(): WorkflowRunner {
  const of = (job: string) => ({
    vars: {
      ...variables,
      ...{ SHOWTIME_ROLE: `role-${job}`, SHOWTIME_REGION: "eu-central-1", SHOWTIME_IMAGES: IMAGES },
    },
    secrets: job === "preview" ? {} : { PULUMI_CONFIG_PASSPHRASE: PASSPHRASE },
  });
  return createRunner({
    ...{ folder, remote, token: TOKEN, repository: "acme/superset" },
    env: { PATH: [programs, process.env.PATH].join(delimiter), HOME: folder, GIT_CONFIG_GLOBAL: "/dev/null" },
    environments: {
      "": { vars: { ...variables, SHOWTIME_BUILD_OPTIONS: "--target showtime --build-arg A=1" }, secrets: {} },
      "showtime-preview": of("preview"),
      "showtime-deploy": of("deploy"),
      "showtime-cleanup": of("cleanup"),
    },
  });
}

const LABELS = ["bug", "🎪 ⚡ showtime-trigger-start"];

/** An event of the pull request. */
function eventOf(action: string, changes: { label?: string; labels?: string[]; changes?: object } = {}): object {
  const { label, labels = LABELS, ...others } = changes;
  return {
    ...{ action, repository: { default_branch: "main" }, ...others },
    ...(label !== undefined && { label: { name: label } }),
    pull_request: { number: 7, head: { sha: head }, labels: labels.map((name) => ({ name })) },
  };
}

const PUSH = eventOf("synchronize");

async function run(job: string, event: object = PUSH, name = "circus.yml"): Promise<JobResult> {
  const file = files.get(name) as WorkflowFile;
  const wanted = [file.content.jobs[job]?.needs ?? []].flat() as string[];
  const own = Object.fromEntries(
    wanted.map((each) => [each, needs[each] ?? { result: "skipped", outputs: {} as Record<string, string> }]),
  );
  const done = await runner.run(file, job, { event, eventName: "pull_request_target", needs: own });
  needs[job] = { result: done.result, outputs: done.result === "skipped" ? {} : done.outputs };
  for (const command of runner.ran) ran.add(command);
  return done;
}

/** The test's archives are small, so it takes a smaller limit. */
function limitArchives(job: string, bytes: number): void {
  const found = files.get("circus.yml")?.content.jobs[job];
  if (found !== undefined) found.env = { ...found.env, MOST_BYTES: String(bytes) };
}

const listCalls = (program: string) =>
  readFileSync(calls, "utf8")
    .split("\n")
    .filter((line) => line.startsWith(`${program} `));

describe("looking at a pull request", () => {
  it.each([
    ["a trigger was set", eventOf("labeled", { label: "🎪 ⚡ showtime-trigger-start" })],
    ["a flag was taken away, the last of our labels", eventOf("unlabeled", { label: "🎪 conf-enable-X", labels: [] })],
    ["it has our labels and was pushed to", PUSH],
    ["it has our labels and was opened again", eventOf("reopened")],
    ["it has our labels and its text is another", eventOf("edited", { changes: { body: { from: "x" } } })],
  ])("happens where %s", async (_, event) => {
    expect(await run("decide", event)).toMatchObject({ result: "success", environment: "showtime-preview" });
    expect(listCalls("npx")).toEqual([
      "npx pulumi-superset showtime sync 7 --check-only|role=role-preview|project: shop",
    ]);
  });

  it.each([
    ["another label was set", eventOf("labeled", { label: "bug" })],
    ["it was pushed to without our labels", eventOf("synchronize", { labels: ["bug"] })],
    ["only its title is another", eventOf("edited", { changes: { title: { from: "x" } } })],
    ["it was closed", eventOf("closed")],
  ])("does not where %s", async (_, event) => {
    expect(await run("decide", event)).toMatchObject({ result: "skipped" });
    expect(listCalls("npx")).toEqual([]);
  });

  it("does not in a project that has no environments", async () => {
    variables = {};
    runner = makeRunner();
    for (const job of ["decide", "build", "push", "deploy"]) {
      expect(await run(job, eventOf("labeled", { label: "🎪 ⚡ showtime-trigger-start" }))).toMatchObject({
        result: "skipped",
      });
    }
    expect(await run("deploy", eventOf("closed"))).toMatchObject({ result: "skipped" });
    expect(await run("cleanup", {}, "circus-cleanup.yml")).toMatchObject({ result: "skipped" });
  });
});

describe("an environment that needs an image", () => {
  it("gets the commit that was decided on, built, measured, pushed and deployed", async () => {
    await run("decide");
    const built = await run("build");
    expect(built).toMatchObject({ result: "success", environment: undefined });
    expect(listCalls("docker")).toEqual([
      "docker buildx create --use --driver docker-container|role=|project: theirs",
      expect.stringMatching(
        new RegExp(
          `^docker buildx build --platform linux/amd64 --tag environment:pr-7-${first.slice(0, 7)}-ci --output type=docker,dest=\\S+/image.tar --target showtime --build-arg A=1 \\.\\|role=\\|`,
        ),
      ),
    ]);
    const pushed = await run("push");
    expect(pushed).toMatchObject({ result: "success", environment: "showtime-deploy" });
    expect(listCalls("skopeo")).toEqual([
      `skopeo login --username AWS --password-stdin ${IMAGES.split("/")[0]}|role=role-deploy|`,
      `skopeo copy --retry-times 3 docker-archive:image.tar docker://${IMAGES}:pr-7-${first.slice(0, 7)}-ci|role=role-deploy|`,
    ]);
    expect(readFileSync(calls, "utf8")).toMatch(/^password a-password\n[\s\S]*^image of FROM pull-request\n/m);
    writeFileSync(calls, "");
    expect(await run("deploy")).toMatchObject({ result: "success", environment: "showtime-deploy" });
    expect(readFileSync(calls, "utf8")).toBe(
      `npx pulumi-superset showtime handle-trigger 7 --sha ${first} --assets-dir pull-request/assets|role=role-deploy|project: shop\n`,
    );
  });

  it("is built where there is no token, no secret and no role", async () => {
    await run("decide");
    const { log } = await run("build");
    const environment = readFileSync(seen, "utf8");
    for (const secret of [TOKEN, PASSPHRASE, ASSUMED_ROLE, "role-"]) expect(environment).not.toContain(secret);
    expect(environment).not.toMatch(/^(AWS|GITHUB_TOKEN|PULUMI|ACTIONS_ID_TOKEN)/m);
    expect(log).not.toContain(TOKEN);
  });

  it("with assets gets those of its commit as data, and nothing else of the pull request", async () => {
    decideTo({ assets: true, build_needed: false });
    await run("decide");
    expect(await run("build")).toMatchObject({ result: "skipped" });
    expect(await run("push")).toMatchObject({ result: "skipped" });
    writeFileSync(calls, "");
    expect(await run("deploy")).toMatchObject({ result: "success" });
    const [call, ...data] = readFileSync(calls, "utf8").trim().split("\n");
    expect(call).toContain("|project: shop");
    expect(data).toEqual(["./assets/chart.yaml"]);
  });
});

describe("an archive", () => {
  const archive = () => join(folder, "image.tar");

  /** Pushes another archive than the one that was built. */
  async function pushInstead(change: (path: string) => void, outputs: Record<string, string> = {}): Promise<JobResult> {
    await run("decide");
    await run("build");
    const { decide, build } = needs;
    Object.assign(decide?.outputs ?? {}, outputs);
    if (outputs.digest !== undefined) Object.assign(build?.outputs ?? {}, { digest: outputs.digest });
    runner = replaceArchive(change);
    writeFileSync(calls, "");
    return run("push");
  }

  /** The same runner, whose artifact somebody changed. */
  function replaceArchive(change: (path: string) => void): WorkflowRunner {
    const found = execFileSync("find", [folder, "-path", "*/artifacts-*/image/image.tar"], { encoding: "utf8" });
    for (const path of found.trim().split("\n")) change(path);
    return runner;
  }

  it.each<[string, (path: string) => void, Record<string, string>]>([
    ["that is another one", (path) => writeFileSync(path, "another"), {}],
    ["that is too large", () => limitArchives("push", 10), {}],
    [
      "that is a link",
      (path) => {
        writeFileSync(archive(), "image of FROM pull-request");
        rmSync(path);
        symlinkSync(archive(), path);
      },
      {},
    ],
    ["whose digest is none", () => undefined, { digest: "x  image.tar\n" }],
    ["that is to be another pull request's", () => undefined, { image_tag: "pr-8-abc123f-ci" }],
    ["that is to be another commit's", () => undefined, { image_tag: "pr-7-0000000-ci" }],
    ["of no commit", () => undefined, { target_sha: "main", image_tag: "pr-7-main-ci" }],
  ])("%s is refused before any credentials are there", async (_, change, outputs) => {
    expect(await pushInstead(change, outputs)).toMatchObject({ result: "failure" });
    expect(listCalls("aws")).toEqual([]);
    expect(listCalls("skopeo")).toEqual([]);
  });

  it("that is too large is not even handed over", async () => {
    await run("decide");
    limitArchives("build", 10);
    expect(await run("build")).toMatchObject({ result: "failure", outputs: { digest: "" } });
    expect(await run("push")).toMatchObject({ result: "skipped" });
  });

  it("has at most four GiB", () => {
    for (const job of ["build", "push"])
      expect(FILES.get("circus.yml")?.content.jobs[job]?.env).toEqual({ MOST_BYTES: String(4 * 2 ** 30) });
  });
});

describe("deploying", () => {
  const result = async (build: string, push: string, event = PUSH) => {
    await run("decide", event);
    needs.build = { result: build, outputs: {} };
    needs.push = { result: push, outputs: {} };
    return (await run("deploy", event)).result;
  };

  it("happens where the build failed too: it says so on the pull request", async () => {
    expect(await result("failure", "skipped")).toBe("success");
    expect(await result("success", "failure")).toBe("success");
  });

  it("is left to the newer run that ended the build", async () => {
    expect(await result("cancelled", "skipped")).toBe("skipped");
    expect(await result("success", "cancelled")).toBe("skipped");
  });

  it("does not happen where there is nothing to do, or where nobody knows", async () => {
    decideTo({ sync_needed: false, build_needed: false });
    expect(await result("skipped", "skipped")).toBe("skipped");
    needs.decide = { result: "failure", outputs: {} };
    expect(await run("deploy")).toMatchObject({ result: "skipped" });
  });

  it("is all that happens at the end of a pull request that has our labels", async () => {
    const closed = eventOf("closed");
    for (const job of ["decide", "build", "push"]) expect(await run(job, closed)).toMatchObject({ result: "skipped" });
    expect(await run("deploy", closed)).toMatchObject({ result: "success" });
    expect(listCalls("npx")).toEqual([
      `npx pulumi-superset showtime handle-trigger 7 --sha ${head} --assets-dir pull-request/assets|role=role-deploy|project: shop`,
    ]);
    expect(await run("deploy", eventOf("closed", { labels: ["bug"] }))).toMatchObject({ result: "skipped" });
  });

  it("is never cancelled, and one at a time for each pull request", () => {
    const { concurrency } = files.get("circus.yml")?.content.jobs.deploy ?? {};
    expect(concurrency).toEqual({
      // biome-ignore lint/suspicious/noTemplateCurlyInString: GitHub fills it in.
      group: "circus-${{ github.event.pull_request.number }}",
      "cancel-in-progress": false,
    });
  });
});

it("every night what is over is removed, with a role that can make nothing", async () => {
  expect(await run("cleanup", { repository: { default_branch: "main" } }, "circus-cleanup.yml")).toMatchObject({
    result: "success",
    environment: "showtime-cleanup",
  });
  expect(listCalls("npx")).toEqual(["npx pulumi-superset showtime cleanup --force|role=role-cleanup|project: shop"]);
});

it("every command of these workflows ran", () => {
  const commands = [...files.values()]
    .filter(({ name }) => name.startsWith("circus"))
    .flatMap(({ name, content }) =>
      Object.entries(content.jobs).flatMap(([job, { steps }]) =>
        steps.flatMap((step) => (step.run === undefined ? [] : [nameCommand(name, job, step.run)])),
      ),
    );
  expect(commands.filter((command) => !ran.has(command))).toEqual([]);
});
