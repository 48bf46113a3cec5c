import { z } from "zod";
import type { SupersetClient } from "./client";
import type { RemoteAsset } from "./listing";
import { changeValues } from "./put";

const Answer = z.unknown();

/**
 * Gives an object another UUID, in place. Of a dashboard that ends its permalinks; a UUID in use is refused with 422,
 * without a reason (superset-semantics 4.2).
 */
export async function giveUuid(client: SupersetClient, remote: RemoteAsset, uuid: string): Promise<RemoteAsset> {
  await changeValues(client, remote, { uuid });
  return { ...remote, uuid };
}

/**
 * Where a dataset is to be. Its catalog is left to the import that follows: a database that allows its default one only
 * refuses a request that names another, also null (`UpdateDatasetCommand`).
 */
export interface DatasetPlace {
  readonly databaseId: number;
  readonly schema: string | null;
  readonly table: string;
}

/**
 * Moves a dataset into another database, in place: what Superset's importer cannot do (superset-api 3.17). Its id,
 * row-level security and grants stay.
 */
export async function moveDataset(
  client: SupersetClient,
  remote: RemoteAsset,
  place: DatasetPlace,
): Promise<RemoteAsset> {
  const { databaseId, schema, table } = place;
  await changeValues(client, remote, { database_id: databaseId, schema, table_name: table });
  return { ...remote, title: table, database: { id: databaseId }, schema };
}

/** Drops the cached results of datasets. */
export async function flushCaches(client: SupersetClient, datasets: readonly RemoteAsset[]): Promise<void> {
  if (datasets.length === 0) return;
  const body = { datasource_uids: datasets.map(({ id }) => `${id}__table`) };
  await client.send("POST", "/api/v1/cachekey/invalidate", body, Answer);
}
