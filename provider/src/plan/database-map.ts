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
    const key = [definition.uuid, definition.title].find((candidate) => settings[candidate] !== undefined);
    const entry = key === undefined ? undefined : settings[key];
    targets.set(definition.uuid, {
      uuid: definition.uuid,
      name: entry?.name ?? definition.title,
      definition,
      ...(entry !== undefined && key !== undefined && { settings: { ...entry, key } }),
    });
  }
  return targets;
}

const UUID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
