import { describe, expect, it } from "vitest";
import { showtimeSettingsSchema } from "../../provider/src/showtime/settings";
import type { Policy, Statement } from "../../stacks/foundation/policy";
import { listPublicRanges } from "../../stacks/foundation/public-ranges";
import { declare, type Foundation } from "./foundation-support";

const BALANCED = {
  domain: "preview.example.com",
  certificate: "arn:aws:acm:eu-central-1:111122223333:certificate/1",
  zone: "ZONE",
};
const plain = await declare();
const balanced = await declare(BALANCED);
const recorded = await declare({ domain: "preview.example.com", zone: "ZONE" });
const FOUNDATIONS: [string, Foundation][] = [
  ["without a stable address", plain],
  ["with a load balancer", balanced],
  ["with records", recorded],
];
const JOBS = ["preview", "deploy", "cleanup"] as const;

const statements = (policy: Policy, action: string): Statement[] =>
  policy.Statement.filter(({ Action }) => Action.includes(action));

describe.each(FOUNDATIONS)("the foundation %s", (_, foundation) => {
  it("prints settings that the commands take", () => {
    expect(showtimeSettingsSchema.parse(foundation.settings)).toMatchObject({
      project: "shop",
      repository: "acme/superset",
      region: "eu-central-1",
      cluster: "shop-showtime",
      imageRepository: "shop-showtime",
      securityGroups: ["sg-tasks"],
      taskRole: "arn:aws:iam::111122223333:role/shop-showtime-task",
      executionRole: "arn:aws:iam::111122223333:role/shop-showtime-execution",
    });
  });

  it("tells whose images and logs are, which have no tags themselves", () => {
    const tags = { "showtime:project": "shop", "managed-by": "pulumi-superset" };
    expect(foundation.find("aws:ecr/repository:Repository", "images")).toMatchObject({ tags });
    expect(foundation.find("aws:cloudwatch/logGroup:LogGroup", "logs")).toMatchObject({ tags });
    for (const job of ["preview", "cleanup"]) {
      const policy = foundation.permissions(job);
      expect(statements(policy, "ecr:ListTagsForResource")).toHaveLength(1);
      expect(statements(policy, "logs:ListTagsForResource")).toHaveLength(1);
    }
  });

  it("makes no key that outlives a job", () => {
    const types = foundation.declared.map(({ type }) => type);
    expect(types.filter((type) => /accessKey|iam\/user|loginProfile/i.test(type))).toEqual([]);
  });

  it.each(JOBS)("the role %s is for the jobs of one environment of the repository, by its whole name", (job) => {
    expect(foundation.trust(job).Statement).toEqual([
      {
        Sid: "Jobs",
        Effect: "Allow",
        Action: ["sts:AssumeRoleWithWebIdentity"],
        Principal: {
          Federated: "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com",
        },
        Condition: {
          StringEquals: {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": `repo:acme/superset:environment:showtime-${job}`,
          },
        },
      },
    ]);
  });

  it("gives what runs inside no permission at all", () => {
    const attached = foundation.declared.filter(({ type }) => /aws:iam\/.*(policy|attachment)/i.test(type));
    expect(attached.map(({ name }) => name).sort()).toEqual(["cleanup", "deploy", "execution", "preview"]);
    expect(foundation.find("aws:iam/role:Role", "task")).not.toHaveProperty("inlinePolicies");
    expect(foundation.find("aws:iam/role:Role", "task")).not.toHaveProperty("managedPolicyArns");
    expect(foundation.trust("task").Statement).toMatchObject([
      {
        Principal: { Service: "ecs-tasks.amazonaws.com" },
        Condition: { StringEquals: { "aws:SourceAccount": "111122223333" } },
      },
    ]);
  });

  it.each([...JOBS, "execution"])("%s: no action is a pattern, and only what AWS cannot limit is for all", (role) => {
    const policy = foundation.permissions(role);
    const all = policy.Statement.flatMap(({ Action }) => Action);
    expect(all.filter((action) => !/^[a-z0-9]+:[A-Za-z]+$/.test(action))).toEqual([]);
    const unlimited = policy.Statement.filter(
      ({ Resource, Condition }) => Resource?.includes("*") && Condition === undefined,
    ).flatMap(({ Action }) => Action);
    expect(unlimited.filter((action) => !UNLIMITED.has(action))).toEqual([]);
    // Inline policies of a role have at most 10,240 characters.
    expect(JSON.stringify(policy).length).toBeLessThan(10_240);
  });

  it("changes of environments are for what carries the project's tags, and new ones carry them", () => {
    for (const role of ["deploy", "cleanup"]) {
      const policy = foundation.permissions(role);
      for (const action of CHANGES) {
        for (const { Condition } of statements(policy, action)) {
          expect(Condition?.StringEquals).toMatchObject({
            "aws:ResourceTag/showtime:project": "shop",
            "aws:ResourceTag/managed-by": "pulumi-superset",
          });
        }
      }
    }
    const policy = foundation.permissions("deploy");
    for (const action of CREATIONS) {
      for (const { Condition } of statements(policy, action)) {
        expect(Condition?.StringEquals).toMatchObject({
          "aws:RequestTag/showtime:project": "shop",
          "aws:RequestTag/managed-by": "pulumi-superset",
        });
      }
    }
  });

  it("deploying gives tasks the two roles, and nothing else to nobody else", () => {
    expect(statements(foundation.permissions("deploy"), "iam:PassRole")).toEqual([
      {
        Sid: "GiveRoles",
        Effect: "Allow",
        Action: ["iam:PassRole"],
        Resource: [
          "arn:aws:iam::111122223333:role/shop-showtime-task",
          "arn:aws:iam::111122223333:role/shop-showtime-execution",
        ],
        Condition: { StringEquals: { "iam:PassedToService": "ecs-tasks.amazonaws.com" } },
      },
    ]);
  });

  it("looking changes nothing and reads no login; cleaning up makes nothing", () => {
    const actions = (role: string) => foundation.permissions(role).Statement.flatMap(({ Action }) => Action);
    const words = (role: string) => [...new Set(actions(role).map((action) => /:([A-Z][a-z]+)/.exec(action)?.[1]))];
    expect(words("preview").sort()).toEqual(["Describe", "Get", "List"]);
    expect(actions("preview")).not.toContain("secretsmanager:GetSecretValue");
    expect(actions("preview").filter((action) => action.startsWith("s3:"))).toEqual([]);
    expect(actions("cleanup").filter((action) => /:(Create|Register|Pass|Put(?!Object)|Upload)/.test(action))).toEqual(
      [],
    );
    expect(actions("cleanup")).not.toContain("secretsmanager:GetSecretValue");
  });

  it("tasks take callers on one port, and get to the internet and into no internal network", () => {
    const group = foundation.find("aws:ec2/securityGroup:SecurityGroup", "tasks");
    expect(group.ingress).toEqual([
      {
        ...{ protocol: "tcp", fromPort: 8080, toPort: 8080 },
        ...(foundation === balanced ? { securityGroups: ["sg-balancer"] } : { cidrBlocks: ["198.51.100.0/24"] }),
      },
    ]);
    expect(group.egress).toEqual([{ protocol: "-1", fromPort: 0, toPort: 0, cidrBlocks: listPublicRanges() }]);
    expect(foundation.find("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", "network")).toMatchObject({
      ingress: [],
      egress: [],
    });
    expect(foundation.declared.filter(({ type }) => /peering|transitGateway|vpn|nat/i.test(type))).toEqual([]);
  });
});

