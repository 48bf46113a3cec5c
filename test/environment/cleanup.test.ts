import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { openAws } from "../../provider/src/aws/clients";
import { runTool } from "../../provider/src/cli/pulumi-engine";
import { type CleanupOptions, runCleanup } from "../../provider/src/cli/showtime/run-cleanup";
import { runList } from "../../provider/src/cli/showtime/run-list";
import { ROOT } from "../support/pulumi-project";
import { commitOfPullRequest, type ShowtimeWorld, startWorld } from "../support/showtime-world";

/** What a person answers; the real one, which finds no terminal, where nobody does. */
const answering = vi.hoisted(() => vi.fn());
vi.mock("../../provider/src/cli/ask", async (importOriginal) => {
  const original = await importOriginal<typeof import("../../provider/src/cli/ask")>();
  answering.mockImplementation(original.ask);
  return { ...original, ask: answering };
});

let world: ShowtimeWorld;

beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world?.close());
beforeEach(() => world.reset());
afterEach(() => {
  vi.useRealTimers();
});

const HOUR = 3_600_000;
const hoursAgo = (hours: number) => new Date(Date.now() - hours * HOUR);

const cleanup = (options: Partial<CleanupOptions> = {}) =>
  world.run(() => runCleanup({ cwd: world.folder, ...options }));
const plan = async (options: Partial<CleanupOptions> = {}) => {
  const { stdout, problem } = await cleanup({ dryRun: true, json: true, ...options });
  if (problem !== undefined) throw problem;
  return JSON.parse(stdout) as { removals: { pullRequest: number; what: string; reason: string }[] };
};
const removals = async (options: Partial<CleanupOptions> = {}) =>
  (await plan(options)).removals.map(({ pullRequest, reason }) => `${pullRequest}: ${reason}`);

