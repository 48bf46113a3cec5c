import { canonicalise } from "../assets/canonical";
import { ASSET_KINDS, type AssetDocument, type AssetKind, type Definition } from "../assets/definition";
import { invertMapping, type MappedAsset, restoreUuids, type UuidRestorer } from "../identity/invert-mapping";
import { mapDatabases } from "../plan/database-map";
import type { Settings } from "../settings/schema";
import type { SupersetClient } from "../superset/client";
import { exportDocuments } from "../superset/export";
import type { Inventory, RemoteAsset } from "../superset/inventory";
import { locateAsset, targetUuidOf } from "./locate-assets";
import type { StateAsset } from "./stack-state";

/**
 * The definitions' UUIDs for the objects of a server. Databases of files and settings are found by name, as the plan finds
 * them: one that was there before need not be in the state.
 */
export function restorerOf(
  assets: readonly StateAsset[],
  definitions: readonly Definition[],
  inventory: Inventory,
  settings: Settings,
): UuidRestorer {
  const inState = assets.map((asset) => ({
    kind: asset.kind,
    uuid: asset.uuid,
    targetUuid: locateAsset(asset, inventory)?.uuid ?? targetUuidOf(asset),
  }));
  const stated = definitions.filter(({ kind }) => kind === "database");
  const databases = [...mapDatabases(stated, settings.databases).values()].flatMap(({ uuid, name }): MappedAsset[] => {
    const remote = inventory.databaseByName(name);
    return remote === undefined ? [] : [{ kind: "database", uuid, targetUuid: remote.uuid }];
  });
  return invertMapping([...inState, ...databases]);
}

/**
 * Reads assets as they are on the server: in canonical form, under the UUIDs of the definitions.
 *
 * @returns what vanished meanwhile is missing
 */
export async function readServerVersions(
  client: SupersetClient,
  remotes: readonly RemoteAsset[],
  restore: UuidRestorer,
): Promise<ReadonlyMap<RemoteAsset, AssetDocument>> {
  const versions = new Map<RemoteAsset, AssetDocument>();
  for (const kind of ASSET_KINDS) {
    const ofKind = remotes.filter((remote) => remote.kind === kind);
    if (ofKind.length === 0) continue;
    const documents = await exportDocuments(client, kind, ofKind);
    for (const remote of ofKind) {
      const document = documents.get(remote.uuid);
      if (document !== undefined) versions.set(remote, convert(kind, document, restore));
    }
  }
  return versions;
}

function convert(kind: AssetKind, document: AssetDocument, restore: UuidRestorer): AssetDocument {
  return canonicalise(kind, restoreUuids(kind, document, restore));
}
