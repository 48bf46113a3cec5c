import type { AwsClients } from "../aws/clients";
import { deleteImageTags, describeImage } from "../aws/ecr";
import { deleteRevisions, deleteService, describeRevisions, describeService } from "../aws/ecs";
import {
  deleteHostRule,
  deleteTargetGroup,
  describeTargetGroup,
  listRules,
  readBalancerTags,
} from "../aws/load-balancer";
import { deleteStreams, listStreams } from "../aws/logs";
import { deleteSecret, describeSecret } from "../aws/secrets";
import { describeUnknown, ProblemError } from "../core/errors";
import type { EnvironmentFacts } from "../showtime/environment";
import { type EnvironmentKey, nameFamily, nameImageTag, nameSecret } from "../showtime/names";
import type { ShowtimeSettings } from "../showtime/settings";
import { balancerOf, targetOf } from "./balancer";
import { toFacts } from "./list";
import { notOurs } from "./not-ours";
import { nameTargetGroup, readOwnTags } from "./own";
import { deadlineIn, type Wait, waitUntil } from "./surroundings";

/** What is removed. */
export type Removable = Pick<
  EnvironmentFacts,
  "service" | "pullRequest" | "commit" | "generation" | "isLegacy" | "taskDefinition"
>;

/** How it is removed. */
export interface RemoveOptions {
  readonly now?: () => Date;
  /** Whether the image stays, for another attempt. */
  readonly keepsImage?: boolean;
}

/** How long ECS may take to end a task and its registration with a load balancer. */
const ENDING_MINUTES = 10;

/**
 * Removes an environment, and waits until it is really gone: first the service, then what belongs to it. What is gone
 * already is fine. An environment of the same name and another generation is somebody else's by now: it is left alone with
 * all that it needs.
 *
 * @throws ProblemError `environment/left-behind`, which lists what is left
 */
export async function removeEnvironment(
  aws: AwsClients,
  settings: ShowtimeSettings,
  facts: Removable,
  wait: Wait,
  { now = () => new Date(), keepsImage = false }: RemoveOptions = {},
): Promise<void> {
  const ending = await endService(aws, settings, facts, { wait, now });
  if (ending === "another's") return;
  if (ending !== "gone") throw leftBehind(facts, [ending, "what belongs to it was left for the next attempt"]);
  const left: string[] = [];
  const attempt = async (what: string, work: () => Promise<unknown>) => {
    try {
      await work();
    } catch (error) {
      if (error instanceof ProblemError && error.code === "engine/gone") throw error;
      left.push(`${what}: ${error instanceof ProblemError ? (error.why ?? error.summary) : describeUnknown(error)}`);
    }
  };
  if (facts.isLegacy || facts.commit === undefined) {
    const { taskDefinition } = facts;
    if (taskDefinition !== undefined) await attempt("task definition", () => deleteRevisions(aws, [taskDefinition]));
  } else {
    await removeParts(aws, settings, { ...facts, commit: facts.commit }, keepsImage, attempt);
  }
  if (left.length > 0) throw leftBehind(facts, left.sort());
}

type Attempt = (what: string, work: () => Promise<unknown>) => Promise<void>;

/** Each part on its own: one that fails does not keep the others. */
async function removeParts(
  aws: AwsClients,
  settings: ShowtimeSettings,
  key: Removable & EnvironmentKey,
  keepsImage: boolean,
  attempt: Attempt,
): Promise<void> {
  const secret = await readSecretOf(aws, settings, key);
  if (secret === "another's") return;
  const { service, commit } = key;
  await Promise.all([
    attempt("load balancer", () => removeBalancerParts(aws, settings, key)),
    attempt("task definitions", async () => {
      const family = nameFamily(settings.project, key.pullRequest);
      const own = (await describeRevisions(aws, family)).filter(
        ({ tags }) => readOwnTags(tags, settings)?.commit === commit,
      );
      await deleteRevisions(
        aws,
        own.map(({ arn }) => arn),
      );
    }),
    attempt(`log streams ${service}/ in ${settings.logGroup}`, async () => {
      const streams = await listStreams(aws, settings.logGroup, `${service}/`);
      await deleteStreams(
        aws,
        settings.logGroup,
        streams.map(({ name }) => name),
      );
    }),
    attempt(`image ${nameImageTag(key)}`, async () => {
      const tag = nameImageTag(key);
      const image = keepsImage ? undefined : await describeImage(aws, settings.imageRepository, tag);
      if (image !== undefined) await deleteImageTags(aws, settings.imageRepository, [tag]);
    }),
  ]);
  // Last: its generation tells an interrupted delete whose all the rest is.
  if (secret !== undefined)
    await attempt(`secret ${nameSecret(settings.project, key)}`, () => deleteSecret(aws, secret));
}

