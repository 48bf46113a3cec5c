import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { CreateServiceCommandInput, LoadBalancer, NetworkConfiguration, Service } from "@aws-sdk/client-ecs";
import { createService, describeService, tagEcs, tagsOf, updateService } from "../aws/ecs";
import { isAwsError } from "../aws/errors";
import { toEcsTags } from "../aws/tag-lists";
import { ProblemError } from "../core/errors";
import type { EnvironmentArguments } from "../showtime/environment";
import { digestFlags } from "../showtime/flags";
import { nameService } from "../showtime/names";
import type { ShowtimeSettings } from "../showtime/settings";
import { readTags, type TagMap, toTags } from "../showtime/tags";
import { expiryOf, parseTimeToLive } from "../showtime/time-to-live";
import { notOurs } from "./not-ours";
import { deadlineIn, type Surroundings, waitUntil } from "./surroundings";
import { CONTAINER } from "./task-definition";

/** How long a service of before may take to be gone. */
const DRAINING_MINUTES = 10;

/** What a service runs, beside what its arguments say. */
export interface ServiceParts {
  /** ARN of the revision. */
  readonly taskDefinition: string;
  /** ARN, behind a load balancer. */
  readonly targetGroup: string | undefined;
}

/**
 * The service of an environment as it is now. One of the same name that is just ending is waited for.
 *
 * @returns undefined if there is none
 * @throws ProblemError `environment/not-ours`
 */
export async function findService(
  surroundings: Surroundings,
  args: EnvironmentArguments,
): Promise<Service | undefined> {
  const { aws, settings } = surroundings;
  const name = nameService(args);
  const found = await waitUntil(surroundings, deadlineIn(surroundings, DRAINING_MINUTES), async () => {
    const service = await describeService(aws, settings.cluster, name);
    if (service?.status === "DRAINING") return undefined;
    return { service: service?.status === "ACTIVE" ? service : undefined };
  });
  if (found === undefined) {
    throw new ProblemError({
      code: "environment/still-stopping",
      summary: `The service ${name} of before is still stopping after ${DRAINING_MINUTES} minutes.`,
      remedy: "Run it again when AWS has ended its task.",
    });
  }
  if (found.service !== undefined) assertOurs(found.service, settings);
  return found.service;
}

/** Whose a service is, its tags say. */
function assertOurs(service: Service, { project }: Pick<ShowtimeSettings, "project">): void {
  if (readTags(tagsOf(service))?.project !== project) throw notOurs(`service ${service.serviceName}`, project);
}

/** Whether people were told of a service: until then it belongs to the run that makes it. */
export function isAnnounced(service: Service | undefined): boolean {
  return service !== undefined && readTags(tagsOf(service))?.url !== undefined;
}

/** When an environment expires. */
export function expires({ timeToLive }: EnvironmentArguments, created: Date): Date | undefined {
  return expiryOf(created, parseTimeToLive(timeToLive) ?? "close");
}

/** The tags of a service: all that is to be known of its environment. */
export function tagsOfArguments(args: EnvironmentArguments, created: Date): TagMap {
  const own = toTags({
    project: args.settings.project,
    pullRequest: args.pullRequest,
    commit: args.commit,
    generation: args.generation,
    created,
    expires: expires(args, created),
    timeToLive: args.timeToLive,
    requester: args.requester,
    size: args.size,
    flags: digestFlags(args.flags),
    url: undefined,
    assets: args.assets,
    image: args.image,
  });
  return { ...args.settings.tags, ...own };
}

