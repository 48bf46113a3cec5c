import type { Definition } from "../assets/definition";
import type { Inventory, RemoteAsset } from "../superset/inventory";

/** How the object of a definition was found on the target. */
export const MATCHES = ["settings", "uuid", "natural key"] as const;

export type Match = (typeof MATCHES)[number];

/** UUID of the object that the state has for an asset: the definition's, unless the target has another. */
export function objectUuid(known: { readonly uuid: string; readonly targetUuid?: string | undefined }): string {
  return known.targetUuid ?? known.uuid;
}

/** The object on the target that a definition stands for. */
export interface Target {
  /** UUID that the object has, or is to have: the definition's, unless an object of another UUID was adopted. */
  readonly uuid: string;
  /** The object; absent where the target does not have it. */
  readonly remote?: RemoteAsset;
  /** How it was found; absent with {@link remote}. */
  readonly match?: Match;
}

/** What the mapping depends on beside the definitions. */
export interface MappingInput {
  readonly inventory: Inventory;
  /** Of a database of the files, by UUID: its name on the target, and whether settings say so. */
  readonly databases: ReadonlyMap<string, { readonly name: string; readonly isChosen: boolean }>;
  /** The setting `uuids`: UUID of the object by the UUID of the definition, both in lower case. */
  readonly uuids: Readonly<Record<string, string>>;
  /** Whether objects of other UUIDs are taken over by their natural key. */
  readonly adopt: boolean;
  /** Whether an object that is taken over gets the definition's UUID. */
  readonly takeOver: boolean;
  /** What the stack mapped a definition to last, on this target. */
  readonly recorded: (definition: Definition) => { readonly uuid: string; readonly match: Match } | undefined;
}

/** The objects of definitions. */
export type Mapping = ReadonlyMap<Definition, Target>;

/**
 * Finds for every definition its object on the target: by settings, by what was recorded, by UUID, by natural key. An
 * object that is one definition's already is not another one's by its natural key.
 *
 * @param definitions in the order of dependency
 */
export function mapDefinitions(definitions: readonly Definition[], input: MappingInput): Mapping {
  const direct = definitions.map((definition) => [definition, findDirectly(definition, input)] as const);
  const claimed = new Set(direct.flatMap(([{ kind }, { remote }]) => (remote ? [`${kind} ${remote.uuid}`] : [])));
  const databases = new Map(
    direct.flatMap(([{ kind, uuid }, { remote }]) => (kind === "database" && remote ? [[uuid, remote] as const] : [])),
  );
  return new Map(
    direct.map(([definition, found]) => {
      const isOpen = found.remote === undefined && input.uuids[definition.uuid] === undefined && input.adopt;
      const twin = isOpen ? findByNaturalKey(definition, databases, input) : undefined;
      if (twin === undefined || claimed.has(`${twin.kind} ${twin.uuid}`)) return [definition, found];
      return [definition, targetOf(input.takeOver ? definition.uuid : twin.uuid, twin, "natural key")];
    }),
  );
}

function findDirectly(definition: Definition, input: MappingInput): Target {
  const { kind, uuid } = definition;
  if (kind === "database") return findDatabase(definition, input);
  const { inventory } = input;
  const chosen = input.uuids[uuid];
  // Named by the settings and not there: absent. Looking further would find something that nobody meant.
  if (chosen !== undefined) return targetOf(chosen, inventory.byUuid(kind, chosen), "settings");
  const recorded = input.recorded(definition);
  const known = recorded && inventory.byUuid(kind, recorded.uuid);
  if (recorded !== undefined && known !== undefined) return targetOf(recorded.uuid, known, recorded.match);
  return targetOf(uuid, inventory.byUuid(kind, uuid), "uuid");
}

/** Databases are found by name, because every environment has its own; by UUID only where no name fits. */
function findDatabase({ uuid, title }: Definition, { databases, inventory }: MappingInput): Target {
  const { name, isChosen } = databases.get(uuid) ?? { name: title, isChosen: false };
  const named = inventory.databaseByName(name);
  if (named !== undefined) return targetOf(named.uuid, named, isChosen ? "settings" : "natural key");
  // A name that the settings give is meant: no other database will do.
  return targetOf(uuid, isChosen ? undefined : inventory.byUuid("database", uuid), "uuid");
}

/** The target's database that a definition reads. */
function findDatabaseOf(
  { references }: Pick<Definition, "references">,
  databases: ReadonlyMap<string, RemoteAsset>,
  { inventory, databases: names }: Pick<MappingInput, "inventory" | "databases">,
): RemoteAsset | undefined {
  const reference = references.find(({ kind }) => kind === "database");
  if (reference === undefined) return undefined;
  // A database without a file is known by the settings only.
  const name = names.get(reference.uuid)?.name;
  return databases.get(reference.uuid) ?? (name === undefined ? undefined : inventory.databaseByName(name));
}

function targetOf(uuid: string, remote: RemoteAsset | undefined, match: Match): Target {
  return remote === undefined ? { uuid } : { uuid, remote, match };
}

/**
 * The object that is the definition's under another UUID: a dataset of the same database, schema and table, a dashboard
 * of the same slug. Charts have nothing but their UUID (superset-semantics 4.3).
 */
function findByNaturalKey(
  definition: Definition,
  databases: ReadonlyMap<string, RemoteAsset>,
  input: MappingInput,
): RemoteAsset | undefined {
  const { kind, document, title } = definition;
  if (kind === "dashboard") return input.inventory.dashboardBySlug(textOrNull(document.slug) ?? "");
  if (kind !== "dataset") return undefined;
  const database = findDatabaseOf(definition, databases, input);
  if (database === undefined) return undefined;
  const schema = textOrNull(document.schema);
  const candidates = input.inventory.datasetsByKey(database.id, schema, title);
  // To the importer a dataset without a schema is that of any schema (superset-api 3.16): only an exact one is meant.
  const exact = candidates.filter(
    (candidate) =>
      (candidate.schema ?? null) === schema && isSameCatalog(candidate.catalog, textOrNull(document.catalog)),
  );
  return exact.length === 1 ? exact[0] : undefined;
}

/** A dataset that names no catalog is in the database's default one, and Superset writes that only sometimes (4.5). */
function isSameCatalog(one: string | null | undefined, other: string | null): boolean {
  return !one || !other || one === other;
}

/** A text of a document that may be absent or empty; Superset stores both as nothing. */
export function textOrNull(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}
