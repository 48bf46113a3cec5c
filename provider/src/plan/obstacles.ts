import type { Definition } from "../assets/definition";
import { type Mapping, objectUuid, type Target, textOrNull } from "../identity/mapping";
import type { Settings } from "../settings/schema";
import { describeAsset, type Strategy } from "../settings/strategy";
import type { Inventory, RemoteAsset } from "../superset/inventory";
import type { DatabaseTarget } from "./database-map";
import type { KnownAsset } from "./decide";
import { setAsideUuid } from "./replacement";

/** What an obstacle is looked for in. */
export interface ObstacleContext {
  readonly inventory: Inventory;
  readonly databases: ReadonlyMap<string, DatabaseTarget>;
  readonly strategy: Strategy;
  readonly settings: Pick<Settings, "url" | "uuids" | "adopt">;
  /** Name of the target's database of a database or dataset. */
  readonly database: string | undefined;
  /** Its object on the target. */
  readonly object: Target;
  /** Other definitions that stand for the same object. */
  readonly twins: ReadonlyMap<Definition, Definition>;
  /** What the state has. */
  readonly known: ReadonlyMap<string, KnownAsset>;
  /** The environment variables, for passwords that are read from there. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Why an asset cannot be written to the target, with what to do about it; undefined if nothing stands against it. */
export function findObstacle(definition: Definition, context: ObstacleContext): string | undefined {
  const twin = context.twins.get(definition);
  if (twin !== undefined) return describeTwin(definition, twin, context);
  switch (definition.kind) {
    case "database":
      return findDatabaseObstacle(definition, context);
    case "dataset":
      return findUnmapped(definition, context) ?? findDatasetObstacle(definition, context);
    case "chart":
      return findUnmapped(definition, context);
    case "dashboard":
      return findUnmapped(definition, context) ?? findSlugHolder(definition, context);
  }
}

/** What finds definitions that would be one object. */
interface TwinInput {
  readonly definitions: readonly Definition[];
  readonly databases: ReadonlyMap<string, DatabaseTarget>;
  readonly mapping: Mapping;
}

/**
 * Finds definitions that would be one object: of one target's object, or, where it is still to be created, of one
 * natural key. Two databases of the files become one where settings say so; their tables do too.
 */
export function findTwins({ definitions, databases, mapping }: TwinInput): ReadonlyMap<Definition, Definition> {
  const twins = new Map<Definition, Definition>();
  const holders = new Map<string, Definition[]>();
  for (const definition of definitions) {
    for (const key of keysOf(definition, mapping.get(definition), databases)) {
      const others = holders.get(key) ?? [];
      const twin = others.find((other) => isTwin(definition, other));
      if (twin !== undefined && !twins.has(definition)) twins.set(definition, twin);
      others.push(definition);
      holders.set(key, others);
    }
  }
  return twins;
}

function keysOf(
  { kind, title, references }: Definition,
  object: Target | undefined,
  databases: ReadonlyMap<string, DatabaseTarget>,
): string[] {
  // A database that is there is used, by however many files.
  if (kind === "database") return object?.remote === undefined ? [`database ${title}`] : [];
  const byObject = object?.remote === undefined ? [] : [`${kind} ${object.remote.uuid}`];
  const database = references.find((reference) => reference.kind === "database");
  const name = database && databases.get(database.uuid)?.name;
  return kind === "dataset" ? [...byObject, `table ${title} of ${name}`] : byObject;
}

/** To the importer a dataset without a schema is that of any schema (superset-api 3.16). */
function isTwin(one: Definition, other: Definition): boolean {
  if (one.kind !== "dataset" || one.title !== other.title) return true;
  const [schema, otherSchema] = [one, other].map(({ document }) => textOrNull(document.schema));
  return !schema || !otherSchema || schema === otherSchema;
}

function describeTwin({ kind }: Definition, { path }: Definition, { database, object }: ObstacleContext): string {
  if (kind === "database") {
    return `the target has no database "${database}", and ${path} is to become the same one: exclude one of the two files`;
  }
  if (kind === "dataset" && object.match !== "settings") {
    return `${path} is the same table of the database "${database}" of this stack, so Superset would take them for one object: exclude one of them`;
  }
  return `${path} stands for the same object of the target (${object.remote?.uuid}): exclude one of them, or correct superset:uuids`;
}

/** An object that settings name must be there. */
function findUnmapped({ uuid }: Definition, { settings, object }: ObstacleContext): string | undefined {
  const chosen = settings.uuids[uuid];
  if (chosen === undefined || object.remote !== undefined) return undefined;
  return `superset:uuids says that it is ${chosen} on the target, which has no such object: correct or remove the entry`;
}

/** A database has to be created: only possible with an address and, if that needs one, a password. */
function findDatabaseObstacle(definition: Definition, context: ObstacleContext): string | undefined {
  if (context.object.remote !== undefined || !context.strategy.has("CREATE")) return undefined;
  const settings = context.databases.get(definition.uuid)?.settings;
  const uri = String(definition.document.sqlalchemy_uri ?? "");
  const key = `superset:databases.${settings?.key ?? definition.title}`;
  const missing = `the target has no database "${context.database}"`;
  if (uri.includes("${")) {
    return `${missing}, and the address in its file holds a variable, which Superset does not fill in: create the database by hand, or set ${key}.sqlalchemyUri`;
  }
  if (
    settings?.password === undefined &&
    settings?.passwordEnv !== undefined &&
    !context.environment[settings.passwordEnv]
  ) {
    return `${missing}, and the environment variable ${settings.passwordEnv} with its password is not set (${key}.passwordEnv names it): set it`;
  }
  if (uri.includes(MASKED_PASSWORD) && settings?.password === undefined && settings?.passwordEnv === undefined) {
    return `${missing}, and creating it needs a password: create the database by hand, or set ${key}.passwordEnv (or ${key}.password as a secret)`;
  }
  const owner = context.inventory.byUuid("database", definition.uuid);
  if (owner !== undefined) {
    return `${missing}, but its database "${owner.title}" has the UUID of this file: set ${key}.name to "${owner.title}" to use that one`;
  }
  return undefined;
}

/** How Superset writes a password that it does not tell. */
export const MASKED_PASSWORD = "XXXXXXXXXX";

function findDatasetObstacle(definition: Definition, context: ObstacleContext): string | undefined {
  const { inventory, database } = context;
  if (database === undefined) return "its database is in no file: map its UUID with superset:databases";
  const remoteDatabase = inventory.databaseByName(database);
  if (remoteDatabase === undefined) return findMissingDatabase(definition, context);
  const schema = textOrNull(definition.document.schema);
  const holder = inventory
    .datasetsByKey(remoteDatabase.id, schema, definition.title)
    .find((remote) => remote.uuid !== context.object.remote?.uuid && remote.uuid !== setAsideUuid(context.object.uuid));
  if (holder === undefined) return undefined;
  const name = describeAsset("dataset", holder.title);
  if (isOfThisStack(holder, context)) {
    return `${name} of this stack (${holder.uuid}) still has that database, schema and table on the target: change or remove that one first, in a deployment of its own`;
  }
  if (schema === null && holder.schema) {
    return `it names no schema, so Superset's importer would take it for ${name} of the schema "${holder.schema}" (${holder.uuid}): state the schema in the file`;
  }
  if (context.object.remote === undefined && !context.settings.adopt) {
    return `the target has ${name} of the same database and schema under another UUID (${holder.uuid}), and superset:adopt is false: give the file that UUID, exclude it, or remove the other`;
  }
  return `the target has ${name} of the same database and schema under another UUID (${holder.uuid}), which Superset's importer would take over: exclude the file, or remove the other`;
}

function isOfThisStack({ kind, uuid }: RemoteAsset, { known }: ObstacleContext): boolean {
  return [...known].some(([key, asset]) => key.startsWith(`${kind}:`) && objectUuid(asset) === uuid);
}

/** The database of a dataset is not there; it must be about to be created from its file. */
function findMissingDatabase(definition: Definition, context: ObstacleContext): string | undefined {
  const reference = definition.references.find(({ kind }) => kind === "database");
  if (reference !== undefined && context.databases.get(reference.uuid)?.definition !== undefined) return undefined;
  return `the target has no database "${context.database}", and no file tells how to create it: create it there, or correct superset:databases`;
}

function findSlugHolder(definition: Definition, context: ObstacleContext): string | undefined {
  const slug = textOrNull(definition.document.slug);
  const holder = slug === null ? undefined : context.inventory.dashboardBySlug(slug);
  if (holder === undefined || holder.uuid === context.object.remote?.uuid) return undefined;
  const address = `${context.settings.url}/superset/dashboard/${encodeURIComponent(holder.slug ?? "")}/`;
  const name = `${describeAsset("dashboard", holder.title)} (${address})`;
  if (isOfThisStack(holder, context)) {
    return `${name} of this stack still has the slug "${slug}" on the target: change or remove that one first, in a deployment of its own`;
  }
  const why =
    context.object.remote === undefined ? "superset:adopt is false" : "Superset's importer would take it over";
  return `the slug "${slug}" belongs to ${name} under another UUID (${holder.uuid}), and ${why}: give the file that UUID or another slug, or remove the other`;
}
