import type { AwsClients } from "../aws/clients";
import { deleteImageTags, listImages } from "../aws/ecr";
import { deleteRevisions, describeRevisions, describeTaskDefinition, listFamilies } from "../aws/ecs";
import { deleteHostRule, deleteTargetGroup, listRules, listTargetGroups, readBalancerTags } from "../aws/load-balancer";
import { deleteStreams, listStreams } from "../aws/logs";
import { listRecords, plainName } from "../aws/route53";
import { deleteSecret, describeSecret, listSecrets } from "../aws/secrets";
import { fromEcsTags } from "../aws/tag-lists";
import { mapInParallel } from "../core/parallel";
import type { EnvironmentFacts, Leftover } from "../showtime/environment";
import { nameFamily, nameSecret, nameService, parseImageTag, parseService, shortCommit } from "../showtime/names";
import type { ShowtimeSettings } from "../showtime/settings";
import type { TagMap } from "../showtime/tags";
import { balancerOf } from "./balancer";
import { notOurs } from "./not-ours";
import { readOwnTags, TARGET_GROUP_PREFIX } from "./own";
import { deleteRecord, readMarker } from "./record";
import { keepOwned } from "./untagged";

/** How many families are looked at at once. */
const WIDTH = 4;

/** Names of services that start so have streams of ours in the log group. */
const STREAM_PREFIX = "pr-";

/** What was found of environments that are no more. */
export interface FoundLeftovers {
  readonly leftovers: readonly Leftover[];
  /** What may be left over too and is left alone, and why. */
  readonly notes: readonly string[];
}

/** What belongs to environments that are no more. Other people's things are never listed. */
export async function listLeftovers(
  aws: AwsClients,
  settings: ShowtimeSettings,
  environments: readonly EnvironmentFacts[],
): Promise<FoundLeftovers> {
  const services = new Set(environments.map(({ service }) => service));
  const pullRequests = new Set(environments.map(({ pullRequest }) => pullRequest));
  const keepUnused = (found: readonly Leftover[]) =>
    found.filter(({ pullRequest, commit }) => {
      if (commit === undefined) return !pullRequests.has(pullRequest);
      return !services.has(nameService({ pullRequest, commit }));
    });
  const [images, streams, ...tagged] = await Promise.all([
    listImagesLeft(aws, settings).then((found) => keepOwned(aws, settings, "image", keepUnused(found))),
    listStreamsLeft(aws, settings).then((found) => keepOwned(aws, settings, "log stream", keepUnused(found))),
    listSecretsLeft(aws, settings),
    listRevisionsLeft(aws, settings, environments),
    listBalancerParts(aws, settings),
    listRecordsLeft(aws, settings),
  ]);
  return {
    leftovers: [...images.leftovers, ...streams.leftovers, ...keepUnused(tagged.flat())],
    notes: [...images.notes, ...streams.notes],
  };
}

async function listImagesLeft(aws: AwsClients, settings: ShowtimeSettings): Promise<Leftover[]> {
  const images = await listImages(aws, settings.imageRepository);
  return images.flatMap(({ tags, pushed }) =>
    tags.flatMap((id) => {
      const parsed = parseImageTag(id);
      return parsed === undefined ? [] : [{ kind: "image" as const, id, ...parsed, created: pushed }];
    }),
  );
}

async function listSecretsLeft(aws: AwsClients, settings: ShowtimeSettings): Promise<Leftover[]> {
  const secrets = await listSecrets(
    aws,
    nameSecret(settings.project, { pullRequest: 0, commit: "" }).replace(/pr-0-$/, ""),
  );
  return secrets
    .filter(({ isLeaving }) => !isLeaving)
    .flatMap(({ name: id, tags, created }) => toLeftover("secret", id, tags, settings, created));
}

async function listStreamsLeft(aws: AwsClients, settings: ShowtimeSettings): Promise<Leftover[]> {
  const streams = await listStreams(aws, settings.logGroup, STREAM_PREFIX);
  return streams.flatMap(({ name: id, created }) => {
    const parsed = parseService(id.split("/")[0] ?? "");
    if (parsed === undefined || parsed.isLegacy || id.split("/").length !== 3) return [];
    return [{ kind: "log stream" as const, id, pullRequest: parsed.pullRequest, commit: parsed.commit, created }];
  });
}

