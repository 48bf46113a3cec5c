import { SecurityGroup } from "@pulumi/aws/ec2/securityGroup";
import { Listener } from "@pulumi/aws/lb/listener";
import { LoadBalancer } from "@pulumi/aws/lb/loadBalancer";
import { Record as DnsRecord } from "@pulumi/aws/route53/record";
import { SecurityGroupEgressRule } from "@pulumi/aws/vpc/securityGroupEgressRule";
import { SecurityGroupIngressRule } from "@pulumi/aws/vpc/securityGroupIngressRule";
import type { Configuration } from "./configuration";
import type { Network } from "./network";

/** The load balancer of a project: each pull request gets a rule at its listener. */
export interface Balancer {
  readonly group: SecurityGroup;
  readonly listener: Listener;
  readonly balancer: LoadBalancer;
}

/** A balancer with TLS, where there is a certificate; who names no environment gets a 404. */
export function declareBalancer(configuration: Configuration, network: Network, name: string): Balancer | undefined {
  const { certificate, zone, domain, allowedCidrs } = configuration;
  if (certificate === undefined || domain === undefined) return undefined;
  const group = new SecurityGroup("balancer", {
    description: "Balancer of ephemeral environments",
    vpcId: network.vpc,
  });
  for (const [index, cidrIpv4] of allowedCidrs.entries())
    new SecurityGroupIngressRule(`balancer-${index}`, {
      securityGroupId: group.id,
      ipProtocol: "tcp",
      fromPort: 443,
      toPort: 443,
      cidrIpv4,
    });
  const balancer = new LoadBalancer("balancer", {
    name,
    loadBalancerType: "application",
    subnets: network.subnets,
    securityGroups: [group.id],
    dropInvalidHeaderFields: true,
  });
  const listener = new Listener("https", {
    loadBalancerArn: balancer.arn,
    port: 443,
    protocol: "HTTPS",
    sslPolicy: "ELBSecurityPolicy-TLS13-1-2-2021-06",
    certificateArn: certificate,
    defaultActions: [
      {
        type: "fixed-response",
        fixedResponse: { contentType: "text/plain", statusCode: "404", messageBody: "There is no such environment." },
      },
    ],
  });
  if (zone !== undefined)
    new DnsRecord("environments", {
      zoneId: zone,
      name: `*.${domain}`,
      type: "A",
      aliases: [{ name: balancer.dnsName, zoneId: balancer.zoneId, evaluateTargetHealth: false }],
    });
  return { group, listener, balancer };
}

/** Lets the balancer reach tasks, and nothing else: a rule of its own, because the two groups name each other. */
export function connectBalancer({ group }: Balancer, tasks: SecurityGroup, port: number): void {
  new SecurityGroupEgressRule("balancer", {
    securityGroupId: group.id,
    ipProtocol: "tcp",
    fromPort: port,
    toPort: port,
    referencedSecurityGroupId: tasks.id,
  });
}
