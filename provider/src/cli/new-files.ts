import { assetKey } from "../assets/asset-key";
import { defineFromDocument } from "../assets/define";
import type { AssetDocument, AssetReference, Definition } from "../assets/definition";
import { FileNames, type NamedAsset } from "../assets/file-names";
import { type ExportedContent, withoutInherited } from "../assets/inherited";
import { mapDatabases } from "../plan/database-map";
import type { Settings } from "../settings/schema";
import type { Inventory, RemoteAsset } from "../superset/inventory";

/** An asset that is in no file yet, and that a pulled asset uses. */
export interface NewAsset {
  readonly definition: Definition;
  /** Path of the file that uses it. */
  readonly usedBy: string;
}

/** What a pulled asset uses and what can be in no file of its own. */
export interface UnresolvedReference {
  readonly reference: AssetReference;
  readonly usedBy: string;
}

/** What {@link collectNewAssets} starts from. */
export interface Surroundings {
  /** Everything that has a file. */
  readonly definitions: readonly Definition[];
  /** They may map databases, which then need no file. */
  readonly settings: Settings;
  readonly inventory: Inventory;
  /** Reads objects of the server in canonical form. */
  readonly read: (remotes: readonly RemoteAsset[]) => Promise<ReadonlyMap<RemoteAsset, ExportedContent>>;
}

/**
 * Finds what pulled assets use on the server and what is in no file: a chart that somebody made and put on a dashboard,
 * with its dataset.
 */
export async function collectNewAssets(
  pulled: readonly Definition[],
  { definitions, settings, inventory, read }: Surroundings,
): Promise<{ assets: NewAsset[]; unresolved: UnresolvedReference[] }> {
  const mappedDatabases = mapDatabases([], settings.databases);
  const names = new FileNames(definitions);
  const known = new Set(definitions.map(({ kind, uuid }) => assetKey(kind, uuid)));
  const assets: NewAsset[] = [];
  const unresolved: UnresolvedReference[] = [];
  let users: readonly Definition[] = pulled;
  while (users.length > 0) {
    const missing = new Map<RemoteAsset, string>();
    for (const user of users) {
      for (const reference of user.references) {
        const key = assetKey(reference.kind, reference.uuid);
        const isMapped = reference.kind === "database" && mappedDatabases.has(reference.uuid);
        if (known.has(key) || isMapped) continue;
        known.add(key);
        const remote = inventory.byUuid(reference.kind, reference.uuid);
        // Each server has its own databases: their addresses do not belong into a file.
        if (remote === undefined || reference.kind === "database") unresolved.push({ reference, usedBy: user.path });
        else missing.set(remote, user.path);
      }
    }
    const added: Definition[] = [];
    for (const [remote, content] of await read([...missing.keys()])) {
      const document = withoutInherited(content);
      const path = names.choose(nameAsset(remote, document, inventory));
      const definition = defineFromDocument(remote.kind, document, { path, name: path });
      assets.push({ definition, usedBy: missing.get(remote) ?? "" });
      added.push(definition);
    }
    users = added;
  }
  return { assets, unresolved };
}

function nameAsset(remote: RemoteAsset, { uuid, database_uuid }: AssetDocument, inventory: Inventory): NamedAsset {
  const { kind, title } = remote;
  const database = remote.database && inventory.byId("database", remote.database.id);
  return {
    kind,
    title,
    uuid: String(uuid),
    ...(database && { database: { uuid: String(database_uuid), name: database.title } }),
  };
}
