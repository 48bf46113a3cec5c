import { z } from "zod";
import { assetKey } from "../assets/asset-key";
import { type AssetOutputs, outputsSchema } from "../hooks/asset-state";
import type { KnownAsset } from "../plan/decide";
import { nameOfUrn } from "../plan/names";
import { parseFlags } from "../settings/strategy";
import { TYPE_TOKENS } from "./asset-resource";
import type { StateResource } from "./stack-outputs";

/**
 * Finds what this stack applied last: a program that knows its own state can tell new from adopted, recognise a renamed
 * file, and leave out what the strategy does not allow.
 *
 * @returns by kind and UUID; empty for a new stack
 */
export function findKnownResources(resources: readonly StateResource[]): ReadonlyMap<string, KnownAsset> {
  const isForgetful = wasRetained(resources);
  const known = new Map<string, KnownAsset>();
  const types = new Set(Object.values(TYPE_TOKENS));
  for (const resource of resources) {
    if (!types.has(resource.type)) continue;
    const outputs = outputsSchema.safeParse(resource.outputs);
    // A resource whose first write failed has no outputs yet: to the plan it is unknown.
    if (!outputs.success) continue;
    known.set(assetKey(outputs.data.kind, outputs.data.uuid), toKnown(resource.urn, outputs.data, isForgetful));
  }
  return known;
}

function toKnown(urn: string, outputs: AssetOutputs, isForgetful: boolean): KnownAsset {
  const { uuid, targetUuid, title, supersetId, origin, checksum, links, target, managed } = outputs;
  const { externalUrl, changedOn, matched, retained, columns, owners, roles } = outputs;
  return {
    urn,
    path: outputs.path ?? `${nameOfUrn(urn)}.yaml`,
    uuid,
    title,
    supersetId,
    origin,
    checksum,
    links,
    target,
    managed,
    isForgetful,
    ...(targetUuid !== undefined && { targetUuid }),
    ...(externalUrl !== undefined && { externalUrl }),
    ...(changedOn !== undefined && { changedOn }),
    ...(matched !== undefined && matched !== "created" && { match: matched }),
    ...(retained !== undefined && { retained }),
    ...(columns !== undefined && { columns }),
    ...((owners ?? roles) !== undefined && { access: { owners, roles } }),
    ...(outputs.__applied !== undefined && { applied: outputs.__applied }),
    isDrifted: outputs.drift !== undefined,
  };
}

/** Type token of the component for a folder. It is part of every URN: never change it. */
export const FOLDER_TYPE = "superset:index:SupersetAssets";

const folderSchema = z.object({ strategy: z.string() });

/**
 * Whether version 0.1 deployed the folder last without DELETE: the engine then forgets a vanished asset without asking
 * the hooks, and keeps that in a place which programs cannot read.
 */
function wasRetained(resources: readonly StateResource[]): boolean {
  const folders = resources.filter(({ type }) => type === FOLDER_TYPE);
  return folders.some(({ outputs }) => {
    const { data } = folderSchema.safeParse(outputs);
    return data !== undefined && !parseFlags(data.strategy)?.includes("DELETE");
  });
}
