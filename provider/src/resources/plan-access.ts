import type { AssetAccess } from "../assets/access";
import { assetKey } from "../assets/asset-key";
import { describeAccessChange, findLacking, type PlannedAccess } from "../plan/access";
import { type RemoteAccess, readAccess } from "../superset/asset-access";
import type { SupersetClient } from "../superset/client";
import type { RemoteAsset } from "../superset/inventory";
import { type Directory, readDirectory } from "../superset/people";

/**
 * Compares declared owners and roles with the target's, in a few requests for all assets. What the target lacks is only
 * noted: it is told together with what the rules lack.
 *
 * @param objects the objects on the target, by kind and UUID of the definition
 * @returns by kind and UUID of the definition
 */
export async function planAccess(
  assets: readonly AssetAccess[],
  client: SupersetClient,
  objects: ReadonlyMap<string, RemoteAsset>,
): Promise<ReadonlyMap<string, PlannedAccess>> {
  if (assets.length === 0) return new Map();
  const directory = await readDirectory(client, {
    people: assets.flatMap(({ owners }) => owners ?? []),
    roles: assets.flatMap(({ roles }) => roles ?? []),
  });
  const present = await readPresent(client, objects, assets);
  return new Map(
    assets.map((asset): [string, PlannedAccess] => [
      assetKey(asset.kind, asset.uuid),
      { ...asset, ...compare(asset, present.get(asset), directory) },
    ]),
  );
}

function compare(
  asset: AssetAccess,
  present: RemoteAccess | undefined,
  directory: Directory,
): Pick<PlannedAccess, "change" | "lacking"> {
  const change = describeAccessChange(asset, present, directory);
  const lacking = findLacking(asset, directory);
  return { ...(change !== undefined && { change }), ...(lacking && { lacking }) };
}

async function readPresent(
  client: SupersetClient,
  objects: ReadonlyMap<string, RemoteAsset>,
  assets: readonly AssetAccess[],
): Promise<ReadonlyMap<AssetAccess, RemoteAccess>> {
  const kinds = [...new Set(assets.map(({ kind }) => kind))];
  const found = await Promise.all(
    kinds.map(async (kind) => {
      const known = assets.flatMap((asset): [AssetAccess, string][] => {
        const remote = asset.kind === kind ? objects.get(assetKey(kind, asset.uuid)) : undefined;
        return remote === undefined ? [] : [[asset, remote.uuid]];
      });
      const access = await readAccess(client, kind, new Set(known.map(([, uuid]) => uuid)));
      return known.flatMap(([asset, uuid]): [AssetAccess, RemoteAccess][] => {
        const entry = access.get(uuid);
        return entry === undefined ? [] : [[asset, entry]];
      });
    }),
  );
  return new Map(found.flat());
}