/** Whether something of an environment is there although its service is gone: its secret goes last. */
export async function hasParts(
  aws: AwsClients,
  settings: ShowtimeSettings,
  key: EnvironmentKey & Pick<Removable, "generation">,
): Promise<boolean> {
  const secret = await readSecretOf(aws, settings, key);
  return secret !== undefined && secret !== "another's";
}

/** ARN of the secret of this generation; undefined if it is gone. */
async function readSecretOf(
  aws: AwsClients,
  settings: ShowtimeSettings,
  key: EnvironmentKey & Pick<Removable, "generation">,
): Promise<string | "another's" | undefined> {
  const name = nameSecret(settings.project, key);
  const found = await describeSecret(aws, name);
  if (found === undefined || found.isLeaving) return undefined;
  const own = readOwnTags(found.tags, settings);
  if (own === undefined) throw notOurs(`secret ${name}`, settings.project);
  // The same commit in another cluster: it shares image, secret and task definitions.
  return own.generation === key.generation ? found.arn : "another's";
}

async function endService(
  aws: AwsClients,
  settings: ShowtimeSettings,
  facts: Removable,
  time: { readonly wait: Wait; readonly now: () => Date },
): Promise<"gone" | "another's" | string> {
  let isAsked = false;
  const ending = await waitUntil(time, deadlineIn(time, ENDING_MINUTES), async () => {
    const service = await describeService(aws, settings.cluster, facts.service);
    if (service === undefined || service.status === "INACTIVE") return "gone";
    const present = toFacts(service, settings);
    if (present === undefined) throw notOurs(`service ${facts.service}`, settings.project);
    if (present.generation !== facts.generation) return "another's";
    if (!isAsked && service.status === "ACTIVE") {
      isAsked = true;
      await deleteService(aws, settings.cluster, facts.service);
    }
    return undefined;
  });
  return ending ?? `service ${facts.service}: AWS has not ended it within ${ENDING_MINUTES} minutes`;
}

async function removeBalancerParts(aws: AwsClients, settings: ShowtimeSettings, key: EnvironmentKey): Promise<void> {
  const balancer = balancerOf(settings);
  if (balancer === undefined) return;
  const name = nameTargetGroup(settings, key);
  const group = (await describeTargetGroup(aws, name))?.TargetGroupArn;
  if (group === undefined) return;
  const rules = (await listRules(aws, balancer.listener))
    .filter((rule) => targetOf(rule) === group)
    .flatMap(({ RuleArn }) => RuleArn ?? []);
  const tags = await readBalancerTags(aws, [group, ...rules]);
  if (readOwnTags(tags.get(group), settings) === undefined) throw notOurs(`target group ${name}`, settings.project);
  for (const rule of rules) if (readOwnTags(tags.get(rule), settings) !== undefined) await deleteHostRule(aws, rule);
  await deleteTargetGroup(aws, group);
}

function leftBehind({ service }: Removable, left: readonly string[]): ProblemError {
  return new ProblemError({
    code: "environment/left-behind",
    summary: `Something of ${service} is left on AWS:\n${left.map((line) => `  - ${line}`).join("\n")}`,
    remedy:
      "Mend the cause, then run the same again, or `pulumi-superset showtime cleanup`: it goes on with what is left.",
  });
}
