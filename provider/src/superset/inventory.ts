import { ASSET_KINDS, type AssetKind } from "../assets/definition";
import type { SupersetClient } from "./client";
import { readListAlone } from "./exclusive";
import { listAssets, type RemoteAsset } from "./listing";

export type { RemoteAsset } from "./listing";

/** What is on a server, as of one moment and with what this process wrote since. */
export class Inventory {
  /** By kind and UUID in lower case. */
  readonly #kinds = new Map<AssetKind, Map<string, RemoteAsset>>(ASSET_KINDS.map((kind) => [kind, new Map()]));
  /** By kind and integer id. */
  readonly #ids = new Map<string, RemoteAsset>();

  constructor(assets: readonly RemoteAsset[]) {
    for (const asset of assets) this.remember(asset);
  }

  /** All assets. */
  all(): readonly RemoteAsset[] {
    return ASSET_KINDS.flatMap((kind) => [...this.#ofKind(kind).values()]);
  }

  /** How many assets of a kind there are. */
  count(kind: AssetKind): number {
    return this.#ofKind(kind).size;
  }

  /** The asset of a UUID, in any case of letters. */
  byUuid(kind: AssetKind, uuid: string): RemoteAsset | undefined {
    return this.#ofKind(kind).get(uuid.toLowerCase());
  }

  /** The asset of an integer id. */
  byId(kind: AssetKind, id: number): RemoteAsset | undefined {
    return this.#ids.get(`${kind} ${id}`);
  }

  /** Takes in what this process has just written. */
  remember(asset: RemoteAsset): void {
    this.#ofKind(asset.kind).set(asset.uuid.toLowerCase(), asset);
    this.#ids.set(`${asset.kind} ${asset.id}`, asset);
  }

  /** Takes out what this process has just deleted. */
  forget({ kind, uuid }: Pick<RemoteAsset, "kind" | "uuid">): void {
    const gone = this.byUuid(kind, uuid);
    if (gone === undefined) return;
    this.#ofKind(kind).delete(uuid.toLowerCase());
    // The object may have another UUID by now.
    if (this.byId(kind, gone.id) === gone) this.#ids.delete(`${kind} ${gone.id}`);
  }

  /** The database of a name, which is unique on a server. */
  databaseByName(name: string): RemoteAsset | undefined {
    return this.#find("database", ({ title }) => title === name);
  }

  /**
   * The datasets that Superset's importer would take for the one of this key (superset-api 3.16): those of the same
   * schema, of whichever catalog; where no schema is given, those of any.
   */
  datasetsByKey(databaseId: number, schema: string | null, table: string): RemoteAsset[] {
    return [...this.#ofKind("dataset").values()].filter(
      (asset) => asset.title === table && asset.database?.id === databaseId && (!schema || asset.schema === schema),
    );
  }

  /** The dashboard of a slug; an empty slug names none. */
  dashboardBySlug(slug: string): RemoteAsset | undefined {
    return slug === "" ? undefined : this.#find("dashboard", (asset) => asset.slug === slug);
  }

  #find(kind: AssetKind, isWanted: (asset: RemoteAsset) => boolean): RemoteAsset | undefined {
    for (const asset of this.#ofKind(kind).values()) if (isWanted(asset)) return asset;
    return undefined;
  }

  #ofKind(kind: AssetKind): Map<string, RemoteAsset> {
    const assets = this.#kinds.get(kind);
    if (assets === undefined) throw new Error(`bug: no kind ${kind}`);
    return assets;
  }
}

/**
 * Reads what is on the server: one request for each 100 assets of a kind, in parallel.
 *
 * @throws SupersetError what a request can fail with
 */
export async function loadInventory(client: SupersetClient): Promise<Inventory> {
  // One login up front: requests at the same time would wait for it anyway.
  await client.signIn();
  const kinds = await Promise.all(ASSET_KINDS.map((kind) => loadKind(client, kind)));
  return new Inventory(kinds.flat());
}

/** Reads at most this often when others create and delete at the same time. */
const READINGS = 3;

/** Reads all assets of a kind. */
export function loadKind(client: SupersetClient, kind: AssetKind): Promise<RemoteAsset[]> {
  return readListAlone(client, kind, () => readAll(client, kind));
}

async function readAll(client: SupersetClient, kind: AssetKind): Promise<RemoteAsset[]> {
  const seen = new Map<number, RemoteAsset>();
  for (let reading = 0; reading < READINGS; reading++) {
    const { counts, assets } = await loadPages(client, kind);
    // A row that is created or deleted meanwhile moves the others over the edges of pages: one may be told twice and
    // another not at all, with a sum that is right at the end. A second reading then tells the rest.
    const ids = new Set(assets.map((asset) => asset.id));
    const isStill = counts.every((count) => count === ids.size) && assets.length === ids.size;
    if (isStill) return assets;
    for (const asset of assets) seen.set(asset.id, asset);
  }
  return [...seen.values()];
}

/** @returns what each page says how many there are, too */
async function loadPages(
  client: SupersetClient,
  kind: AssetKind,
): Promise<{ counts: readonly number[]; assets: RemoteAsset[] }> {
  const first = await listAssets(client, kind);
  // A server may allow less on a page than what was asked for.
  const pages = first.assets.length === 0 ? 1 : Math.ceil(first.count / first.assets.length);
  const others = await Promise.all(
    Array.from({ length: pages - 1 }, (_, index) => listAssets(client, kind, { page: index + 1 })),
  );
  const all = [first, ...others];
  return { counts: all.map(({ count }) => count), assets: all.flatMap((page) => page.assets) };
}
