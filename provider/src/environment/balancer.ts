import type { AwsClients } from "../aws/clients";
import { isAwsError } from "../aws/errors";
import {
  createHostRule,
  createTargetGroup,
  describeListener,
  describeTargetGroup,
  listRules,
  modifyHostRule,
  readBalancerTags,
  tagBalancerPart,
} from "../aws/load-balancer";
import { ProblemError } from "../core/errors";
import type { EnvironmentArguments } from "../showtime/environment";
import type { AddressSettings, ShowtimeSettings } from "../showtime/settings";
import type { TagMap } from "../showtime/tags";
import { notOurs } from "./not-ours";
import { nameOwnHost, nameTargetGroup, readOwnTags, toOwnTags } from "./own";
import type { Surroundings } from "./surroundings";

/** Settings of a load balancer. */
export type BalancerSettings = Extract<AddressSettings, { kind: "load-balancer" }>;

/** What is read of a rule. */
type Rule = Awaited<ReturnType<typeof listRules>>[number];

/** Listeners have rules up to this one. */
const LAST_PRIORITY = 50_000;

/** Somebody else may take a free priority first. */
const ATTEMPTS = 5;

/** The settings of the load balancer, where environments are behind one. */
export function balancerOf({ address }: ShowtimeSettings): BalancerSettings | undefined {
  return address?.kind === "load-balancer" ? address : undefined;
}

/**
 * The target group of an environment, and the rule of its own host: ECS registers tasks only in a target group that a
 * listener leads to.
 *
 * @returns ARN of the target group; undefined where there is no load balancer
 */
export async function ensureTargetGroup(
  { aws, settings }: Pick<Surroundings, "aws" | "settings">,
  args: EnvironmentArguments,
): Promise<string | undefined> {
  const balancer = balancerOf(settings);
  if (balancer === undefined) return undefined;
  const name = nameTargetGroup(settings, args);
  const tags = toOwnTags(settings, args);
  const found = (await describeTargetGroup(aws, name))?.TargetGroupArn;
  if (found !== undefined) await takeOverPart(aws, settings, found, `target group ${name}`, tags);
  const { vpc } = balancer;
  const { port, healthPath } = settings;
  const targetGroup = found ?? (await createTargetGroup(aws, { name, vpc, port, healthPath, tags }));
  await ensureHostRule(aws, settings, balancer, { host: nameOwnHost(balancer.domain, args), targetGroup, tags });
  return targetGroup;
}

/** Where a host is to lead, and the tags of its rule. */
export interface HostRule {
  readonly host: string;
  /** ARN. */
  readonly targetGroup: string;
  readonly tags: TagMap;
}

/** Makes the rule of a host, or sends it elsewhere: requests go to the old place, then to the new one, never nowhere. */
export async function ensureHostRule(
  aws: AwsClients,
  settings: ShowtimeSettings,
  { listener }: BalancerSettings,
  { host, targetGroup, tags }: HostRule,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const rules = await listRules(aws, listener);
    const rule = rules.find((one) => hostsOf(one).includes(host));
    if (rule?.RuleArn !== undefined) {
      await takeOverPart(aws, settings, rule.RuleArn, `rule of ${host} in the load balancer`, tags);
      if (targetOf(rule) !== targetGroup) await modifyHostRule(aws, rule.RuleArn, targetGroup);
      return;
    }
    try {
      await createHostRule(aws, { listener, priority: freePriority(rules), host, targetGroup, tags });
      return;
    } catch (error) {
      if (attempt === ATTEMPTS || !isAwsError(error, "PriorityInUseException", "PriorityInUse")) throw error;
    }
  }
}

/** The rule of a host; undefined if there is none. */
export async function findHostRule(aws: AwsClients, listener: string, host: string): Promise<Rule | undefined> {
  return (await listRules(aws, listener)).find((rule) => hostsOf(rule).includes(host));
}

/** The hosts that a rule is for. */
export function hostsOf(rule: Rule): readonly string[] {
  return (rule.Conditions ?? [])
    .filter(({ Field }) => Field === "host-header")
    .flatMap(({ HostHeaderConfig, Values }) => HostHeaderConfig?.Values ?? Values ?? []);
}

/** Where a rule leads; undefined for other rules than ours. */
export function targetOf(rule: Rule): string | undefined {
  const forward = rule.Actions?.find(({ Type }) => Type === "forward");
  return forward?.TargetGroupArn ?? forward?.ForwardConfig?.TargetGroups?.[0]?.TargetGroupArn;
}

function freePriority(rules: readonly Rule[]): number {
  const taken = new Set(rules.map(({ Priority }) => Number(Priority)));
  for (let priority = 1; priority <= LAST_PRIORITY; priority++) if (!taken.has(priority)) return priority;
  throw new ProblemError({
    code: "environment/no-priority",
    summary: "The listener of the load balancer has no free priority for another rule.",
    remedy: "Remove environments that nobody needs (`pulumi-superset showtime cleanup`), or use another listener.",
  });
}

/** What has our name must have our tags; the newest generation is its owner. */
async function takeOverPart(
  aws: AwsClients,
  settings: ShowtimeSettings,
  arn: string,
  what: string,
  tags: TagMap,
): Promise<void> {
  const present = (await readBalancerTags(aws, [arn])).get(arn);
  if (readOwnTags(present, settings) === undefined) throw notOurs(what, settings.project);
  const isSame = Object.entries(tags).every(([key, value]) => present?.[key] === value);
  if (!isSame) await tagBalancerPart(aws, arn, tags);
}

/** `https://host`, or with the port that the listener has. */
export async function urlOfHost(aws: AwsClients, { listener }: BalancerSettings, host: string): Promise<string> {
  const found = await describeListener(aws, listener);
  if (found === undefined) {
    throw new ProblemError({
      code: "environment/no-listener",
      summary: `The load balancer has no listener ${listener}.`,
      remedy:
        "Name the right one as `address.listener` in showtime.yaml: the output `settings` of stacks/foundation has it.",
    });
  }
  const isSecure = found.Protocol === "HTTPS";
  const isUsual = found.Port === undefined || found.Port === (isSecure ? 443 : 80);
  return `${isSecure ? "https" : "http"}://${host}${isUsual ? "" : `:${found.Port}`}`;
}
