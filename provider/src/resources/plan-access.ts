import * as pulumi from "@pulumi/pulumi";
import type { AssetAccess } from "../assets/access";
import { assertNothingMissing, describeAccessChange, listMissing, type PlannedAccess } from "../plan/access";
import { assetKey } from "../plan/asset-key";
import { type RemoteAccess, readAccess } from "../superset/asset-access";
import type { SupersetClient } from "../superset/client";
import type { RemoteAsset } from "../superset/inventory";
import { type Directory, readDirectory } from "../superset/people";

/**
 * Compares declared owners and roles with the target's, in a few requests for all assets.
 *
 * @param objects the objects on the target, by kind and UUID of the definition
 * @returns by kind and UUID of the definition
 * @throws ProblemError `access/missing` naming every person and role that the target lacks
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
  assertNothingMissing(listMissing(assets, directory), pulumi.getStack());
  const present = await readPresent(client, objects, assets);
  return new Map(
    assets.map((asset): [string, PlannedAccess] => [
      assetKey(asset.kind, asset.uuid),
      { ...asset, ...toChange(asset, present.get(asset), directory) },
    ]),
  );
}

function toChange(
  asset: AssetAccess,
  present: RemoteAccess | undefined,
  directory: Directory,
): Pick<PlannedAccess, "change"> {
  const change = describeAccessChange(asset, present, directory);
  return change === undefined ? {} : { change };
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
