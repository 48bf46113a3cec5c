import { describe, expect, it } from "vitest";
import { judgeService } from "../../provider/src/environment/judge-service";
import { type JudgedTask, judgeTasks } from "../../provider/src/environment/judge-tasks";

const DEPLOYMENT = { id: "ecs-svc/1", taskDefinition: "definition:2", rolloutState: "IN_PROGRESS" } as const;

let age = 0;
const task = (more: Partial<JudgedTask> = {}): JudgedTask => ({
  taskArn: `task/${++age}`,
  startedBy: "ecs-svc/1",
  lastStatus: "RUNNING",
  desiredStatus: "RUNNING",
  createdAt: new Date(age),
  ...more,
});
const ended = (stoppedReason: string, more: Partial<JudgedTask> = {}) =>
  task({ lastStatus: "STOPPED", desiredStatus: "STOPPED", stoppedReason, ...more });
const crashed = () => ended("Essential container in task exited", { containers: [{ exitCode: 1 }] });

describe("the tasks of a rollout", () => {
  it.each<[string, JudgedTask[], object]>([
    ["none", [], { state: "waiting", doing: "no task yet" }],
    ["one that is made", [task({ lastStatus: "PENDING" })], { state: "waiting", doing: "task PENDING" }],
    ["one that runs", [task({ taskArn: "task/a" })], { state: "running", task: { taskArn: "task/a" } }],
    ["one that is unhealthy", [task({ healthStatus: "UNHEALTHY" })], { state: "waiting" }],
    ["one that is about to stop", [task({ desiredStatus: "STOPPED" })], { state: "waiting" }],
    ["one that crashed", [crashed()], { state: "waiting", doing: "no task yet (1 ended before)" }],
    ["one that crashed, and the next", [crashed(), task()], { state: "running" }],
    ["two that crashed", [crashed(), crashed(), task()], { code: "environment/crash-loop" }],
    ["without image", [ended("CannotPullContainerError: not found")], { code: "environment/image-not-pulled" }],
    ["scaled in", [ended("Scaling activity initiated by (deployment ecs-svc/1)"), crashed()], { state: "waiting" }],
    ["of an earlier rollout", [task({ startedBy: "ecs-svc/0" })], { state: "waiting", doing: "no task yet" }],
    [
      "of an earlier rollout that crashed",
      [crashed(), crashed(), crashed()].map((one) => ({ ...one, startedBy: "ecs-svc/0" })),
      { state: "waiting" },
    ],
  ])("%s", (_name, tasks, expected) => {
    expect(judgeTasks(DEPLOYMENT, tasks)).toMatchObject(expected);
  });

  it("tell how the last one ended", () => {
    const verdict = judgeTasks(DEPLOYMENT, [crashed(), crashed()]);
    expect(verdict).toMatchObject({ why: "Essential container in task exited; exit code 1" });
  });

  it("are given up with their rollout", () => {
    const deployment = { ...DEPLOYMENT, rolloutState: "FAILED", rolloutStateReason: "tasks failed to start" } as const;
    expect(judgeTasks(deployment, [])).toMatchObject({
      code: "environment/rollout-failed",
      why: "tasks failed to start",
    });
  });
});

describe("a service", () => {
  const active = { status: "ACTIVE", desiredCount: 1, runningCount: 1 };
  const primary = { status: "PRIMARY", rolloutState: "COMPLETED" } as const;
  it.each([
    ["that ends", { status: "DRAINING" }, true, "stopping"],
    ["that is gone", { status: "INACTIVE" }, true, "stopped"],
    ["scaled to nothing", { ...active, desiredCount: 0 }, true, "stopped"],
    ["that nobody was told of", { ...active, deployments: [primary] }, false, "deploying"],
    ["that runs", { ...active, deployments: [primary] }, true, "running"],
    ["with two rollouts", { ...active, deployments: [primary, { status: "ACTIVE" }] }, true, "updating"],
    [
      "whose old task is about to go",
      { ...active, runningCount: 2, deployments: [{ ...primary, runningCount: 1 }, { status: "ACTIVE" }] },
      true,
      "running",
    ],
    ["whose task ended", { ...active, runningCount: 0, deployments: [primary] }, true, "deploying"],
    ["that ECS gave up", { ...active, deployments: [{ ...primary, rolloutState: "FAILED" as const }] }, true, "failed"],
    [
      "that crashes",
      { ...active, runningCount: 0, deployments: [{ status: "PRIMARY", failedTasks: 2 }] },
      true,
      "failed",
    ],
  ])("%s", (_name, service, isAnnounced, status) => {
    expect(judgeService(service, isAnnounced).status).toBe(status);
  });
});
