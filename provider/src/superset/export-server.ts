import { documentKey } from "../assets/asset-key";
import type { AssetKind } from "../assets/definition";
import type { ExportedContent } from "../assets/inherited";
import type { SupersetClient } from "./client";
import { SupersetError } from "./errors";
import {
  type ExportedAsset,
  type ExportFailure,
  exportAssets,
  isServerFailure,
  type OnExportProgress,
  unpackExport,
} from "./export";
import type { Inventory, RemoteAsset } from "./inventory";

/** An asset as the server has it. */
export interface ExportedObject extends ExportedContent {
  readonly kind: AssetKind;
}

/** What a server has. */
export interface ServerExport {
  readonly objects: readonly ExportedObject[];
  readonly failures: readonly ExportFailure[];
}

/**
 * One request for everything takes a second for each hundred assets (peers d); a server behind a proxy is often given no
 * more than 60.
 */
const WHOLE_AT_MOST = 2000;

/** From what uses most to what uses least: an export of dashboards holds most of the others. */
const KINDS: readonly AssetKind[] = ["dashboard", "chart", "dataset", "database"];

/**
 * Reads everything that a server has: in one request, or by parts where that is too much for the server, is not allowed
 * to this account, or fails because of one asset.
 *
 * @param inventory tells what there must be
 * @param onProgress told how many were read so far
 */
export async function exportServer(
  client: SupersetClient,
  inventory: Inventory,
  onProgress?: OnExportProgress,
): Promise<ServerExport> {
  const whole = inventory.all().length > WHOLE_AT_MOST ? [] : await exportWhole(client);
  // What is missing was created meanwhile; without the whole that is all there is.
  return exportMissing(client, inventory.all(), whole, onProgress);
}

/**
 * Reads some assets, and everything that they use.
 *
 * @param remotes of any kinds
 */
export function exportSelected(client: SupersetClient, remotes: readonly RemoteAsset[]): Promise<ServerExport> {
  return exportMissing(client, remotes, []);
}

async function exportMissing(
  client: SupersetClient,
  remotes: readonly RemoteAsset[],
  files: readonly ExportedAsset[],
  onProgress?: OnExportProgress,
): Promise<ServerExport> {
  const found = new Map(files.map((file) => [documentKey(file.kind, file.document.uuid), file]));
  const failures: ExportFailure[] = [];
  for (const kind of KINDS) {
    const missing = remotes.filter((remote) => remote.kind === kind && !found.has(documentKey(kind, remote.uuid)));
    const onFailure = (id: number, error: SupersetError) => {
      const remote = missing.find((asset) => asset.id === id);
      if (remote !== undefined) failures.push({ remote, error });
    };
    const before = found.size;
    const onRead = (done: number) => onProgress?.(before + done);
    for (const file of await exportAssets(client, kind, missing, onFailure, onRead))
      found.set(documentKey(file.kind, file.document.uuid), file);
  }
  return { objects: [...found.values()].map((file) => toObject(file, found)), failures };
}

function toObject({ kind, document }: ExportedAsset, files: ReadonlyMap<string, ExportedAsset>): ExportedObject {
  const database =
    kind === "dataset" ? files.get(documentKey("database", document.database_uuid))?.document : undefined;
  return { kind, document, database };
}

/** Nothing where the server refuses that, or fails: other requests then tell more. */
async function exportWhole(client: SupersetClient): Promise<ExportedAsset[]> {
  try {
    return await unpackExport(await client.getBinary("/api/v1/assets/export/"));
  } catch (error) {
    if (error instanceof SupersetError && (error.status === 403 || isServerFailure(error))) return [];
    throw error;
  }
}