/** Names of all services of the cluster that are not gone, whoever made them. */
async function services(): Promise<string[]> {
  const ecs = await openAws(world.settings).ecs();
  const names: string[] = [];
  let nextToken: string | undefined;
  do {
    const page = await ecs.listServices({ cluster: world.settings.cluster, maxResults: 100, nextToken });
    names.push(...(page.serviceArns ?? []).map((arn) => arn.split("/").pop() ?? ""));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return names.sort();
}

const service = (pullRequest: number) => `pr-${pullRequest}-${commitOfPullRequest(pullRequest)}`;
const expired = { created: hoursAgo(60), expires: hoursAgo(12) };

describe("showtime cleanup", () => {
  it("finds what is due among 500 services of other people and 200 open pull requests", async () => {
    await world.aws.addForeignServices(500);
    for (let number = 1; number <= 200; number++) world.github.openPullRequest({ number });
    world.github.changePullRequest(2, { state: "merged" });
    await world.addService({ pullRequest: 1, ...expired });
    await world.addService({ pullRequest: 2 });
    await world.addService({ pullRequest: 3 });
    await world.addService({ pullRequest: 999 });
    const before = await services();
    const requests = world.github.requests.length;

    const dry = await cleanup({ dryRun: true });
    expect(dry.code).toBe(0);
    expect(dry.stdout).toMatch(/^1 +remove +pr-1-\w+ +it expired/m);
    expect(dry.stdout).toMatch(/^2 +remove +pr-2-\w+ +the pull request is merged/m);
    expect(dry.stdout).toMatch(/^3 +keep +- +it expires/m);
    expect(dry.stdout).toMatch(/^999 +remove +pr-999-\w+ +there is no pull request 999/m);
    expect(dry.stdout.split("\n").every((line) => line.length <= 80)).toBe(true);
    expect(world.github.requests.slice(requests).filter((request) => !request.includes("/graphql"))).toEqual([]);
    expect(await services()).toEqual(before);

    const real = await cleanup({ force: true });
    expect(real).toMatchObject({ code: 0, problem: undefined });
    expect(await services()).toEqual(before.filter((name) => ![1, 2, 999].map(service).includes(name)));
  });

  it("removes more than ten in one run", async () => {
    const numbers = Array.from({ length: 23 }, (_, index) => index + 1);
    await Promise.all(numbers.map((pullRequest) => world.addService({ pullRequest, ...expired })));
    expect(await cleanup({ force: true })).toMatchObject({ code: 0 });
    expect(await services()).toEqual([]);
  });

  it("leaves another project's alone, and Superset Showtime's unless the settings say that they are ours", async () => {
    await world.addService({ pullRequest: 5, project: "another", ...expired });
    const legacy = { showtime_managed: "true", pr: "6", showtime_expires: "2026-01-01T10-00" };
    await world.addForeignService("pr-6-abc123f-service", legacy);
    const both = await services();
    const kept = await cleanup({ force: true });
    expect(kept.stdout.replace(/\s+/g, " ")).toContain("settings do not say that it is ours (takesOverShowtime)");
    expect(await services()).toEqual(both);
    await world.reset({ takesOverShowtime: true });
    await world.addService({ pullRequest: 5, project: "another", ...expired });
    await world.addForeignService("pr-6-abc123f-service", legacy);
    world.github.openPullRequest({ number: 6 });
    expect(await cleanup({ force: true })).toMatchObject({ code: 0 });
    expect(await services()).toEqual([service(5)]);
  });

  it("knows ages, times to live and the longest of them", async () => {
    for (const number of [11, 12, 13]) world.github.openPullRequest({ number });
    const old = { created: hoursAgo(60) };
    await world.addService({ pullRequest: 11, ...old, timeToLive: "1w", expires: new Date(Date.now() + 100 * HOUR) });
    await world.addService({ pullRequest: 12, ...old, timeToLive: "close", expires: undefined });
    await world.addService({ pullRequest: 13, ...expired });
    const names = async (options: Partial<CleanupOptions>) =>
      (await plan(options)).removals.map((one) => one.pullRequest);
    expect(await names({})).toEqual([13]);
    expect(await names({ olderThan: "48h" })).toEqual([11, 12, 13]);
    expect(await names({ olderThan: "48h", respectTtl: true })).toEqual([13]);
    expect(await names({ maxAge: "48h" })).toEqual([11, 12, 13]);
    const refused = await cleanup({ olderThan: "nonsense" });
    expect(refused).toMatchObject({ code: 2, problem: { code: "showtime/age-invalid" } });
  });

  it("never calls it clean where AWS or GitHub do not answer, and removes nothing", async () => {
    await world.addService({ pullRequest: 21, ...expired });
    world.github.openPullRequest({ number: 21 });
    // What may help is tried five times.
    for (const [name, error, times, code] of [
      ["ecs", "denied", 1, "aws/denied"],
      ["ecr", "denied", 1, "aws/denied"],
      ["ecs", "500", 5, "aws/failed"],
      ["ecs", "throttling", 5, "aws/throttled"],
    ] as const) {
      await world.aws.fail(name, "*", error, times);
      expect(await cleanup({ force: true })).toMatchObject({ code: 1, problem: { code } });
    }
    const endpoint = process.env.AWS_ENDPOINT_URL;
    process.env.AWS_ENDPOINT_URL = "http://127.0.0.1:9";
    expect(await cleanup({ force: true })).toMatchObject({ code: 1, problem: { code: "aws/unreachable" } });
    process.env.AWS_ENDPOINT_URL = endpoint;
    world.github.fail(500, 50, { reads: true });
    expect(await cleanup({ force: true })).toMatchObject({ code: 1, problem: { code: "github/failed" } });
    world.github.fail(500, 0);
    expect(await services()).toEqual([service(21)]);
    // Being told to slow down once is no failure.
    await world.aws.fail("ecs", "ListServices", "throttling", 2);
    expect(await cleanup({ force: true })).toMatchObject({ code: 0 });
    expect(await services()).toEqual([]);
  });

  it("goes on where one cannot be removed, and fails at the end", async () => {
    for (const pullRequest of [31, 32, 33]) {
      world.github.openPullRequest({ number: pullRequest });
      await world.addService({ pullRequest, ...expired });
    }
    await world.aws.fail("ecs", "DeleteService", "denied", 1);
    const run = await cleanup({ force: true });
    expect(run.code).toBe(1);
    expect(run.stdout).toContain("ecs:DeleteService");
    expect(run.stdout).toContain("2 things removed.");
    expect(await services()).toHaveLength(1);
  });

  it("leaves what is young to the job that may be just making it, and removes it when it is old", async () => {
    world.github.openPullRequest({ number: 41 });
    await world.aws.pushImage("pr-41-abc1234-ci");
    await world.aws.pushImage("latest");
    expect(await removals()).toEqual([]);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 2 * HOUR });
    expect(await removals()).toEqual(["41: its service is gone"]);
    expect(await cleanup({ force: true })).toMatchObject({ code: 0 });
    vi.useRealTimers();
    const ecr = await openAws(world.settings).ecr();
    const { imageDetails = [] } = await ecr.describeImages({ repositoryName: world.settings.imageRepository });
    expect(imageDetails.flatMap(({ imageTags = [] }) => imageTags)).toEqual(["latest"]);
  });

  it("takes the labels of closed pull requests away, and definitions that nothing has", async () => {
    for (const number of [51, 52]) world.github.openPullRequest({ number });
    const [mine, his] = ["🎪 abc123f 🚦 running", "🎪 def456a 🚦 running"] as const;
    for (const label of [mine, "🎪 🧊 showtime-freeze", "bug"]) world.github.label(51, label, "ann");
    for (const label of [his, "🎪 🎯 0000000"]) world.github.label(52, label, "ann");
    world.github.unlabel(52, "🎪 🎯 0000000");
    world.github.changePullRequest(51, { state: "closed" });
    const names = () => world.github.definitions().map(({ name }) => name);
    await cleanup({ dryRun: true });
    expect(world.github.labels(51)).toHaveLength(3);
    expect(await cleanup({ force: true })).toMatchObject({ code: 0 });
    expect(world.github.labels(51)).toEqual(["🎪 🧊 showtime-freeze", "bug"]);
    expect(world.github.labels(52)).toEqual([his]);
    expect(names()).not.toContain("🎪 🎯 0000000");
    // What was just taken away is gone with the next run.
    await cleanup({ force: true });
    expect(names().filter((name) => name === mine)).toEqual([]);
    expect(names()).toContain(his);
  });

  it("asks before it removes, where nobody said --force", async () => {
    await world.addService({ pullRequest: 61, ...expired });
    world.github.openPullRequest({ number: 61 });
    expect(await cleanup()).toMatchObject({ code: 3, problem: { code: "cli/nobody-to-ask" } });
    expect(await services()).toEqual([service(61)]);
  });

  it("judges anew after it asked: what was started or prolonged meanwhile stays", async () => {
    for (const pullRequest of [62, 63]) {
      world.github.openPullRequest({ number: pullRequest });
      await world.addService({ pullRequest, ...expired });
    }
    answering.mockImplementationOnce(async () => {
      const ecs = await openAws(world.settings).ecs();
      const { services: [found] = [] } = await ecs.describeServices({
        cluster: world.settings.cluster,
        services: [service(62)],
      });
      const tags = [{ key: "showtime:expires", value: new Date(Date.now() + HOUR).toISOString() }];
      await ecs.tagResource({ resourceArn: found?.serviceArn, tags });
      return "y";
    });
    const run = await cleanup();
    expect(run).toMatchObject({ code: 0, stdout: expect.stringContaining("not due any more") });
    expect(await services()).toEqual([service(62)]);
  });

  it("takes few calls for 40 pull requests", async () => {
    const numbers = Array.from({ length: 40 }, (_, index) => index + 100);
    for (const pullRequest of numbers) {
      world.github.openPullRequest({ number: pullRequest });
      world.github.label(pullRequest, `🎪 ${commitOfPullRequest(pullRequest)} 🚦 running`, "ann");
      world.github.label(pullRequest, `🎪 🎯 ${commitOfPullRequest(pullRequest)}`, "ann");
    }
    await Promise.all(numbers.map((pullRequest) => world.addService({ pullRequest })));
    world.aws.forgetCalls();
    const before = world.github.requests.length;
    expect(await world.run(() => runList({ cwd: world.folder }))).toMatchObject({ code: 0 });
    expect(world.github.requests.length).toBe(before);
    expect(await removals()).toEqual([]);
    expect(world.github.requests.length - before).toBeLessThanOrEqual(4);
  });
});

