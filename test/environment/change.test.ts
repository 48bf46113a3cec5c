import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { describeServices } from "../../provider/src/aws/ecs";
import { createHostRule, createTargetGroup, listRules } from "../../provider/src/aws/load-balancer";
import { compareAddress, putAddress, removeAddress } from "../../provider/src/environment/address";
import { hostsOf } from "../../provider/src/environment/balancer";
import { bringUp } from "../../provider/src/environment/bring-up";
import { changeEnvironment } from "../../provider/src/environment/change";
import { listLeftovers, removeLeftover } from "../../provider/src/environment/leftovers";
import { listEnvironments } from "../../provider/src/environment/list";
import { removeEnvironment } from "../../provider/src/environment/remove";
import type { Surroundings } from "../../provider/src/environment/surroundings";
import type { ShowtimeSettings } from "../../provider/src/showtime/settings";
import { type AwsStandIn, type SettingsOverrides, startAws } from "../support/aws";
import { argumentsOf, commitOf, surroundingsIn } from "../support/environments";

let stand: AwsStandIn;
let settings: ShowtimeSettings;
let surroundings: Surroundings;

beforeAll(async () => {
  stand = await startAws();
});
afterAll(() => stand?.close());
beforeEach(() => stand.reset());

async function prepare(overrides: SettingsOverrides = {}): Promise<void> {
  settings = await stand.settings({ deadlineMinutes: 0.2, ...overrides });
  surroundings = surroundingsIn(stand, settings);
  await stand.pushImage("pr-7-abc1234-ci");
}

async function only() {
  const [facts, ...others] = await listEnvironments(surroundings.aws, settings);
  if (facts === undefined || others.length > 0) throw new Error("not one environment");
  return facts;
}

const NOTHING = { leftovers: [], notes: [] };

const TARGET = { pullRequest: 7, commit: commitOf("abc1234") };

describe("a change in place", () => {
  it("of the time to live starts no new task", async () => {
    await prepare();
    const up = await bringUp(surroundings, argumentsOf(settings));
    const former = { ip: up.ip, created: up.created, round: 0, hasDrifted: false };
    const changed = await changeEnvironment(surroundings, argumentsOf(settings, { timeToLive: "24h" }), former);
    expect(changed).toEqual({ ...up, expires: new Date(up.created.getTime() + 24 * 3_600_000) });
    expect(await only()).toMatchObject({ timeToLive: "24h", created: up.created, expires: changed.expires });
  });

  it("of another round starts a new task of the same definition", async () => {
    await prepare();
    const up = await bringUp(surroundings, argumentsOf(settings));
    const former = { ip: up.ip, created: up.created, round: 0, hasDrifted: false };
    const changed = await changeEnvironment(surroundings, argumentsOf(settings, { round: 1 }), former);
    expect(changed.taskDefinition).toBe(up.taskDefinition);
    expect(changed.ip).not.toBe(up.ip);
    expect((await fetch(changed.url)).status).toBe(200);
  });

  it("that fails says why, and the former task goes on", async () => {
    await prepare();
    const up = await bringUp(surroundings, argumentsOf(settings));
    await stand.pushImage("registry.test/superset:bad", "crashes");
    const former = { ip: up.ip, created: up.created, round: 0, hasDrifted: false };
    const args = argumentsOf(settings, { image: "registry.test/superset:bad" });
    await expect(changeEnvironment(surroundings, args, former)).rejects.toMatchObject({
      code: "environment/crash-loop",
      summary: expect.stringContaining("It goes on as it was before."),
    });
    const [service] = await describeServices(surroundings.aws, settings.cluster, [up.service]);
    expect(service?.taskDefinition).toBe(up.taskDefinition);
    expect((await fetch(up.url)).status).toBe(200);
    await removeEnvironment(surroundings.aws, settings, await only(), surroundings.wait);
    expect(await stand.remains()).toMatchObject({ services: [], taskDefinitions: [], secrets: [], images: [] });
  });
});

describe("an address", () => {
  it("is a host of the load balancer, with the environment's own beside it", async () => {
    await prepare({ address: "load-balancer" });
    await bringUp(surroundings, argumentsOf(settings));
    const url = await putAddress(surroundings, { ...TARGET, ip: undefined });
    expect(new URL(url).hostname).toBe("pr-7.showtime.test");
    expect((await only()).url).toBe(url);
    expect(await compareAddress(surroundings, { ...TARGET, ip: undefined }, url)).toEqual([]);
    await removeAddress(surroundings, TARGET);
    expect(await compareAddress(surroundings, { ...TARGET, ip: undefined }, url)).toEqual([
      "rule of pr-7.showtime.test: gone",
    ]);
    await removeEnvironment(surroundings.aws, settings, await only(), surroundings.wait);
    expect(await stand.remains()).toMatchObject({ services: [], targetGroups: [], rules: [] });
  });

  it("of somebody else's rule is refused, and the rule stays", async () => {
    await prepare({ address: "load-balancer" });
    await bringUp(surroundings, argumentsOf(settings));
    const { address } = settings;
    if (address?.kind !== "load-balancer") throw new Error("no balancer");
    const other = { name: "other", vpc: address.vpc, port: 80, healthPath: "/", tags: { "showtime:project": "other" } };
    const targetGroup = await createTargetGroup(surroundings.aws, other);
    const rule = {
      listener: address.listener,
      priority: 77,
      host: "pr-7.showtime.test",
      targetGroup,
      tags: other.tags,
    };
    await createHostRule(surroundings.aws, rule);
    await expect(putAddress(surroundings, { ...TARGET, ip: undefined })).rejects.toMatchObject({
      code: "environment/not-ours",
    });
    await removeAddress(surroundings, TARGET);
    const rules = await listRules(surroundings.aws, address.listener);
    expect(rules.flatMap(hostsOf)).toContain("pr-7.showtime.test");
  });

  it("is a record that follows the task, and goes", async () => {
    await prepare({ address: "record" });
    const up = await bringUp(surroundings, argumentsOf(settings));
    const url = await putAddress(surroundings, { ...TARGET, ip: up.ip });
    expect(url).toBe("http://pr-7.showtime.test:8080");
    expect(await compareAddress(surroundings, { ...TARGET, ip: "127.77.9.9" }, url)).toEqual([
      `record pr-7.showtime.test: ${up.ip}`,
    ]);
    await putAddress(surroundings, { ...TARGET, ip: "127.77.9.9" });
    expect(await compareAddress(surroundings, { ...TARGET, ip: "127.77.9.9" }, url)).toEqual([]);
    await removeAddress(surroundings, TARGET);
    expect((await stand.remains()).records).toEqual([]);
  });
});

