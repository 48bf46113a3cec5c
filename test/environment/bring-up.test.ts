import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { describeServices, tagEcs } from "../../provider/src/aws/ecs";
import { putAddress } from "../../provider/src/environment/address";
import { bringUp } from "../../provider/src/environment/bring-up";
import { listLeftovers } from "../../provider/src/environment/leftovers";
import { listEnvironments } from "../../provider/src/environment/list";
import { readLogin } from "../../provider/src/environment/login";
import { removeEnvironment } from "../../provider/src/environment/remove";
import type { Surroundings } from "../../provider/src/environment/surroundings";
import type { ShowtimeSettings } from "../../provider/src/showtime/settings";
import { type AwsStandIn, startAws } from "../support/aws";
import { argumentsOf, commitOf, surroundingsIn } from "../support/environments";

let stand: AwsStandIn;
let settings: ShowtimeSettings;
let surroundings: Surroundings;

beforeAll(async () => {
  stand = await startAws();
});
afterAll(() => stand?.close());
beforeEach(async () => {
  await stand.reset();
  settings = await stand.settings({ deadlineMinutes: 0.2 });
  surroundings = surroundingsIn(stand, settings);
});

const image = (commit = "abc1234") => `pr-7-${commit}-ci`;

/** What of pull requests is on AWS, in one line each. */
async function remains(): Promise<string[]> {
  const environments = await listEnvironments(surroundings.aws, settings);
  const { leftovers } = await listLeftovers(surroundings.aws, settings, []);
  return [...environments.map(({ service }) => service), ...leftovers.map(({ kind, id }) => `${kind} ${id}`)];
}

describe("an environment", () => {
  it("is up when it answers, and its tags say everything of it", async () => {
    await stand.pushImage(image());
    const up = await bringUp(surroundings, argumentsOf(settings, { flags: { ALERTS: true }, size: "medium" }));
    const answer = (await (await fetch(up.url)).json()) as Record<string, unknown>;
    expect(answer.service).toBe("pr-7-abc1234");
    expect(answer.environment).toMatchObject({ SUPERSET_FEATURE_ALERTS: "True" });
    expect(answer.secrets).toEqual(["ADMIN_USERNAME", "ADMIN_PASSWORD", "SUPERSET_SECRET_KEY"]);
    const [facts] = await listEnvironments(surroundings.aws, settings);
    expect(facts).toMatchObject({
      service: "pr-7-abc1234",
      pullRequest: 7,
      commit: commitOf("abc1234"),
      generation: 1,
      requester: "ada",
      size: "medium",
      timeToLive: "48h",
      created: up.created,
      expires: new Date(up.created.getTime() + 48 * 3_600_000),
    });
  });

  it("has login data of its own that stand in no definition", async () => {
    await stand.pushImage(image());
    await bringUp(surroundings, argumentsOf(settings));
    const [facts] = await listEnvironments(surroundings.aws, settings);
    if (facts === undefined) throw new Error("no environment");
    const login = await readLogin(surroundings.aws, settings, facts);
    expect(login.username).toBe("admin");
    expect(login.password).toMatch(/^[\w-]{32}$/);
    const definition = await (await surroundings.aws.ecs()).describeTaskDefinition({
      taskDefinition: facts.taskDefinition,
    });
    expect(JSON.stringify(definition)).not.toContain(login.password);
  });

  it("leaves nothing when it is removed", async () => {
    await stand.pushImage(image());
    await bringUp(surroundings, argumentsOf(settings));
    expect(await remains()).toHaveLength(5);
    const [facts] = await listEnvironments(surroundings.aws, settings);
    if (facts === undefined) throw new Error("no environment");
    await removeEnvironment(surroundings.aws, settings, facts, surroundings.wait);
    expect(await remains()).toEqual([]);
  });
});