describe("showtime cleanup and stacks", () => {
  const inProject = (args: readonly string[]) =>
    runTool("pulumi", args, { cwd: world.folder, env: process.env }).then(({ code, output }) => {
      if (code !== 0) throw new Error(output);
    });

  // The engine runs the packaged program.
  beforeAll(() => void execFileSync(process.execPath, [join(ROOT, "provider/build.cjs")]));
  const lock = (pullRequest: number, hostname: string) => {
    const stack = `${world.settings.project}-showtime/pr-${pullRequest}`;
    const folder = join(world.state, `.pulumi/locks/organization/${stack}`);
    mkdirSync(folder, { recursive: true });
    const holder = { pid: 1, username: "runner", hostname, timestamp: new Date().toISOString() };
    writeFileSync(join(folder, "0b0b0b0b-0000-4000-8000-000000000000.json"), JSON.stringify(holder));
  };
  /** A job of GitHub Actions that began to work on a pull request and said nothing since. */
  const claim = (pullRequest: number, status: "in_progress" | "completed") => {
    const runId = 4700 + pullRequest;
    const payload = { tool: "pulumi-superset", runId, runAttempt: 1, host: "runner-1", pid: 1 };
    world.github.deploy({ environment: `pr-${pullRequest}`, commit: "0".repeat(40), payload });
    world.github.setRun(runId, { attempt: 1, status });
    lock(pullRequest, "runner-1");
  };

  it("removes the stacks of pull requests that are closed or no more, also from a job that was killed; leaves one that a person's machine or a running job has to the next time, and says so", async () => {
    const [closed, killed, held, running, none] = [71, 72, 73, 74, 7200] as const;
    writeFileSync(join(world.folder, "Pulumi.yaml"), `name: ${world.settings.project}-showtime\nruntime: nodejs\n`);
    for (const number of [closed, killed, held, running, none])
      await inProject(["stack", "init", `pr-${number}`, "--non-interactive"]);
    for (const pullRequest of [closed, killed, held, running]) {
      world.github.openPullRequest({ number: pullRequest });
      world.github.changePullRequest(pullRequest, { state: "closed" });
      await world.addService({ pullRequest });
    }
    claim(killed, "completed");
    lock(held, "elsewhere");
    claim(running, "in_progress");
    const left = [held, running].map((number) => `${number}: the pull request is closed`);
    expect(await removals()).toEqual([
      ...[closed, killed].map((number) => `${number}: the pull request is closed`),
      ...left,
      `${none}: there is no pull request ${none}`,
    ]);
    const run = await cleanup({ force: true });
    expect(run).toMatchObject({ code: 0, problem: undefined });
    expect(run.stdout.match(/somebody is at work there/g)).toHaveLength(2);
    expect(await services()).toEqual([held, running].map(service));
    expect(await removals()).toEqual(left);
  });
});
