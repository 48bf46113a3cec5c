import type { EnvironmentFacts } from "./environment";

type Facts = Pick<EnvironmentFacts, "status" | "url">;

type Candidate = Facts & Pick<EnvironmentFacts, "generation" | "isLegacy">;

/**
 * The environment of a pull request that people use: the newest that is in use. Labels, comment, tables and cleanup all ask
 * here. Services of Superset Showtime are never it.
 */
export function findUsed<T extends Candidate>(environments: readonly T[]): T | undefined {
  return newestFirst(environments).find(isUsed);
}

/** The environment that is told of: the one that people use, else the newest that is there. */
export function findActive<T extends Candidate>(environments: readonly T[]): T | undefined {
  return findUsed(environments) ?? newestFirst(environments)[0];
}

function newestFirst<T extends Candidate>(environments: readonly T[]): T[] {
  const own = environments.filter(({ isLegacy }) => !isLegacy);
  return own.sort((one, other) => other.generation - one.generation);
}

/** It runs, or its task is just being started again. Before it answered once it has no address. */
function isUsed({ status, url }: Facts): boolean {
  return status === "running" || status === "updating" || (isStarting(status) && url !== undefined);
}

/** Whether it was begun and never answered. */
export function isBegun({ status, url }: Facts): boolean {
  return isStarting(status) && url === undefined;
}

function isStarting(status: EnvironmentFacts["status"]): boolean {
  return status === "building" || status === "deploying";
}
