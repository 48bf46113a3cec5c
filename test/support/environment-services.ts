import { openAws } from "../../provider/src/aws/clients";
import { nameService } from "../../provider/src/showtime/names";
import type { ShowtimeSettings } from "../../provider/src/showtime/settings";
import { type EnvironmentTags, toTags } from "../../provider/src/showtime/tags";
import { commitOf } from "./environments";

/** What is to be said of a service; the rest is usual. */
export interface ServiceFacts extends Partial<EnvironmentTags> {
  readonly pullRequest: number;
  /** How many tasks; default: none. */
  readonly tasks?: number;
}

const HOURS = 3_600_000;

/** All services of the tests run one definition, which is nobody's. */
const FAMILY = "definition-of-the-tests";

/** Makes a service as this tool makes it; {@link registerDefinition} comes first. */
export function addService(settings: ShowtimeSettings, { tasks = 0, ...facts }: ServiceFacts): Promise<void> {
  const tags = usualTags(settings, facts);
  return createService(settings, nameService(tags), toTags(tags), tasks);
}

/** What {@link createService} runs. */
export async function registerDefinition(settings: ShowtimeSettings): Promise<void> {
  const ecs = await openAws(settings).ecs();
  await ecs.registerTaskDefinition({
    family: FAMILY,
    requiresCompatibilities: ["FARGATE"],
    networkMode: "awsvpc",
    cpu: "512",
    memory: "2048",
    executionRoleArn: settings.executionRole,
    containerDefinitions: [{ name: "superset", image: `${settings.imageRepository}:any`, memory: 2048 }],
  });
}

/** Makes a service of anybody, with any tags. */
export async function createService(
  settings: ShowtimeSettings,
  serviceName: string,
  tags: Readonly<Record<string, string>>,
  desiredCount: number,
): Promise<void> {
  const ecs = await openAws(settings).ecs();
  await ecs.createService({
    cluster: settings.cluster,
    serviceName,
    taskDefinition: FAMILY,
    desiredCount,
    launchType: "FARGATE",
    networkConfiguration: {
      awsvpcConfiguration: { subnets: settings.subnets, securityGroups: settings.securityGroups },
    },
    tags: Object.entries(tags).map(([key, value]) => ({ key, value })),
  });
}

function usualTags(settings: ShowtimeSettings, facts: Omit<ServiceFacts, "tasks">): EnvironmentTags {
  const now = Date.now();
  return {
    project: settings.project,
    commit: commitOf(facts.pullRequest.toString(16).padStart(7, "a")),
    generation: 1,
    created: new Date(now - 3 * HOURS),
    expires: new Date(now + 45 * HOURS),
    timeToLive: "48h",
    requester: "ann",
    size: "small",
    flags: "none",
    url: `http://127.77.0.${facts.pullRequest % 250}:8080`,
    assets: false,
    ...facts,
  };
}
