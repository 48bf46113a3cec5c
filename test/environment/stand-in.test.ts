import { CloudWatchLogsClient, GetLogEventsCommand } from "@aws-sdk/client-cloudwatch-logs";
import {
  DeleteServiceCommand,
  DeregisterTaskDefinitionCommand,
  DescribeServicesCommand,
  ListServicesCommand,
  ListTaskDefinitionsCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateServiceCommand,
} from "@aws-sdk/client-ecs";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type AwsStandIn, startAws } from "../support/aws";
import { clientOptions, Services, until } from "../support/aws-services";

/** What the tests of environments rely on: services of ECS do in the AWS of the tests what they do in AWS. */

let aws: AwsStandIn;
let services: Services;
let cluster: string;

beforeAll(async () => {
  aws = await startAws();
});

beforeEach(async () => {
  await aws.reset();
  const settings = await aws.settings();
  cluster = settings.cluster;
  services = new Services(aws.url, settings);
});

afterAll(() => aws?.close());

const NAME = "pr-1-aaaaaaa";
const HEALTH_CHECK = { command: ["CMD-SHELL", "true"], interval: 5, retries: 2, startPeriod: 1 };
const isInactive = ({ status }: { status?: string | undefined }) => status === "INACTIVE";

describe("a service", () => {
  test("runs a task with a public address that answers", async () => {
    await aws.pushImage("pr-1-aaaaaaa-ci");
    const begun = await services.create(NAME, await services.register("pr-1-aaaaaaa-ci"));
    expect(begun).toMatchObject({ status: "ACTIVE", desiredCount: 1, runningCount: 0 });
    const service = await services.settle(NAME);
    expect(service).toMatchObject({ status: "ACTIVE", runningCount: 1, pendingCount: 0 });
    expect(service.createdAt).toBeInstanceOf(Date);
    expect(service.events?.map(({ message }) => message).join("\n")).toContain("has reached a steady state");
    for (let look = 0; look < 5; look++) {
      const [task] = await services.readTasks(NAME);
      expect(task).toMatchObject({ lastStatus: "RUNNING", desiredStatus: "RUNNING", healthStatus: "UNKNOWN" });
    }
    const address = await services.readAddress(NAME);
    expect(address).toMatch(/^127\.77\./);
    const answer = await fetch(`http://${address}:8080/health`);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ service: NAME, environment: { COLOUR: "blue" }, secrets: [] });
  });

  test("is not made twice, drains when it is deleted, and its name can be used again then", async () => {
    await aws.pushImage("pr-1-aaaaaaa-ci");
    const definition = await services.register("pr-1-aaaaaaa-ci");
    await services.create(NAME, definition, { tags: [{ key: "colour", value: "blue" }] });
    await expect(services.create(NAME, definition)).rejects.toMatchObject({
      name: "InvalidParameterException",
      message: expect.stringContaining("not idempotent"),
    });
    await expect(services.ecs.send(new DeleteServiceCommand({ cluster, service: NAME }))).rejects.toThrow(
      "scaled above 0",
    );
    await services.settle(NAME);
    const address = await services.readAddress(NAME);
    await aws.setTimes({ drain: 2 });
    await services.ecs.send(new DeleteServiceCommand({ cluster, service: NAME, force: true }));
    await expect(services.create(NAME, definition)).rejects.toThrow("still Draining");
    expect(await services.read(NAME)).toMatchObject({ status: "DRAINING", desiredCount: 0 });
    await expect(fetch(`http://${address}:8080/`)).rejects.toThrow();
    await until(() => services.read(NAME), isInactive);
    expect((await services.ecs.send(new ListServicesCommand({ cluster }))).serviceArns).toEqual([]);
    await expect(
      services.ecs.send(new UpdateServiceCommand({ cluster, service: NAME, desiredCount: 1 })),
    ).rejects.toMatchObject({ name: "ServiceNotActiveException" });
    await services.create(NAME, definition);
    expect(await services.read(NAME)).toMatchObject({ status: "ACTIVE" });
  });

  test("has the tags that it was made with, and those that came later", async () => {
    const definition = await services.register("pr-1-aaaaaaa-ci");
    const { serviceArn: resourceArn } =
      (await services.create(NAME, definition, { tags: [{ key: "a", value: "1" }] })) ?? {};
    await services.ecs.send(new TagResourceCommand({ resourceArn, tags: [{ key: "b", value: "2" }] }));
    await services.ecs.send(new UntagResourceCommand({ resourceArn, tagKeys: ["a"] }));
    const asked = { cluster, services: [NAME] };
    const plain = await services.ecs.send(new DescribeServicesCommand(asked));
    expect(plain.services?.[0]?.tags).toBeUndefined();
    const tagged = await services.ecs.send(new DescribeServicesCommand({ ...asked, include: ["TAGS"] }));
    expect(tagged.services?.[0]?.tags).toEqual([{ key: "b", value: "2" }]);
    const wrong = { resourceArn, tags: [{ key: "c", value: "🎪" }] };
    await expect(services.ecs.send(new TagResourceCommand(wrong))).rejects.toMatchObject({
      name: "InvalidParameterException",
    });
  });

  test("of many is listed page by page, and described ten at a time", async () => {
    const names = await aws.addForeignServices(25);
    const { ecs } = services;
    const first = await ecs.send(new ListServicesCommand({ cluster }));
    expect(first.serviceArns).toHaveLength(10);
    const rest = await ecs.send(new ListServicesCommand({ cluster, nextToken: first.nextToken, maxResults: 100 }));
    expect(rest.nextToken).toBeUndefined();
    expect(new Set([...(first.serviceArns ?? []), ...(rest.serviceArns ?? [])]).size).toBe(names.length);
    await expect(
      ecs.send(new DescribeServicesCommand({ cluster, services: names.slice(0, 11) })),
    ).rejects.toMatchObject({ name: "InvalidParameterException" });
    const ten = await ecs.send(new DescribeServicesCommand({ cluster, services: [...names.slice(0, 9), "none"] }));
    expect(ten.services).toHaveLength(9);
    expect(ten.failures).toMatchObject([{ reason: "MISSING" }]);
  });
});

