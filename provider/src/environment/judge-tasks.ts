import type { Deployment, Task } from "@aws-sdk/client-ecs";
import { CRASHES } from "./judge-service";

/** What of a rollout tells how it goes. */
export type JudgedDeployment = Pick<Deployment, "id" | "taskDefinition" | "rolloutState" | "rolloutStateReason">;

/** What of a task tells how it is. */
export type JudgedTask = Pick<
  Task,
  | "taskArn"
  | "taskDefinitionArn"
  | "startedBy"
  | "lastStatus"
  | "desiredStatus"
  | "healthStatus"
  | "stoppedReason"
  | "stopCode"
  | "createdAt"
  | "containers"
  | "attachments"
>;

/** How a rollout goes: nothing yet, a task that runs, or no hope. */
export type Verdict =
  | { readonly state: "waiting"; readonly doing: string }
  | { readonly state: "running"; readonly task: JudgedTask }
  | { readonly state: "failed"; readonly code: string; readonly why: string; readonly task: JudgedTask | undefined };

/** No image, no task: the next one fails the same. */
const NO_PULL = /CannotPull|ImageNotFound|pull image manifest|manifest unknown/i;

/** ECS stops tasks of its own accord where it needs fewer: nothing failed. */
const SCALED_IN = /^Scaling activity initiated|^Task stopped by user/i;

/**
 * Judges a rollout by its tasks. ECS itself gives up late, or never: a crash loop is seen here with its second crash, a
 * missing image at once.
 */
export function judgeTasks(deployment: JudgedDeployment, all: readonly JudgedTask[]): Verdict {
  const tasks = all.filter((task) => isOf(task, deployment)).sort(byAge);
  const ended = tasks.filter(
    (task) => hasEnded(task) && !SCALED_IN.test(task.stoppedReason ?? "") && task.stopCode !== "UserInitiated",
  );
  const unpulled = ended.find((task) => NO_PULL.test(describeEnd(task)));
  if (unpulled !== undefined) return failed("environment/image-not-pulled", unpulled);
  const last = ended.at(-1);
  if (ended.length >= CRASHES && last !== undefined) return failed("environment/crash-loop", last);
  if (deployment.rolloutState === "FAILED") {
    const why = [deployment.rolloutStateReason, last && describeEnd(last)].filter((text) => text !== undefined);
    return { state: "failed", code: "environment/rollout-failed", why: why.join("\n"), task: last };
  }
  const alive = tasks.filter((task) => !hasEnded(task) && task.desiredStatus !== "STOPPED");
  const running = alive.findLast((task) => task.lastStatus === "RUNNING" && task.healthStatus !== "UNHEALTHY");
  if (running !== undefined) return { state: "running", task: running };
  return { state: "waiting", doing: describeWaiting(alive.at(-1), ended.length) };
}

/** Tasks of an earlier rollout say nothing of this one. */
function isOf(task: JudgedTask, deployment: JudgedDeployment): boolean {
  return task.startedBy?.startsWith("ecs-svc/")
    ? task.startedBy === deployment.id
    : task.taskDefinitionArn === deployment.taskDefinition;
}

function hasEnded({ lastStatus }: JudgedTask): boolean {
  return lastStatus === "STOPPED" || lastStatus === "DEPROVISIONING";
}

function byAge(one: JudgedTask, other: JudgedTask): number {
  return (one.createdAt?.getTime() ?? 0) - (other.createdAt?.getTime() ?? 0);
}

function failed(code: string, task: JudgedTask): Verdict {
  return { state: "failed", code, why: describeEnd(task), task };
}

/** Why a task ended, in the words of ECS, with what its container says. */
export function describeEnd(task: JudgedTask): string {
  const containers = (task.containers ?? []).flatMap(({ exitCode, reason }) => [
    ...(exitCode === undefined ? [] : [`exit code ${exitCode}`]),
    ...(reason === undefined || reason === "" ? [] : [reason]),
  ]);
  const said = [task.stoppedReason ?? "The task ended without a reason.", ...containers];
  return [...new Set(said)].join("; ");
}

function describeWaiting(task: JudgedTask | undefined, crashes: number): string {
  const crashed = crashes === 0 ? "" : ` (${crashes} ended before)`;
  if (task === undefined) return `no task yet${crashed}`;
  return `task ${task.lastStatus ?? "unknown"}${task.healthStatus === "UNHEALTHY" ? ", unhealthy" : ""}${crashed}`;
}

/** The network interface of a task on Fargate. */
export function interfaceOf(task: Pick<Task, "attachments">): string | undefined {
  const details = task.attachments?.flatMap(({ details = [] }) => details) ?? [];
  return details.find(({ name }) => name === "networkInterfaceId")?.value;
}
