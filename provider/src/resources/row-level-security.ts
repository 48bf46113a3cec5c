import { RULE_KIND, type RuleInputs } from "../hooks/rule-state";
import { formatDecision } from "../plan/decide";
import { digestRule, type KnownRule, type PlannedRule } from "../plan/rules";
import { HOOKS_DOOR } from "./hooks-door";
import * as pulumi from "./pulumi";

/** Type token of a rule. It is part of every URN: never change it. */
export const RULE_TYPE = "pulumi-nodejs:dynamic/superset:RowLevelSecurity";

/** One rule about the rows that people see, as a Pulumi resource. Its logical name is the rule's own. */
export class RowLevelSecurity extends pulumi.CustomResource {
  /** Integer id on this server. Another server has another one. */
  declare readonly supersetId: pulumi.Output<number>;
  /** What the last `up` that touched it did, and why. */
  declare readonly done: pulumi.Output<string>;

  constructor(inputs: RuleInputs, options: pulumi.CustomResourceOptions) {
    const outputs = { supersetId: undefined, done: undefined, origin: undefined };
    super(RULE_TYPE, inputs.name, { __provider: HOOKS_DOOR, ...inputs, ...outputs }, options);
  }
}

/**
 * What the resource of a planned rule sends to its hooks. What is not declared is absent: the engine would show it as a
 * change.
 *
 * @param target fingerprint of the server
 */
export function toRuleInputs({ rule, decision, datasets }: PlannedRule, target: string): RuleInputs {
  const { name, path, clause, filterType, groupKey, description, roles } = rule;
  return {
    kind: RULE_KIND,
    name,
    path,
    clause,
    filterType,
    ...(groupKey !== undefined && { groupKey }),
    ...(description !== undefined && { description }),
    roles: [...roles],
    datasets: [...datasets],
    checksum: digestRule(rule),
    target,
    action: formatDecision(decision),
  };
}

/** A rule that no file declares any more, and that stays: the hooks answer the inputs that the state has. */
export function toKeptRuleInputs({ name, checksum, target }: KnownRule, reason: string): RuleInputs {
  return {
    path: "",
    clause: "",
    filterType: "Regular",
    roles: [],
    datasets: [],
    kind: RULE_KIND,
    name,
    checksum,
    target,
    action: formatDecision({ action: "skip", reason }),
  };
}
