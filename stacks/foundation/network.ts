import { DefaultSecurityGroup } from "@pulumi/aws/ec2/defaultSecurityGroup";
import { InternetGateway } from "@pulumi/aws/ec2/internetGateway";
import { RouteTable } from "@pulumi/aws/ec2/routeTable";
import { RouteTableAssociation } from "@pulumi/aws/ec2/routeTableAssociation";
import { SecurityGroup } from "@pulumi/aws/ec2/securityGroup";
import { Subnet } from "@pulumi/aws/ec2/subnet";
import { Vpc } from "@pulumi/aws/ec2/vpc";
import { getAvailabilityZonesOutput } from "@pulumi/aws/getAvailabilityZones";
import type { Input, Output } from "@pulumi/pulumi";
import type { Configuration } from "./configuration";
import { listPublicRanges } from "./public-ranges";

/** Where tasks run. */
export interface Network {
  readonly vpc: Input<string>;
  readonly subnets: Input<string>[];
}

/** The network that is given, or one of its own: it has nothing but a way to the internet, and no peering. */
export function declareNetwork({ network, cidr, subnetCidrs }: Configuration, name: string): Network {
  if (network !== undefined) return network;
  const tags = { Name: name };
  const vpc = new Vpc("network", { cidrBlock: cidr, enableDnsSupport: true, enableDnsHostnames: true, tags });
  // What names no group would be in this one: it lets nothing in or out.
  new DefaultSecurityGroup("network", { vpcId: vpc.id, ingress: [], egress: [] });
  const gateway = new InternetGateway("network", { vpcId: vpc.id, tags });
  const routes = new RouteTable("network", {
    vpcId: vpc.id,
    routes: [{ cidrBlock: "0.0.0.0/0", gatewayId: gateway.id }],
    tags,
  });
  const zones = getAvailabilityZonesOutput({ state: "available" }).names;
  const subnets = subnetCidrs.map((cidrBlock, index) => {
    const availabilityZone = zones.apply((names) => names[index % names.length] ?? "");
    const subnet = new Subnet(`subnet-${index}`, { vpcId: vpc.id, cidrBlock, availabilityZone, tags });
    new RouteTableAssociation(`subnet-${index}`, { subnetId: subnet.id, routeTableId: routes.id });
    return subnet.id;
  });
  return { vpc: vpc.id, subnets };
}

/** Who may reach tasks: those who are allowed to, or only the balancer. */
export type Callers = { readonly cidrBlocks: string[] } | { readonly securityGroups: Output<string>[] };

/**
 * The security group of tasks. Code of pull requests runs in it: it gets to the internet, and into no internal network,
 * also not to other tasks. Groups only allow, so what is allowed are all ranges but the internal ones.
 */
export function declareTaskGroup(vpc: Input<string>, port: number, callers: Callers): SecurityGroup {
  return new SecurityGroup("tasks", {
    description: "Ephemeral environments: one port in, the internet out",
    vpcId: vpc,
    ingress: [{ protocol: "tcp", fromPort: port, toPort: port, ...callers }],
    egress: [{ protocol: "-1", fromPort: 0, toPort: 0, cidrBlocks: listPublicRanges() }],
  });
}
