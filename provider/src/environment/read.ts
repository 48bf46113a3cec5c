import type { Service } from "@aws-sdk/client-ecs";
import type { AwsClients } from "../aws/clients";
import { describeInterface } from "../aws/ec2";
import { describeService, describeTasks } from "../aws/ecs";
import type { EnvironmentStatus } from "../showtime/environment";
import type { ShowtimeSettings } from "../showtime/settings";
import { primaryOf } from "./judge-service";
import { interfaceOf, judgeTasks } from "./judge-tasks";
import { toFacts } from "./list";

/** An environment as it was left. */
export interface ExpectedEnvironment {
  readonly service: string;
  readonly generation: number;
  readonly taskDefinition: string;
  readonly ip: string;
}

/** An environment as AWS has it now. */
export interface FoundEnvironment {
  readonly status: EnvironmentStatus;
  /** Undefined where no task runs. */
  readonly ip: string | undefined;
  /** What is not as it was left, in words. */
  readonly drift: readonly string[];
}

/** Reads an environment; undefined if it is gone, or somebody else's by now. */
export async function readEnvironment(
  aws: AwsClients,
  settings: ShowtimeSettings,
  expected: ExpectedEnvironment,
): Promise<FoundEnvironment | undefined> {
  const service = await describeService(aws, settings.cluster, expected.service);
  if (service?.status !== "ACTIVE") return undefined;
  const facts = toFacts(service, settings);
  if (facts === undefined || facts.generation !== expected.generation) return undefined;
  const ip = await readTaskAddress(aws, settings, service);
  const drift = [
    ...(service.desiredCount === 1 ? [] : [`tasks: ${service.desiredCount ?? 0} instead of 1`]),
    ...(service.taskDefinition === expected.taskDefinition ? [] : [`task definition: ${service.taskDefinition}`]),
    ...(ip === expected.ip ? [] : [`address of the task: ${ip ?? "none"} instead of ${expected.ip}`]),
  ];
  return { status: facts.status, ip, drift };
}

/** Where the task of a service's newest rollout is; undefined where none runs. */
export async function readTaskAddress(
  aws: AwsClients,
  { cluster, publicAddress }: Pick<ShowtimeSettings, "cluster" | "publicAddress">,
  service: Service,
): Promise<string | undefined> {
  const newest = primaryOf(service);
  const tasks = await describeTasks(aws, cluster, service.serviceName ?? "");
  const verdict = newest && judgeTasks(newest, tasks);
  const id = verdict?.state === "running" ? interfaceOf(verdict.task) : undefined;
  const found = id === undefined ? undefined : await describeInterface(aws, id);
  return publicAddress ? found?.publicIp : found?.privateIp;
}
