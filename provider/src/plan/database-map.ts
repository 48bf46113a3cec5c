import { defineFromDocument } from "../assets/define";
import type { Definition } from "../assets/definition";
import type { DatabaseSettings } from "../settings/schema";

/** A database that the files refer to, and the name under which the target knows it. */
export interface DatabaseTarget {
  /** UUID that the files use. */
  readonly uuid: string;
  /** Name of the target's database. */
  readonly name: string;
  /** The file, if there is one. */
  readonly definition?: Definition;
  /** What the stack's settings say about it. */
  readonly settings?: DatabaseSettings & { readonly key: string };
}

/**
 * Finds for every database of the files its name on the target: by settings (keyed by name or UUID), else the name in
 * the file. UUIDs that only the settings know are mapped too.
 *
 * @param databases definitions of kind database
 * @param settings the setting `databases`
 */
export function mapDatabases(
  databases: readonly Definition[],
  settings: Readonly<Record<string, DatabaseSettings>>,
): ReadonlyMap<string, DatabaseTarget> {
  const targets = new Map<string, DatabaseTarget>();
  for (const [key, entry] of Object.entries(settings)) {
    if (UUID.test(key) && entry.name !== undefined) {
      const uuid = key.toLowerCase();
      targets.set(uuid, { uuid, name: entry.name, settings: { ...entry, key } });
    }
  }
  for (const definition of databases) {
    const { uuid, title } = definition;
    const entry = findDatabaseSettings(definition, settings);
    targets.set(uuid, {
      uuid,
      name: entry?.name ?? title,
      definition,
      ...(entry !== undefined && { settings: entry }),
    });
  }
  return targets;
}

/** A database that has to be created takes its address and name from the settings where they give one. */
export function applyDatabaseSettings(
  definitions: readonly Definition[],
  settings: Readonly<Record<string, DatabaseSettings>>,
): Definition[] {
  return definitions.map((definition) => {
    if (definition.kind !== "database") return definition;
    const { name, sqlalchemyUri } = findDatabaseSettings(definition, settings) ?? {};
    if (name === undefined && sqlalchemyUri === undefined) return definition;
    const document = {
      ...definition.document,
      ...(name !== undefined && { database_name: name }),
      ...(sqlalchemyUri !== undefined && { sqlalchemy_uri: sqlalchemyUri }),
    };
    return defineFromDocument("database", document, definition);
  });
}

/**
 * What the settings say about a database of the files, by its UUID or name. A definition that already took over the
 * name that the settings give it is found too.
 */
export function findDatabaseSettings(
  { uuid, title }: Pick<Definition, "uuid" | "title">,
  settings: Readonly<Record<string, DatabaseSettings>>,
): (DatabaseSettings & { readonly key: string }) | undefined {
  const entries = Object.entries(settings);
  const found =
    entries.find(([key]) => key.toLowerCase() === uuid) ??
    entries.find(([key]) => key === title) ??
    entries.find(([, entry]) => entry.name === title);
  return found && { ...found[1], key: found[0] };
}

const UUID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