/** AWS knows neither resources nor conditions for them, or the answer has no secrets. */
const UNLIMITED = new Set([
  "ecs:DescribeTaskDefinition",
  "ecs:ListTaskDefinitions",
  "ecs:ListTaskDefinitionFamilies",
  "ecs:DeregisterTaskDefinition",
  "ec2:DescribeNetworkInterfaces",
  "ecr:GetAuthorizationToken",
  "secretsmanager:ListSecrets",
  ...["Listeners", "Rules", "Tags", "TargetGroups", "TargetHealth"].map(
    (what) => `elasticloadbalancing:Describe${what}`,
  ),
]);

const CHANGES = [
  ...["ecs:UpdateService", "ecs:DeleteService", "ecs:DeleteTaskDefinitions"],
  ...["secretsmanager:DeleteSecret", "secretsmanager:GetSecretValue"],
  ...["DeleteTargetGroup", "DeleteRule", "ModifyRule", "ModifyTargetGroup", "ModifyTargetGroupAttributes"].map(
    (what) => `elasticloadbalancing:${what}`,
  ),
];

const CREATIONS = [
  ...["ecs:CreateService", "ecs:RegisterTaskDefinition", "secretsmanager:CreateSecret"],
  ...["elasticloadbalancing:CreateTargetGroup", "elasticloadbalancing:CreateRule"],
];

