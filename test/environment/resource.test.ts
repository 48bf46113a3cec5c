import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listEnvironments } from "../../provider/src/environment/list";
import type { EnvironmentArguments } from "../../provider/src/showtime/environment";
import type { ShowtimeSettings } from "../../provider/src/showtime/settings";
import { type AwsStandIn, startAws } from "../support/aws";
import { createEnvironmentStack, type EnvironmentStack } from "../support/environment-stack";
import { argumentsOf, commitOf, surroundingsIn } from "../support/environments";

let stand: AwsStandIn;
let stack: EnvironmentStack;
let settings: ShowtimeSettings;

const ONE = commitOf("abc1234");
const OTHER = commitOf("def4567");

/** One environment goes through all of this: how one test leaves it is where the next begins. */
beforeAll(async () => {
  execFileSync(process.execPath, [join(import.meta.dirname, "../../provider/build.cjs")]);
  stand = await startAws();
  stack = await createEnvironmentStack(stand);
  settings = await stand.settings({ deadlineMinutes: 1 });
  await stand.pushImage("pr-7-abc1234-ci");
  await stand.pushImage("pr-7-def4567-ci");
});
afterAll(async () => {
  stack?.remove();
  await stand?.close();
});

async function up(more: Partial<EnvironmentArguments> | undefined, args: readonly string[] = []): Promise<string> {
  stack.declare(more && argumentsOf(settings, more));
  const { code, output } = await stack.up(args);
  if (code !== 0) throw new Error(output);
  return output;
}

const list = () => listEnvironments(surroundingsIn(stand, settings).aws, settings);

describe("an environment in its stack", () => {
  it("comes up, changes only when something is different, and has no secret in its state", async () => {
    await up({ commit: ONE });
    const { url, service, status } = stack.outputs();
    expect({ service, status }).toEqual({ service: "pr-7-abc1234", status: "running" });
    expect((await fetch(url ?? "")).status).toBe(200);
    expect(await list()).toMatchObject([{ status: "running", url }]);

    const secrets = await surroundingsIn(stand, settings).aws.secrets();
    const { SecretString = "" } = await secrets.getSecretValue({ SecretId: "circus/showtime/pr-7-abc1234" });
    const { password } = JSON.parse(SecretString) as { password: string };
    expect(password).toHaveLength(32);
    expect(stack.state()).not.toContain(password);

    stand.forgetCalls();
    // Another run has a generation and a deadline of its own: neither is a change.
    settings = { ...settings, deadlineMinutes: 2 };
    expect(await up({ commit: ONE, generation: 5 })).toContain("3 unchanged");
    expect(stand.calls).toEqual([]);
  });

  it("is changed and mended where somebody changed it, and says what and why", async () => {
    await stand.scale("pr-7-abc1234", 0);
    const more = { timeToLive: "24h", flags: { ALERTS: true } };
    const changes = await up(more, ["--refresh", "--diff"]);
    expect(changes).toContain("update: feature flags, time to live, tasks: 0 instead of 1");
    const [changed] = await list();
    expect(changed).toMatchObject({ generation: 1, timeToLive: "24h" });
    const answer = await (await fetch(stack.outputs().url ?? "")).json();
    expect(answer).toMatchObject({ environment: { SUPERSET_FEATURE_ALERTS: "True" } });

    await stand.deleteService("pr-7-abc1234");
    await up({ commit: ONE, generation: 2 }, ["--refresh"]);
    expect((await fetch(stack.outputs().url ?? "")).status).toBe(200);
    expect(await list()).toMatchObject([{ status: "running", generation: 2 }]);
  });

  it("of a commit whose delete failed comes back with a push of that commit", async () => {
    await stand.fail("ecs", "DeleteService", "denied", 1);
    stack.declare(argumentsOf(settings, { commit: OTHER, generation: 3 }));
    const failed = await stack.up(["--diff"]);
    expect(failed.code).not.toBe(0);
    expect(failed.output).toContain("replace: commit abc1234 -> def4567");
    expect(failed.output).toContain("aws/denied");
    expect(stack.resources()).toHaveLength(3);

    await up({ commit: ONE, generation: 4 });
    expect(await list()).toMatchObject([{ service: "pr-7-abc1234", status: "running", generation: 4 }]);
    expect((await fetch(stack.outputs().url ?? "")).status).toBe(200);
    expect(stack.resources()).toHaveLength(2);
  });

  it("leaves nothing", async () => {
    await up(undefined);
    expect(stack.resources()).toEqual([]);
    expect(await list()).toEqual([]);
  });
});
