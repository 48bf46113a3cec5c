import { assetKey } from "../assets/asset-key";
import type { AssetKind, Definition } from "../assets/definition";
import type { StatedObject } from "../assets/export-files";
import { FileNames } from "../assets/file-names";
import { ProblemError } from "../core/errors";
import { type Mapping, mapDefinitions } from "../identity/mapping";
import type { UuidMap } from "../identity/rewrite-uuids";
import { toStatedDocument } from "../identity/state-content";
import { applyTargets, type DatabaseTarget, mapDatabases } from "../plan/database-map";
import type { ExportFailure } from "../superset/export";
import { exportSelected, exportServer } from "../superset/export-server";
import { type Inventory, loadInventory, type RemoteAsset } from "../superset/inventory";
import { confirmAbsences } from "../superset/lookup";
import type { Instance } from "./instances";
import { showStep } from "./progress";
import { warnOfPart } from "./seen-part";
import { type SelectableObject, selectObjects } from "./select-objects";
import { keepStatedDatabase } from "./server-versions";
import { readStackState } from "./stack-state";

/** What {@link readServerContent} needs. */
export interface ServerContentOptions {
  readonly instance: Instance;
  /** Folder of Pulumi.yaml. */
  readonly cwd: string;
  /** The files that tell which object is which; the promise may still read them. */
  readonly definitions: Promise<readonly Definition[]>;
  /** What people named; empty: everything. */
  readonly only: readonly string[];
}

/** What a server has, as files would say it. */
export interface ServerContent {
  readonly objects: readonly StatedObject[];
  readonly failures: readonly ExportFailure[];
  /** UUIDs of the objects that people named, as the files know them; undefined where all were wanted. */
  readonly named: ReadonlySet<string> | undefined;
  /** The kinds of which the account does not see everything: what is absent of them may be there. */
  readonly partlySeen: readonly AssetKind[];
  /** Whether the server has the asset of a file. */
  readonly has: (definition: Definition) => boolean;
  /** Whether a database's file stands for another database on each server: then no server's address belongs into it. */
  readonly isShared: (database: Definition) => boolean;
}

/**
 * Reads what a server has: in canonical form, under the UUIDs of the files.
 *
 * @throws ProblemError `select/…`; what the server fails with
 */
export async function readServerContent(options: ServerContentOptions): Promise<ServerContent> {
  const { instance, only } = options;
  const { client, settings } = instance;
  const [definitions, inventory] = await showStep(`Asking ${settings.url}`, () =>
    Promise.all([options.definitions, loadInventory(client)]),
  );
  const partlySeen = await warnOfPart(client);
  const databases = mapDatabases(definitions, settings.databases);
  const mapping = await mapFolder(applyTargets(definitions, databases), databases, inventory, options);
  const toFiles = listFileUuids(mapping, databases, inventory);
  const chosen = only.length === 0 ? undefined : choose(only, definitions, toFiles, inventory, settings.url);
  const { objects, failures } = await showStep(
    `Exporting ${chosen?.length ?? inventory.all().length} assets`,
    (onProgress) =>
      chosen === undefined ? exportServer(client, inventory, onProgress) : exportSelected(client, chosen),
  );
  const files = new Map(definitions.map((definition) => [assetKey(definition.kind, definition.uuid), definition]));
  const present = new Set(mapping.map(({ definition: { kind, uuid } }) => assetKey(kind, uuid)));
  const renamed = new Set(Object.values(toFiles));
  return {
    objects: objects.map(({ kind, document, database }) => {
      const stated = toStatedDocument(kind, document, toFiles, inventory);
      const file = files.get(assetKey(kind, String(stated.uuid)));
      return { kind, document: keepStatedDatabase(stated, file, databases), database };
    }),
    failures,
    partlySeen,
    named: chosen && new Set(chosen.map(({ uuid }) => toFiles[uuid] ?? uuid)),
    has: ({ kind, uuid }) => present.has(assetKey(kind, uuid)),
    isShared: ({ uuid }) => databases.get(uuid)?.settings !== undefined || renamed.has(uuid),
  };
}

