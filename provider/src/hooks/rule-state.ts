import { z } from "zod";
import { FILTER_TYPES } from "../assets/definition";

/** Tells the hooks, which serve all kinds of resources, that a resource is a rule. */
export const RULE_KIND = "row-level-security";

/** What a rule says. */
export const ruleContentSchema = z.object({
  /** File, for messages. */
  path: z.string(),
  clause: z.string(),
  filterType: z.enum(FILTER_TYPES),
  groupKey: z.string().optional(),
  description: z.string().optional(),
  roles: z.array(z.string()),
  /** UUIDs on the target. */
  datasets: z.array(z.string()),
});

/** What the resource of a rule holds as inputs. */
export const ruleInputsSchema = ruleContentSchema.extend({
  kind: z.literal(RULE_KIND),
  /** Identity: unique on a server. */
  name: z.string(),
  /** Digest of the declaration. */
  checksum: z.string(),
  /** Fingerprint of the target. */
  target: z.string(),
  /** The program's decision and its reason. */
  action: z.string(),
  /** Set by a refresh that found the rule changed: what differs. */
  drift: z.array(z.string()).optional(),
});

export type RuleInputs = z.output<typeof ruleInputsSchema>;

/** What the state keeps of a rule that was applied. */
export const ruleOutputsSchema = z.object({
  kind: z.literal(RULE_KIND),
  name: z.string(),
  /** `created` by this stack, or `adopted`: it was there before, and is never deleted. */
  origin: z.enum(["created", "adopted"]),
  checksum: z.string(),
  target: z.string(),
  supersetId: z.number(),
  /** What was applied: a refresh gets outputs only. */
  applied: ruleContentSchema.optional(),
  /** What differed at the last refresh, where somebody had changed the rule. */
  drift: z.array(z.string()).optional(),
  /** What the last `up` that touched it did. */
  done: z.string(),
});

export type RuleOutputs = z.output<typeof ruleOutputsSchema>;
