import { LogGroup } from "@pulumi/aws/cloudwatch/logGroup";
import type { Repository } from "@pulumi/aws/ecr/repository";
import { Cluster } from "@pulumi/aws/ecs/cluster";
import { getClusterOutput } from "@pulumi/aws/ecs/getCluster";
import { getCallerIdentityOutput } from "@pulumi/aws/getCallerIdentity";
import { getPartitionOutput } from "@pulumi/aws/getPartition";
import { getRegionOutput } from "@pulumi/aws/getRegion";
import type { Role } from "@pulumi/aws/iam/role";
import { type Output, output } from "@pulumi/pulumi";
import { nameProject } from "../../provider/src/showtime/names";
import { type Balancer, connectBalancer, declareBalancer } from "./balancer";
import type { Configuration } from "./configuration";
import { declareImages } from "./images";
import { declareNetwork, declareTaskGroup, type Network } from "./network";
import { allowCleanup, allowDeploy, allowExecution, allowPreview, type Limits } from "./permissions";
import { trustService } from "./policy";
import { toProjectTags } from "./project-tags";
import { declareGithub, declareJobRole, declareRole, permit } from "./roles";
import { describeSettings } from "./settings";

/** The foundation of a repository's environments; its outputs are what the repository has to know. */
export function declareFoundation(configuration: Configuration) {
  const prefix = nameProject(configuration.project);
  const cluster = declareCluster(configuration, prefix);
  const images = declareImages(configuration, prefix);
  const logs = new LogGroup("logs", {
    name: `/ecs/${prefix}`,
    retentionInDays: configuration.logDays,
    tags: toProjectTags(configuration),
  });
  const { network, balancer, tasks } = declareSurroundings(configuration, prefix);
  const roles = declareTaskRoles(prefix);
  const limits = gatherLimits(configuration, { cluster, images, logs, balancer, roles });
  permit("execution", roles.execution, limits.apply(allowExecution));
  return {
    settings: describeSettings(configuration, { cluster, images, logs, network, balancer, tasks, roles }),
    roles: declareJobRoles(configuration, prefix, limits),
    region: getRegionOutput().region,
    imageRepositoryUrl: images.repositoryUrl,
    backendUrl: `s3://${configuration.stateBucket}`,
    balancerName: balancer?.balancer.dnsName,
  };
}

/** The cluster that is given, with whatever runs in it, or one of its own. */
function declareCluster({ cluster }: Configuration, name: string): Pick<Cluster, "name" | "arn"> {
  if (cluster === undefined) return new Cluster("cluster", { name });
  const { clusterName, arn } = getClusterOutput({ clusterName: cluster });
  return { name: clusterName, arn };
}

/** The network, and who reaches tasks in it. */
function declareSurroundings(configuration: Configuration, prefix: string) {
  const { allowedCidrs, port } = configuration;
  const network: Network = declareNetwork(configuration, prefix);
  const balancer = declareBalancer(configuration, network, prefix);
  const callers = balancer === undefined ? { cidrBlocks: allowedCidrs } : { securityGroups: [balancer.group.id] };
  const tasks = declareTaskGroup(network.vpc, port, callers);
  if (balancer !== undefined) connectBalancer(balancer, tasks, port);
  return { network, balancer, tasks };
}

/** Roles of the tasks: what runs inside gets the first one, and that has no permissions. */
function declareTaskRoles(prefix: string) {
  const trust = getCallerIdentityOutput().accountId.apply((account) =>
    trustService("ecs-tasks.amazonaws.com", account),
  );
  return {
    task: declareRole("task", prefix, "What runs in environments: it may do nothing", trust),
    execution: declareRole("execution", prefix, "Starts environments: image, logs, login", trust),
  };
}

interface Parts {
  readonly cluster: Pick<Cluster, "name" | "arn">;
  readonly images: Repository;
  readonly logs: LogGroup;
  readonly balancer: Balancer | undefined;
  readonly roles: { readonly task: Role; readonly execution: Role };
}

function gatherLimits(configuration: Configuration, { cluster, images, logs, balancer, roles }: Parts): Output<Limits> {
  const { project, stateBucket, domain, zone } = configuration;
  const records = balancer === undefined && zone !== undefined && domain !== undefined ? { zone, domain } : undefined;
  return output({
    partition: getPartitionOutput().partition,
    account: getCallerIdentityOutput().accountId,
    region: getRegionOutput().region,
    clusterName: cluster.name,
    clusterArn: cluster.arn,
    imageRepositoryArn: images.arn,
    logGroupArn: logs.arn,
    taskRoleArn: roles.task.arn,
    executionRoleArn: roles.execution.arn,
    listenerArn: balancer?.listener.arn,
  }).apply((known) => ({ ...known, project, stateBucket, records }));
}

/** The roles of GitHub's jobs, as the variable `SHOWTIME_ROLE` of their environments names them. */
function declareJobRoles(
  { repository, oidcProvider, settings }: Configuration,
  prefix: string,
  limits: Output<Limits>,
) {
  const place = { prefix, repository, provider: declareGithub(oidcProvider) };
  const takesOver = settings.takesOverShowtime === true;
  const [preview, deploy, cleanup] = [
    declareJobRole("preview", place),
    declareJobRole("deploy", place),
    declareJobRole("cleanup", place),
  ];
  permit("preview", preview, limits.apply(allowPreview));
  permit("deploy", deploy, limits.apply(allowDeploy));
  permit(
    "cleanup",
    cleanup,
    limits.apply((known) => allowCleanup(known, takesOver)),
  );
  return { preview: preview.arn, deploy: deploy.arn, cleanup: cleanup.arn };
}
