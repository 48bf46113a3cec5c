import type { AwsClients } from "../../aws/clients";
import { compareAddress } from "../../environment/address";
import { readEnvironment } from "../../environment/read";
import type { EnvironmentFacts } from "../../showtime/environment";
import type { ShowtimeSettings } from "../../showtime/settings";

/**
 * What tags do not tell: a task that ECS started anew has another address than people were given. Such an environment
 * is not taken for one that runs, so that it is mended.
 */
export async function seeDrift(
  aws: AwsClients,
  settings: ShowtimeSettings,
  environments: readonly EnvironmentFacts[],
): Promise<EnvironmentFacts[]> {
  return Promise.all(
    environments.map(async (facts) => {
      const drift = await findDrift(aws, settings, facts);
      return drift.length === 0 ? facts : { ...facts, status: "updating", why: drift.join("; ") };
    }),
  );
}

async function findDrift(aws: AwsClients, settings: ShowtimeSettings, facts: EnvironmentFacts): Promise<string[]> {
  const { service, generation, taskDefinition, commit, url, pullRequest, status, isLegacy } = facts;
  if (isLegacy || status !== "running" || commit === undefined || url === undefined || taskDefinition === undefined) {
    return [];
  }
  // A balancer follows the tasks by itself.
  if (settings.address?.kind === "load-balancer") {
    return compareAddress({ aws, settings }, { pullRequest, commit, ip: undefined }, url);
  }
  const expected = { service, generation, taskDefinition, ip: new URL(url).hostname };
  const found = await readEnvironment(aws, settings, expected);
  if (found?.ip === undefined) return [];
  if (settings.address?.kind === "record") {
    return compareAddress({ aws, settings }, { pullRequest, commit, ip: found.ip }, url);
  }
  return [...found.drift];
}
