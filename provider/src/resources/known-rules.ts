import { ruleOutputsSchema } from "../hooks/rule-state";
import type { KnownRule } from "../plan/rules";
import { RULE_TYPE } from "./row-level-security";
import type { StateResource } from "./stack-outputs";

/**
 * Finds which rules this stack applied last.
 *
 * @returns by name; empty for a new stack
 */
export function findKnownRules(resources: readonly StateResource[]): ReadonlyMap<string, KnownRule> {
  const rules = resources.flatMap(({ urn, type, outputs }): KnownRule[] => {
    // A resource whose first write failed has no outputs yet: to the plan it is unknown.
    const { data } = ruleOutputsSchema.safeParse(outputs);
    if (type !== RULE_TYPE || data === undefined) return [];
    const { name, origin, checksum, target, drift } = data;
    return [{ urn, name, origin, checksum, target, isDrifted: drift !== undefined }];
  });
  return new Map(rules.map((rule) => [rule.name, rule]));
}
