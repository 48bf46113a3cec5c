import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { ruleOutputsSchema } from "../hooks/rule-state";
import type { KnownRule } from "../plan/rules";
import { parseFlags } from "../settings/strategy";
import { FOLDER_TYPE } from "./known-resources";
import { RULE_TYPE } from "./row-level-security";

const answerSchema = z.object({ outputs: z.record(z.string(), z.object({ type: z.string(), outputs: z.unknown() })) });

const folderSchema = z.object({ strategy: z.string() });

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
  const retained = resources.some(([, { type, outputs }]) => type === FOLDER_TYPE && hadNoDelete(outputs));
  const rules = resources.flatMap(([urn, { type, outputs }]): KnownRule[] => {
    // A resource whose first write failed has no outputs yet: to the plan it is unknown.
    const { data } = ruleOutputsSchema.safeParse(outputs);
    if (type !== RULE_TYPE || data === undefined) return [];
    const { name, origin, checksum, target } = data;
    return [{ urn, name, origin, checksum, target, retained }];
  });
  return new Map(rules.map((rule) => [rule.name, rule]));
}

/** Whether the folder was deployed last without DELETE: the engine keeps that in a place which programs cannot read. */
function hadNoDelete(outputs: unknown): boolean {
  const { data } = folderSchema.safeParse(outputs);
  return data !== undefined && !parseFlags(data.strategy)?.includes("DELETE");
}
