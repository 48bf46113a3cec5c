import type { AwsClients } from "../aws/clients";
import { readRepositoryTags } from "../aws/ecr";
import { readLogGroupTags } from "../aws/logs";
import { count } from "../core/plain-text";
import type { Leftover } from "../showtime/environment";
import type { ShowtimeSettings } from "../showtime/settings";
import { TAGS, type TagMap } from "../showtime/tags";

/** They have no tags of their own, and names that every project gives. What they are in has tags. */
type Untagged = "image" | "log stream";

/** Where such things are. */
interface Container {
  readonly name: string;
  readonly arn: string;
  readonly readTags: (aws: AwsClients, arn: string) => Promise<TagMap>;
}

/** What may be removed of images or log streams, and what is to be said of the others. */
export interface Owned {
  readonly leftovers: readonly Leftover[];
  readonly notes: readonly string[];
}

/** Lets through what lies in a repository, or a log group, that says to be this project's. */
export async function keepOwned(
  aws: AwsClients,
  settings: ShowtimeSettings,
  kind: Untagged,
  leftovers: readonly Leftover[],
): Promise<Owned> {
  if (leftovers.length === 0) return { leftovers, notes: [] };
  const container = containerOf(kind, settings);
  const owner = (await container.readTags(aws, container.arn))[TAGS.project];
  if (owner === settings.project) return { leftovers, notes: [] };
  const left = `${count(leftovers.length, kind)} in ${container.name} left alone`;
  if (owner !== undefined)
    return { leftovers: [], notes: [`${left}: it is of the project ${owner} (${TAGS.project}).`] };
  const remedy = `If it is of ${settings.project} alone, give it the tag ${TAGS.project} with the value ${settings.project}.`;
  return { leftovers: [], notes: [`${left}: no tag says whose it is. ${remedy}`] };
}

function containerOf(
  kind: Untagged,
  { executionRole, region, imageRepository, logGroup }: ShowtimeSettings,
): Container {
  // A role and what it reads are in one account: its ARN tells which.
  const [, partition = "", , , account = ""] = executionRole.split(":");
  const of = (service: string, rest: string) => `arn:${partition}:${service}:${region}:${account}:${rest}`;
  return kind === "image"
    ? { name: imageRepository, arn: of("ecr", `repository/${imageRepository}`), readTags: readRepositoryTags }
    : { name: logGroup, arn: of("logs", `log-group:${logGroup}`), readTags: readLogGroupTags };
}
