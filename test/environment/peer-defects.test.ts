import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openBoard } from "../../provider/src/cli/showtime/board";
import { bringUp } from "../../provider/src/environment/bring-up";
import { openGithub } from "../../provider/src/github/client";
import { argumentsOf, commitOf, surroundingsIn } from "../support/environments";
import { watchHost } from "../support/host-watch";
import { HOST, openStage, type ShowtimeStage } from "../support/showtime-stage";

const [FIRST, OTHER] = ["aaa1111", "bbb2222"].map(commitOf) as [string, string];
const RUNNING = "🎪 aaa1111 🚦 running";

let stage: ShowtimeStage;

beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage?.close());

const showtime = (...command: readonly string[]) => stage.runs.run(command);

/** What Superset Showtime gets wrong, and no other test says; docs/showtime.md lists all. One environment lives through it. */
describe("an environment", () => {
  it("is made by a command without any label, as its options say", async () => {
    await stage.push(FIRST);
    expect(await showtime("start", "7", "--ttl", "24h", "--size", "medium")).toMatchObject({ code: 0 });
    await stage.expectOnly(FIRST);
    expect(await stage.environments()).toMatchObject([{ timeToLive: "24h", size: "medium", requester: "ann" }]);
  });

  it("answers all the time while the same commit is deployed again", async () => {
    const { tasks } = await stage.aws.remains();
    const watch = await watchHost(stage.aws, HOST);
    expect(await showtime("start", "7", "--force")).toMatchObject({ code: 0 });
    const answers = await watch.end();
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    expect((await stage.aws.remains()).tasks).not.toEqual(tasks);
  });

  it("that AWS does not remove keeps its labels, and is told", async () => {
    await stage.aws.fail("ecs", "DeleteService", "denied", 1);
    const stop = await showtime("stop", "7");
    expect(stop).toMatchObject({ code: 1, stdout: expect.stringContaining("ecs:DeleteService") });
    // Its address is gone already: it is not quite as it should be.
    const labels = stage.github.labels(7);
    expect(labels).toEqual(expect.arrayContaining(["🎪 🎯 aaa1111", expect.stringMatching(/^🎪 aaa1111 🚦 /)]));
    expect(stage.github.comments(7)[0]?.body).toContain("ecs:DeleteService");
  });

  it("goes when its pull request is closed, with others that no stack knows", async () => {
    await stage.aws.pushImage("pr-7-bbb2222-ci");
    const surroundings = surroundingsIn(stage.aws, stage.settings);
    await bringUp(surroundings, argumentsOf(stage.settings, { commit: OTHER, generation: 9 }));
    stage.github.changePullRequest(7, { state: "closed" });
    expect(await showtime("sync", "7")).toMatchObject({ code: 0 });
    await stage.expectNothing();
  });
});

describe("labels", () => {
  it("are never a moment without a status: what is new is there before what is old goes", async () => {
    stage.github.openPullRequest({ number: 8 });
    stage.github.label(8, RUNNING, "ann");
    const board = openBoard(await openGithub(stage.github.environment));
    const from = stage.github.requests.length;
    await board.putLabels(8, { add: ["🎪 bbb2222 🚦 running"], remove: [RUNNING] });
    const methods = stage.github.requests.slice(from).map((request) => request.split(" ")[0]);
    expect(methods).toEqual(["POST", "DELETE"]);
  });

  it("that cannot be made for want of a token are a failure", async () => {
    const { code, stderr } = await stage.place.showtime(["setup-labels"], { GITHUB_TOKEN: "" });
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining("GITHUB_TOKEN") });
  });
});
