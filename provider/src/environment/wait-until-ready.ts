import { describeInterface } from "../aws/ec2";
import { describeService, describeTasks } from "../aws/ecs";
import { readTargetHealth } from "../aws/load-balancer";
import { readLastLines } from "../aws/logs";
import { readSecret } from "../aws/secrets";
import { ProblemError } from "../core/errors";
import type { EnvironmentArguments } from "../showtime/environment";
import { nameSecret, nameService } from "../showtime/names";
import { lastEvent, primaryOf } from "./judge-service";
import { interfaceOf, type JudgedTask, judgeTasks } from "./judge-tasks";
import { registerLogin } from "./login";
import { deadlineIn, type Surroundings, waitUntil } from "./surroundings";
import { nameLogStream } from "./task-definition";

/** A task that answers. */
export interface ReadyTask {
  readonly ip: string;
  readonly taskArn: string;
}

/** How much of a failed container's log stands in the error. */
const LOG_LINES = 20;

/**
 * Waits until a task of the newest rollout runs and answers on its health path; behind a load balancer, until that finds it
 * healthy.
 *
 * @param targetGroup ARN, behind a load balancer
 * @throws ProblemError as soon as there is no hope, or the deadline is over
 */
export async function waitUntilReady(
  surroundings: Surroundings,
  args: EnvironmentArguments,
  targetGroup: string | undefined,
): Promise<ReadyTask> {
  const { settings } = surroundings;
  let doing = "nothing yet";
  let seen: JudgedTask | undefined;
  const ready = await waitUntil(surroundings, deadlineIn(surroundings, settings.deadlineMinutes), async () => {
    const verdict = await look(surroundings, args);
    if (verdict.state === "failed") throw await explain(surroundings, args, verdict.code, verdict.why, verdict.task);
    if (verdict.state === "waiting") {
      doing = verdict.doing;
      return undefined;
    }
    seen = verdict.task;
    const answer = await askTask(surroundings, verdict.task, targetGroup);
    if (typeof answer !== "string") return answer;
    doing = answer;
    return undefined;
  });
  if (ready !== undefined) return ready;
  const why = `After ${settings.deadlineMinutes} minutes: ${doing}.`;
  throw await explain(surroundings, args, "environment/not-ready", why, seen);
}

async function look({ aws, settings }: Surroundings, args: EnvironmentArguments) {
  const name = nameService(args);
  const [service, tasks] = await Promise.all([
    describeService(aws, settings.cluster, name),
    describeTasks(aws, settings.cluster, name),
    // Loaded while the task starts: where it is comes next, and that client is the largest.
    aws.ec2(),
  ]);
  if (service?.status !== "ACTIVE") {
    const why = `The service ${name} is ${service?.status ?? "gone"}: somebody deleted it meanwhile.`;
    return { state: "failed", code: "environment/deleted", why, task: undefined } as const;
  }
  const newest = primaryOf(service);
  if (newest === undefined) return { state: "waiting", doing: lastEvent(service) ?? "no rollout yet" } as const;
  return judgeTasks(newest, tasks);
}

/** A task that answers, or what it does instead. */
async function askTask(
  { aws, settings, ask }: Surroundings,
  task: JudgedTask,
  targetGroup: string | undefined,
): Promise<ReadyTask | string> {
  const id = interfaceOf(task);
  const found = id === undefined ? undefined : await describeInterface(aws, id);
  const ip = settings.publicAddress ? found?.publicIp : found?.privateIp;
  if (ip === undefined) return `its task has no ${settings.publicAddress ? "public " : ""}address yet`;
  if (targetGroup !== undefined) {
    // The network may let nobody but the balancer in: it asks for us, on the same path.
    const health = (await readTargetHealth(aws, targetGroup)).get(found?.privateIp ?? ip) ?? "not registered yet";
    return health === "healthy" ? { ip, taskArn: task.taskArn ?? "" } : `the load balancer finds it ${health}`;
  }
  const url = `${urlOfTask(settings.port, ip)}${settings.healthPath}`;
  const status = await ask(url);
  if (status === 200) return { ip, taskArn: task.taskArn ?? "" };
  return status === undefined ? `its task runs and nothing answers on ${url}` : `${url} answers with status ${status}`;
}

/** Where a task is found without any name. */
export function urlOfTask(port: number, ip: string): string {
  return `http://${ip.includes(":") ? `[${ip}]` : ip}:${port}`;
}

const SUMMARIES: Readonly<Record<string, string>> = {
  "environment/image-not-pulled": "its image cannot be pulled",
  "environment/crash-loop": "its container ends again and again",
  "environment/rollout-failed": "ECS gave it up",
  "environment/not-ready": "it does not answer in time",
  "environment/deleted": "its service is gone",
};

const REMEDIES: Readonly<Record<string, string>> = {
  "environment/image-not-pulled":
    "Push the image again (docker buildx build --platform linux/amd64 --push), and look whether the execution role may pull it and the network reaches the registry.",
  "environment/crash-loop":
    "Read the log above: the container must stay and answer. Then push a commit, or start it again.",
  "environment/not-ready":
    "Look whether the container listens on `port` at `healthPath` of showtime.yaml, and whether the security groups let the port in; a slow start needs a greater `deadlineMinutes`.",
};

/** The error, with what the container said last. */
async function explain(
  { aws, settings }: Surroundings,
  args: EnvironmentArguments,
  code: string,
  why: string,
  task: JudgedTask | undefined,
): Promise<ProblemError> {
  const service = nameService(args);
  const lines = task?.taskArn === undefined ? [] : await readLog(aws, settings, args, task.taskArn);
  const log =
    lines.length === 0 ? "" : `\nThe last lines of its log:\n${lines.map((line) => `    ${line}`).join("\n")}`;
  return new ProblemError({
    code,
    summary: `${service} did not come up: ${SUMMARIES[code] ?? "it failed"}.`,
    why: `${why}${log}`,
    remedy: REMEDIES[code] ?? "Run it again: `pulumi-superset showtime start`.",
  });
}

async function readLog(
  aws: Surroundings["aws"],
  settings: Surroundings["settings"],
  args: EnvironmentArguments,
  taskArn: string,
): Promise<string[]> {
  try {
    // A container may print its own password, and errors go into logs that anybody reads.
    const login = await readSecret(aws, nameSecret(settings.project, args));
    if (login !== undefined) registerLogin(login);
    const stream = nameLogStream(nameService(args), taskArn);
    return await readLastLines(aws, settings.logGroup, stream, LOG_LINES);
  } catch (error) {
    // What failed is told without the log rather than not at all.
    if (error instanceof ProblemError) return [`(not readable: ${error.summary})`];
    throw error;
  }
}
