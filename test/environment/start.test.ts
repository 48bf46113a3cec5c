import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type AwsStandIn, startAws } from "../support/aws";
import { type GithubStandIn, startGithub } from "../support/github-stand-in";
import { makePlace, readState, type ShowtimePlace } from "../support/showtime-place";

const FIRST = "a".repeat(40);
const SECOND = "b".repeat(40);
const BROKEN = "c".repeat(40);

const START = "🎪 ⚡ showtime-trigger-start";
const STOP = "🎪 🛑 showtime-trigger-stop";

let aws: AwsStandIn;
let github: GithubStandIn;
let place: ShowtimePlace;

beforeAll(async () => {
  aws = await startAws();
});

beforeEach(async () => {
  await aws.reset();
  github = await startGithub();
  place = await makePlace(aws, github, await aws.settings({ deadlineMinutes: 1 }));
  for (const commit of [FIRST, SECOND]) await aws.pushImage(`pr-7-${commit.slice(0, 7)}-ci`);
  await aws.pushImage(`pr-7-${BROKEN.slice(0, 7)}-ci`, "crashes");
  aws.forgetCalls();
  github.openPullRequest({ number: 7, head: FIRST });
  github.setRole("ann", "write");
  github.setRole("bob", "triage");
});

afterEach(async () => {
  place.remove();
  await github.close();
});

afterAll(() => aws?.close());

/** Calls that change something. */
const writesOf = (requests: readonly string[]) =>
  requests.filter((line) => /^(PUT|PATCH|DELETE|POST (?!\/graphql))/.test(line));
const changesAws = () =>
  aws.calls.filter(({ operation }) =>
    /^(Create|Update|Delete|Register|Deregister|Tag|Put|BatchDelete|Modify)/.test(operation),
  );
const services = () => aws.calls.filter(({ operation }) => operation === "CreateService").length;

/** What the labels of the pull request say, without times and addresses. */
const labels = () => github.labels(7).filter((name) => !/📅|🌐/.test(name));

const running = (commit: string) => {
  const short = commit.slice(0, 7);
  return [`🎪 ${short} 🚦 running`, `🎪 ${short} ⌛ 48h`, `🎪 ${short} 🤡 ann`, `🎪 🎯 ${short}`];
};

const stateOf = () => github.deployments("pr-7").map(({ statuses }) => statuses.at(-1)?.state);

