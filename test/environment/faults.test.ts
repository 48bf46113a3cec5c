import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openAws } from "../../provider/src/aws/clients";
import { ProblemError } from "../../provider/src/core/errors";
import { putAddress, removeAddress } from "../../provider/src/environment/address";
import { bringUp } from "../../provider/src/environment/bring-up";
import { removeEnvironment } from "../../provider/src/environment/remove";
import type { Surroundings } from "../../provider/src/environment/surroundings";
import { nameService } from "../../provider/src/showtime/names";
import { argumentsOf, commitOf, surroundingsIn } from "../support/environments";
import { askHost } from "../support/host-watch";
import { HOST, openStage, type ShowtimeStage } from "../support/showtime-stage";

const [FIRST, SECOND] = ["aaa1111", "bbb2222"].map(commitOf) as [string, string];
const START = "🎪 ⚡ showtime-trigger-start";

let stage: ShowtimeStage;

beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage?.close());

/** Kills one run of a command after another, each a step later; the last one may do its work. */
async function killAt(command: readonly string[], steps: readonly string[], how: KillOptions = {}): Promise<void> {
  for (const step of steps) stage.runs.end(await killOne(command, step, how));
}

interface KillOptions {
  /** Processes that outlive the others. */
  readonly spare?: RegExp;
  /** Whether the step at which it is killed is never carried out. */
  readonly refused?: boolean;
}

/** @returns the number of the run, which GitHub takes for running */
async function killOne(command: readonly string[], step: string, { spare, refused }: KillOptions = {}) {
  const gate = /^[A-Z]+ |^mutation$/.test(step) ? stage.githubGate : stage.awsGate;
  const held = gate.hold(step, { refused: refused ?? false });
  const run = stage.runs.start(command);
  await run.killAt(held, spare);
  return run.id;
}

async function showtime(...command: readonly string[]): Promise<void> {
  const { code, stdout, stderr } = await stage.runs.run(command);
  if (code !== 0) throw new Error(stdout + stderr);
}

const changesSince = (before: number) => stage.awsGate.steps.slice(before).filter(isChange);

/** One environment goes through all of this: what a killed run leaves is where the next begins. */
describe("after a run that was killed the next one does the rest", () => {
  it("of a first deployment", async () => {
    await stage.push(FIRST);
    stage.github.label(7, START, "ann");
    await killAt(["handle-trigger", "7"], ["POST labels"]);
    const killed = await killOne(["handle-trigger", "7"], "CreateService");

    // Nobody knows yet that it was killed: the next one waits until GitHub says that its run has ended.
    const looks = [stage.githubGate.hold("GET runs"), stage.githubGate.hold("GET runs")];
    const before = stage.awsGate.steps.length;
    const other = stage.runs.start(["handle-trigger", "7"]);
    for (const look of looks) {
      await other.reach(look);
      look.release();
    }
    expect(changesSince(before)).toEqual([]);
    stage.runs.end(killed);
    expect(await other.ended).toMatchObject({ code: 0, stderr: expect.stringContaining("Taking over") });
    await stage.expectOnly(FIRST);
  });

  it("of a new commit; hooks that outlive their engine change nothing more", async () => {
    await stage.push(SECOND);
    const before = stage.awsGate.steps.length;
    await killAt(["sync", "7"], ["RegisterTaskDefinition"], { spare: /dynamic-provider/ });
    expect(changesSince(before).at(-1)).toBe("RegisterTaskDefinition");
    await killAt(["sync", "7"], ["ModifyRule"]);
    await killAt(["sync", "7"], ["DeleteService"], { refused: true });
    const there = await stage.environments();
    expect(there.find(({ commit }) => commit === SECOND)).toMatchObject({ status: "running" });
    expect(await askHost(stage.aws.balancerUrl, HOST)).toMatchObject({ status: 200, service: "pr-7-bbb2222" });
  });

  it("of a push back to a commit whose removal had begun", async () => {
    expect((await stage.environments()).map(({ commit }) => commit).sort()).toEqual([FIRST, SECOND]);
    stage.github.changePullRequest(7, { head: FIRST });
    await killAt(["sync", "7"], ["DeleteService", "mutation"]);
    await showtime("sync", "7");
    await stage.expectOnly(FIRST);
  });

  it("of a removal", async () => {
    await killAt(["stop", "7"], ["DeleteService", "PATCH comments"]);
    await showtime("stop", "7");
    await stage.expectNothing();
  });
});

