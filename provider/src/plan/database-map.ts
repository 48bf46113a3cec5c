import { defineFromDocument } from "../assets/define";
import type { Definition } from "../assets/definition";
import type { DatabaseSettings } from "../settings/schema";

/** A database that the files refer to, and the name under which the target knows it. */
export interface DatabaseTarget {
  /** UUID that the files use. */
  readonly uuid: string;
  /** Name of the target's database. */
  readonly name: string;
  /**
   * The file, if there is one, with the name and address that it gets on the target. Of a UUID that only the settings
   * know: the file of the database of that name, which has a UUID of its own.
   */
  readonly definition?: Definition;
  /** Whether the settings name it: then no other database of the target will do. */
  readonly isChosen: boolean;
  /** What the stack's settings say about it. */
  readonly settings?: KeyedSettings;
}

/**
 * Finds for every database of the files its name on the target: by settings (keyed by name or UUID), else the name in
 * the file. UUIDs that only the settings know are mapped too.
 *
 * @param definitions as the files state them; those of other kinds do not matter
 * @param settings the setting `databases`
 */
export function mapDatabases(
  definitions: readonly Definition[],
  settings: Readonly<Record<string, DatabaseSettings>>,
): ReadonlyMap<string, DatabaseTarget> {
  const targets = new Map<string, DatabaseTarget>();
  for (const [key, entry] of Object.entries(settings)) {
    if (UUID.test(key) && entry.name !== undefined) {
      const uuid = key.toLowerCase();
      targets.set(uuid, { uuid, name: entry.name, isChosen: true, settings: { ...entry, key } });
    }
  }
  for (const stated of definitions) {
    if (stated.kind !== "database") continue;
    const entry = findEntry(stated, settings, (key) => key === stated.title);
    const definition = applySettings(stated, entry);
    const { uuid, title } = definition;
    const isChosen = entry?.name !== undefined;
    targets.set(uuid, { uuid, name: title, isChosen, definition, ...(entry !== undefined && { settings: entry }) });
  }
  const byName = new Map([...targets.values()].map(({ name, definition }) => [name, definition]));
  for (const [uuid, target] of targets) {
    const definition = target.definition ?? byName.get(target.name);
    if (definition !== undefined) targets.set(uuid, { ...target, definition });
  }
  return targets;
}

/** The definitions, databases as they would be created on the target: with the name and address of the settings. */
export function applyTargets(
  definitions: readonly Definition[],
  targets: ReadonlyMap<string, DatabaseTarget>,
): Definition[] {
  return definitions.map((stated) => (stated.kind === "database" && targets.get(stated.uuid)?.definition) || stated);
}

function applySettings(stated: Definition, entry: KeyedSettings | undefined): Definition {
  if (entry?.name === undefined && entry?.sqlalchemyUri === undefined) return stated;
  const document = {
    ...stated.document,
    ...(entry.name !== undefined && { database_name: entry.name }),
    ...(entry.sqlalchemyUri !== undefined && { sqlalchemy_uri: entry.sqlalchemyUri }),
  };
  return defineFromDocument("database", document, stated);
}

type KeyedSettings = DatabaseSettings & {
  /** The key that people wrote. */
  readonly key: string;
};

/** The settings of a database that {@link applyTargets} has given the target's name, by its UUID or that name. */
export function findTargetSettings(
  applied: Pick<Definition, "uuid" | "title">,
  settings: Readonly<Record<string, DatabaseSettings>>,
): KeyedSettings | undefined {
  return findEntry(applied, settings, (key, { name }) => (name ?? key) === applied.title);
}

function findEntry(
  { uuid }: Pick<Definition, "uuid">,
  settings: Readonly<Record<string, DatabaseSettings>>,
  isNamed: (key: string, entry: DatabaseSettings) => boolean,
): KeyedSettings | undefined {
  const entries = Object.entries(settings);
  const found =
    entries.find(([key]) => key.toLowerCase() === uuid) ?? entries.find(([key, entry]) => isNamed(key, entry));
  return found && { ...found[1], key: found[0] };
}

const UUID = /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
