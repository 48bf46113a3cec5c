import type { Service } from "@aws-sdk/client-ecs";
import type { EnvironmentStatus } from "../showtime/environment";

/** What of a service tells how it is. */
export type JudgedService = Pick<Service, "status" | "desiredCount" | "runningCount" | "deployments" | "events">;

/** How a service is, and why, in the words of ECS. */
export interface ServiceState {
  readonly status: EnvironmentStatus;
  readonly why?: string;
}

/** So many tasks that ended make a crash loop: one may be Fargate's fault. */
export const CRASHES = 2;

/**
 * What a service is doing.
 *
 * @param isAnnounced whether people were told its address: before, it never answered
 */
export function judgeService(service: JudgedService, isAnnounced: boolean): ServiceState {
  if (service.status === "DRAINING") return { status: "stopping" };
  if (service.status !== "ACTIVE") return { status: "stopped" };
  if ((service.desiredCount ?? 1) === 0) return { status: "stopped", why: "Somebody scaled it to no task." };
  const newest = primaryOf(service);
  const running = service.runningCount ?? 0;
  if (newest?.rolloutState === "FAILED" || (running === 0 && (newest?.failedTasks ?? 0) >= CRASHES)) {
    const why = newest?.rolloutStateReason ?? lastEvent(service);
    return { status: "failed", ...(why !== undefined && { why }) };
  }
  if (!isAnnounced) return withEvent("deploying", service);
  // The old task goes when the new one is up; from then on nobody waits for anything.
  if ((service.deployments ?? []).length > 1 && (newest?.runningCount ?? 0) === 0) return { status: "updating" };
  // The task ended, and ECS starts another.
  return running > 0 ? { status: "running" } : withEvent("deploying", service);
}

/** The newest rollout of a service. */
export function primaryOf(
  service: Pick<Service, "deployments">,
): NonNullable<Service["deployments"]>[number] | undefined {
  return service.deployments?.find(({ status }) => status === "PRIMARY");
}

/** What ECS said last of a service, newest first as it answers. */
export function lastEvent({ events = [] }: Pick<Service, "events">): string | undefined {
  return events[0]?.message;
}

function withEvent(status: EnvironmentStatus, service: JudgedService): ServiceState {
  const why = lastEvent(service);
  return { status, ...(why !== undefined && { why }) };
}