describe("the work on AWS", () => {
  /** As a process has it that dies before the change after so many. */
  function mortal(changes: number): { surroundings: Surroundings; made(): number } {
    let made = 0;
    const mayWrite = () => {
      if (made === changes) throw new ProblemError({ code: "engine/gone", summary: "It was killed.", remedy: "None." });
      made++;
    };
    return {
      surroundings: surroundingsIn(stage.aws, stage.settings, { aws: openAws(stage.settings, mayWrite) }),
      made: () => made,
    };
  }

  async function make(surroundings: Surroundings, commit: string, generation: number): Promise<void> {
    const { ip } = await bringUp(surroundings, argumentsOf(stage.settings, { commit, generation }));
    await putAddress(surroundings, { pullRequest: 7, commit, ip });
  }

  async function end({ aws, settings, wait }: Surroundings, commit: string, generation: number): Promise<void> {
    const key = { pullRequest: 7, commit };
    const facts = { ...key, service: nameService(key), generation, isLegacy: false, taskDefinition: undefined };
    await removeEnvironment(aws, settings, facts, wait);
  }

  /** @returns whether it was killed */
  async function isKilled(work: Promise<void>): Promise<boolean> {
    try {
      await work;
      return false;
    } catch (error) {
      if (error instanceof ProblemError && error.code === "engine/gone") return true;
      throw error;
    }
  }

  it("goes on after a kill before any change that it makes", async () => {
    const alive = mortal(Number.POSITIVE_INFINITY).surroundings;
    const both = async () => {
      for (const commit of [FIRST, SECOND]) await stage.aws.pushImage(`${nameService({ pullRequest: 7, commit })}-ci`);
    };
    await both();
    const counted = mortal(Number.POSITIVE_INFINITY);
    await make(counted.surroundings, FIRST, 1);
    const whole = counted.made();
    await removeAddress(alive, { pullRequest: 7 });
    await end(alive, FIRST, 1);
    expect(whole).toBeGreaterThan(6);
    for (let changes = 0; changes <= whole; changes++) {
      await both();
      const was = [
        await isKilled(make(mortal(changes).surroundings, FIRST, 1)),
        await make(alive, FIRST, 2).then(() => true),
        await isKilled(replace(mortal(whole + changes).surroundings)),
        await replace(alive).then(() => true),
      ];
      const left = await stage.aws.remains();
      expect({ changes, was, left }).toMatchObject({
        left: {
          services: ["pr-7-bbb2222"],
          taskDefinitions: [expect.any(String)],
          images: ["pr-7-bbb2222-ci"],
          secrets: ["circus/showtime/pr-7-bbb2222"],
          targetGroups: [expect.any(String)],
          rules: ["pr-7-bbb2222.showtime.test", "pr-7.showtime.test"],
        },
      });
      await isKilled(finish(mortal(changes).surroundings));
      await finish(alive);
      const rest = Object.values(await stage.aws.remains()).flat();
      expect({ changes, rest }).toEqual({ changes, rest: [] });
    }
  });

  async function replace(surroundings: Surroundings): Promise<void> {
    await make(surroundings, SECOND, 3);
    await end(surroundings, FIRST, 2);
  }

  async function finish(surroundings: Surroundings): Promise<void> {
    await removeAddress(surroundings, { pullRequest: 7 });
    await end(surroundings, SECOND, 3);
  }
});

/** Whether an operation of AWS changes something. */
function isChange(step: string): boolean {
  return !/^(Describe|List|Get|BatchGet)/.test(step);
}
