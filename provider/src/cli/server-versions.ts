import type { AssetDocument, Definition } from "../assets/definition";
import type { UuidMap } from "../identity/rewrite-uuids";
import { toStatedDocument } from "../identity/state-content";
import { mapDatabases } from "../plan/database-map";
import type { Settings } from "../settings/schema";
import type { SupersetClient } from "../superset/client";
import { exportByKind } from "../superset/export";
import type { Inventory, RemoteAsset } from "../superset/inventory";
import { locateAsset, targetUuidOf } from "./locate-assets";
import type { StateAsset } from "./stack-state";

/**
 * The definitions' UUIDs by those of the objects of a server. Databases of files and settings are found by name, as the plan finds
 * them: one that was there before need not be in the state.
 */
export function mapToFiles(
  assets: readonly StateAsset[],
  definitions: readonly Definition[],
  inventory: Inventory,
  settings: Settings,
): UuidMap {
  const inState = assets.map(
    (asset) => [locateAsset(asset, inventory)?.uuid ?? targetUuidOf(asset), asset.uuid] as const,
  );
  const stated = definitions.filter(({ kind }) => kind === "database");
  const databases = [...mapDatabases(stated, settings.databases).values()].flatMap(({ uuid, name }) => {
    const remote = inventory.databaseByName(name);
    return remote === undefined ? [] : [[remote.uuid, uuid] as const];
  });
  return Object.fromEntries([...inState, ...databases]);
}

/**
 * Reads assets as they are on the server: in canonical form, under the UUIDs of the definitions.
 *
 * @returns what vanished meanwhile is missing
 */
export async function readServerVersions(
  client: SupersetClient,
  remotes: readonly RemoteAsset[],
  toFiles: UuidMap,
  inventory: Inventory,
): Promise<ReadonlyMap<RemoteAsset, AssetDocument>> {
  const documents = await exportByKind(client, remotes);
  return new Map(
    [...documents].map(([remote, document]) => [remote, toStatedDocument(remote.kind, document, toFiles, inventory)]),
  );
}
