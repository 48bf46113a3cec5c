import type { Service } from "@aws-sdk/client-ecs";
import { deleteRevisions, describeService, tagEcs, tagsOf, updateService } from "../aws/ecs";
import { ProblemError } from "../core/errors";
import type { EnvironmentArguments } from "../showtime/environment";
import { nameService } from "../showtime/names";
import { readTags, TAGS } from "../showtime/tags";
import { balancerOf, ensureTargetGroup, urlOfHost } from "./balancer";
import { assertNewest } from "./fence";
import { resolveImage } from "./image";
import { ensureLogin, tagLogin } from "./login";
import { nameOwnHost } from "./own";
import { removeEnvironment } from "./remove";
import { expires, findService, isAnnounced, makeService, rollService, tagService, tagsOfArguments } from "./service";
import type { Surroundings } from "./surroundings";
import { ensureTaskDefinition } from "./task-definition";
import { type ReadyTask, urlOfTask, waitUntilReady } from "./wait-until-ready";

/** An environment that is up. */
export interface UpEnvironment {
  /** Of this environment alone. */
  readonly url: string;
  readonly ip: string;
  readonly service: string;
  readonly serviceArn: string;
  readonly taskDefinition: string;
  readonly created: Date;
  /** Undefined: lives until the pull request is closed. */
  readonly expires: Date | undefined;
}

/**
 * Makes an environment, or takes over what an interrupted run left of it, and waits until it answers. What it began is
 * removed if it fails, unless people use it.
 */
export async function bringUp(surroundings: Surroundings, args: EnvironmentArguments): Promise<UpEnvironment> {
  const image = await resolveImage(surroundings.aws, surroundings.settings, args, args.image);
  const present = await findService(surroundings, args);
  assertNotOlder(present, args);
  try {
    return await build(surroundings, args, image, present);
  } catch (error) {
    // Nobody is left to write for: the next run takes over.
    if (error instanceof ProblemError && error.code === "engine/gone") throw error;
    const isUsed = present !== undefined && isAnnounced(present);
    await undo(error, () => (isUsed ? giveBack(surroundings, args, present) : removeBegun(surroundings, args, error)));
    throw error;
  }
}

async function build(
  surroundings: Surroundings,
  args: EnvironmentArguments,
  image: string,
  present: Service | undefined,
): Promise<UpEnvironment> {
  const { aws } = surroundings;
  const created = surroundings.now();
  // First of all: a delete of an earlier generation that is still to come must leave it alone from now on.
  if (present !== undefined) await tagService(surroundings, present, { [TAGS.generation]: String(args.generation) });
  const secret = await ensureLogin(surroundings, args);
  const targetGroup = await ensureTargetGroup(surroundings, args);
  const taskDefinition = await ensureTaskDefinition(aws, args, { image, secret }, present?.taskDefinition);
  const parts = { taskDefinition, targetGroup };
  const service = present ?? (await makeService(surroundings, args, parts, created));
  if (present !== undefined) await rollService(surroundings, present, parts, false);
  const task = await waitUntilReady(surroundings, args, targetGroup);
  await assertNewest(surroundings, args);
  if (present !== undefined) await tagService(surroundings, present, tagsOfArguments(args, created));
  return describeUp(surroundings, args, service, taskDefinition, task, created);
}

/** What is told of an environment that answers. */
export async function describeUp(
  { aws, settings }: Surroundings,
  args: EnvironmentArguments,
  service: Service,
  taskDefinition: string,
  { ip }: Pick<ReadyTask, "ip">,
  created: Date,
): Promise<UpEnvironment> {
  const name = nameService(args);
  const balancer = balancerOf(settings);
  const url =
    balancer === undefined
      ? urlOfTask(settings.port, ip)
      : await urlOfHost(aws, balancer, nameOwnHost(balancer.domain, args));
  const serviceArn = service.serviceArn ?? name;
  return { url, ip, service: name, serviceArn, taskDefinition, created, expires: expires(args, created) };
}

/** A run that was overtaken before it began must not take over what the newer one made. */
function assertNotOlder(present: Service | undefined, args: EnvironmentArguments): void {
  const generation = present === undefined ? undefined : readTags(tagsOf(present))?.generation;
  if (generation === undefined || generation <= args.generation) return;
  throw new ProblemError({
    code: "environment/overtaken",
    summary: `${nameService(args)} belongs to a newer run: it was left alone.`,
    why: `It is of generation ${generation}, this run of ${args.generation}.`,
    remedy: "Nothing: the newer run brings it up.",
  });
}

/** People use it: it stays as it was, and the delete of before that may still come finds it. */
async function giveBack(surroundings: Surroundings, args: EnvironmentArguments, present: Service): Promise<void> {
  const generation = readTags(tagsOf(present))?.generation;
  if (generation === undefined) return;
  const former = { [TAGS.generation]: String(generation) };
  await tagLogin(surroundings, args, former);
  const { aws, settings } = surroundings;
  if (present.serviceArn !== undefined) await tagEcs(aws, present.serviceArn, former);
  const failed = (await describeService(aws, settings.cluster, nameService(args)))?.taskDefinition;
  const { serviceName: service, taskDefinition } = present;
  if (failed === undefined || taskDefinition === undefined || failed === taskDefinition) return;
  await updateService(aws, { cluster: settings.cluster, service, taskDefinition });
  await deleteRevisions(aws, [failed]);
}

/** Nothing of a failed attempt stays. */
async function removeBegun(surroundings: Surroundings, args: EnvironmentArguments, cause: unknown): Promise<void> {
  const { aws, settings, wait, now } = surroundings;
  const facts = {
    service: nameService(args),
    pullRequest: args.pullRequest,
    commit: args.commit,
    generation: args.generation,
    isLegacy: false,
    taskDefinition: undefined,
  };
  // Whoever tries it again needs the image; that of a commit that was overtaken nobody needs.
  const keepsImage = !(cause instanceof ProblemError && cause.code === "environment/overtaken");
  await removeEnvironment(aws, settings, facts, wait, { now, keepsImage });
}

/** What cannot be undone either hides nothing of what went wrong first. */
async function undo(cause: unknown, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof ProblemError) || !(cause instanceof ProblemError)) throw error;
    throw new ProblemError({
      code: cause.code,
      summary: cause.summary,
      why: [cause.why, `What was begun could not be undone: ${error.message}`].filter(Boolean).join("\n"),
      remedy:
        `${cause.remedy ?? ""} What is left is taken over by the next run, and removed by \`pulumi-superset showtime cleanup\`.`.trim(),
    });
  }
}
