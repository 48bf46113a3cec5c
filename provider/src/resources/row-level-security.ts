import * as pulumi from "@pulumi/pulumi";
import { RULE_KIND } from "../hooks/rule-state";
import { formatDecision } from "../plan/decide";
import { digestRule, type PlannedRule } from "../plan/rules";
import { HOOKS_DOOR } from "./asset-resource";

/** Type token of a rule. It is part of every URN: never change it. */
export const RULE_TYPE = "pulumi-nodejs:dynamic/superset:RowLevelSecurity";

/** One rule about the rows that people see, as a Pulumi resource. Its logical name is the rule's own. */
export class RowLevelSecurity extends pulumi.CustomResource {
  /** Integer id on this server. Another server has another one. */
  declare readonly supersetId: pulumi.Output<number>;
  /** What the last `up` that touched it did, and why. */
  declare readonly done: pulumi.Output<string>;

  /** @param target fingerprint of the server */
  constructor({ rule, decision, datasets }: PlannedRule, target: string, options: pulumi.CustomResourceOptions) {
    const { name, path, clause, filterType, groupKey, description, roles } = rule;
    // Inputs that are not declared must be absent: the engine would show them as a change.
    const inputs = { kind: RULE_KIND, name, path, clause, filterType, groupKey, description, roles, datasets, target };
    const planned = { checksum: digestRule(rule), action: formatDecision(decision) };
    super(
      RULE_TYPE,
      name,
      { __provider: HOOKS_DOOR, ...inputs, ...planned, supersetId: undefined, done: undefined, origin: undefined },
      options,
    );
  }
}
