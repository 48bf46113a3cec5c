import { DescribeNetworkInterfacesCommand, EC2Client } from "@aws-sdk/client-ec2";
import { ECRClient, PutImageCommand } from "@aws-sdk/client-ecr";
import {
  DeleteServiceCommand,
  DescribeServicesCommand,
  ListServicesCommand,
  UpdateServiceCommand,
} from "@aws-sdk/client-ecs";
import {
  CreateRuleCommand,
  CreateTargetGroupCommand,
  DescribeTagsCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
  ModifyRuleCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { ChangeResourceRecordSetsCommand, ListHostedZonesCommand, Route53Client } from "@aws-sdk/client-route-53";
import { CreateSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { ShowtimeSettings } from "../../provider/src/showtime/settings";
import { type AwsError, type AwsStandIn, startAws } from "../support/aws";
import { clientOptions, Services, until } from "../support/aws-services";

/** What the tests of environments rely on besides services: the way of requests, errors, and what is left. */

let aws: AwsStandIn;
let settings: ShowtimeSettings;
let services: Services;

beforeAll(async () => {
  aws = await startAws();
});

beforeEach(async () => {
  await aws.reset();
});

afterAll(() => aws?.close());

async function lay(address?: "load-balancer" | "record"): Promise<void> {
  settings = await aws.settings(address === undefined ? {} : { address });
  services = new Services(aws.url, settings);
}

describe("a load balancer", () => {
  let balancers: ElasticLoadBalancingV2Client;

  beforeEach(async () => {
    await lay("load-balancer");
    balancers = new ElasticLoadBalancingV2Client(clientOptions(aws.url));
  });

  function balancer() {
    if (settings.address?.kind !== "load-balancer") throw new Error("there is no load balancer");
    return settings.address;
  }

  async function makeGroup(Name: string): Promise<string> {
    const asked = { Name, Protocol: "HTTP", Port: 8080, VpcId: balancer().vpc, TargetType: "ip" } as const;
    const { TargetGroups } = await balancers.send(new CreateTargetGroupCommand(asked));
    return TargetGroups?.[0]?.TargetGroupArn ?? "";
  }

  async function makeRule(host: string, TargetGroupArn: string, Priority: number): Promise<string> {
    const { Rules } = await balancers.send(
      new CreateRuleCommand({
        ListenerArn: balancer().listener,
        Priority,
        Conditions: [{ Field: "host-header", HostHeaderConfig: { Values: [host] } }],
        Actions: [{ Type: "forward", TargetGroupArn }],
      }),
    );
    return Rules?.[0]?.RuleArn ?? "";
  }

  const behind = (targetGroupArn: string) => ({
    loadBalancers: [{ targetGroupArn, containerName: "superset", containerPort: 8080 }],
  });

  const healthOf = async (TargetGroupArn: string) => {
    const { TargetHealthDescriptions = [] } = await balancers.send(new DescribeTargetHealthCommand({ TargetGroupArn }));
    return TargetHealthDescriptions.map(({ TargetHealth }) => TargetHealth?.State);
  };

  test("takes services of target groups only that a rule leads to", async () => {
    await aws.pushImage("pr-1-aaaaaaa-ci");
    const group = await makeGroup("blue");
    const definition = await services.register("pr-1-aaaaaaa-ci");
    await expect(services.create("pr-1-aaaaaaa", definition, behind(group))).rejects.toMatchObject({
      name: "InvalidParameterException",
      message: expect.stringContaining("does not have an associated load balancer"),
    });
  });

  test("carries requests by host, from one service to the next without a failure", async () => {
    await aws.pushImage("pr-1-aaaaaaa-ci");
    await aws.pushImage("pr-1-bbbbbbb-ci", "slow", { milliseconds: 1000 });
    const [blue, green] = [await makeGroup("blue"), await makeGroup("green")];
    const rule = await makeRule("pr-1.showtime.test", blue, 1);
    await makeRule("pr-1-bbbbbbb.showtime.test", green, 2);
    const url = "http://pr-1.showtime.test/health";
    expect((await aws.visit(url)).status).toBe(503);
    await services.create("pr-1-aaaaaaa", await services.register("pr-1-aaaaaaa-ci"), behind(blue));
    await services.settle("pr-1-aaaaaaa");
    const seen: string[] = [];
    let isOver = false;
    const people = (async () => {
      while (!isOver) {
        const { status, body } = await aws.visit(url);
        seen.push(status === 200 ? (JSON.parse(body) as { service: string }).service : String(status));
      }
    })();
    await services.create("pr-1-bbbbbbb", await services.register("pr-1-bbbbbbb-ci"), behind(green));
    expect(
      await until(
        () => healthOf(green),
        (states) => states.length > 0,
      ),
    ).toEqual(["initial"]);
    await until(
      () => healthOf(green),
      ([state]) => state === "healthy",
    );
    const Actions = [{ Type: "forward" as const, TargetGroupArn: green }];
    await balancers.send(new ModifyRuleCommand({ RuleArn: rule, Actions }));
    const { cluster } = settings;
    await services.ecs.send(new DeleteServiceCommand({ cluster, service: "pr-1-aaaaaaa", force: true }));
    await until(
      () => services.read("pr-1-aaaaaaa"),
      ({ status }) => status === "INACTIVE",
    );
    isOver = true;
    await people;
    expect(new Set(seen)).toEqual(new Set(["pr-1-aaaaaaa", "pr-1-bbbbbbb"]));
    expect(seen.at(-1)).toBe("pr-1-bbbbbbb");
    expect(await healthOf(blue)).toEqual([]);
    expect((await aws.visit("http://pr-9.showtime.test/")).status).toBe(404);
  });

  test("carries requests through an update in place without a failure", async () => {
    await aws.pushImage("pr-1-aaaaaaa-ci");
    const group = await makeGroup("blue");
    await makeRule("pr-1.showtime.test", group, 1);
    await services.create("pr-1-aaaaaaa", await services.register("pr-1-aaaaaaa-ci"), behind(group));
    await services.settle("pr-1-aaaaaaa");
    const environment = [{ name: "COLOUR", value: "green" }];
    const taskDefinition = await services.register("pr-1-aaaaaaa-ci", { environment });
    const { cluster } = settings;
    await services.ecs.send(new UpdateServiceCommand({ cluster, service: "pr-1-aaaaaaa", taskDefinition }));
    const colours = new Set<string>();
    await until(
      async () => {
        const { status, body } = await aws.visit("http://pr-1.showtime.test/");
        expect(status).toBe(200);
        colours.add((JSON.parse(body) as { environment: { COLOUR: string } }).environment.COLOUR);
        return (await services.read("pr-1-aaaaaaa")).deployments ?? [];
      },
      (deployments) => deployments.length === 1 && deployments[0]?.rolloutState === "COMPLETED",
    );
    expect(colours).toContain("green");
  });

  test("is asked for the tags of twenty at a time", async () => {
    const ResourceArns = Array.from({ length: 21 }, () => balancer().listener);
    await expect(balancers.send(new DescribeTagsCommand({ ResourceArns }))).rejects.toMatchObject({
      name: "ValidationError",
    });
  });
});

test("a record leads to the address that it has", async () => {
  await lay("record");
  const { address } = settings;
  if (address?.kind !== "record") throw new Error("there is no zone");
  await aws.pushImage("pr-1-aaaaaaa-ci");
  await services.create("pr-1-aaaaaaa", await services.register("pr-1-aaaaaaa-ci"));
  await services.settle("pr-1-aaaaaaa");
  const Value = await services.readAddress("pr-1-aaaaaaa");
  const names = new Route53Client(clientOptions(aws.url));
  const record = { Name: `pr-1.${address.domain}`, Type: "A" as const, TTL: 60, ResourceRecords: [{ Value }] };
  await names.send(
    new ChangeResourceRecordSetsCommand({
      HostedZoneId: address.zone,
      ChangeBatch: { Changes: [{ Action: "UPSERT", ResourceRecordSet: record }] },
    }),
  );
  const { status, body } = await aws.visit(`http://pr-1.${address.domain}:8080/`);
  expect(status).toBe(200);
  expect(JSON.parse(body)).toMatchObject({ service: "pr-1-aaaaaaa" });
  expect((await aws.remains()).records).toEqual([`pr-1.${address.domain}.`]);
});

describe("calls", () => {
  beforeEach(() => lay());

  test("are written down, and take as long as they are to", async () => {
    aws.forgetCalls();
    const names = new Route53Client(clientOptions(aws.url));
    await names.send(new ListHostedZonesCommand({}));
    await aws.delay(120);
    const begin = Date.now();
    await services.ecs.send(new ListServicesCommand({ cluster: settings.cluster }));
    expect(Date.now() - begin).toBeGreaterThanOrEqual(115);
    expect(aws.calls).toEqual([
      { service: "route53", operation: "ListHostedZones" },
      { service: "ecs", operation: "ListServices" },
    ]);
  });

  const plain = (url: string) => ({ ...clientOptions(url), maxAttempts: 1 });
  const asks: Readonly<Record<string, (url: string) => Promise<unknown>>> = {
    ecs: (url) => new Services(url, settings).read("none"),
    ecr: (url) => new ECRClient(plain(url)).send(new PutImageCommand({ repositoryName: "a", imageManifest: "{}" })),
    secretsmanager: (url) => new SecretsManagerClient(plain(url)).send(new CreateSecretCommand({ Name: "a" })),
    elasticloadbalancing: (url) =>
      new ElasticLoadBalancingV2Client(plain(url)).send(new DescribeTagsCommand({ ResourceArns: ["a"] })),
    route53: (url) => new Route53Client(plain(url)).send(new ListHostedZonesCommand({})),
    ec2: (url) => new EC2Client(clientOptions(url)).send(new DescribeNetworkInterfacesCommand({})),
  };

  test.each<[string, AwsError, number, string, number | undefined]>([
    ["ecs", "throttling", 3, "ThrottlingException", 400],
    ["ecs", "500", 3, "ServerException", 500],
    ["ecs", "denied", 1, "AccessDeniedException", 400],
    ["ecs", "time-out", 3, "TimeoutError", undefined],
    ["ecr", "throttling", 1, "ThrottlingException", 400],
    ["ecr", "denied", 1, "AccessDeniedException", 400],
    ["secretsmanager", "500", 1, "InternalServiceError", 500],
    ["elasticloadbalancing", "throttling", 1, "Throttling", 400],
    ["elasticloadbalancing", "denied", 1, "AccessDenied", 403],
    ["elasticloadbalancing", "500", 1, "InternalFailure", 500],
    ["ec2", "throttling", 3, "RequestLimitExceeded", 503],
    ["ec2", "denied", 1, "UnauthorizedOperation", 403],
    ["route53", "throttling", 1, "Throttling", 400],
    ["route53", "denied", 1, "AccessDenied", 403],
  ])("of %s fail with %s as often as they are to", async (service, error, times, name, status) => {
    await aws.fail(service, "*", error, times);
    const failure = await asks[service]?.(aws.url).then(
      () => "it went well",
      (reason: unknown) => reason,
    );
    expect(failure).toMatchObject({ name });
    if (status !== undefined) expect(failure).toMatchObject({ $metadata: { httpStatusCode: status } });
    const { services: found } = await services.ecs.send(
      new DescribeServicesCommand({ cluster: settings.cluster, services: ["none"] }),
    );
    expect(found).toEqual([]);
  });
});

describe("what is left", () => {
  test("is told by kind, apart from what others have", async () => {
    await lay("load-balancer");
    await aws.addForeignServices(8);
    const others = await aws.foreign();
    expect(others.services).toContain("pr-7-cafe-service");
    expect(Object.entries(others).filter(([, names]) => (names as string[]).length === 0)).toEqual([
      ["tasks", []],
      ["records", []],
    ]);
    const nothing = Object.fromEntries(Object.keys(others).map((kind) => [kind, []]));
    expect(await aws.remains()).toEqual(nothing);
    await aws.pushImage("pr-1-aaaaaaa-ci");
    const secrets = new SecretsManagerClient(clientOptions(aws.url));
    await secrets.send(new CreateSecretCommand({ Name: "circus/showtime/pr-1-aaaaaaa", SecretString: "{}" }));
    await services.create("pr-1-aaaaaaa", await services.register("pr-1-aaaaaaa-ci"));
    await services.settle("pr-1-aaaaaaa");
    const left = await aws.remains();
    expect(left).toEqual({
      ...nothing,
      services: ["pr-1-aaaaaaa"],
      tasks: [expect.stringContaining(":task/")],
      taskDefinitions: ["circus-pr-1:1"],
      images: ["pr-1-aaaaaaa-ci"],
      secrets: ["circus/showtime/pr-1-aaaaaaa"],
      logStreams: [expect.stringMatching(/^pr-1\/superset\/[0-9a-f]{32}$/)],
    });
    expect(await aws.foreign()).toEqual(others);
  });

  test("can be made older", async () => {
    await lay();
    const tags = [{ key: "showtime:expires", value: new Date(Date.now() + 3_600_000).toISOString() }];
    await services.create("pr-1-aaaaaaa", await services.register("pr-1-aaaaaaa-ci"), { tags });
    await aws.age(2);
    const asked = { cluster: settings.cluster, services: ["pr-1-aaaaaaa"], include: ["TAGS" as const] };
    const found = await services.ecs.send(new DescribeServicesCommand(asked));
    const [service] = found.services ?? [];
    expect(service?.createdAt?.getTime()).toBeLessThan(Date.now() - 7_199_000);
    expect(new Date(service?.tags?.[0]?.value ?? "").getTime()).toBeLessThan(Date.now());
  });
});
