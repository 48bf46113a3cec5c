import type { Listener, Rule, TargetGroup } from "@aws-sdk/client-elastic-load-balancing-v2";
import { chunk, mapInParallel } from "../core/parallel";
import type { TagMap } from "../showtime/tags";
import type { AwsClients } from "./clients";
import { isAwsError } from "./errors";
import { fromTagList, toTagList } from "./tag-lists";

/** What DescribeTags takes at once. */
const MANY = 20;

/** How many calls run at once. */
const WIDTH = 5;

/** What a new target group is made with. */
export interface NewTargetGroup {
  readonly name: string;
  readonly vpc: string;
  readonly port: number;
  readonly healthPath: string;
  readonly tags: TagMap;
}

/** A target group by its name; undefined if there is none. */
export async function describeTargetGroup(aws: AwsClients, name: string): Promise<TargetGroup | undefined> {
  try {
    return (await (await aws.loadBalancers()).describeTargetGroups({ Names: [name] })).TargetGroups?.[0];
  } catch (error) {
    if (isAwsError(error, "TargetGroupNotFoundException")) return undefined;
    throw error;
  }
}

/** All target groups of the account. */
export async function listTargetGroups(aws: AwsClients): Promise<TargetGroup[]> {
  const groups: TargetGroup[] = [];
  for await (const page of (await aws.loadBalancers()).paginateDescribeTargetGroups({ PageSize: 400 }))
    groups.push(...(page.TargetGroups ?? []));
  return groups;
}

/** Makes a target group of tasks; its ARN. */
export async function createTargetGroup(aws: AwsClients, group: NewTargetGroup): Promise<string> {
  const balancers = await aws.loadBalancers();
  const { TargetGroups } = await balancers.createTargetGroup({
    Name: group.name,
    Protocol: "HTTP",
    Port: group.port,
    VpcId: group.vpc,
    TargetType: "ip",
    HealthCheckPath: group.healthPath,
    // The quickest that balancers do: a person waits for it.
    HealthCheckIntervalSeconds: 5,
    HealthCheckTimeoutSeconds: 4,
    HealthyThresholdCount: 2,
    UnhealthyThresholdCount: 5,
    Matcher: { HttpCode: "200" },
    Tags: toTagList(group.tags),
  });
  const arn = TargetGroups?.[0]?.TargetGroupArn;
  if (arn === undefined) throw new Error("CreateTargetGroup answered without an ARN.");
  // Requests that still run end within it; the default of five minutes would be waited for by every delete.
  const Attributes = [{ Key: "deregistration_delay.timeout_seconds", Value: "30" }];
  await balancers.modifyTargetGroupAttributes({ TargetGroupArn: arn, Attributes });
  return arn;
}

/** Deletes a target group; one that is gone is fine. */
export async function deleteTargetGroup(aws: AwsClients, TargetGroupArn: string): Promise<void> {
  try {
    await (await aws.loadBalancers()).deleteTargetGroup({ TargetGroupArn });
  } catch (error) {
    if (!isAwsError(error, "TargetGroupNotFoundException")) throw error;
  }
}

/** Health of the targets of a group, by their address: `healthy`, `initial`, `unhealthy: Target.Timeout`. */
export async function readTargetHealth(aws: AwsClients, TargetGroupArn: string): Promise<Map<string, string>> {
  const { TargetHealthDescriptions = [] } = await (await aws.loadBalancers()).describeTargetHealth({ TargetGroupArn });
  return new Map(
    TargetHealthDescriptions.map(({ Target, TargetHealth }) => {
      const why = TargetHealth?.Reason === undefined ? "" : `: ${TargetHealth.Reason}`;
      return [Target?.Id ?? "", `${TargetHealth?.State ?? "unknown"}${why}`];
    }),
  );
}

/** The tags of target groups and rules, by ARN; ones that are gone are left out. */
export async function readBalancerTags(aws: AwsClients, arns: readonly string[]): Promise<Map<string, TagMap>> {
  const answers = await mapInParallel(chunk(arns, MANY), WIDTH, (some) => readTagsOf(aws, some));
  return new Map(answers.flat());
}

async function readTagsOf(aws: AwsClients, arns: string[]): Promise<[string, TagMap][]> {
  try {
    const { TagDescriptions = [] } = await (await aws.loadBalancers()).describeTags({ ResourceArns: arns });
    return TagDescriptions.map(({ ResourceArn = "", Tags }) => [ResourceArn, fromTagList(Tags)]);
  } catch (error) {
    if (!isAwsError(error, "TargetGroupNotFoundException", "RuleNotFoundException")) throw error;
    // One that is gone fails the call for all.
    if (arns.length === 1) return [];
    return (await mapInParallel(arns, WIDTH, (arn) => readTagsOf(aws, [arn]))).flat();
  }
}

/** Adds tags to a target group or a rule, and changes those that are there. */
export async function tagBalancerPart(aws: AwsClients, arn: string, tags: TagMap): Promise<void> {
  await (await aws.loadBalancers()).addTags({ ResourceArns: [arn], Tags: toTagList(tags) });
}

/** A listener; undefined if there is none. */
export async function describeListener(aws: AwsClients, arn: string): Promise<Listener | undefined> {
  try {
    return (await (await aws.loadBalancers()).describeListeners({ ListenerArns: [arn] })).Listeners?.[0];
  } catch (error) {
    if (isAwsError(error, "ListenerNotFoundException")) return undefined;
    throw error;
  }
}

/** All rules of a listener. */
export async function listRules(aws: AwsClients, ListenerArn: string): Promise<Rule[]> {
  const rules: Rule[] = [];
  for await (const page of (await aws.loadBalancers()).paginateDescribeRules({ ListenerArn, PageSize: 400 }))
    rules.push(...(page.Rules ?? []));
  return rules;
}

/** Makes a rule that sends a host's requests to a target group; its ARN. */
export async function createHostRule(
  aws: AwsClients,
  rule: {
    readonly listener: string;
    readonly priority: number;
    readonly host: string;
    readonly targetGroup: string;
    readonly tags: TagMap;
  },
): Promise<string> {
  const { Rules } = await (await aws.loadBalancers()).createRule({
    ListenerArn: rule.listener,
    Priority: rule.priority,
    Conditions: [{ Field: "host-header", HostHeaderConfig: { Values: [rule.host] } }],
    Actions: [{ Type: "forward", TargetGroupArn: rule.targetGroup }],
    Tags: toTagList(rule.tags),
  });
  const arn = Rules?.[0]?.RuleArn;
  if (arn === undefined) throw new Error("CreateRule answered without an ARN.");
  return arn;
}

/** Sends a rule's requests to another target group, from one request to the next. */
export async function modifyHostRule(aws: AwsClients, RuleArn: string, TargetGroupArn: string): Promise<void> {
  await (await aws.loadBalancers()).modifyRule({ RuleArn, Actions: [{ Type: "forward", TargetGroupArn }] });
}

/** Deletes a rule; one that is gone is fine. */
export async function deleteHostRule(aws: AwsClients, RuleArn: string): Promise<void> {
  try {
    await (await aws.loadBalancers()).deleteRule({ RuleArn });
  } catch (error) {
    if (!isAwsError(error, "RuleNotFoundException")) throw error;
  }
}
