import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { readEnvironments } from "../../provider/src/environment/list";
import { viewLabels } from "../../provider/src/showtime/label-view";
import type { ShowtimeSettings } from "../../provider/src/showtime/settings";
import { type AwsStandIn, startAws } from "../support/aws";
import { commitOf, surroundingsIn } from "../support/environments";
import { type GithubStandIn, startGithub } from "../support/github-stand-in";
import { askHost, watchHost } from "../support/host-watch";
import { makePlace, type ShowtimePlace } from "../support/showtime-place";
import { ShowtimeRuns } from "../support/showtime-runs";

const [FIRST, SECOND, THIRD] = ["aaa1111", "bbb2222", "ccc3333"].map(commitOf) as [string, string, string];
const START = "🎪 ⚡ showtime-trigger-start";
const FREEZE = "🎪 🧊 showtime-freeze";
const FLAG = "🎪 conf-enable-ALERT_REPORTS";
/** Not of this tool. */
const OTHERS = "bug";
const HOST = "pr-7.showtime.test";
const BUCKET = "showtime-state";

let aws: AwsStandIn;
let github: GithubStandIn;
let settings: ShowtimeSettings;
let place: ShowtimePlace;
let runs: ShowtimeRuns;
/** Where the stacks are: in a bucket, as a team has it. Those of the other tests are in a folder. */
let state: Readonly<Record<string, string>>;

beforeAll(async () => {
  execFileSync(process.execPath, [join(import.meta.dirname, "../../provider/build.cjs")]);
  [aws, github] = await Promise.all([startAws({ times: { boot: 0.05, drain: 0.05, steady: 0.05 } }), startGithub()]);
});
afterAll(() => Promise.all([aws?.close(), github?.close()]));
beforeEach(async () => {
  await aws.reset();
  settings = await aws.settings({ deadlineMinutes: 1, address: "load-balancer" });
  await Promise.all([FIRST, SECOND, THIRD].map((commit) => aws.pushImage(`pr-7-${commit.slice(0, 7)}-ci`)));
  place = await makePlace(aws, github, settings);
  runs = new ShowtimeRuns(place, github);
  state = { PULUMI_BACKEND_URL: await aws.makeBucket(BUCKET) };
  github.openPullRequest({ number: 7, head: FIRST });
  github.setRole("ann", "write");
  return () => place.remove();
});

async function showtime(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runs.run(args, state);
  if (code !== 0) throw new Error(stdout + stderr);
  return stdout;
}

const environments = () => readEnvironments(surroundingsIn(aws, settings).aws, settings, 7);
const push = (head: string) => github.changePullRequest(7, { head });

/** What the labels of the pull request are: those that show what runs, and those that people set. */
async function expectLabels(...set: readonly string[]): Promise<void> {
  expect([...github.labels(7)].sort()).toEqual([...viewLabels(await environments()), ...set].sort());
}

const NOTHING = {
  services: [],
  tasks: [],
  taskDefinitions: [],
  secrets: [],
  logStreams: [],
  targetGroups: [],
  rules: [],
  records: [],
};

describe("the life of a pull request's environment", () => {
  it("goes from a label over commits, freeze and flags to its end, and never stops answering", async () => {
    for (const label of [START, OTHERS]) github.label(7, label, "ann");
    await showtime("handle-trigger", "7");
    expect(await environments()).toMatchObject([{ commit: FIRST, status: "running", requester: "ann" }]);
    expect(await askHost(aws.balancerUrl, HOST)).toEqual({ status: 200, service: "pr-7-aaa1111" });
    await expectLabels(OTHERS);
    expect(await listObjects()).toContain(".pulumi/stacks/circus-showtime/pr-7.json");

    const watch = await watchHost(aws, HOST);
    push(SECOND);
    await showtime("sync", "7");
    expect(await environments()).toMatchObject([{ commit: SECOND, status: "running", requester: "ann" }]);
    await expectLabels(OTHERS);

    github.label(7, FREEZE, "ann");
    push(THIRD);
    const before = await aws.remains();
    expect(await showtime("sync", "7")).toContain("frozen, at bbb2222");
    expect(await aws.remains()).toEqual(before);
    await expectLabels(OTHERS, FREEZE);

    // The commit that nobody wanted after all.
    push(SECOND);
    github.unlabel(7, FREEZE);
    github.label(7, FLAG, "ann");
    await showtime("sync", "7");
    const answer = await aws.visit(`http://${HOST}/`);
    expect(JSON.parse(answer.body)).toMatchObject({
      service: "pr-7-bbb2222",
      environment: { SUPERSET_FEATURE_ALERT_REPORTS: "True" },
    });
    await expectLabels(OTHERS, FLAG);

    const answers = await watch.end();
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    expect([...new Set(answers.map(({ service }) => service))]).toEqual(["pr-7-aaa1111", "pr-7-bbb2222"]);

    await aws.age(49);
    await showtime("cleanup", "--force");
    expect(await aws.remains()).toEqual({ ...NOTHING, images: [] });
    expect(github.labels(7)).toEqual([OTHERS]);
    expect((await listObjects()).filter((key) => /\/(stacks|locks)\/.*\.json$/.test(key))).toEqual([]);
    expect(github.deployments("pr-7").map(({ statuses }) => statuses.at(-1)?.state)).not.toContain("success");
    expect(github.comments(7)).toHaveLength(1);
    expect(github.comments(7)[0]?.body).toContain("expired");
  });
});

/** Names of what is in the bucket. */
async function listObjects(): Promise<readonly string[]> {
  const authorization = "AWS4-HMAC-SHA256 Credential=stand-in/20260101/us-west-2/s3/aws4_request";
  const response = await fetch(`${aws.url}/${BUCKET}?list-type=2`, { headers: { authorization } });
  return [...(await response.text()).matchAll(/<Key>(.*?)<\/Key>/g)].map(([, key = ""]) => key);
}