describe("an update", () => {
  test("keeps the old task until the new one is healthy", async () => {
    await aws.pushImage("pr-1-aaaaaaa-ci");
    await aws.pushImage("pr-1-bbbbbbb-ci", "slow", { milliseconds: 1000 });
    await services.create(NAME, await services.register("pr-1-aaaaaaa-ci", { healthCheck: HEALTH_CHECK }));
    await services.settle(NAME);
    const [old] = await services.readTasks(NAME);
    const address = await services.readAddress(NAME);
    const taskDefinition = await services.register("pr-1-bbbbbbb-ci", { healthCheck: HEALTH_CHECK });
    await services.ecs.send(new UpdateServiceCommand({ cluster, service: NAME, taskDefinition }));
    expect((await services.read(NAME)).deployments?.map(({ status }) => status)).toEqual(["PRIMARY", "ACTIVE"]);
    await services.settle(NAME);
    const [now, ...more] = await services.readTasks(NAME);
    expect(more).toEqual([]);
    expect(now).toMatchObject({ taskDefinitionArn: taskDefinition, healthStatus: "HEALTHY" });
    expect(await services.readAddress(NAME)).not.toBe(address);
    const [stopped] = await services.readTasks(NAME, "STOPPED");
    expect(stopped).toMatchObject({ taskArn: old?.taskArn, stopCode: "ServiceSchedulerInitiated" });
    expect(stopped?.stoppingAt?.getTime()).toBeGreaterThan((now?.startedAt?.getTime() ?? 0) + 990);
  });

  test("without a health check stops the old task although the new one does not answer", async () => {
    await aws.pushImage("pr-1-aaaaaaa-ci");
    await aws.pushImage("pr-1-bbbbbbb-ci", "never-ready");
    await services.create(NAME, await services.register("pr-1-aaaaaaa-ci"));
    await services.settle(NAME);
    const taskDefinition = await services.register("pr-1-bbbbbbb-ci");
    await services.ecs.send(new UpdateServiceCommand({ cluster, service: NAME, taskDefinition }));
    await services.settle(NAME);
    expect(await services.readTasks(NAME)).toMatchObject([{ taskDefinitionArn: taskDefinition }]);
    expect((await fetch(`http://${await services.readAddress(NAME)}:8080/`)).status).toBe(503);
  });

  test("that is forced runs another task of the same", async () => {
    await aws.pushImage("pr-1-aaaaaaa-ci");
    await services.create(NAME, await services.register("pr-1-aaaaaaa-ci"));
    await services.settle(NAME);
    const [old] = await services.readTasks(NAME);
    await services.ecs.send(new UpdateServiceCommand({ cluster, service: NAME, forceNewDeployment: true }));
    await services.settle(NAME);
    const [now] = await services.readTasks(NAME);
    expect(now?.taskDefinitionArn).toBe(old?.taskDefinitionArn);
    expect(now?.taskArn).not.toBe(old?.taskArn);
  });

  test("of the number of tasks by somebody is seen, as are a restart and a deletion", async () => {
    await aws.pushImage("pr-1-aaaaaaa-ci");
    await services.create(NAME, await services.register("pr-1-aaaaaaa-ci"));
    await services.settle(NAME);
    const address = await services.readAddress(NAME);
    await aws.restartTask(NAME);
    const isRunning = (tasks: readonly { lastStatus?: string | undefined }[]) => tasks[0]?.lastStatus === "RUNNING";
    await until(() => services.readTasks(NAME), isRunning);
    expect(await services.readAddress(NAME)).not.toBe(address);
    await aws.scale(NAME, 0);
    expect(await services.readTasks(NAME)).toEqual([]);
    expect(await services.read(NAME)).toMatchObject({ status: "ACTIVE", desiredCount: 0, runningCount: 0 });
    await aws.deleteService(NAME);
    await until(() => services.read(NAME), isInactive);
  });
});

