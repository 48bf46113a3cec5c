import type { AssetDocument, Definition } from "../assets/definition";
import type { ExportedContent } from "../assets/inherited";
import { objectUuid } from "../identity/mapping";
import type { UuidMap } from "../identity/rewrite-uuids";
import { toStatedDocument } from "../identity/state-content";
import type { DatabaseTarget } from "../plan/database-map";
import type { SupersetClient } from "../superset/client";
import { exportByKind } from "../superset/export";
import type { Inventory, RemoteAsset } from "../superset/inventory";
import { locateAsset } from "./locate-assets";
import type { StateAsset } from "./stack-state";

/**
 * The definitions' UUIDs by those of the objects of a server. Databases of files and settings are found by name, as the plan finds
 * them: one that was there before need not be in the state.
 */
export function mapToFiles(
  assets: readonly StateAsset[],
  inventory: Inventory,
  databases: ReadonlyMap<string, Pick<DatabaseTarget, "uuid" | "name">>,
): UuidMap {
  const inState = assets.map(
    (asset) => [locateAsset(asset, inventory)?.uuid ?? objectUuid(asset), asset.uuid] as const,
  );
  const inFiles = [...databases.values()].flatMap(({ uuid, name }) => {
    const remote = inventory.databaseByName(name);
    return remote === undefined ? [] : [[remote.uuid, uuid] as const];
  });
  return Object.fromEntries([...inState, ...inFiles]);
}

/**
 * A dataset under the database that its own file names, where several of the files and settings are that database.
 *
 * @param document as {@link readServerVersions} gives it
 * @param stated its definition, if there is one
 */
export function keepStatedDatabase(
  document: AssetDocument,
  stated: Definition | undefined,
  databases: ReadonlyMap<string, Pick<DatabaseTarget, "name">>,
): AssetDocument {
  const own = stated?.references.find(({ kind }) => kind === "database")?.uuid ?? "";
  const name = databases.get(own)?.name;
  const isSame = name !== undefined && name === databases.get(String(document.database_uuid))?.name;
  return isSame ? { ...document, database_uuid: own } : document;
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
): Promise<ReadonlyMap<RemoteAsset, ExportedContent>> {
  const contents = await exportByKind(client, remotes);
  return new Map(
    [...contents].map(([remote, content]) => {
      const document = toStatedDocument(remote.kind, content.document, toFiles, inventory);
      return [remote, { ...content, document }];
    }),
  );
}
