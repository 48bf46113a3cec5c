import { describeService, tagsOf } from "../aws/ecs";
import { deleteHostRule, describeTargetGroup, readBalancerTags } from "../aws/load-balancer";
import { ProblemError } from "../core/errors";
import { nameService } from "../showtime/names";
import { readTags, TAGS } from "../showtime/tags";
import { ensureHostRule, findHostRule, targetOf, urlOfHost } from "./balancer";
import { nameHost, nameTargetGroup, readOwnTags, toOwnTags } from "./own";
import { deleteRecord, putRecord, readRecordTarget } from "./record";
import { tagService } from "./service";
import type { Surroundings } from "./surroundings";
import { urlOfTask } from "./wait-until-ready";

/** Where people are sent. */
export interface AddressTarget {
  readonly pullRequest: number;
  /** All 40 characters. */
  readonly commit: string;
  /** Address of the task; undefined behind a load balancer. */
  readonly ip: string | undefined;
}

type Place = Pick<Surroundings, "aws" | "settings">;

/**
 * Sends people to an environment: a rule of the load balancer, a record, or the address of its task.
 *
 * @returns the address
 */
export async function putAddress(place: Place, target: AddressTarget): Promise<string> {
  const url = await lead(place, target);
  const service = await describeService(place.aws, place.settings.cluster, nameService(target));
  const isOurs = service?.status === "ACTIVE" && readTags(tagsOf(service))?.project === place.settings.project;
  // Labels and tables are made from the tags alone.
  if (isOurs) await tagService(place, service, { [TAGS.url]: url });
  return url;
}

async function lead({ aws, settings }: Place, target: AddressTarget): Promise<string> {
  const { address, port } = settings;
  if (address?.kind === "load-balancer") {
    const host = nameHost(address.domain, target.pullRequest);
    const targetGroup = (await describeTargetGroup(aws, nameTargetGroup(settings, target)))?.TargetGroupArn;
    if (targetGroup === undefined) throw noTarget(target);
    const tags = toOwnTags(settings, { pullRequest: target.pullRequest });
    await ensureHostRule(aws, settings, address, { host, targetGroup, tags });
    return urlOfHost(aws, address, host);
  }
  if (target.ip === undefined) throw noTarget(target);
  if (address === undefined) return urlOfTask(port, target.ip);
  const host = nameHost(address.domain, target.pullRequest);
  await putRecord(aws, settings, address, { host, pullRequest: target.pullRequest, ip: target.ip });
  return urlOfTask(port, host);
}

function noTarget(target: AddressTarget): ProblemError {
  return new ProblemError({
    code: "environment/no-target",
    summary: `${nameService(target)} is not there to be sent to.`,
    remedy: `Make it anew: pulumi-superset showtime start ${target.pullRequest} --force`,
  });
}

/** What of an address is not as it should be, in words; nothing where all is well. */
export async function compareAddress({ aws, settings }: Place, target: AddressTarget, url: string): Promise<string[]> {
  const { address } = settings;
  const differences: string[] = [];
  if (address?.kind === "load-balancer") {
    const host = nameHost(address.domain, target.pullRequest);
    const [rule, group] = await Promise.all([
      findHostRule(aws, address.listener, host),
      describeTargetGroup(aws, nameTargetGroup(settings, target)),
    ]);
    if (rule === undefined) differences.push(`rule of ${host}: gone`);
    else if (targetOf(rule) !== group?.TargetGroupArn) differences.push(`rule of ${host}: leads elsewhere`);
  }
  if (address?.kind === "record") {
    const host = nameHost(address.domain, target.pullRequest);
    const ip = await readRecordTarget(aws, settings, address, host);
    if (ip !== target.ip) differences.push(`record ${host}: ${ip ?? "gone"}`);
  }
  const service = await describeService(aws, settings.cluster, nameService(target));
  const own = service?.status === "ACTIVE" ? readTags(tagsOf(service)) : undefined;
  if (own?.project === settings.project && own.url !== url) differences.push(`tag ${TAGS.url}: ${own.url ?? "gone"}`);
  return differences;
}

/** Ends an address; what is gone already, or is not ours, is left. */
export async function removeAddress(
  { aws, settings }: Place,
  { pullRequest }: Pick<AddressTarget, "pullRequest">,
): Promise<void> {
  const { address } = settings;
  if (address === undefined) return;
  const host = nameHost(address.domain, pullRequest);
  if (address.kind === "record") return deleteRecord(aws, settings, address, host);
  const rule = (await findHostRule(aws, address.listener, host))?.RuleArn;
  if (rule === undefined) return;
  const tags = (await readBalancerTags(aws, [rule])).get(rule);
  if (readOwnTags(tags, settings) !== undefined) await deleteHostRule(aws, rule);
}