describe("the life of an environment", () => {
  it("starts by a label, follows the branch, and leaves nothing", async () => {
    github.label(7, START, "ann");
    const started = await place.showtime(["handle-trigger", "7"]);
    expect(started).toMatchObject({ code: 0 });
    const url = /address: (\S+)/.exec(started.stdout)?.[1] ?? "";
    expect((await fetch(`${url}/health`)).status).toBe(200);
    expect(labels().sort()).toEqual(running(FIRST).sort());
    expect(github.requests.length).toBeLessThanOrEqual(10);
    expect(github.comments(7)).toHaveLength(1);
    expect(stateOf()).toEqual(["success"]);
    // The state of the engine is no place for a password.
    expect(readState(place, "circus", "pr-7")).not.toMatch(/password"?: ?"/i);

    github.requests.length = 0;
    expect((await place.showtime(["sync", "7"])).stdout).toContain("nothing to do");
    expect(github.requests).toEqual(["POST /graphql"]);

    github.changePullRequest(7, { head: SECOND });
    const synced = await place.showtime(["sync", "7", "--json"]);
    expect(JSON.parse(synced.stdout)).toMatchObject({ outcome: "deployed", commit: SECOND, exitCode: 0 });
    expect(labels().sort()).toEqual(running(SECOND).sort());
    expect(stateOf()).toEqual(["inactive", "success"]);

    github.label(7, STOP, "ann");
    expect((await place.showtime(["handle-trigger", "7"])).stdout).toContain("#7: removed");
    expect(github.labels(7)).toEqual([]);
    expect(place.stacks()).toEqual([]);
    expect(github.comments(7)[0]?.body).toContain("Ephemeral environment: removed");
    const listed = await place.showtime(["list", "--json"]);
    expect(JSON.parse(listed.stdout)).toMatchObject({ environments: [] });
  });

  it("is mended by a sync when its task got another address, and when somebody scaled it to zero", async () => {
    expect((await place.showtime(["start", "7"])).code).toBe(0);
    const addressOf = () => github.labels(7).find((name) => name.includes("🌐"));
    const before = addressOf();
    await aws.restartTask("pr-7-aaaaaaa");
    expect(await place.showtime(["sync", "7"])).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("Changing AWS"),
    });
    expect(addressOf()).not.toBe(before);
    expect(labels().sort()).toEqual(running(FIRST).sort());
    expect((await place.showtime(["sync", "7"])).stdout).toContain("nothing to do");
    await aws.scale("pr-7-aaaaaaa", 0);
    expect((await place.showtime(["sync", "7"])).stdout).toContain("deployed (aaaaaaa was scaled to zero)");
    expect(labels().sort()).toEqual(running(FIRST).sort());
  });

  it("stays where the new commit does not come up, and says why", async () => {
    github.label(7, START, "ann");
    await place.showtime(["handle-trigger", "7"]);
    github.changePullRequest(7, { head: BROKEN });
    const failed = await place.showtime(["sync", "7"]);
    expect(failed.code).toBe(1);
    expect(failed.stdout).toMatch(/#7 at ccccccc: failed/);
    // The words of the hook, without those of the engine around them.
    expect(failed.stdout).not.toMatch(/pulumi-nodejs|urn:|Unhandled|at .*\.js:\d/);
    expect(labels().sort()).toEqual(running(FIRST).sort());
    expect(github.comments(7)[0]?.body).toMatch(/running[\s\S]*\[environment\//);
    expect(stateOf()).toEqual(["success", "failure"]);
  });
});

describe("what is refused", () => {
  it.each([
    ["who may not write", ["handle-trigger", "7"], () => github.label(7, START, "bob"), "not-allowed"],
    [
      "a blocked pull request",
      ["handle-trigger", "7"],
      () => {
        github.label(7, "🎪 🔒 showtime-blocked", "ann");
        github.label(7, START, "ann");
      },
      "blocked",
    ],
    ["a closed one", ["start", "7"], () => github.changePullRequest(7, { state: "closed" }), "closed"],
  ])("%s", async (_, args, prepare, code) => {
    prepare();
    const ended = await place.showtime(args);
    expect(ended.code).toBe(3);
    expect(ended.stdout).toContain(`[showtime/${code}]`);
    // The trigger is answered, so that nobody waits for it.
    expect(github.labels(7)).not.toContain(START);
    expect(changesAws()).toEqual([]);
    expect(place.stacks()).toEqual([]);
  });

  it("a stranger's label builds nothing either", async () => {
    github.label(7, START, "bob");
    const checked = await place.showtime(["sync", "7", "--check-only"]);
    expect(checked.stdout).toMatch(/^action=refuse\nbuild_needed=false\n/);
    expect(writesOf(github.requests)).toEqual([]);
    expect(github.labels(7)).toEqual([START]);
  });

  it("a passphrase that is missing, before GitHub hears of anything", async () => {
    const ended = await place.showtime(["start", "7"], { PULUMI_CONFIG_PASSPHRASE: "", PULUMI_BACKEND_URL: "" });
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(/\[engine\/no-(login|passphrase)\]/);
    expect(writesOf(github.requests)).toEqual([]);
  });
});

describe("dry runs", () => {
  it("write nothing anywhere", async () => {
    const ended = await place.showtime(["start", "7", "--dry-run"]);
    expect(ended).toMatchObject({ code: 0 });
    expect(ended.stdout).toContain("#7 at aaaaaaa: would deploy");
    expect(writesOf(github.requests)).toEqual([]);
    expect(changesAws()).toEqual([]);
    expect(place.stacks()).toEqual([]);
  });

  it("pretend AWS, with GitHub as it is", async () => {
    const ended = await place.showtime(["start", "7", "--dry-run-aws", "--aws-sleep", "0.1"]);
    expect(ended).toMatchObject({ code: 0 });
    expect(labels().sort()).toEqual(running(FIRST).sort());
    expect(aws.calls).toEqual([]);
  });

  it("tell what GitHub would get", async () => {
    const ended = await place.showtime(["start", "7", "--dry-run-github"]);
    expect(ended).toMatchObject({ code: 0 });
    expect(ended.stderr).toContain('GitHub, not written: label "🎪 aaaaaaa 🚦 running" onto #7');
    expect(writesOf(github.requests)).toEqual([]);
    expect(services()).toBe(1);
  });
});