describe("limits", () => {
  const resources = (foundation: Foundation, role: string, action: string) =>
    statements(foundation.permissions(role), action).flatMap(({ Resource = [] }) => Resource);

  it("are the names of the project's own", () => {
    const at = "eu-central-1:111122223333";
    const of = (action: string) => resources(plain, "deploy", action);
    expect(of("ecs:CreateService")).toEqual([`arn:aws:ecs:${at}:service/shop-showtime/pr-*`]);
    expect(of("ecs:RegisterTaskDefinition")).toEqual([`arn:aws:ecs:${at}:task-definition/shop-pr-*:*`]);
    expect(of("secretsmanager:CreateSecret")).toEqual([`arn:aws:secretsmanager:${at}:secret:shop/showtime/pr-*`]);
    expect(of("ecr:PutImage")).toEqual([`arn:aws:ecr:${at}:repository/shop-showtime`]);
    expect(of("logs:DeleteLogStream")).toEqual([`arn:aws:logs:${at}:log-group:/ecs/shop-showtime:log-stream:*`]);
    expect(of("s3:PutObject")).toEqual([
      "arn:aws:s3:::acme-state/.pulumi/stacks/shop-showtime/*",
      "arn:aws:s3:::acme-state/.pulumi/history/shop-showtime/*",
      "arn:aws:s3:::acme-state/.pulumi/backups/shop-showtime/*",
      "arn:aws:s3:::acme-state/.pulumi/locks/organization/shop-showtime/*",
      "arn:aws:s3:::acme-state/.pulumi/meta.yaml",
    ]);
    expect(resources(plain, "execution", "secretsmanager:GetSecretValue")).toEqual(of("secretsmanager:CreateSecret"));
  });

  it("are one listener, or the names of environments in one zone", () => {
    const listener = "arn:aws:elasticloadbalancing:eu-central-1:111122223333:listener/app/shop-showtime/1/2";
    expect(resources(balanced, "deploy", "elasticloadbalancing:CreateRule")).toContain(listener);
    expect(resources(balanced, "cleanup", "elasticloadbalancing:DeleteRule")).toContain(
      `${listener.replace("listener", "listener-rule")}/*`,
    );
    expect(resources(balanced, "deploy", "route53:ChangeResourceRecordSets")).toEqual([]);
    expect(statements(recorded.permissions("deploy"), "route53:ChangeResourceRecordSets")).toMatchObject([
      {
        Resource: ["arn:aws:route53:::hostedzone/ZONE"],
        Condition: {
          "ForAllValues:StringLike": {
            "route53:ChangeResourceRecordSetsNormalizedRecordNames": ["pr-*.preview.example.com"],
          },
        },
      },
    ]);
    expect(JSON.stringify(plain.permissions("deploy"))).not.toMatch(/elasticloadbalancing|route53/);
  });

  it("do not keep cleanup from the services of Superset Showtime, where they are said to be ours", async () => {
    const delete_ = (foundation: Foundation) => statements(foundation.permissions("cleanup"), "ecs:DeleteService");
    expect(delete_(plain)).toHaveLength(1);
    const taking = await declare({ cluster: "old", settings: { takesOverShowtime: true } });
    expect(taking.declared.filter(({ type }) => type.startsWith("aws:ecs/"))).toEqual([]);
    expect(delete_(taking).at(-1)).toEqual({
      Sid: "DeleteOldServices",
      Effect: "Allow",
      Action: ["ecs:DeleteService"],
      Resource: ["arn:aws:ecs:eu-central-1:111122223333:service/old/pr-*-service"],
    });
    expect(showtimeSettingsSchema.parse(taking.settings)).toMatchObject({ cluster: "old", takesOverShowtime: true });
  });
});

