import type { EnvironmentFacts } from "./environment";

type Facts = Pick<EnvironmentFacts, "status" | "url">;

/** Whether people use it: it runs, or its task is just being started again. Before it answered once it has no address. */
export function isUsed({ status, url }: Facts): boolean {
  return status === "running" || status === "updating" || (isStarting(status) && url !== undefined);
}

/** Whether it was begun and never answered. */
export function isBegun({ status, url }: Facts): boolean {
  return isStarting(status) && url === undefined;
}

function isStarting(status: EnvironmentFacts["status"]): boolean {
  return status === "building" || status === "deploying";
}
