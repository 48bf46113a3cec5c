import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { outputsSchema } from "../hooks/asset-state";
import { assetKey } from "../plan/asset-key";
import type { KnownAsset } from "../plan/decide";
import { parseFlags } from "../settings/strategy";
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
  const resources = Object.entries(answerSchema.parse(answer).outputs);
  const retained = wasRetained(resources.map(([, resource]) => resource));
  const known = new Map<string, KnownAsset>();
  const types = new Set(Object.values(TYPE_TOKENS));
  for (const [urn, resource] of resources) {
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
      retained,
      ...(externalUrl !== undefined && { externalUrl }),
    });
  }
  return known;
}

/** Type token of the component for a folder. It is part of every URN: never change it. */
export const FOLDER_TYPE = "superset:index:SupersetAssets";

const folderSchema = z.object({ strategy: z.string() });

/** Whether the folder was deployed last without DELETE: the engine keeps that in a place which programs cannot read. */
function wasRetained(resources: readonly { readonly type: string; readonly outputs: unknown }[]): boolean {
  const folders = resources.filter(({ type }) => type === FOLDER_TYPE);
  return folders.some(({ outputs }) => {
    const { data } = folderSchema.safeParse(outputs);
    return data !== undefined && !parseFlags(data.strategy)?.includes("DELETE");
  });
}
