import type { AssetDocument } from "./definition";

/**
 * A dataset as a server exports it, without the cache timeout that it only inherits: Superset exports that of the
 * database where the dataset has none (`SqlaTable.cache_timeout`). Whether it has the same one itself, nothing tells:
 * so the definition decides.
 *
 * @param exported a dataset as exported
 * @param database its database as exported; absent: unknown
 * @param stated the dataset's definition, if there is one
 */
export function withoutInherited(
  exported: AssetDocument,
  database: AssetDocument | undefined,
  stated: AssetDocument | undefined,
): AssetDocument {
  const { cache_timeout } = exported;
  const isInherited = cache_timeout === database?.cache_timeout && cache_timeout !== stated?.cache_timeout;
  return isInherited ? { ...exported, cache_timeout: null } : exported;
}
