import type {
  CreateServiceCommandInput,
  DescribeTaskDefinitionCommandOutput,
  RegisterTaskDefinitionCommandInput,
  Service,
  Task,
  UpdateServiceCommandInput,
} from "@aws-sdk/client-ecs";
import { chunk, mapInParallel } from "../core/parallel";
import type { TagMap } from "../showtime/tags";
import type { AwsClients } from "./clients";
import { isAwsError } from "./errors";
import { fromEcsTags, toEcsTags } from "./tag-lists";

/** What DescribeServices and DeleteTaskDefinitions take at once. */
const MANY = 10;

/** What DescribeTasks takes at once. */
const MANY_TASKS = 100;

/** How many calls run at once: more are throttled. */
const WIDTH = 10;

/** The name at the end of an ARN. */
export function lastPart(arn: string): string {
  return arn.slice(arn.lastIndexOf("/") + 1);
}

/** ARNs of all services of a cluster, other people's too. */
export async function listServiceArns(aws: AwsClients, cluster: string): Promise<string[]> {
  const ecs = await aws.ecs();
  const arns: string[] = [];
  for await (const page of ecs.paginateListServices({ cluster, maxResults: 100 }))
    arns.push(...(page.serviceArns ?? []));
  return arns;
}

/** The services with their tags; ones that are not there are left out. */
export async function describeServices(aws: AwsClients, cluster: string, names: readonly string[]): Promise<Service[]> {
  const ecs = await aws.ecs();
  const found = await mapInParallel(chunk(names, MANY), WIDTH, async (services) => {
    const answer = await ecs.describeServices({ cluster, services, include: ["TAGS"] });
    return answer.services ?? [];
  });
  return found.flat();
}

/** One service, whatever its status; undefined if AWS knows none of the name. */
export async function describeService(aws: AwsClients, cluster: string, name: string): Promise<Service | undefined> {
  const [service] = await describeServices(aws, cluster, [name]);
  return service;
}

/** Makes a service. */
export async function createService(aws: AwsClients, input: CreateServiceCommandInput): Promise<Service> {
  const { service } = await (await aws.ecs()).createService(input);
  if (service === undefined) throw new Error("CreateService answered without a service.");
  return service;
}

/** Changes a service. */
export async function updateService(aws: AwsClients, input: UpdateServiceCommandInput): Promise<Service> {
  const { service } = await (await aws.ecs()).updateService(input);
  if (service === undefined) throw new Error("UpdateService answered without a service.");
  return service;
}

/** Starts the end of a service and its tasks; one that is gone already is fine. */
export async function deleteService(aws: AwsClients, cluster: string, service: string): Promise<void> {
  try {
    await (await aws.ecs()).deleteService({ cluster, service, force: true });
  } catch (error) {
    if (!isAwsError(error, "ServiceNotFoundException", "ServiceNotActiveException")) throw error;
  }
}

/** Adds tags, and changes those that are there. */
export async function tagEcs(aws: AwsClients, resourceArn: string, tags: TagMap): Promise<void> {
  await (await aws.ecs()).tagResource({ resourceArn, tags: toEcsTags(tags) });
}

/** The tags of a service. */
export function tagsOf(service: Pick<Service, "tags">): TagMap {
  return fromEcsTags(service.tags);
}

/** Tasks of a service: those that run or are to run, and those that stopped within the last hour. */
export async function describeTasks(aws: AwsClients, cluster: string, serviceName: string): Promise<Task[]> {
  const ecs = await aws.ecs();
  const lists = await Promise.all(
    (["RUNNING", "STOPPED"] as const).map(async (desiredStatus) => {
      const arns: string[] = [];
      for await (const page of ecs.paginateListTasks({ cluster, serviceName, desiredStatus }))
        arns.push(...(page.taskArns ?? []));
      return arns;
    }),
  );
  const described = await mapInParallel(chunk(lists.flat(), MANY_TASKS), WIDTH, (tasks) =>
    ecs.describeTasks({ cluster, tasks }),
  );
  return described.flatMap(({ tasks = [] }) => tasks);
}

