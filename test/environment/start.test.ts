import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { ShowtimeSettings } from "../../provider/src/showtime/settings";
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
let settings: ShowtimeSettings;
let place: ShowtimePlace;

beforeAll(async () => {
  [aws, github] = await Promise.all([startAws(), startGithub()]);
  settings = await aws.settings({ deadlineMinutes: 1 });
  place = await makePlace(aws, github, settings);
  for (const commit of [FIRST, SECOND]) await aws.pushImage(`pr-7-${commit.slice(0, 7)}-ci`);
  await aws.pushImage(`pr-7-${BROKEN.slice(0, 7)}-ci`, "crashes");
  github.openPullRequest({ number: 7, head: FIRST });
  github.setRole("ann", "write");
  github.setRole("bob", "triage");
});

beforeEach(() => {
  aws.forgetCalls();
  github.requests.length = 0;
});

afterAll(async () => {
  place?.remove();
  await Promise.all([aws?.close(), github?.close()]);
});

/** Calls that change something. */
const writesOf = (requests: readonly string[]) =>
  requests.filter((line) => /^(PUT|PATCH|DELETE|POST (?!\/graphql))/.test(line));
const changesAws = () =>
  aws.calls.filter(({ operation }) =>
    /^(Create|Update|Delete|Register|Deregister|Tag|Put|BatchDelete|Modify)/.test(operation),
  );
/** What labels say, without times and addresses. */
const stable = (names: readonly string[]) => names.filter((name) => !/📅|🌐/.test(name)).sort();
const labels = () => stable(github.labels(7));

const running = (commit: string) => {
  const short = commit.slice(0, 7);
  return [`🎪 ${short} 🚦 running`, `🎪 ${short} ⌛ 48h`, `🎪 ${short} 🤡 ann`, `🎪 🎯 ${short}`].sort();
};

const stateOf = () => github.deployments("pr-7").map(({ statuses }) => statuses.at(-1)?.state);

/** Nothing is there, and nothing of this makes anything. */
describe("what is refused", () => {
  const expectNothing = () => {
    expect(changesAws()).toEqual([]);
    expect(place.stacks()).toEqual([]);
  };

  it("a stranger's label builds nothing either", async () => {
    github.label(7, START, "bob");
    const checked = await place.showtime(["sync", "7", "--check-only"]);
    expect(checked.stdout).toMatch(/^action=refuse\nbuild_needed=false\n/);
    expect(writesOf(github.requests)).toEqual([]);
    expect(github.labels(7)).toEqual([START]);
  });

  it("who may not write is told, and the trigger is answered, so that nobody waits for it", async () => {
    expect(github.labels(7)).toEqual([START]);
    const ended = await place.showtime(["handle-trigger", "7"]);
    expect(ended.code).toBe(3);
    expect(ended.stdout).toContain("[showtime/not-allowed]");
    expect(github.labels(7)).not.toContain(START);
    expectNothing();
  });

  it("a passphrase that is missing, before GitHub hears of anything", async () => {
    const ended = await place.showtime(["start", "7"], { PULUMI_CONFIG_PASSPHRASE: "", PULUMI_BACKEND_URL: "" });
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(/\[engine\/no-(login|passphrase)\]/);
    expect(writesOf(github.requests)).toEqual([]);
    expectNothing();
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
    const pretended = await startGithub();
    const elsewhere = await makePlace(aws, pretended, settings);
    try {
      pretended.openPullRequest({ number: 7, head: FIRST });
      pretended.setRole("ann", "write");
      const ended = await elsewhere.showtime(["start", "7", "--dry-run-aws", "--aws-sleep", "0.1"]);
      expect(ended).toMatchObject({ code: 0 });
      expect(stable(pretended.labels(7))).toEqual(running(FIRST));
      expect(aws.calls).toEqual([]);
    } finally {
      elsewhere.remove();
      await pretended.close();
    }
  });
});

/** It goes through all of this: how one test leaves it is where the next begins. */
describe("the life of an environment", () => {
  it("starts by a label", async () => {
    const before = stateOf().length;
    github.label(7, START, "ann");
    github.requests.length = 0;
    const started = await place.showtime(["handle-trigger", "7"]);
    expect(started).toMatchObject({ code: 0 });
    const url = /address: (\S+)/.exec(started.stdout)?.[1] ?? "";
    expect((await fetch(`${url}/health`)).status).toBe(200);
    expect(labels()).toEqual(running(FIRST));
    expect(github.requests.length).toBeLessThanOrEqual(10);
    expect(github.comments(7)).toHaveLength(1);
    expect(stateOf().slice(before)).toEqual(["success"]);
    // The state of the engine is no place for a password.
    expect(readState(place, "circus", "pr-7")).not.toMatch(/password"?: ?"/i);
  });

  it("is mended by a sync when its task got another address, and when somebody scaled it to zero", async () => {
    const addressOf = () => github.labels(7).find((name) => name.includes("🌐"));
    const before = addressOf();
    await aws.restartTask("pr-7-aaaaaaa");
    expect(await place.showtime(["sync", "7"])).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("Changing AWS"),
    });
    expect(addressOf()).not.toBe(before);
    expect(labels()).toEqual(running(FIRST));

    github.requests.length = 0;
    expect((await place.showtime(["sync", "7"])).stdout).toContain("nothing to do");
    expect(github.requests).toEqual(["POST /graphql"]);

    await aws.scale("pr-7-aaaaaaa", 0);
    // Nobody writes on GitHub, which is told what it would get.
    const told = await place.showtime(["sync", "7", "--dry-run-github"]);
    expect(told).toMatchObject({ code: 0, stdout: expect.stringContaining("deployed (aaaaaaa was scaled to zero)") });
    expect(told.stderr).toMatch(/GitHub, not written: label "🎪 aaaaaaa .*" onto #7/);
    expect(writesOf(github.requests)).toEqual([]);
  });

  it("stays where the new commit does not come up, and says why", async () => {
    github.changePullRequest(7, { head: BROKEN });
    const failed = await place.showtime(["sync", "7"]);
    expect(failed.code).toBe(1);
    expect(failed.stdout).toMatch(/#7 at ccccccc: failed/);
    // The words of the hook, without those of the engine around them.
    expect(failed.stdout).not.toMatch(/pulumi-nodejs|urn:|Unhandled|at .*\.js:\d/);
    expect(labels()).toEqual(running(FIRST));
    expect(github.comments(7)[0]?.body).toMatch(/running[\s\S]*\[environment\//);
    expect(stateOf().slice(-2)).toEqual(["success", "failure"]);
  });

  it("follows the branch, and leaves nothing", async () => {
    github.changePullRequest(7, { head: SECOND });
    const synced = await place.showtime(["sync", "7", "--json"]);
    expect(JSON.parse(synced.stdout)).toMatchObject({ outcome: "deployed", commit: SECOND, exitCode: 0 });
    expect(labels()).toEqual(running(SECOND));
    expect(stateOf().filter((state) => state === "success")).toHaveLength(1);
    expect(stateOf().at(-1)).toBe("success");

    github.label(7, STOP, "ann");
    expect((await place.showtime(["handle-trigger", "7"])).stdout).toContain("#7: removed");
    expect(github.labels(7)).toEqual([]);
    expect(place.stacks()).toEqual([]);
    expect(github.comments(7)).toHaveLength(1);
    expect(github.comments(7)[0]?.body).toContain("Ephemeral environment: removed");
    expect(Object.values(await aws.remains()).flat()).toEqual(["pr-7-ccccccc-ci"]);
  });
});