describe("a failure", () => {
  it("of a missing image makes nothing at all", async () => {
    stand.forgetCalls();
    await expect(bringUp(surroundings, argumentsOf(settings))).rejects.toMatchObject({
      code: "environment/no-image",
      remedy: expect.stringContaining("docker buildx build"),
    });
    expect(stand.calls.filter(({ operation }) => !/^(Describe|List|Get)/.test(operation))).toEqual([]);
  });

  it.each([
    ["crashes", "environment/crash-loop", /exit code 1[\s\S]*RuntimeError: superset cannot start/],
    ["never-ready", "environment/not-ready", /answers with status 503/],
  ] as const)("of an image that %s says why, and leaves the image alone", async (kind, code, why) => {
    await stand.pushImage(image(), kind);
    await expect(bringUp(surroundings, argumentsOf(settings))).rejects.toMatchObject({
      code,
      why: expect.stringMatching(why),
    });
    expect((await remains()).filter((line) => !line.startsWith("image"))).toEqual([]);
  });

  it("of an image that cannot be pulled is told at once", async () => {
    await stand.pushImage("registry.test/superset:1", "missing");
    const args = argumentsOf(settings, { image: "registry.test/superset:1" });
    await expect(bringUp(surroundings, args)).rejects.toMatchObject({
      code: "environment/image-not-pulled",
      why: expect.stringContaining("CannotPullContainerError"),
    });
    expect(await remains()).toEqual([]);
  });

  it("of a new start leaves what people use as it was", async () => {
    await stand.pushImage(image());
    const { ip, url, taskDefinition } = await bringUp(surroundings, argumentsOf(settings));
    await putAddress(surroundings, { pullRequest: 7, commit: commitOf("abc1234"), ip });
    await stand.pushImage(image(), "crashes");
    const again = argumentsOf(settings, { generation: 2, flags: { ALERTS: true } });
    await expect(bringUp(surroundings, again)).rejects.toMatchObject({ code: "environment/crash-loop" });
    const [facts] = await listEnvironments(surroundings.aws, settings);
    expect(facts).toMatchObject({ generation: 1, taskDefinition, url });
    expect((await fetch(url)).status).toBe(200);
    expect((await stand.remains()).taskDefinitions).toHaveLength(1);
  });

  it("leaves a service alone that is not ours", async () => {
    await stand.pushImage(image());
    await bringUp(surroundings, argumentsOf(settings));
    const [service] = await describeServices(surroundings.aws, settings.cluster, ["pr-7-abc1234"]);
    await tagEcs(surroundings.aws, service?.serviceArn ?? "", { "showtime:project": "other" });
    await expect(bringUp(surroundings, argumentsOf(settings, { generation: 2 }))).rejects.toMatchObject({
      code: "environment/not-ours",
    });
    expect(await describeServices(surroundings.aws, settings.cluster, ["pr-7-abc1234"])).toMatchObject([
      { status: "ACTIVE", runningCount: 1 },
    ]);
  });
});

describe("the fence", () => {
  it("ends an environment whose commit is the newest no more", async () => {
    await stand.pushImage(image());
    const late = { ...surroundings, readHead: () => Promise.resolve(commitOf("def4567")) };
    await expect(bringUp(late, argumentsOf(settings, { followsHead: true }))).rejects.toMatchObject({
      code: "environment/overtaken",
    });
    expect(await remains()).toEqual([]);
  });

  it("ends an environment of an older generation, and leaves the newer one", async () => {
    await stand.pushImage(image());
    await stand.pushImage(image("def4567"));
    await bringUp(surroundings, argumentsOf(settings, { commit: commitOf("def4567"), generation: 2 }));
    await expect(bringUp(surroundings, argumentsOf(settings))).rejects.toMatchObject({ code: "environment/overtaken" });
    const environments = await listEnvironments(surroundings.aws, settings);
    expect(environments.map(({ service }) => service)).toEqual(["pr-7-def4567"]);
  });
});

describe("what an interrupted run left", () => {
  it("is taken over, with the same login", async () => {
    await stand.pushImage(image());
    await bringUp(surroundings, argumentsOf(settings));
    const before = await remains();
    const key = { pullRequest: 7, commit: commitOf("abc1234"), url: undefined, service: "pr-7-abc1234" };
    const login = await readLogin(surroundings.aws, settings, key);
    const again = await bringUp(surroundings, argumentsOf(settings, { generation: 2 }));
    expect(await remains()).toEqual(before);
    expect(again.service).toBe("pr-7-abc1234");
    const [facts] = await listEnvironments(surroundings.aws, settings);
    expect(facts?.generation).toBe(2);
    expect(await readLogin(surroundings.aws, settings, key)).toEqual(login);
  });

  it("is left alone by the delete of an earlier generation", async () => {
    await stand.pushImage(image());
    await bringUp(surroundings, argumentsOf(settings));
    const [first] = await listEnvironments(surroundings.aws, settings);
    if (first === undefined) throw new Error("no environment");
    await bringUp(surroundings, argumentsOf(settings, { generation: 2 }));
    const before = await remains();
    await removeEnvironment(surroundings.aws, settings, first, surroundings.wait);
    expect(await remains()).toEqual(before);
  });
});