/** Makes the service; it starts its task at once. */
export async function makeService(
  surroundings: Surroundings,
  args: EnvironmentArguments,
  parts: ServiceParts,
  created: Date,
): Promise<Service> {
  const { aws, settings } = surroundings;
  const input: CreateServiceCommandInput = {
    cluster: settings.cluster,
    serviceName: nameService(args),
    // The same for the SDK's own retries: an answer that got lost makes no second service.
    clientToken: randomUUID(),
    taskDefinition: parts.taskDefinition,
    desiredCount: 1,
    launchType: "FARGATE",
    networkConfiguration: networkOf(settings),
    deploymentConfiguration: DEPLOYMENT,
    ...balancerPart(settings, parts),
    tags: toEcsTags(tagsOfArguments(args, created)),
  };
  const service = await waitUntil(surroundings, deadlineIn(surroundings, DRAINING_MINUTES), async () => {
    try {
      return await createService(aws, input);
    } catch (error) {
      // AWS says so for a while after it has said that the old one is gone.
      if (isAwsError(error, "InvalidParameterException") && /draining/i.test(error.says)) return undefined;
      throw error;
    }
  });
  if (service !== undefined) return service;
  throw new ProblemError({
    code: "environment/still-stopping",
    summary: `The service ${input.serviceName} of before is still stopping after ${DRAINING_MINUTES} minutes.`,
    remedy: "Run it again when AWS has ended its task.",
  });
}

/** The new task is up before the old one goes, and a rollout that fails is ended. */
const DEPLOYMENT = {
  minimumHealthyPercent: 100,
  maximumPercent: 200,
  // A commit that fails is told to people, and not replaced by another one behind their back.
  deploymentCircuitBreaker: { enable: true, rollback: false },
};

/** ECS ends tasks that a balancer finds unhealthy, but not so long after their start. */
const GRACE_SECONDS = 300;

/**
 * Changes a service to run what it should, where it does not.
 *
 * @param force a new task although nothing is different
 * @returns whether it starts a new task
 */
export async function rollService(
  { aws, settings }: Surroundings,
  service: Service,
  parts: ServiceParts,
  force: boolean,
): Promise<boolean> {
  const network = networkOf(settings);
  const balancer = balancerPart(settings, parts);
  const isOtherNetwork = !isSameNetwork(service.networkConfiguration, network);
  const isOtherBalancer = !isDeepStrictEqual(
    (service.loadBalancers ?? []).map(({ targetGroupArn }) => targetGroupArn),
    parts.targetGroup === undefined ? [] : [parts.targetGroup],
  );
  const isOther = service.taskDefinition !== parts.taskDefinition || isOtherNetwork || isOtherBalancer || force;
  if (!isOther && service.desiredCount === 1) return false;
  await updateService(aws, {
    cluster: settings.cluster,
    service: service.serviceName,
    taskDefinition: parts.taskDefinition,
    desiredCount: 1,
    ...(isOtherNetwork && { networkConfiguration: network }),
    ...(isOtherBalancer && { loadBalancers: [], ...balancer }),
    ...(force && { forceNewDeployment: true }),
  });
  return true;
}

/** Adds or changes the tags of a service. */
export async function tagService({ aws }: Pick<Surroundings, "aws">, service: Service, tags: TagMap): Promise<void> {
  const present = tagsOf(service);
  const isSame = Object.entries(tags).every(([key, value]) => present[key] === value);
  if (!isSame && service.serviceArn !== undefined) await tagEcs(aws, service.serviceArn, tags);
}

function networkOf({ subnets, securityGroups, publicAddress }: ShowtimeSettings): NetworkConfiguration {
  return {
    awsvpcConfiguration: { subnets, securityGroups, assignPublicIp: publicAddress ? "ENABLED" : "DISABLED" },
  };
}

function isSameNetwork(one: NetworkConfiguration | undefined, other: NetworkConfiguration): boolean {
  const normalise = (network: NetworkConfiguration | undefined) => {
    const { subnets = [], securityGroups = [], assignPublicIp } = network?.awsvpcConfiguration ?? {};
    return [[...subnets].sort(), [...securityGroups].sort(), assignPublicIp];
  };
  return isDeepStrictEqual(normalise(one), normalise(other));
}

function balancerPart(
  { port }: ShowtimeSettings,
  { targetGroup }: ServiceParts,
): { loadBalancers?: LoadBalancer[]; healthCheckGracePeriodSeconds?: number } {
  if (targetGroup === undefined) return {};
  return {
    loadBalancers: [{ targetGroupArn: targetGroup, containerName: CONTAINER, containerPort: port }],
    healthCheckGracePeriodSeconds: GRACE_SECONDS,
  };
}