/** Makes a new revision; its ARN. */
export async function registerTaskDefinition(
  aws: AwsClients,
  input: RegisterTaskDefinitionCommandInput,
): Promise<string> {
  const { taskDefinition } = await (await aws.ecs()).registerTaskDefinition(input);
  if (taskDefinition?.taskDefinitionArn === undefined)
    throw new Error("RegisterTaskDefinition answered without an ARN.");
  return taskDefinition.taskDefinitionArn;
}

/** One revision with its tags; undefined if it is gone. */
export async function describeTaskDefinition(
  aws: AwsClients,
  taskDefinition: string,
): Promise<DescribeTaskDefinitionCommandOutput | undefined> {
  try {
    return await (await aws.ecs()).describeTaskDefinition({ taskDefinition, include: ["TAGS"] });
  } catch (error) {
    // "Unable to describe task definition": AWS has no error of its own for one that is not there.
    if (isAwsError(error, "ClientException")) return undefined;
    throw error;
  }
}

/** Families whose names start so and that have revisions of that status. */
export async function listFamilies(
  aws: AwsClients,
  familyPrefix: string,
  status: "ACTIVE" | "INACTIVE",
): Promise<string[]> {
  const ecs = await aws.ecs();
  const families: string[] = [];
  for await (const page of ecs.paginateListTaskDefinitionFamilies({ familyPrefix, status, maxResults: 100 }))
    families.push(...(page.families ?? []));
  return families;
}

/** ARNs of all revisions of a family that are not deleted, inactive ones too. */
export async function listRevisions(aws: AwsClients, family: string): Promise<string[]> {
  const ecs = await aws.ecs();
  const lists = await Promise.all(
    (["ACTIVE", "INACTIVE"] as const).map(async (status) => {
      const arns: string[] = [];
      for await (const page of ecs.paginateListTaskDefinitions({ familyPrefix: family, status, maxResults: 100 }))
        arns.push(...(page.taskDefinitionArns ?? []));
      return arns;
    }),
  );
  // AWS takes the family for a prefix in some regions: `x-pr-1` must not find `x-pr-12`.
  return lists.flat().filter((arn) => lastPart(arn).replace(/:\d+$/, "") === family);
}

/** The revisions of a family with their tags. */
export async function describeRevisions(
  aws: AwsClients,
  family: string,
): Promise<{ readonly arn: string; readonly tags: TagMap; readonly created: Date | undefined }[]> {
  const arns = await listRevisions(aws, family);
  const described = await mapInParallel(arns, WIDTH, async (arn) => {
    const found = await describeTaskDefinition(aws, arn);
    return found && { arn, tags: fromEcsTags(found.tags), created: found.taskDefinition?.registeredAt };
  });
  return described.filter((revision) => revision !== undefined);
}

/** Deregisters revisions and deletes them; ones that are gone are fine. */
export async function deleteRevisions(aws: AwsClients, arns: readonly string[]): Promise<void> {
  const ecs = await aws.ecs();
  await mapInParallel(arns, WIDTH, async (taskDefinition) => {
    try {
      await ecs.deregisterTaskDefinition({ taskDefinition });
    } catch (error) {
      // Inactive already, or gone.
      if (!isAwsError(error, "ClientException", "InvalidParameterException")) throw error;
    }
  });
  const answers = await mapInParallel(chunk(arns, MANY), WIDTH, (taskDefinitions) =>
    ecs.deleteTaskDefinitions({ taskDefinitions }),
  );
  const [failure] = answers
    .flatMap(({ failures = [] }) => failures)
    .filter(({ reason }) => !/MISSING|not.?found/i.test(reason ?? ""));
  if (failure !== undefined)
    throw new Error(`DeleteTaskDefinitions: ${failure.arn}: ${failure.reason} ${failure.detail ?? ""}`);
}