describe("addresses", () => {
  it("are those of a balancer with TLS that knows no other host", () => {
    expect(showtimeSettingsSchema.parse(balanced.settings).address).toEqual({
      kind: "load-balancer",
      listener: "arn:aws:elasticloadbalancing:eu-central-1:111122223333:listener/app/shop-showtime/1/2",
      vpc: "vpc-network",
      domain: "preview.example.com",
    });
    expect(balanced.find("aws:lb/listener:Listener", "https")).toMatchObject({
      protocol: "HTTPS",
      defaultActions: [{ type: "fixed-response", fixedResponse: { statusCode: "404" } }],
    });
    const rule = (direction: string, name: string) =>
      balanced.find(`aws:vpc/securityGroup${direction}Rule:SecurityGroup${direction}Rule`, name);
    expect(rule("Ingress", "balancer-0")).toMatchObject({ fromPort: 443, toPort: 443, cidrIpv4: "198.51.100.0/24" });
    expect(rule("Egress", "balancer")).toMatchObject({ fromPort: 8080, referencedSecurityGroupId: "sg-tasks" });
    expect(balanced.find("aws:route53/record:Record", "environments")).toMatchObject({
      name: "*.preview.example.com",
    });
  });

  it("are records of a zone, or those of tasks", () => {
    expect(showtimeSettingsSchema.parse(recorded.settings).address).toEqual({
      kind: "record",
      zone: "ZONE",
      domain: "preview.example.com",
    });
    expect(showtimeSettingsSchema.parse(plain.settings).address).toBeUndefined();
    expect(recorded.declared.filter(({ type }) => type.startsWith("aws:lb/"))).toEqual([]);
  });
});

it("a network and an identity provider that are there are used", async () => {
  const network = { vpc: "vpc-1", subnets: ["subnet-1", "subnet-2"] };
  const oidcProvider = "arn:aws:iam::111122223333:oidc-provider/given";
  const given = await declare({ network, oidcProvider });
  expect(given.declared.filter(({ type }) => /ec2\/(vpc|subnet|routeTable)|openIdConnect/.test(type))).toEqual([]);
  expect(showtimeSettingsSchema.parse(given.settings).subnets).toEqual(network.subnets);
  expect(given.trust("deploy").Statement).toMatchObject([{ Principal: { Federated: oidcProvider } }]);
});

it("images that cleanup left are removed after the longest life of an environment, never one that may be needed", async () => {
  const rules = (foundation: Foundation) => {
    const { policy } = foundation.find("aws:ecr/lifecyclePolicy:LifecyclePolicy", "images");
    return (JSON.parse(String(policy)) as { rules: { selection: object }[] }).rules.map(({ selection }) => selection);
  };
  expect(plain.find("aws:ecr/repository:Repository", "images")).toMatchObject({
    imageTagMutability: "MUTABLE",
    imageScanningConfiguration: { scanOnPush: true },
  });
  expect(rules(plain)).toMatchObject([
    { tagStatus: "untagged" },
    { tagStatus: "tagged", tagPatternList: ["pr-*-ci"], countNumber: 9 },
  ]);
  expect(rules(await declare({ settings: { maxAge: "1w" } }))).toMatchObject([{}, { countNumber: 14 }]);
  expect(rules(await declare({ settings: { maxAge: "close" } }))).toMatchObject([{ tagStatus: "untagged" }]);
});

describe("the ranges of the internet", () => {
  const ranges = listPublicRanges();
  const toNumber = (address: string) => address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  const isIn = (address: string) =>
    ranges.some((range) => {
      const [first = "", bits] = range.split("/");
      const distance = toNumber(address) - toNumber(first);
      return distance >= 0 && distance < 2 ** (32 - Number(bits));
    });

  it("fit into a security group", () => {
    expect(ranges.length).toBeLessThanOrEqual(60);
  });

  it.each([
    ...["10.0.0.0", "10.113.8.1", "10.255.255.255", "172.16.0.0", "172.31.255.255", "192.168.0.0", "192.168.255.255"],
    ...["169.254.169.254", "169.254.170.2", "100.64.0.1", "127.0.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255"],
  ])("are without %s", (address) => {
    expect(isIn(address)).toBe(false);
  });

  it.each([
    ...["1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0"],
    ...["169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.167.255.255", "192.169.0.0"],
    "223.255.255.255",
  ])("have %s", (address) => {
    expect(isIn(address)).toBe(true);
  });
});
