import type { Service } from "@aws-sdk/client-ecs";
import { deleteRevisions, updateService } from "../aws/ecs";
import { describeUnknown, ProblemError } from "../core/errors";
import type { EnvironmentArguments } from "../showtime/environment";
import { ensureTargetGroup } from "./balancer";
import { bringUp, describeUp, type UpEnvironment } from "./bring-up";
import { resolveImage } from "./image";
import { ensureLogin } from "./login";
import { findService, rollService, tagService, tagsOfArguments } from "./service";
import type { Surroundings } from "./surroundings";
import { ensureTaskDefinition } from "./task-definition";
import { waitUntilReady } from "./wait-until-ready";

/** What is changed: an environment as the state knows it. */
export interface FormerEnvironment {
  readonly ip: string;
  readonly created: Date;
  /** What `start --force` counts. */
  readonly round: number;
  /** Whether a refresh found something else than what was made. */
  readonly hasDrifted: boolean;
}

/**
 * Changes an environment in place: its tags, and where it runs something else than it should, its task. The old task goes
 * when the new one answers; if that fails, the old one stays, and the error says why.
 */
export async function changeEnvironment(
  surroundings: Surroundings,
  args: EnvironmentArguments,
  former: FormerEnvironment,
): Promise<UpEnvironment> {
  const service = await findService(surroundings, args);
  if (service === undefined) return bringUp(surroundings, args);
  const { aws } = surroundings;
  const image = await resolveImage(aws, surroundings.settings, args, args.image);
  const secret = await ensureLogin(surroundings, args);
  const targetGroup = await ensureTargetGroup(surroundings, args);
  const taskDefinition = await ensureTaskDefinition(aws, args, { image, secret }, service.taskDefinition);
  const isForced = args.round !== former.round;
  const parts = { taskDefinition, targetGroup };
  const isRolled = await rollService(surroundings, service, parts, isForced);
  let { ip } = former;
  if (isRolled || former.hasDrifted) {
    try {
      ({ ip } = await waitUntilReady(surroundings, args, targetGroup));
    } catch (error) {
      throw await rollBack(surroundings, service, taskDefinition, error);
    }
  }
  await tagService(surroundings, service, tagsOfArguments(args, former.created));
  return describeUp(surroundings, args, service, taskDefinition, { ip }, former.created);
}

/** The former task still answers: its revision is what the service wants again. */
async function rollBack(
  { aws, settings }: Surroundings,
  service: Service,
  failed: string,
  cause: unknown,
): Promise<unknown> {
  const former = service.taskDefinition;
  const isGone = cause instanceof ProblemError && cause.code === "engine/gone";
  if (isGone || !(cause instanceof ProblemError) || former === undefined || former === failed) return cause;
  try {
    await updateService(aws, { cluster: settings.cluster, service: service.serviceName, taskDefinition: former });
    await deleteRevisions(aws, [failed]);
  } catch (error) {
    const why = `${cause.why ?? ""}\nThe former task definition could not be restored: ${describeUnknown(error)}`;
    return new ProblemError({ code: cause.code, summary: cause.summary, why, remedy: cause.remedy ?? "" });
  }
  return new ProblemError({
    code: cause.code,
    summary: `${cause.summary} It goes on as it was before.`,
    why: cause.why ?? "",
    remedy: cause.remedy ?? "",
  });
}
