import { runtime } from "@pulumi/pulumi";
import type { Configuration } from "../../stacks/foundation/configuration";
import type { Policy } from "../../stacks/foundation/policy";

/** A resource that was declared. */
export interface Declared {
  readonly type: string;
  readonly name: string;
  readonly inputs: Record<string, unknown>;
}

/** What a foundation declares. */
export interface Foundation {
  readonly declared: readonly Declared[];
  readonly settings: unknown;
  readonly roles: Readonly<Record<string, string>>;
  /** The one resource of that type and name. */
  find(type: string, name: string): Record<string, unknown>;
  /** What a role may do. */
  permissions(role: string): Policy;
  /** Who may have it. */
  trust(role: string): Policy;
}

const ACCOUNT = "111122223333";
const REGION = "eu-central-1";

/** What a repository sets at least. */
export const MINIMUM: Configuration = {
  project: "shop",
  repository: "acme/superset",
  port: 8080,
  healthPath: "/health",
  allowedCidrs: ["198.51.100.0/24"],
  stateBucket: "acme-state",
  cluster: undefined,
  network: undefined,
  cidr: "10.113.0.0/20",
  subnetCidrs: ["10.113.0.0/21", "10.113.8.0/21"],
  domain: undefined,
  certificate: undefined,
  zone: undefined,
  oidcProvider: undefined,
  logDays: 7,
  settings: {},
};

/** Declares a foundation with Pulumi's mocks. */
export async function declare(changes: Partial<Configuration> = {}): Promise<Foundation> {
  const declared: Declared[] = [];
  await runtime.setMocks(
    {
      newResource({ type, name, inputs }) {
        declared.push({ type, name, inputs: inputs as Record<string, unknown> });
        return { id: nameId(type, name), state: { ...inputs, ...answer(type, name, inputs) } };
      },
      call: ({ token, inputs }) => ({ ...inputs, ...CALLS[token.split("/").at(-1) ?? ""] }),
    },
    "superset-foundation",
    "test",
  );
  const { declareFoundation } = await import("../../stacks/foundation/foundation");
  const outputs = declareFoundation({ ...MINIMUM, ...changes });
  const { settings, ...roles } = await wait({ settings: outputs.settings, ...outputs.roles });
  const find = (type: string, name: string) => {
    const found = declared.filter((each) => each.type === type && each.name === name);
    if (found.length !== 1) throw new Error(`${found.length} resources ${type} ${name}`);
    return found[0]?.inputs ?? {};
  };
  return {
    ...{ declared, settings, find, roles: roles as Record<string, string> },
    permissions: (role) => JSON.parse(String(find("aws:iam/rolePolicy:RolePolicy", role).policy)) as Policy,
    trust: (role) => JSON.parse(String(find("aws:iam/role:Role", role).assumeRolePolicy)) as Policy,
  };
}

/** All has been declared when all outputs are there. */
async function wait(values: Record<string, unknown>): Promise<Record<string, unknown>> {
  const { output } = await import("@pulumi/pulumi");
  const known = await new Promise<Record<string, unknown>>((done) => {
    output(values).apply((all) => done(all as Record<string, unknown>));
  });
  await runtime.disconnect();
  return known;
}

const CALLS: Readonly<Record<string, Record<string, unknown>>> = {
  "getCallerIdentity:getCallerIdentity": { accountId: ACCOUNT },
  "getCluster:getCluster": { arn: `arn:aws:ecs:${REGION}:${ACCOUNT}:cluster/old` },
  "getRegion:getRegion": { region: REGION },
  "getPartition:getPartition": { partition: "aws" },
  "getAvailabilityZones:getAvailabilityZones": { names: ["eu-central-1a", "eu-central-1b"] },
};

function nameId(type: string, name: string): string {
  const prefixes = { "ec2/vpc": "vpc", "ec2/subnet": "subnet", "ec2/securityGroup": "sg" };
  const prefix = Object.entries(prefixes).find(([part]) => type.startsWith(`aws:${part}:`))?.[1] ?? "id";
  return `${prefix}-${name}`;
}

/** What AWS answers beside what it was told. */
function answer(type: string, name: string, inputs: { name?: string }): Record<string, unknown> {
  const arn = (service: string, rest: string) => ({ arn: `arn:aws:${service}:${REGION}:${ACCOUNT}:${rest}` });
  const own = inputs.name ?? name;
  switch (type.split(":")[1]) {
    case "ecs/cluster":
      return arn("ecs", `cluster/${own}`);
    case "ecr/repository":
      return { ...arn("ecr", `repository/${own}`), repositoryUrl: `${ACCOUNT}.dkr.ecr.${REGION}.amazonaws.com/${own}` };
    case "cloudwatch/logGroup":
      return arn("logs", `log-group:${own}`);
    case "iam/role":
      return { arn: `arn:aws:iam::${ACCOUNT}:role/${own}` };
    case "iam/openIdConnectProvider":
      return { arn: `arn:aws:iam::${ACCOUNT}:oidc-provider/token.actions.githubusercontent.com` };
    case "lb/loadBalancer":
      return { ...arn("elasticloadbalancing", `loadbalancer/app/${own}/1`), dnsName: "lb.example.com", zoneId: "ZLB" };
    case "lb/listener":
      return arn("elasticloadbalancing", "listener/app/shop-showtime/1/2");
    default:
      return {};
  }
}
