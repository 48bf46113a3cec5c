import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { listEnvironments } from "../../provider/src/environment/list";
import type { EnvironmentArguments } from "../../provider/src/showtime/environment";
import type { ShowtimeSettings } from "../../provider/src/showtime/settings";
import { type AwsStandIn, type SettingsOverrides, startAws } from "../support/aws";
import { createEnvironmentStack, type EnvironmentStack } from "../support/environment-stack";
import { argumentsOf, commitOf, surroundingsIn } from "../support/environments";

let stand: AwsStandIn;
let stack: EnvironmentStack;
let settings: ShowtimeSettings;

const ONE = commitOf("abc1234");
const OTHER = commitOf("def4567");

beforeAll(async () => {
  execFileSync(process.execPath, [join(import.meta.dirname, "../../provider/build.cjs")]);
  stand = await startAws();
});
afterAll(() => stand?.close());
beforeEach(async () => {
  await stand.reset();
  stack = await createEnvironmentStack(stand);
});
afterEach(() => stack?.remove());

async function prepare(overrides: SettingsOverrides = {}): Promise<void> {
  settings = await stand.settings({ deadlineMinutes: 1, ...overrides });
  await stand.pushImage("pr-7-abc1234-ci");
  await stand.pushImage("pr-7-def4567-ci");
}

async function up(more: Partial<EnvironmentArguments> | undefined): Promise<string> {
  stack.declare(more && argumentsOf(settings, more));
  const { code, output } = await stack.up();
  if (code !== 0) throw new Error(output);
  return output;
}

const list = () => listEnvironments(surroundingsIn(stand, settings).aws, settings);

describe("an environment in its stack", () => {
  it("comes up, changes only when something is different, has no secret in its state, and leaves nothing", async () => {
    await prepare();
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

    stack.declare(argumentsOf(settings, { timeToLive: "24h", flags: { ALERTS: true } }));
    expect((await stack.preview()).output).toContain("update: feature flags, time to live");
    await up({ timeToLive: "24h", flags: { ALERTS: true } });
    const [changed] = await list();
    expect(changed).toMatchObject({ generation: 1, timeToLive: "24h" });
    const answer = await (await fetch(stack.outputs().url ?? "")).json();
    expect(answer).toMatchObject({ environment: { SUPERSET_FEATURE_ALERTS: "True" } });

    stack.declare(argumentsOf(settings, { commit: OTHER, generation: 2 }));
    expect((await stack.preview()).output).toContain("replace: commit abc1234 -> def4567");

    await up(undefined);
    expect(stack.resources()).toEqual([]);
    expect(await list()).toEqual([]);
  });

  it("is mended where somebody changed it", async () => {
    await prepare();
    await up({ commit: ONE });
    await stand.scale("pr-7-abc1234", 0);
    await stack.refresh();
    stack.declare(argumentsOf(settings));
    expect((await stack.preview()).output).toContain("tasks: 0 instead of 1");
    await up({ commit: ONE });
    expect((await fetch(stack.outputs().url ?? "")).status).toBe(200);

    await stand.deleteService("pr-7-abc1234");
    await stack.refresh();
    await up({ commit: ONE, generation: 2 });
    expect((await fetch(stack.outputs().url ?? "")).status).toBe(200);
    expect(await list()).toMatchObject([{ status: "running", generation: 2 }]);
  });

  it("of a commit whose delete failed comes back with a push of that commit", async () => {
    await prepare();
    await up({ commit: ONE });
    await stand.fail("ecs", "DeleteService", "denied", 1);
    stack.declare(argumentsOf(settings, { commit: OTHER, generation: 2 }));
    const failed = await stack.up();
    expect(failed.code).not.toBe(0);
    expect(failed.output).toContain("aws/denied");
    expect(stack.resources()).toHaveLength(3);

    await up({ commit: ONE, generation: 3 });
    expect(await list()).toMatchObject([{ service: "pr-7-abc1234", status: "running", generation: 3 }]);
    expect((await fetch(stack.outputs().url ?? "")).status).toBe(200);
    expect(stack.resources()).toHaveLength(2);
  });
});
