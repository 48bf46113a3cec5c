import { resolve } from "node:path";
import { defineFromDocument } from "../assets/define";
import type { Definition } from "../assets/definition";
import type { PreferredSide } from "../assets/merge-definition";
import { readAssets } from "../assets/read-folder";
import { ProblemError } from "../core/errors";
import { mapDatabases } from "../plan/database-map";
import { assertNoErrors } from "../plan/report";
import type { Settings } from "../settings/schema";
import { insideFolder } from "./asset-paths";
import { readInventory } from "./locate-assets";
import type { AssetFile } from "./merge-base";
import { collectNewAssets, type NewAsset, type UnresolvedReference } from "./new-files";
import { showStep } from "./progress";
import { findProject } from "./project-files";
import { type Pulled, planPull } from "./pull-plan";
import { warnOfPart } from "./seen-part";
import { createVersionReader, keyOf, locateState, mapFiles, selectThisServer } from "./server-drift";
import { openServer, readStackSettings } from "./stack-settings";
import { readStackState, type StateAsset } from "./stack-state";

/** What {@link planPulls} needs. */
export interface PullOptions {
  readonly stack: string;
  /** Folder of Pulumi.yaml. */
  readonly cwd: string;
  /** Folder of the asset files where it is not that of the settings. */
  readonly assets?: string | undefined;
  /** Files or folders; empty: all. */
  readonly paths: readonly string[];
  /** Whose value counts at a conflict. */
  readonly prefer?: PreferredSide | undefined;
}

/** What was found about one asset. */
export interface PulledAsset {
  readonly asset: StateAsset;
  /** Path of the file, or the name of the asset where it has none. */
  readonly path: string;
  readonly pulled: Pulled;
}

/** Everything that `pull` would do; nothing is written yet. */
export interface PullPlan {
  /** Folder of the asset files, on the disk. */
  readonly folder: string;
  /** By path. */
  readonly pulled: readonly PulledAsset[];
  readonly added: readonly NewAsset[];
  readonly unresolved: readonly UnresolvedReference[];
  /** In the state, and no longer on the server. */
  readonly gone: readonly StateAsset[];
  /** What the next deployment does about what people changed. */
  readonly onDrift: Settings["onDrift"];
}

/**
 * Compares the server with what was last applied and with the files, and merges.
 *
 * @throws ProblemError `assets/invalid`, `target/other-server`, `pull/unknown-path`; what server and engine fail with
 */
export async function planPulls(options: PullOptions): Promise<PullPlan> {
  const { stack, cwd, prefer } = options;
  const all = await showStep("Reading the state", () => readStackState(stack, cwd));
  const settings = await showStep("Reading the settings", () => readStackSettings(stack, cwd));
  const folder = resolve(options.assets ?? resolve(findProject(cwd).programFolder, settings.assets));
  const definitions = await readDefinitions(folder, settings);
  const files = mapFiles(definitions, (path) => resolve(folder, path));
  const state = selectThisServer(all, settings, stack);
  // Databases are never written, and each server has its own address in them.
  const pullable = state.filter(({ kind }) => kind !== "database");
  const chosen = selectPaths(pullable, options.paths, folder, files);

  const client = openServer(settings, stack);
  const inventory = await showStep(`Asking ${settings.url}`, () => readInventory(client, state));
  const { moved, gone } = locateState(chosen, inventory);
  if (gone.length > 0) await warnOfPart(client);
  const reader = createVersionReader({ client, inventory, settings, state, files });
  const versions = await showStep(`Reading ${moved.length} that may differ`, () => reader.readMoved(moved));

  const pulled = versions.map(({ asset, file, server }): PulledAsset => {
    return { asset, path: pathOf(asset, file), pulled: planPull(asset, file, server, prefer) };
  });
  const surroundings = { definitions, settings, inventory, read: reader.read };
  const { assets: added, unresolved } = await collectNewAssets(pulled.flatMap(mergedDefinition), surroundings);
  return { folder, pulled: pulled.toSorted(byPath), added, unresolved, gone, onDrift: settings.onDrift };
}

function byPath(left: PulledAsset, right: PulledAsset): number {
  return left.path < right.path ? -1 : 1;
}

/** A file may have been renamed since the last deployment. */
function pathOf(asset: StateAsset, file: AssetFile | undefined): string {
  return file?.definition.path ?? asset.path;
}

async function readDefinitions(folder: string, settings: Settings): Promise<Definition[]> {
  const { definitions, findings } = await readAssets(folder, {
    ...(settings.include !== undefined && { include: settings.include }),
    exclude: settings.exclude,
    mappedDatabaseUuids: [...mapDatabases([], settings.databases).keys()],
  });
  assertNoErrors(findings, folder);
  return definitions;
}

function selectPaths(
  assets: readonly StateAsset[],
  paths: readonly string[],
  folder: string,
  files: ReadonlyMap<string, AssetFile>,
): readonly StateAsset[] {
  if (paths.length === 0) return assets;
  const wanted = paths.map((path) => ({ path, inside: insideFolder(path, folder) }));
  const matches = (asset: StateAsset, inside: string) => {
    const path = pathOf(asset, files.get(keyOf(asset)));
    return inside === "" || path === inside || path.startsWith(`${inside}/`);
  };
  const unknown = wanted.find(({ inside }) => !assets.some((asset) => matches(asset, inside)));
  if (unknown === undefined) return assets.filter((asset) => wanted.some(({ inside }) => matches(asset, inside)));
  throw new ProblemError({
    code: "pull/unknown-path",
    summary: `No dataset, chart or dashboard of this stack has a file at ${unknown.path}.`,
    remedy: `Name files or folders, as they are on the disk or inside ${folder}.`,
    exitCode: 2,
  });
}

/** What a file will say once it is written. */
function mergedDefinition({ pulled }: PulledAsset): Definition[] {
  if (pulled.verdict !== "write") return [];
  const { kind, path, name } = pulled.file.definition;
  return [defineFromDocument(kind, pulled.after, { path, name })];
}
