import type { Service } from "@aws-sdk/client-ecs";
import type { AwsClients } from "../aws/clients";
import { describeServices, lastPart, listServiceArns, tagsOf } from "../aws/ecs";
import type { EnvironmentFacts } from "../showtime/environment";
import { nameService, parseService } from "../showtime/names";
import type { ShowtimeSettings } from "../showtime/settings";
import { readTags, type TagMap } from "../showtime/tags";
import { judgeService } from "./judge-service";

type ListSettings = Pick<ShowtimeSettings, "cluster" | "project">;

/** Tags of Superset Showtime. */
const LEGACY_TAGS = { managed: "showtime_managed", expires: "showtime_expires", created: "showtime_created" } as const;

/** All environments of this project in its cluster, and those of Superset Showtime; other people's never. */
export async function listEnvironments(aws: AwsClients, settings: ListSettings): Promise<EnvironmentFacts[]> {
  return read(aws, settings, () => true);
}

/** The environments of one pull request. */
export async function readEnvironments(
  aws: AwsClients,
  settings: ListSettings,
  pullRequest: number,
): Promise<EnvironmentFacts[]> {
  return read(aws, settings, (number) => number === pullRequest);
}

/** A name alone says nothing: other people name services so too. The tags decide. */
async function read(
  aws: AwsClients,
  settings: ListSettings,
  isWanted: (pullRequest: number) => boolean,
): Promise<EnvironmentFacts[]> {
  const names = (await listServiceArns(aws, settings.cluster)).map(lastPart).filter((name) => {
    const parsed = parseService(name);
    return parsed !== undefined && isWanted(parsed.pullRequest);
  });
  const services = await describeServices(aws, settings.cluster, names);
  return services
    .filter(({ status }) => status !== "INACTIVE")
    .map((service) => toFacts(service, settings))
    .filter((facts) => facts !== undefined)
    .sort((one, other) => one.pullRequest - other.pullRequest || one.generation - other.generation);
}

/** What a service says of its environment; undefined for other people's, and where name and tags contradict. */
export function toFacts(
  service: Service,
  { project }: Pick<ShowtimeSettings, "project">,
): EnvironmentFacts | undefined {
  const name = service.serviceName ?? "";
  const parsed = parseService(name);
  if (parsed === undefined) return undefined;
  const tags = tagsOf(service);
  if (parsed.isLegacy) return toLegacyFacts(service, tags, parsed.pullRequest, parsed.commit);
  const own = readTags(tags);
  if (own === undefined || own.project !== project || nameService(own) !== name) return undefined;
  return {
    service: name,
    serviceArn: service.serviceArn ?? name,
    pullRequest: own.pullRequest,
    commit: own.commit,
    isLegacy: false,
    generation: own.generation,
    ...judgeService(service, own.url !== undefined),
    created: own.created,
    expires: own.expires,
    timeToLive: own.timeToLive,
    requester: own.requester,
    size: own.size,
    flags: own.flags,
    url: own.url,
    taskDefinition: service.taskDefinition,
    assets: own.assets,
    ...(own.image !== undefined && { image: own.image }),
  };
}

function toLegacyFacts(
  service: Service,
  tags: TagMap,
  pullRequest: number,
  commit: string | undefined,
): EnvironmentFacts | undefined {
  if (tags[LEGACY_TAGS.managed] !== "true" || tags.pr !== String(pullRequest)) return undefined;
  return {
    service: service.serviceName ?? "",
    serviceArn: service.serviceArn ?? "",
    pullRequest,
    commit,
    isLegacy: true,
    generation: 0,
    ...judgeService(service, true),
    created: readLegacyTime(tags[LEGACY_TAGS.created]) ?? service.createdAt,
    expires: readLegacyTime(tags[LEGACY_TAGS.expires]),
    timeToLive: undefined,
    requester: tags.github_user,
    size: undefined,
    flags: undefined,
    url: undefined,
    taskDefinition: service.taskDefinition,
    assets: false,
  };
}

/** `2026-11-22T16-05`, in UTC, or the time of a computer's clock. */
function readLegacyTime(text: string | undefined): Date | undefined {
  const time = new Date(text?.replace(/T(\d\d)-(\d\d)$/, "T$1:$2Z") ?? Number.NaN);
  return Number.isNaN(time.getTime()) ? undefined : time;
}
