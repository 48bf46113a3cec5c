import { assetKey } from "../assets/asset-key";
import type { Definition } from "../assets/definition";
import type { ExportedContent } from "../assets/inherited";
import { ProblemError } from "../core/errors";
import { type DatabaseTarget, mapDatabases } from "../plan/database-map";
import type { Settings } from "../settings/schema";
import type { SupersetClient } from "../superset/client";
import { fingerprintTarget } from "../superset/connection";
import type { Inventory, RemoteAsset } from "../superset/inventory";
import { locateAsset } from "./locate-assets";
import type { AssetFile } from "./merge-base";
import { keepStatedDatabase, mapToFiles, readServerVersions } from "./server-versions";
import type { StateAsset } from "./stack-state";

/** Where the assets of a state are on their server. */
export interface LocatedState {
  /** The server changed them since they were applied, or may have: what differs, only their contents tell. */
  readonly moved: readonly LocatedAsset[];
  /** No longer on the server. */
  readonly gone: readonly StateAsset[];
}

/** An asset of the state, and the object that it is. */
export interface LocatedAsset {
  readonly asset: StateAsset;
  readonly remote: RemoteAsset;
}

/** Looks for the assets of a state among what a server has. */
export function locateState(assets: readonly StateAsset[], inventory: Inventory): LocatedState {
  const located = assets.map((asset) => ({ asset, remote: locateAsset(asset, inventory) }));
  return {
    moved: located.filter(hasMoved),
    gone: located.flatMap(({ asset, remote }) => (remote === undefined ? [asset] : [])),
  };
}

/** States of older versions do not say when the server last changed an asset: then it is compared. */
function hasMoved(located: { asset: StateAsset; remote: RemoteAsset | undefined }): located is LocatedAsset {
  const { asset, remote } = located;
  return remote !== undefined && (asset.changedOn === undefined || asset.changedOn !== remote.changedOn);
}

/** What {@link createVersionReader} needs. */
export interface VersionSources {
  readonly client: SupersetClient;
  readonly inventory: Inventory;
  readonly settings: Settings;
  readonly state: readonly StateAsset[];
  /** Everything that has a file. */
  readonly files: ReadonlyMap<string, AssetFile>;
}

/** An asset that may have been changed on the server, with what the server has. */
export interface MovedAsset {
  readonly asset: StateAsset;
  readonly file: AssetFile | undefined;
  /** In canonical form, under the UUIDs of the files. */
  readonly server: ExportedContent;
}

/** Reads what a server has, as the files of a stack would say it. */
export interface VersionReader {
  readonly read: (remotes: readonly RemoteAsset[]) => Promise<ReadonlyMap<RemoteAsset, ExportedContent>>;
  /** What vanished meanwhile is missing. */
  readonly readMoved: (moved: readonly LocatedAsset[]) => Promise<MovedAsset[]>;
}

/** Makes the reader of one server; nothing is read yet. */
export function createVersionReader({ client, inventory, settings, state, files }: VersionSources): VersionReader {
  const definitions = [...files.values()].map(({ definition }) => definition);
  const databases: ReadonlyMap<string, DatabaseTarget> = mapDatabases(definitions, settings.databases);
  const toFiles = mapToFiles(state, inventory, databases);
  const read: VersionReader["read"] = (remotes) => readServerVersions(client, remotes, toFiles, inventory);
  return {
    read,
    async readMoved(moved) {
      const versions = await read(moved.map(({ remote }) => remote));
      return moved.flatMap(({ asset, remote }): MovedAsset[] => {
        const theirs = versions.get(remote);
        if (theirs === undefined) return [];
        const file = files.get(keyOf(asset));
        const document = keepStatedDatabase(theirs.document, file?.definition, databases);
        return [{ asset, file, server: { ...theirs, document } }];
      });
    },
  };
}

/** The files of definitions, by what {@link MovedAsset} finds them by. */
export function mapFiles(
  definitions: readonly Definition[],
  locate: (path: string) => string,
): ReadonlyMap<string, AssetFile> {
  return new Map(
    definitions.map((definition) => [keyOf(definition), { definition, location: locate(definition.path) }]),
  );
}

/** @returns how {@link mapFiles} knows an asset */
export function keyOf({ kind, uuid }: Pick<Definition, "kind" | "uuid">): string {
  return assetKey(kind, uuid);
}

/**
 * The assets of a state that were deployed to the server of its settings: what was deployed to another one says nothing
 * about this one.
 *
 * @throws ProblemError `target/other-server` where all of them were deployed elsewhere
 */
export function selectThisServer(assets: readonly StateAsset[], { url }: Settings, stack: string): StateAsset[] {
  const target = fingerprintTarget(url);
  const here = assets.filter((asset) => asset.target === target);
  if (here.length > 0 || assets.length === 0) return here;
  throw new ProblemError({
    code: "target/other-server",
    summary: `This stack was last deployed to another server than ${url}.`,
    why: "what was last applied there says nothing about what people changed here",
    remedy: "Run `pulumi up` first, or correct `superset:url`.",
    place: { stack },
    exitCode: 3,
  });
}