describe("a container", () => {
  test("that crashes ends with its reason and its log, again and again", async () => {
    await aws.pushImage("pr-1-aaaaaaa-ci", "crashes");
    const breaker = { deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: false } } };
    await services.create(NAME, await services.register("pr-1-aaaaaaa-ci"), breaker);
    const [stopped] = await until(
      () => services.readTasks(NAME, "STOPPED"),
      (tasks) => tasks.length > 0,
    );
    expect(stopped).toMatchObject({
      stopCode: "EssentialContainerExited",
      stoppedReason: "Essential container in task exited",
      containers: [{ exitCode: 1 }],
    });
    const logs = new CloudWatchLogsClient(clientOptions(aws.url));
    const logStreamName = `pr-1/superset/${stopped?.taskArn?.split("/").at(-1)}`;
    const { logGroup: logGroupName } = services.settings;
    const { events = [] } = await logs.send(new GetLogEventsCommand({ logGroupName, logStreamName }));
    expect(events.at(-1)?.message).toContain("cannot start");
    const failed = await until(
      () => services.read(NAME),
      ({ deployments }) => deployments?.[0]?.rolloutState === "FAILED",
    );
    expect(failed.deployments?.[0]).toMatchObject({ failedTasks: 3, desiredCount: 0 });
  });

  test("whose image is missing never runs", async () => {
    await services.create(NAME, await services.register("pr-1-aaaaaaa-ci"));
    const [stopped] = await until(
      () => services.readTasks(NAME, "STOPPED"),
      (tasks) => tasks.length > 0,
    );
    expect(stopped).toMatchObject({
      stopCode: "TaskFailedToStart",
      stoppedReason: expect.stringMatching(/^CannotPullContainerError: .*: not found$/),
    });
    expect(stopped?.startedAt).toBeUndefined();
  });

  test("never runs without its secret", async () => {
    await aws.pushImage("pr-1-aaaaaaa-ci");
    const valueFrom = "arn:aws:secretsmanager:us-west-2:123456789012:secret:none-AbCdEf:password::";
    await services.create(
      NAME,
      await services.register("pr-1-aaaaaaa-ci", { secrets: [{ name: "ADMIN_PASSWORD", valueFrom }] }),
    );
    const [stopped] = await until(
      () => services.readTasks(NAME, "STOPPED"),
      (tasks) => tasks.length > 0,
    );
    expect(stopped?.stoppedReason).toContain("unable to pull secrets");
  });

  test("that fails does not take the place of one that runs", async () => {
    await aws.pushImage("pr-1-aaaaaaa-ci");
    await aws.pushImage("pr-1-bbbbbbb-ci", "missing");
    const breaker = { deploymentConfiguration: { deploymentCircuitBreaker: { enable: true, rollback: false } } };
    const former = await services.register("pr-1-aaaaaaa-ci");
    await services.create(NAME, former, breaker);
    await services.settle(NAME);
    const taskDefinition = await services.register("pr-1-bbbbbbb-ci");
    await services.ecs.send(new UpdateServiceCommand({ cluster, service: NAME, taskDefinition }));
    await until(
      () => services.read(NAME),
      ({ deployments }) => deployments?.[0]?.rolloutState === "FAILED",
    );
    expect(await services.readTasks(NAME)).toMatchObject([{ taskDefinitionArn: former, lastStatus: "RUNNING" }]);
  });
});

describe("a task definition", () => {
  test("is refused where a variable comes twice, in clear and as a secret", async () => {
    const wrong = services.register("pr-1-aaaaaaa-ci", { secrets: [{ name: "COLOUR", valueFrom: "arn:aws:x" }] });
    await expect(wrong).rejects.toMatchObject({ name: "ClientException" });
  });

  test("is listed as long as it is active", async () => {
    const taskDefinition = await services.register("pr-1-aaaaaaa-ci");
    const list = () => services.ecs.send(new ListTaskDefinitionsCommand({ familyPrefix: "circus-pr-1" }));
    expect((await list()).taskDefinitionArns).toEqual([taskDefinition]);
    await services.ecs.send(new DeregisterTaskDefinitionCommand({ taskDefinition }));
    expect((await list()).taskDefinitionArns).toEqual([]);
    await expect(services.create(NAME, taskDefinition)).rejects.toThrow("inactive");
  });
});
