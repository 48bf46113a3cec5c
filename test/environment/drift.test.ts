import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { deleteHostRule } from "../../provider/src/aws/load-balancer";
import { seeDrift } from "../../provider/src/cli/showtime/see-drift";
import { putAddress } from "../../provider/src/environment/address";
import { findHostRule } from "../../provider/src/environment/balancer";
import { bringUp } from "../../provider/src/environment/bring-up";
import { readEnvironments } from "../../provider/src/environment/list";
import type { Surroundings } from "../../provider/src/environment/surroundings";
import { type AwsStandIn, startAws } from "../support/aws";
import { argumentsOf, commitOf, surroundingsIn } from "../support/environments";

let stand: AwsStandIn;
let place: Surroundings;

beforeAll(async () => {
  stand = await startAws();
});
afterAll(() => stand?.close());
beforeEach(() => stand.reset());

/** An environment that people were told of. */
async function setUp(address?: "load-balancer" | "record"): Promise<void> {
  place = surroundingsIn(stand, await stand.settings({ deadlineMinutes: 0.2, ...(address && { address }) }));
  await stand.pushImage("pr-7-abc1234-ci");
  const { ip } = await bringUp(place, argumentsOf(place.settings));
  await putAddress(place, { pullRequest: 7, commit: commitOf("abc1234"), ip });
}

/** Its status, and why it is not as it was left. */
async function drift(): Promise<readonly (string | undefined)[]> {
  const { aws, settings } = place;
  const [facts] = await seeDrift(aws, settings, await readEnvironments(aws, settings, 7));
  return [facts?.status, facts?.why];
}

describe("what a sync sees of an address", () => {
  it.each([undefined, "record", "load-balancer"] as const)("is nothing where all is well (%s)", async (address) => {
    await setUp(address);
    expect(await drift()).toEqual(["running", undefined]);
  });

  it.each([
    [undefined, /^address of the task: 127\./],
    ["record", /^record pr-7\.\S+: 127\./],
  ] as const)("is a task that ECS started anew (%s)", async (address, words) => {
    await setUp(address);
    await stand.restartTask("pr-7-abc1234");
    await expect.poll(drift, { timeout: 10_000 }).toEqual(["updating", expect.stringMatching(words)]);
  });

  it("is a rule of the load balancer that somebody deleted", async () => {
    await setUp("load-balancer");
    const { address } = place.settings;
    if (address?.kind !== "load-balancer") throw new Error("no load balancer");
    const rule = await findHostRule(place.aws, address.listener, `pr-7.${address.domain}`);
    await deleteHostRule(place.aws, rule?.RuleArn ?? "");
    expect(await drift()).toEqual(["updating", `rule of pr-7.${address.domain}: gone`]);
  });
});
