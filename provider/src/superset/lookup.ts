import type { AssetKind } from "../assets/definition";
import { Batcher } from "../core/batcher";
import type { SupersetClient } from "./client";
import { readListAlone } from "./exclusive";
import { type Inventory, loadKind } from "./inventory";
import { listAssets, type RemoteAsset, uuidFilters } from "./listing";

/** Another program's request of the same moment may hide rows ({@link readListAlone}): nothing is missing before it was twice. */
const READINGS = 2;

/**
 * Reads rows of a kind by their UUIDs, some 80 in a request, and never two requests at a time. A server that allows less
 * on a page tells the rest at the next readings.
 *
 * @param read sends one request; `filters` in rison
 * @param readings how often what is missing is asked for
 * @returns what is there, by UUID in lower case; what is not there is missing
 */
export async function readByUuid<Row extends { readonly uuid: string }>(
  client: SupersetClient,
  kind: AssetKind,
  uuids: Iterable<string>,
  read: (filters: string) => Promise<readonly Row[]>,
  readings = READINGS,
): Promise<Map<string, Row>> {
  const found = new Map<string, Row>();
  const wanted = new Set([...uuids].map((uuid) => uuid.toLowerCase()));
  for (let [reading, before] = [0, 0]; reading < readings || found.size > before; reading++) {
    before = found.size;
    const open = [...wanted].filter((uuid) => !found.has(uuid));
    for (const filters of uuidFilters(client, open)) {
      const rows = await readListAlone(client, kind, () => read(filters));
      for (const row of rows) if (wanted.has(row.uuid)) found.set(row.uuid, row);
    }
  }
  return found;
}

type Lookup = Batcher<string, RemoteAsset | undefined>;

const lookups = new WeakMap<SupersetClient, Map<AssetKind, Lookup>>();

function readPage(client: SupersetClient, kind: AssetKind): (filters: string) => Promise<readonly RemoteAsset[]> {
  return async (filters) => (await listAssets(client, kind, { filters })).assets;
}

/** One for each kind of a client: whoever asks at the same time is answered together. */
function lookupOf(client: SupersetClient, kind: AssetKind): Lookup {
  const kinds = lookups.get(client) ?? new Map<AssetKind, Lookup>();
  lookups.set(client, kinds);
  const run = async (uuids: readonly string[]) => {
    const found = await readByUuid(client, kind, uuids, readPage(client, kind));
    return uuids.map((uuid) => found.get(uuid.toLowerCase()));
  };
  const lookup = kinds.get(kind) ?? new Batcher({ run, quietMs: 0, maxItems: Number.POSITIVE_INFINITY });
  kinds.set(kind, lookup);
  return lookup;
}

/**
 * Reads single assets as they are now.
 *
 * @returns what is there, by UUID in lower case; what is not there is missing
 */
export async function readBack(
  client: SupersetClient,
  kind: AssetKind,
  uuids: readonly string[],
): Promise<Map<string, RemoteAsset>> {
  const lookup = lookupOf(client, kind);
  const rows = await Promise.all(uuids.map((uuid) => lookup.add(uuid)));
  return new Map(rows.flatMap((row) => (row === undefined ? [] : [[row.uuid, row]])));
}

/** An asset that somebody expects on a server. */
export interface ExpectedAsset {
  readonly kind: AssetKind;
  readonly uuid: string;
  /** Of a database: its name on the server, which is what it is found by. */
  readonly database?: string | undefined;
}

/** Asks a second time for what an inventory does not have (see {@link READINGS}), and adds what is there. */
export async function confirmAbsences(
  client: SupersetClient,
  inventory: Inventory,
  expected: readonly ExpectedAsset[],
): Promise<void> {
  const absent = expected.filter(({ kind, uuid, database }) =>
    kind === "database" && database !== undefined
      ? inventory.databaseByName(database) === undefined
      : inventory.byUuid(kind, uuid) === undefined,
  );
  const kinds = [...new Set(absent.map(({ kind }) => kind))];
  const found = await Promise.all(
    kinds.map(async (kind) => {
      const uuids = absent.flatMap((asset) => (asset.kind === kind ? [asset.uuid] : []));
      // Databases are found by name. And a short list is sooner read again than many UUIDs are asked for.
      if (kind === "database" || uuids.length > inventory.count(kind)) return loadKind(client, kind);
      return [...(await readByUuid(client, kind, uuids, readPage(client, kind), READINGS - 1)).values()];
    }),
  );
  for (const remote of found.flat()) inventory.remember(remote);
}
