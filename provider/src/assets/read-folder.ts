import { type Access, type PlacedAsset, resolveAccess } from "./access";
import type { CanonicalOptions } from "./canonical";
import { nameDatasets, readDatasetIds } from "./dataset-ids";
import { defineFromDocument } from "./define";
import type { AssetIdentity, Definition, Finding } from "./definition";
import { type AssetFile, lintAssets, sortFindings } from "./lint";
import { readFiles } from "./read-files";
import { isUuid } from "./values";

/** What of a folder is read, and what is known beyond it. */
export interface ReadOptions extends CanonicalOptions {
  /** Globs on the path inside the folder; absent: all files. */
  readonly include?: readonly string[];
  /** Globs of files to leave out. */
  readonly exclude?: readonly string[];
  /** UUIDs of databases that the settings map to one of the target: they need no file. */
  readonly mappedDatabaseUuids?: readonly string[];
  /** Assets that the program declares: they need no file. */
  readonly declared?: readonly AssetIdentity[];
}

/** What a folder holds. */
export interface Assets {
  /** All assets with a well-formed UUID, by path. */
  readonly definitions: Definition[];
  /** What the files named `access.yaml` declare about owners, roles and rows. */
  readonly access: Access;
  /** All findings of all files, by path and place; first what hides a whole file. */
  readonly findings: Finding[];
}

/**
 * Reads a folder of Superset's export files into definitions. No file is ever written.
 *
 * @param folder path of the folder
 * @returns the definitions and everything that validation found
 * @throws ProblemError `assets/folder-missing` where the folder cannot be read
 */
export async function readAssets(folder: string, options: ReadOptions = {}): Promise<Assets> {
  const files = await readFiles(folder, options);
  const assets = options.keepIds ? files.assets : resolveDatasetIds(files.assets);
  const definitions = defineAssets(assets, options);
  const { access, findings: troubles } = resolveAccess(files.accessFiles, definitions, files.paths);
  const found = lintAssets(assets, { ...options, unread: files.unread });
  return { definitions, access, findings: sortFindings([...files.findings, ...found, ...troubles]) };
}

/** Dashboards with the UUIDs of datasets that they name by an id of the exporting server, as far as the charts tell. */
export function resolveDatasetIds(assets: readonly AssetFile[]): AssetFile[] {
  const charts = assets.filter(({ kind }) => kind === "chart").map(({ document }) => document);
  const uuids = readDatasetIds(charts);
  return assets.map((asset) => {
    if (asset.kind !== "dashboard") return asset;
    return { ...asset, document: nameDatasets(asset.document, (id) => uuids.get(id)) };
  });
}

/** The assets that have an identity. */
export function listIdentities(assets: readonly AssetFile[]): PlacedAsset[] {
  return assets.flatMap(({ kind, path, document: { uuid } }) =>
    isUuid(uuid) ? [{ kind, path, uuid: uuid.toLowerCase() }] : [],
  );
}

/** The definitions of all assets that have an identity. */
export function defineAssets(assets: readonly AssetFile[], options: CanonicalOptions): Definition[] {
  return assets.flatMap((asset) => defineAsset(asset, options));
}

function defineAsset({ kind, path, document }: AssetFile, options: CanonicalOptions): Definition[] {
  // Without identity there is no definition; lint has named the file.
  if (!isUuid(document.uuid)) return [];
  return [defineFromDocument(kind, document, { path, name: path.replace(/\.ya?ml$/i, "") }, options)];
}
