import { ProblemError } from "../core/errors";
import type { EnvironmentArguments } from "../showtime/environment";
import { nameService, shortCommit } from "../showtime/names";
import { readEnvironments } from "./list";
import type { Surroundings } from "./surroundings";

/**
 * Asks, when an environment is up and before people are sent to it, whether it is still the one that they should get: a job
 * for an older commit may have taken longer than the one for the newer.
 *
 * @throws ProblemError `environment/overtaken`
 */
export async function assertNewest(surroundings: Surroundings, args: EnvironmentArguments): Promise<void> {
  const { aws, settings } = surroundings;
  const [head, environments] = await Promise.all([
    args.followsHead ? surroundings.readHead(args.pullRequest) : undefined,
    readEnvironments(aws, settings, args.pullRequest),
  ]);
  if (head !== undefined && head !== args.commit) {
    throw overtaken(args, `The newest commit of pull request ${args.pullRequest} is ${shortCommit(head)} now.`);
  }
  const newer = environments.find(
    ({ isLegacy, generation, status }) => !isLegacy && generation > args.generation && status !== "stopping",
  );
  if (newer !== undefined) {
    throw overtaken(args, `${newer.service} is of generation ${newer.generation}, this one of ${args.generation}.`);
  }
}

function overtaken(args: EnvironmentArguments, why: string): ProblemError {
  return new ProblemError({
    code: "environment/overtaken",
    summary: `${nameService(args)} was overtaken while it came up: nobody was sent to it.`,
    why,
    remedy: "Nothing: the run of the newer commit brings its environment up.",
  });
}
