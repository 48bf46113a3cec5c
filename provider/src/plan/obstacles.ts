import type { Definition } from "../assets/definition";
import { describeAsset, type Strategy } from "../settings/strategy";
import type { Inventory, RemoteAsset } from "../superset/inventory";
import { assetKey } from "./asset-key";
import type { DatabaseTarget } from "./database-map";

/** What an obstacle is looked for in. */
export interface ObstacleContext {
  readonly inventory: Inventory;
  readonly databases: ReadonlyMap<string, DatabaseTarget>;
  readonly strategy: Strategy;
  /** Name of the target's database of a database or dataset. */
  readonly database: string | undefined;
  readonly remote: RemoteAsset | undefined;
  /** What was planned before, and the name of the target's database of each. */
  readonly planned: ReadonlyMap<string, PlannedDatabase>;
  /** What the state has, by {@link assetKey}. */
  readonly known: ReadonlyMap<string, unknown>;
  /** The environment variables, for passwords that are read from there. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

interface PlannedDatabase {
  readonly definition: Definition;
  readonly database?: string;
}

/** Why an asset cannot be written to the target, with what to do about it; undefined if nothing stands against it. */
export function findObstacle(definition: Definition, context: ObstacleContext): string | undefined {
  if (definition.kind === "database") return findDatabaseObstacle(definition, context);
  if (definition.kind === "dataset") return findDatasetObstacle(definition, context);
  if (definition.kind === "dashboard") return findSlugHolder(definition, context);
  return undefined;
}

/** A database has to be created: only possible with an address and, if that needs one, a password. */
function findDatabaseObstacle(definition: Definition, context: ObstacleContext): string | undefined {
  if (context.remote !== undefined || !context.strategy.has("CREATE")) return undefined;
  const settings = context.databases.get(definition.uuid)?.settings;
  const uri = String(definition.document.sqlalchemy_uri ?? "");
  const key = `superset:databases.${settings?.key ?? definition.title}`;
  const missing = `the target has no database "${context.database}"`;
  const twin = [...context.planned.values()].find(
    (other) => other.definition.kind === "database" && other.database === context.database,
  );
  if (twin !== undefined) {
    return `${missing}, and ${twin.definition.path} is to become the same one: exclude one of the two files`;
  }
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
  const twin = findTwin(definition, context);
  if (twin !== undefined) {
    return `${twin.path} is the same table of the database "${database}" of this stack, so Superset would take them for one object: exclude one of them`;
  }
  const remoteDatabase = inventory.databaseByName(database);
  if (remoteDatabase === undefined) return findMissingDatabase(definition, context);
  if (context.remote !== undefined && context.remote.database?.id !== remoteDatabase.id) {
    return `on the target it belongs to another database than "${database}", and Superset's importer cannot move it: move or delete it there first`;
  }
  const schema = textOrNull(definition.document.schema);
  const holder = inventory
    .datasetsByKey(remoteDatabase.id, schema, definition.title)
    .find((remote) => remote.uuid !== definition.uuid);
  if (holder === undefined) return undefined;
  if (context.known.has(assetKey("dataset", holder.uuid))) {
    return `${describeAsset("dataset", holder.title)} of this stack (${holder.uuid}) still has that database, schema and table on the target: change or remove that one first, in a deployment of its own`;
  }
  return `the target has ${describeAsset("dataset", holder.title)} of the same database and schema under another UUID (${holder.uuid}), which the importer would take over: give the file that UUID, exclude it, or remove the other`;
}

/**
 * Tables of two databases of the files become one where the settings map both to one database of the target. To the
 * importer a dataset without a schema is that of any schema (superset-api 3.16).
 */
function findTwin({ title, document }: Definition, { database, planned }: ObstacleContext): Definition | undefined {
  const isTwin = (other: PlannedDatabase) =>
    other.definition.kind === "dataset" &&
    other.database === database &&
    other.definition.title === title &&
    isSameSchema(textOrNull(other.definition.document.schema), textOrNull(document.schema));
  return [...planned.values()].find(isTwin)?.definition;
}

/** The database of a dataset is not there; it must be about to be created from its file. */
function findMissingDatabase(definition: Definition, context: ObstacleContext): string | undefined {
  const reference = definition.references.find(({ kind }) => kind === "database");
  if (reference !== undefined && context.databases.get(reference.uuid)?.definition !== undefined) return undefined;
  return `the target has no database "${context.database}", and no file tells how to create it: create it there, or correct superset:databases`;
}

function findSlugHolder(definition: Definition, { inventory, known }: ObstacleContext): string | undefined {
  const slug = textOrNull(definition.document.slug);
  if (slug === null || slug === "") return undefined;
  const holder = inventory.dashboardBySlug(slug);
  if (holder === undefined || holder.uuid === definition.uuid) return undefined;
  if (known.has(assetKey("dashboard", holder.uuid))) {
    return `${describeAsset("dashboard", holder.title)} of this stack (${holder.uuid}) still has the slug "${slug}" on the target: change or remove that one first, in a deployment of its own`;
  }
  return `the target has ${describeAsset("dashboard", holder.title)} with the slug "${slug}" under another UUID (${holder.uuid}), which the importer would take over: give the file that UUID or another slug, or remove the other`;
}

function isSameSchema(one: string | null, other: string | null): boolean {
  return !one || !other || one === other;
}

function textOrNull(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
