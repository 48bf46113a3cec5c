import { createHash } from "node:crypto";
import type { ContainerDefinition, RegisterTaskDefinitionCommandInput } from "@aws-sdk/client-ecs";
import type { AwsClients } from "../aws/clients";
import { describeTaskDefinition, registerTaskDefinition } from "../aws/ecs";
import { fromEcsTags, toEcsTags } from "../aws/tag-lists";
import { ProblemError } from "../core/errors";
import type { EnvironmentArguments } from "../showtime/environment";
import { toFlagVariables } from "../showtime/flags";
import { nameFamily, nameService } from "../showtime/names";
import type { ShowtimeSettings } from "../showtime/settings";
import { LOGIN_KEYS } from "./login";
import { toOwnTags } from "./own";

/** Name of the one container of a task. */
export const CONTAINER = "superset";

/** Tells a revision of the same content apart from another, whatever AWS adds to it. */
const CONTENT_TAG = "showtime:content";

/** A start of Superset takes minutes; failed checks do not count so long (the most that ECS allows). */
const LONGEST_START_SECONDS = 300;

/** What a task runs beside what its arguments say. */
export interface TaskParts {
  /** Whole reference. */
  readonly image: string;
  /** ARN of the secret with the login data. */
  readonly secret: string;
}

/** What a task of an environment is. Nothing of it is secret: login data are referenced. */
export function describeTask(args: EnvironmentArguments, parts: TaskParts): RegisterTaskDefinitionCommandInput {
  const { settings } = args;
  const { cpu, memory } = sizeOf(args);
  return {
    family: nameFamily(settings.project, args.pullRequest),
    requiresCompatibilities: ["FARGATE"],
    networkMode: "awsvpc",
    runtimePlatform: { operatingSystemFamily: "LINUX", cpuArchitecture: "X86_64" },
    cpu: String(cpu),
    memory: String(memory),
    executionRoleArn: settings.executionRole,
    ...(settings.taskRole !== undefined && { taskRoleArn: settings.taskRole }),
    containerDefinitions: [describeContainer(args, parts)],
  };
}

function describeContainer(args: EnvironmentArguments, { image, secret }: TaskParts): ContainerDefinition {
  const { settings } = args;
  const { login, port } = settings;
  const secrets = [
    { name: login.usernameVariable, valueFrom: `${secret}:${LOGIN_KEYS.username}::` },
    { name: login.passwordVariable, valueFrom: `${secret}:${LOGIN_KEYS.password}::` },
    { name: login.secretKeyVariable, valueFrom: `${secret}:${LOGIN_KEYS.secretKey}::` },
  ];
  // ECS refuses a variable that is also a secret; the secret is what must not be overwritten.
  const taken = new Set(secrets.map(({ name }) => name));
  const variables = Object.entries({ ...settings.variables, ...toFlagVariables(args.flags) });
  return {
    name: CONTAINER,
    image,
    essential: true,
    portMappings: [{ containerPort: port, protocol: "tcp" }],
    environment: variables
      .filter(([name]) => !taken.has(name))
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, value]) => ({ name, value })),
    secrets,
    logConfiguration: {
      logDriver: "awslogs",
      options: {
        "awslogs-group": settings.logGroup,
        "awslogs-region": settings.region,
        "awslogs-stream-prefix": nameService(args),
      },
    },
    healthCheck: describeHealthCheck(settings),
  };
}

/** Images of Superset have Python, and not always curl. */
function describeHealthCheck({ port, healthPath }: ShowtimeSettings): ContainerDefinition["healthCheck"] {
  const url = JSON.stringify(`http://127.0.0.1:${port}${healthPath}`);
  return {
    // Not through a shell: nothing of the path needs to be escaped.
    command: ["CMD", "python", "-c", `import urllib.request; urllib.request.urlopen(${url}, timeout=5)`],
    interval: 5,
    timeout: 6,
    retries: 5,
    startPeriod: LONGEST_START_SECONDS,
  };
}

function sizeOf({ settings, size }: EnvironmentArguments): ShowtimeSettings["sizes"][string] {
  const found = settings.sizes[size];
  if (found !== undefined) return found;
  throw new ProblemError({
    code: "environment/no-size",
    summary: `There is no size ${size}.`,
    remedy: `showtime.yaml has ${Object.keys(settings.sizes).join(", ")} in \`sizes\`.`,
  });
}

/** Name of a log stream of a task, as the log driver makes it. */
export function nameLogStream(service: string, taskArn: string): string {
  return `${service}/${CONTAINER}/${taskArn.slice(taskArn.lastIndexOf("/") + 1)}`;
}

/**
 * The revision that an environment is to run: the one that it runs, if that has this content, else a new one.
 *
 * @param present ARN of what its service runs now
 */
export async function ensureTaskDefinition(
  aws: AwsClients,
  args: EnvironmentArguments,
  parts: TaskParts,
  present: string | undefined,
): Promise<string> {
  const content = describeTask(args, parts);
  const digest = createHash("sha256").update(JSON.stringify(content)).digest("hex");
  if (present !== undefined) {
    const found = await describeTaskDefinition(aws, present);
    if (fromEcsTags(found?.tags)[CONTENT_TAG] === digest && found?.taskDefinition?.status === "ACTIVE") return present;
  }
  const tags = { ...toOwnTags(args.settings, args), [CONTENT_TAG]: digest };
  return registerTaskDefinition(aws, { ...content, tags: toEcsTags(tags) });
}
