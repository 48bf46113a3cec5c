import { ASSET_KINDS } from "../assets/definition";
import { describeAsset, type StrategyLookup } from "../settings/strategy";
import type { ChartLinks, Datasources } from "../superset/datasources";
import type { Inventory, RemoteAsset } from "../superset/inventory";
import type { KnownAsset } from "./decide";
import type { PlannedAsset } from "./plan-assets";
import { setAsideUuid } from "./replacement";

/** What {@link findOrphans} depends on. */
export interface OrphansInput {
  readonly inventory: Inventory;
  readonly datasources: Datasources;
  /** Everything that the program declares. */
  readonly planned: readonly PlannedAsset[];
  /** What the state has. */
  readonly known: Iterable<KnownAsset>;
  /** Fingerprint of the server that the stack has now. */
  readonly target: string;
  /** Whether `superset:protect` names a path. */
  readonly isProtected: (path: string) => boolean;
  readonly strategyOf: StrategyLookup;
}

/**
 * Finds what the target has in the databases that the stack uses, and what is in no definition and not in the state:
 * physical datasets, charts, and dashboards that show nothing else. A dataset with SQL is never among them: people
 * keep their SQL Lab views so.
 *
 * @returns in the order in which they can be deleted: what uses others first
 */
export function findOrphans(input: OrphansInput): RemoteAsset[] {
  const { inventory } = input;
  const own = listOwn(input);
  const isInScope = scopeOf(input);
  const orphans = inventory
    .all()
    .filter(
      (asset) => !own.has(asset.uuid) && isInScope(asset) && listPaths(asset, inventory).every(mayDelete(asset, input)),
    );
  return [...ASSET_KINDS].reverse().flatMap((kind) => orphans.filter((orphan) => orphan.kind === kind));
}

/** UUIDs on the target of all that the stack has, and of what it has set aside. */
function listOwn({ planned, known, target }: OrphansInput): ReadonlySet<string> {
  const declared = planned.flatMap(({ definition, object }) => [definition.uuid, object.uuid, object.remote?.uuid]);
  const applied = [...known].flatMap((asset) => (asset.target === target ? [asset.uuid, asset.targetUuid] : []));
  const uuids = [...declared, ...applied].flatMap((uuid) => (uuid === undefined ? [] : [uuid.toLowerCase()]));
  return new Set([...uuids, ...uuids.map(setAsideUuid)]);
}

/** Whether an object can be an orphan, whoever has it. Only datasets have a database. */
function scopeOf({ inventory, datasources, planned }: OrphansInput): (asset: RemoteAsset) => boolean {
  const databases = new Set(
    planned.flatMap(({ database }) => (database === undefined ? [] : (inventory.databaseByName(database)?.id ?? []))),
  );
  const read = new Set(
    inventory.all().flatMap(({ id, database }) => (database !== undefined && databases.has(database.id) ? [id] : [])),
  );
  const isInside = ({ dataset }: ChartLinks) => dataset !== undefined && read.has(dataset);
  const inside = new Set(datasources.charts.filter(isInside).map(({ id }) => id));
  const shown = new Map<number, number[]>();
  for (const { id, dashboards } of datasources.charts) {
    for (const dashboard of dashboards) shown.set(dashboard, [...(shown.get(dashboard) ?? []), id]);
  }
  return (asset) => {
    switch (asset.kind) {
      case "database":
        return false;
      case "dataset":
        return read.has(asset.id) && datasources.physical.has(asset.id);
      case "chart":
        return inside.has(asset.id);
      case "dashboard":
        return shown.get(asset.id)?.every((chart) => inside.has(chart)) ?? false;
    }
  };
}

/** The paths that the file of an object could have: `charts/Sales`, with the ending and the folder of its database too. */
export function listPaths({ kind, title, database }: RemoteAsset, inventory: Inventory): string[] {
  // A slash would end what `*` in a glob stands for.
  const titles = [...new Set([title, title.replaceAll("/", "-")])];
  const above = database === undefined ? undefined : inventory.byId("database", database.id)?.title;
  const folders = [`${kind}s`, ...(above === undefined ? [] : [`${kind}s/${above}`])];
  return folders.flatMap((folder) => titles.flatMap((name) => [`${folder}/${name}`, `${folder}/${name}.yaml`]));
}

function mayDelete({ kind }: RemoteAsset, { isProtected, strategyOf }: OrphansInput): (path: string) => boolean {
  return (path) => !isProtected(path) && strategyOf(kind, path).has("DELETE");
}

/** What is deleted although the stack never had it, one text; undefined if that is nothing. */
export function formatOrphans(orphans: readonly RemoteAsset[]): string | undefined {
  if (orphans.length === 0) return undefined;
  const lines = orphans.map(({ kind, title, uuid }) => `  ${describeAsset(kind, title)} (${uuid})`);
  return `On the server, in no file, and deleted:\n${lines.join("\n")}`;
}

/** Key of an object among all kinds, by its integer id. */
export function remoteKey({ kind, id }: { readonly kind: string; readonly id: number }): string {
  return `${kind}:${id}`;
}
