import type { LogGroup } from "@pulumi/aws/cloudwatch/logGroup";
import type { SecurityGroup } from "@pulumi/aws/ec2/securityGroup";
import type { Repository } from "@pulumi/aws/ecr/repository";
import type { Cluster } from "@pulumi/aws/ecs/cluster";
import { getRegionOutput } from "@pulumi/aws/getRegion";
import type { Role } from "@pulumi/aws/iam/role";
import { type Output, output } from "@pulumi/pulumi";
import type { z } from "zod";
import { showtimeSettingsSchema } from "../../provider/src/showtime/settings";
import type { Balancer } from "./balancer";
import type { Configuration } from "./configuration";
import type { Network } from "./network";

type Settings = z.input<typeof showtimeSettingsSchema>;

interface Parts {
  readonly cluster: Pick<Cluster, "name">;
  readonly images: Repository;
  readonly logs: LogGroup;
  readonly network: Network;
  readonly balancer: Balancer | undefined;
  readonly tasks: SecurityGroup;
  readonly roles: { readonly task: Role; readonly execution: Role };
}

/**
 * The file `showtime.yaml`: what was made, and what the setting `settings` adds.
 *
 * @throws Error where `settings` has what that file does not know
 */
export function describeSettings(configuration: Configuration, parts: Parts): Output<Settings> {
  const { project, repository, port, healthPath, settings } = configuration;
  return output({
    region: getRegionOutput().region,
    cluster: parts.cluster.name,
    imageRepository: parts.images.name,
    subnets: parts.network.subnets,
    securityGroup: parts.tasks.id,
    executionRole: parts.roles.execution.arn,
    taskRole: parts.roles.task.arn,
    logGroup: parts.logs.name,
    address: describeAddress(configuration, parts),
  }).apply(({ securityGroup, address, ...made }) => {
    const whole = {
      ...settings,
      ...{ project, repository, ...made, securityGroups: [securityGroup], port, healthPath },
      ...(address !== undefined && { address }),
    };
    showtimeSettingsSchema.parse(whole);
    return whole;
  });
}

function describeAddress({ domain, zone }: Configuration, { balancer, network }: Parts) {
  if (domain === undefined) return undefined;
  if (balancer !== undefined) {
    const place = { listener: balancer.listener.arn, vpc: network.vpc };
    return output(place).apply((known) => ({ kind: "load-balancer" as const, ...known, domain }));
  }
  return zone === undefined ? undefined : { kind: "record" as const, zone, domain };
}
