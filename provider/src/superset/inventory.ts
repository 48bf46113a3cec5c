import { ASSET_KINDS, type AssetKind } from "../assets/definition";
import type { SupersetClient } from "./client";
import { listAssets, type RemoteAsset } from "./listing";

export type { RemoteAsset } from "./listing";

/** What is on a server, as of one moment and with what this process wrote since. */
export class Inventory {
  readonly #assets: Map<string, RemoteAsset>;

  constructor(assets: readonly RemoteAsset[]) {
    this.#assets = new Map(assets.map((asset) => [keyOf(asset.kind, asset.uuid), asset]));
  }

  /** All assets. */
  all(): readonly RemoteAsset[] {
    return [...this.#assets.values()];
  }

  /** The asset of a UUID, in any case of letters. */
  byUuid(kind: AssetKind, uuid: string): RemoteAsset | undefined {
    return this.#assets.get(keyOf(kind, uuid));
  }

  /** Takes in what this process has just written. */
  remember(asset: RemoteAsset): void {
    this.#assets.set(keyOf(asset.kind, asset.uuid), asset);
  }

  /** Takes out what this process has just deleted. */
  forget(asset: Pick<RemoteAsset, "kind" | "uuid">): void {
    this.#assets.delete(keyOf(asset.kind, asset.uuid));
  }

  /** The database of a name, which is unique on a server. */
  databaseByName(name: string): RemoteAsset | undefined {
    return this.all().find((asset) => asset.kind === "database" && asset.title === name);
  }

  /**
   * The datasets that Superset's importer would take for the one of this key (superset-api 3.16): those of the same
   * schema, of whichever catalog; where no schema is given, those of any.
   */
  datasetsByKey(databaseId: number, schema: string | null, table: string): RemoteAsset[] {
    return this.all().filter(
      (asset) =>
        asset.kind === "dataset" &&
        asset.database?.id === databaseId &&
        asset.title === table &&
        (!schema || asset.schema === schema),
    );
  }

  /** The dashboard of a slug; an empty slug names none. */
  dashboardBySlug(slug: string): RemoteAsset | undefined {
    if (slug === "") return undefined;
    return this.all().find((asset) => asset.kind === "dashboard" && asset.slug === slug);
  }
}

function keyOf(kind: AssetKind, uuid: string): string {
  return `${kind}/${uuid.toLowerCase()}`;
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
export async function loadKind(client: SupersetClient, kind: AssetKind): Promise<RemoteAsset[]> {
  const seen = new Map<number, RemoteAsset>();
  for (let reading = 0; reading < READINGS; reading++) {
    const { count, assets } = await loadPages(client, kind);
    // A row that is created or deleted meanwhile moves the others over the edges of pages: one may be told twice and
    // another not at all. A second reading then tells the rest.
    const isStill = new Set(assets.map((asset) => asset.id)).size === count && assets.length === count;
    if (isStill) return assets;
    for (const asset of assets) seen.set(asset.id, asset);
  }
  return [...seen.values()];
}

async function loadPages(client: SupersetClient, kind: AssetKind): Promise<{ count: number; assets: RemoteAsset[] }> {
  const first = await listAssets(client, kind);
  // A server may allow less on a page than what was asked for.
  const pages = first.assets.length === 0 ? 1 : Math.ceil(first.count / first.assets.length);
  const others = await Promise.all(
    Array.from({ length: pages - 1 }, (_, index) => listAssets(client, kind, { page: index + 1 })),
  );
  const last = others.at(-1) ?? first;
  return { count: last.count, assets: [first, ...others].flatMap((page) => page.assets) };
}