/** Each revision is a call of its own, so those of pull requests that live are their deletes' business. */
async function listRevisionsLeft(
  aws: AwsClients,
  settings: ShowtimeSettings,
  environments: readonly EnvironmentFacts[],
): Promise<Leftover[]> {
  const prefix = nameFamily(settings.project, 0).slice(0, -1);
  const lists = await Promise.all((["ACTIVE", "INACTIVE"] as const).map((status) => listFamilies(aws, prefix, status)));
  const living = new Set(environments.map(({ pullRequest }) => nameFamily(settings.project, pullRequest)));
  const families = [...new Set(lists.flat())].filter((family) => !living.has(family));
  const revisions = await mapInParallel(families, WIDTH, (family) => describeRevisions(aws, family));
  return revisions
    .flat()
    .flatMap(({ arn, tags, created }) => toLeftover("task definition", arn, tags, settings, created));
}

async function listBalancerParts(aws: AwsClients, settings: ShowtimeSettings): Promise<Leftover[]> {
  const balancer = balancerOf(settings);
  if (balancer === undefined) return [];
  const [groups, rules] = await Promise.all([listTargetGroups(aws), listRules(aws, balancer.listener)]);
  const ours = groups
    .filter(({ TargetGroupName }) => TargetGroupName?.startsWith(TARGET_GROUP_PREFIX))
    .flatMap(({ TargetGroupArn }) => TargetGroupArn ?? []);
  const own = rules.filter(({ IsDefault }) => !IsDefault).flatMap(({ RuleArn }) => RuleArn ?? []);
  const tags = await readBalancerTags(aws, [...own, ...ours]);
  return [
    // Rules first: a target group that a rule leads to cannot be deleted.
    ...own.flatMap((arn) => toLeftover("rule", arn, tags.get(arn), settings, undefined)),
    ...ours.flatMap((arn) => toLeftover("target group", arn, tags.get(arn), settings, undefined)),
  ];
}

async function listRecordsLeft(aws: AwsClients, settings: ShowtimeSettings): Promise<Leftover[]> {
  if (settings.address?.kind !== "record") return [];
  const records = await listRecords(aws, settings.address.zone);
  return records.flatMap((record) => {
    const own = record.Type === "TXT" ? readMarker(record, settings) : undefined;
    if (own === undefined) return [];
    const id = plainName(record.Name ?? "");
    return [{ kind: "record" as const, id, pullRequest: own.pullRequest, commit: undefined, created: undefined }];
  });
}

function toLeftover(
  kind: Leftover["kind"],
  id: string,
  tags: TagMap | undefined,
  settings: ShowtimeSettings,
  created: Date | undefined,
): Leftover[] {
  const own = readOwnTags(tags, settings);
  if (own === undefined) return [];
  const commit = own.commit === undefined ? undefined : shortCommit(own.commit);
  return [{ kind, id, pullRequest: own.pullRequest, commit, created }];
}

/** Removes what is left of an environment; it is looked at once more before. What is gone already is fine. */
export async function removeLeftover(aws: AwsClients, settings: ShowtimeSettings, leftover: Leftover): Promise<void> {
  const { kind, id } = leftover;
  const assertOurs = (tags: TagMap | undefined) => {
    if (readOwnTags(tags, settings)?.pullRequest !== leftover.pullRequest)
      throw notOurs(`${kind} ${id}`, settings.project);
  };
  switch (kind) {
    case "image":
      return deleteImageTags(aws, settings.imageRepository, [id]);
    case "log stream":
      return deleteStreams(aws, settings.logGroup, [id]);
    case "secret": {
      const found = await describeSecret(aws, id);
      if (found === undefined) return;
      assertOurs(found.tags);
      return deleteSecret(aws, found.arn);
    }
    case "task definition": {
      const found = await describeTaskDefinition(aws, id);
      if (found === undefined) return;
      assertOurs(fromEcsTags(found.tags));
      return deleteRevisions(aws, [id]);
    }
    case "rule":
    case "target group": {
      const tags = (await readBalancerTags(aws, [id])).get(id);
      if (tags === undefined) return;
      assertOurs(tags);
      return kind === "rule" ? deleteHostRule(aws, id) : deleteTargetGroup(aws, id);
    }
    case "record":
      return settings.address?.kind === "record" ? deleteRecord(aws, settings, settings.address, id) : undefined;
  }
}
