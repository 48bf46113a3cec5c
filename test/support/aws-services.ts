import { setTimeout as sleep } from "node:timers/promises";
import { DescribeNetworkInterfacesCommand, EC2Client } from "@aws-sdk/client-ec2";
import {
  type ContainerDefinition,
  CreateServiceCommand,
  type CreateServiceCommandInput,
  DescribeServicesCommand,
  DescribeTasksCommand,
  ECSClient,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  type Service,
  type Task,
} from "@aws-sdk/client-ecs";
import type { ShowtimeSettings } from "../../provider/src/showtime/settings";

/** How a client of the SDK reaches the AWS of the tests. */
export function clientOptions(url: string) {
  const credentials = { accessKeyId: "stand-in", secretAccessKey: "stand-in" };
  return { endpoint: url, region: "us-west-2", credentials };
}

/** Services as people make them with the SDK: nothing of the product is in between. */
export class Services {
  readonly ecs: ECSClient;
  readonly ec2: EC2Client;

  constructor(
    url: string,
    readonly settings: ShowtimeSettings,
  ) {
    this.ecs = new ECSClient(clientOptions(url));
    this.ec2 = new EC2Client(clientOptions(url));
  }

  /** Registers a task definition for an image of the registry; its ARN. */
  async register(tag: string, container: Partial<ContainerDefinition> = {}): Promise<string> {
    const { imageRepository, executionRole, logGroup, region } = this.settings;
    const options = { "awslogs-group": logGroup, "awslogs-region": region, "awslogs-stream-prefix": "pr-1" };
    const { taskDefinition } = await this.ecs.send(
      new RegisterTaskDefinitionCommand({
        family: "circus-pr-1",
        requiresCompatibilities: ["FARGATE"],
        networkMode: "awsvpc",
        cpu: "512",
        memory: "2048",
        executionRoleArn: executionRole,
        containerDefinitions: [
          {
            name: "superset",
            image: `123456789012.dkr.ecr.${region}.amazonaws.com/${imageRepository}:${tag}`,
            portMappings: [{ containerPort: 8080 }],
            environment: [{ name: "COLOUR", value: "blue" }],
            logConfiguration: { logDriver: "awslogs", options },
            ...container,
          },
        ],
      }),
    );
    return taskDefinition?.taskDefinitionArn ?? "";
  }

  /** Makes a service of one task with a public address. */
  async create(
    serviceName: string,
    taskDefinition: string,
    more: Partial<CreateServiceCommandInput> = {},
  ): Promise<Service | undefined> {
    const { cluster, subnets, securityGroups } = this.settings;
    const awsvpcConfiguration = {
      subnets: [...subnets],
      securityGroups: [...securityGroups],
      assignPublicIp: "ENABLED" as const,
    };
    const { service } = await this.ecs.send(
      new CreateServiceCommand({
        ...{ cluster, serviceName, taskDefinition, desiredCount: 1, launchType: "FARGATE" },
        networkConfiguration: { awsvpcConfiguration },
        ...more,
      }),
    );
    return service;
  }

  async read(name: string): Promise<Service> {
    const { cluster } = this.settings;
    const { services = [] } = await this.ecs.send(new DescribeServicesCommand({ cluster, services: [name] }));
    const [service] = services;
    if (service === undefined) throw new Error(`there is no service ${name}`);
    return service;
  }

  async readTasks(serviceName: string, desiredStatus: "RUNNING" | "STOPPED" = "RUNNING"): Promise<readonly Task[]> {
    const { cluster } = this.settings;
    const { taskArns = [] } = await this.ecs.send(new ListTasksCommand({ cluster, serviceName, desiredStatus }));
    if (taskArns.length === 0) return [];
    const { tasks = [] } = await this.ecs.send(new DescribeTasksCommand({ cluster, tasks: taskArns }));
    return tasks;
  }

  /** The public address of a service's only task. */
  async readAddress(name: string): Promise<string> {
    const [task] = await this.readTasks(name);
    const details = task?.attachments?.[0]?.details ?? [];
    const id = details.find((detail) => detail.name === "networkInterfaceId")?.value ?? "";
    const found = await this.ec2.send(new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: [id] }));
    return found.NetworkInterfaces?.[0]?.Association?.PublicIp ?? "";
  }

  /** Waits until there is one deployment, and it is complete. */
  settle(name: string): Promise<Service> {
    return until(
      () => this.read(name),
      ({ deployments = [] }) => deployments.length === 1 && deployments[0]?.rolloutState === "COMPLETED",
    );
  }
}

/** Looks again and again until it is so. */
export async function until<T>(look: () => Promise<T>, isIt: (seen: T) => boolean): Promise<T> {
  for (const end = Date.now() + 30_000; ; await sleep(20)) {
    const seen = await look();
    if (isIt(seen)) return seen;
    if (Date.now() > end) throw new Error(`It never came: ${JSON.stringify(seen)}`);
  }
}
