import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { ruleOutputsSchema } from "../hooks/rule-state";
import type { KnownRule } from "../plan/rules";
import { RULE_TYPE } from "./row-level-security";

const answerSchema = z.object({ outputs: z.record(z.string(), z.object({ type: z.string(), outputs: z.unknown() })) });

/**
 * Reads from the engine which rules this stack applied last.
 *
 * @returns by name; empty for a new stack
 */
export async function readKnownRules(stack: string): Promise<ReadonlyMap<string, KnownRule>> {
  const answer = await pulumi.runtime.invoke(
    "pulumi:pulumi:readStackResourceOutputs",
    { stackName: stack },
    { async: true },
  );
  const resources = Object.entries(answerSchema.parse(answer).outputs);
  const rules = resources.flatMap(([urn, { type, outputs }]): KnownRule[] => {
    // A resource whose first write failed has no outputs yet: to the plan it is unknown.
    const { data } = ruleOutputsSchema.safeParse(outputs);
    if (type !== RULE_TYPE || data === undefined) return [];
    const { name, origin, checksum, target } = data;
    return [{ urn, name, origin, checksum, target }];
  });
  return new Map(rules.map((rule) => [rule.name, rule]));
}
