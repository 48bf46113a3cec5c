import type { AssetDocument } from "./definition";

/** An asset as a server exports it. */
export interface ExportedContent {
  readonly document: AssetDocument;
  /** Of a dataset: its database, as exported beside it. */
  readonly database?: AssetDocument | undefined;
}

/**
 * An asset as a server exports it, without the cache timeout that a dataset only inherits: Superset exports that of the
 * database where the dataset has none (`SqlaTable.cache_timeout`). Whether it has the same one itself, nothing tells:
 * so the definition decides.
 *
 * @param stated the dataset's definition, if there is one
 */
export function withoutInherited({ document, database }: ExportedContent, stated?: AssetDocument): AssetDocument {
  if (database === undefined) return document;
  const { cache_timeout } = document;
  const isInherited = cache_timeout === database.cache_timeout && cache_timeout !== stated?.cache_timeout;
  return isInherited ? { ...document, cache_timeout: null } : document;
}