describe("what is left", () => {
  it("is told by a removal that fails, and found and removed later", async () => {
    await prepare({ address: "load-balancer" });
    await bringUp(surroundings, argumentsOf(settings));
    await stand.fail("logs", "DeleteLogStream", "denied", 1);
    await stand.fail("ecr", "BatchDeleteImage", "denied", 1);
    const removal = removeEnvironment(surroundings.aws, settings, await only(), surroundings.wait);
    await expect(removal).rejects.toMatchObject({
      code: "environment/left-behind",
      summary: expect.stringMatching(/image pr-7-abc1234-ci: AccessDenied[\s\S]*log streams pr-7-abc1234\/ in/),
    });
    const { leftovers } = await listLeftovers(surroundings.aws, settings, []);
    expect(leftovers.map(({ kind }) => kind).sort()).toEqual(["image", "log stream"]);
    for (const leftover of leftovers) await removeLeftover(surroundings.aws, settings, leftover);
    expect(await listLeftovers(surroundings.aws, settings, [])).toEqual(NOTHING);
    expect(await stand.remains()).toMatchObject({ images: [], logStreams: [] });
  });

  it("of every kind is found, but for what lives and what is not ours", async () => {
    await prepare({ address: "load-balancer" });
    await bringUp(surroundings, argumentsOf(settings));
    await putAddress(surroundings, { ...TARGET, ip: undefined });
    expect(await listLeftovers(surroundings.aws, settings, [await only()])).toEqual(NOTHING);
    await stand.deleteService("pr-7-abc1234");
    const { leftovers } = await listLeftovers(surroundings.aws, settings, []);
    const kinds = ["image", "log stream", "rule", "rule", "secret", "target group", "task definition"];
    expect(leftovers.map(({ kind }) => kind).sort()).toEqual(kinds);
    for (const leftover of leftovers) await removeLeftover(surroundings.aws, settings, leftover);
    expect(await listLeftovers(surroundings.aws, settings, [])).toEqual(NOTHING);
  });

  it("in a repository or log group of another project, or of nobody, is left alone and named", async () => {
    await prepare();
    await bringUp(surroundings, argumentsOf(settings));
    const { project, imageRepository, logGroup } = settings;
    const others = await listLeftovers(surroundings.aws, { ...settings, project: "other" }, []);
    expect(others).toEqual({
      leftovers: [],
      notes: [
        `1 image in ${imageRepository} left alone: it is of the project ${project} (showtime:project).`,
        `1 log stream in ${logGroup} left alone: it is of the project ${project} (showtime:project).`,
      ],
    });
    const ecr = await surroundings.aws.ecr();
    const [found] = (await ecr.describeRepositories({ repositoryNames: [imageRepository] })).repositories ?? [];
    await ecr.untagResource({ resourceArn: found?.repositoryArn, tagKeys: ["showtime:project"] });
    await stand.deleteService("pr-7-abc1234");
    const { leftovers, notes } = await listLeftovers(surroundings.aws, settings, []);
    expect(leftovers.map(({ kind }) => kind).sort()).toEqual(["log stream", "secret", "task definition"]);
    expect(notes).toEqual([expect.stringContaining(`give it the tag showtime:project with the value ${project}`)]);
  });
});

describe("AWS that fails", () => {
  it("is named with the operation and the remedy", async () => {
    await prepare();
    await stand.fail("ecs", "CreateService", "denied", 1);
    await expect(bringUp(surroundings, argumentsOf(settings))).rejects.toMatchObject({
      code: "aws/denied",
      summary: "AWS does not allow it: ecs CreateService.",
      remedy: expect.stringContaining("ecs:CreateService"),
    });
    expect(await stand.remains()).toMatchObject({ services: [], taskDefinitions: [], secrets: [] });
  });

  it("is asked again when it is throttled, slow or broken for a moment", async () => {
    await prepare();
    await stand.fail("ecs", "CreateService", "throttling", 2);
    await stand.fail("ecs", "DescribeTasks", "500", 2);
    await stand.fail("ecr", "DescribeImages", "time-out", 1);
    await bringUp(surroundings, argumentsOf(settings));
    expect(await only()).toMatchObject({ service: "pr-7-abc1234" });
  });
});
