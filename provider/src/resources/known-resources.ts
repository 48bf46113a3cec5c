import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { outputsSchema } from "../hooks/asset-state";
import type { KnownAsset } from "../plan/decide";
import { assetKey } from "../plan/plan-assets";
import { TYPE_TOKENS } from "./asset-resource";

const answerSchema = z.object({ outputs: z.record(z.string(), z.object({ type: z.string(), outputs: z.unknown() })) });

/**
 * Reads what this stack applied last, from the engine: a program that knows its own state can tell new from adopted,
 * recognise a renamed file, and leave out what the strategy does not allow.
 *
 * @param stack name of the stack
 * @returns by kind and UUID; empty for a new stack
 */
export async function readKnownResources(stack: string): Promise<ReadonlyMap<string, KnownAsset>> {
  const answer = await pulumi.runtime.invoke(
    "pulumi:pulumi:readStackResourceOutputs",
    { stackName: stack },
    { async: true },
  );
  const known = new Map<string, KnownAsset>();
  const types = new Set(Object.values(TYPE_TOKENS));
  for (const [urn, resource] of Object.entries(answerSchema.parse(answer).outputs)) {
    if (!types.has(resource.type)) continue;
    const outputs = outputsSchema.safeParse(resource.outputs);
    // A resource whose first write failed has no outputs yet: to the plan it is unknown.
    if (!outputs.success) continue;
    const { kind, uuid, title, origin, checksum, links, target, managed, externalUrl } = outputs.data;
    known.set(assetKey(kind, uuid), {
      urn,
      uuid,
      title,
      origin,
      checksum,
      links,
      target,
      managed,
      ...(externalUrl !== undefined && { externalUrl }),
    });
  }
  return known;
}
