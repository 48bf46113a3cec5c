import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { shortCommit } from "../../provider/src/showtime/names";
import { commitOf } from "../support/environments";
import type { Ended } from "../support/showtime-place";
import { openStage, type ShowtimeStage } from "../support/showtime-stage";

const [FIRST, SECOND, THIRD] = ["aaa1111", "bbb2222", "ccc3333"].map(commitOf) as [string, string, string];
/** Of another registry: no removal takes it away. */
const IMAGE = "example/superset:1";

let stage: ShowtimeStage;

beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage?.close());

const count = (step: string) => stage.awsGate.steps.filter((one) => one === step).length;

/** Starts a command while another one is held at a step; the second has looked for the first one's run when it is let go. */
async function meet(
  first: readonly string[],
  step: string,
  second: readonly string[],
  meanwhile: () => Promise<void> = () => Promise.resolve(),
): Promise<{ first: Ended; second: Ended }> {
  const held = stage.awsGate.hold(step);
  const one = stage.runs.start(first);
  await one.reach(held);
  await meanwhile();
  const looked = stage.githubGate.hold("GET runs");
  const other = stage.runs.start(second);
  await other.reach(looked);
  looked.release();
  held.release();
  const [ended, after] = await Promise.all([one.ended, other.ended]);
  return { first: ended, second: after };
}

/** One environment goes through all of this: how one test leaves it is where the next begins. */
describe("two jobs at once", () => {
  it("for one commit make one environment", async () => {
    await stage.push(FIRST);
    const { first, second } = await meet(["start", "7"], "CreateService", ["start", "7"]);
    expect(first).toMatchObject({ code: 0, stdout: expect.stringContaining("deployed") });
    // It may have decided just before the first one was done; either way it makes nothing.
    expect(second).toMatchObject({ code: 0, stdout: expect.stringMatching(/deployed|nothing to do/) });
    expect([count("CreateService"), count("RegisterTaskDefinition"), count("UpdateService")]).toEqual([1, 1, 0]);
    await stage.expectOnly(FIRST);
  });

  it("for two commits, of which the older comes up last, end at the newer; nobody is sent to the older", async () => {
    await stage.push(SECOND);
    const { first, second } = await meet(["sync", "7"], "CreateService", ["sync", "7"], () => stage.push(THIRD));
    expect(first.code).not.toBe(0);
    expect(first.stdout).toContain("environment/overtaken");
    expect(second).toMatchObject({ code: 0, stdout: expect.stringContaining("deployed") });
    // Each commit that people were sent to has one rule more than its own.
    expect(count("ModifyRule")).toBe(1);
    await stage.expectOnly(THIRD);
  });

  it("for two commits, of which the older one's job begins last, end at the newer", async () => {
    const before = stage.awsGate.steps.length;
    const late = await stage.runs.run(["sync", "7", "--sha", SECOND]);
    expect(late).toMatchObject({ code: 0, stdout: expect.stringContaining("nothing to do") });
    expect(stage.awsGate.steps.slice(before).filter((step) => !/^(Describe|List|Get|BatchGet)/.test(step))).toEqual([]);
    await stage.expectOnly(THIRD);
  });

  it("of which one stops what the other starts, end as the later one wants it", async () => {
    const { first, second } = await meet(["start", "7", "--force"], "UpdateService", ["stop", "7"]);
    expect([first.code, second.code]).toEqual([0, 0]);
    await stage.expectNothing();
  });

  it("of which one starts what the other stops, end as the later one wants it", async () => {
    await stage.aws.pushImage(IMAGE);
    const start = ["start", "7", "--image", IMAGE] as const;
    expect(await stage.runs.run(start)).toMatchObject({ code: 0 });
    const { first, second } = await meet(["stop", "7"], "DeleteService", start);
    expect([first.code, second.code]).toEqual([0, 0]);
    expect(await stage.environments()).toMatchObject([{ commit: THIRD, status: "running" }]);
  });

  it("of which the older tells its end late leave no label and no second comment behind", async () => {
    const late = [`🎪 ${shortCommit(SECOND)} 🚦 running`, `🎪 🎯 ${shortCommit(SECOND)}`];
    // A job that is through with AWS, and has not told it yet.
    const older = { tool: "pulumi-superset", runId: 42, runAttempt: 1, host: "runner-1", pid: 1 };
    stage.github.setRun(42, { attempt: 1, status: "in_progress" });
    stage.github.deploy({ environment: "pr-7", commit: SECOND, payload: older });
    const held = stage.awsGate.hold("DeleteService");
    const stop = stage.runs.start(["stop", "7"]);
    await stop.reach(held);
    for (const label of late) stage.github.label(7, label, "github-actions[bot]");
    held.release();
    expect(await stop.ended).toMatchObject({ code: 0 });
    expect(stage.github.comments(7)).toHaveLength(1);
    await stage.expectNothing();
  });
});