/** The objects that the files stand for. */
type FolderMapping = readonly { readonly definition: Definition; readonly remote: RemoteAsset }[];

async function mapFolder(
  definitions: readonly Definition[],
  databases: ReadonlyMap<string, DatabaseTarget>,
  inventory: Inventory,
  { instance: { client, settings, stack }, cwd }: ServerContentOptions,
): Promise<FolderMapping> {
  const { uuids } = settings;
  const expected = definitions.map(({ kind, uuid }) => ({
    kind,
    uuid: uuids[uuid] ?? uuid,
    database: databases.get(uuid)?.name,
  }));
  await confirmAbsences(client, inventory, expected);
  const input = { inventory, databases, uuids, adopt: true, takeOver: false };
  const mapping = mapDefinitions(definitions, { ...input, recorded: () => undefined });
  const isWhole = [...mapping.values()].every(({ remote }) => remote !== undefined);
  if (isWhole || stack === undefined) return toRemotes(mapping);
  // What was adopted by a name that has changed since, only the state knows.
  const state = await showStep("Reading the state", () => readStackState(stack, cwd).catch(ignoreMissingStack));
  const known = new Map(state.map((asset) => [assetKey(asset.kind, asset.uuid), asset]));
  const recorded = ({ kind, uuid }: Definition) => {
    const targetUuid = known.get(assetKey(kind, uuid))?.targetUuid;
    return targetUuid === undefined ? undefined : ({ uuid: targetUuid, match: "natural key" } as const);
  };
  return toRemotes(mapDefinitions(definitions, { ...input, recorded }));
}

/** A stack that was never deployed has mapped nothing; where there is no Pulumi, nothing was deployed from here. */
function ignoreMissingStack(error: unknown): [] {
  const codes = ["stack/missing", "engine/no-login", "engine/missing"];
  if (error instanceof ProblemError && codes.includes(error.code)) return [];
  throw error;
}

function toRemotes(mapping: Mapping): FolderMapping {
  return [...mapping].flatMap(([definition, { remote }]) => (remote === undefined ? [] : [{ definition, remote }]));
}

/** The UUIDs of the files by those of the server, where they differ. */
function listFileUuids(
  mapping: FolderMapping,
  databases: ReadonlyMap<string, DatabaseTarget>,
  inventory: Inventory,
): UuidMap {
  const bySettings = [...databases.values()].flatMap(({ uuid, name }) => {
    const remote = inventory.databaseByName(name);
    return remote === undefined ? [] : [[remote.uuid, uuid] as const];
  });
  const byFiles = mapping.map(({ definition, remote }) => [remote.uuid, definition.uuid] as const);
  return Object.fromEntries([...bySettings, ...byFiles].filter(([theirs, ours]) => theirs !== ours));
}

/** The objects that people named, each under the path of its file or of the one that it would get. */
function choose(
  only: readonly string[],
  definitions: readonly Definition[],
  toFiles: UuidMap,
  inventory: Inventory,
  url: string,
): RemoteAsset[] {
  const paths = new Map(definitions.map(({ kind, uuid, path }) => [assetKey(kind, uuid), path]));
  const names = new FileNames(definitions);
  const objects = inventory.all().map((remote): SelectableObject => {
    const { kind, title } = remote;
    const uuid = toFiles[remote.uuid] ?? remote.uuid;
    const own = remote.database && inventory.byId("database", remote.database.id);
    const database = own && { uuid: toFiles[own.uuid] ?? own.uuid, name: own.title };
    const path = paths.get(assetKey(kind, uuid)) ?? names.choose({ kind, uuid, title, ...(database && { database }) });
    return { remote, path, uuid };
  });
  return selectObjects(only, objects, inventory, url);
}
