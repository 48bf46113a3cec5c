import { documentKey } from "../assets/asset-key";
import { ASSET_KINDS, type AssetDocument, type AssetKind } from "../assets/definition";
import { detectKind } from "../assets/detect-kind";
import type { ExportedContent } from "../assets/inherited";
import { readYaml } from "../assets/parse-yaml";
import { ProblemError } from "../core/errors";
import { readZip } from "../core/read-zip";
import type { SupersetClient } from "./client";
import { SupersetError } from "./errors";
import type { RemoteAsset } from "./listing";

/** A file of an export. */
export interface ExportedAsset {
  readonly kind: AssetKind;
  /** Path inside the ZIP, without its root folder. */
  readonly path: string;
  /** As the server wrote it: with its integer ids, defaults and UUIDs. */
  readonly document: AssetDocument;
}

/** Bounds the time of one request: a hundred assets take some two seconds (superset-semantics 6.3). */
const EXPORT_AT_ONCE = 100;

/** An asset that the server fails to export. */
export interface ExportFailure {
  readonly remote: RemoteAsset;
  readonly error: SupersetError;
}

/** Told of an asset that the server fails to export. */
export type OnExportFailure = (id: number, error: SupersetError) => void;

/** Told how many of the wanted assets were asked for so far. */
export type OnExportProgress = (done: number) => void;

/**
 * Exports assets of one kind, with everything that they use: an export of dashboards holds their charts and datasets.
 *
 * @param remotes as the inventory tells them; one that is gone meanwhile is left out
 * @param onFailure absent: one that the server fails to export ends it all
 * @param onProgress told after each request
 * @returns every file once, in the order of the server
 */
export async function exportAssets(
  client: SupersetClient,
  kind: AssetKind,
  remotes: readonly Pick<RemoteAsset, "id">[],
  onFailure?: OnExportFailure,
  onProgress?: OnExportProgress,
): Promise<ExportedAsset[]> {
  const files = new Map<string, ExportedAsset>();
  for (let start = 0; start < remotes.length; start += EXPORT_AT_ONCE) {
    const ids = remotes.slice(start, start + EXPORT_AT_ONCE).map(({ id }) => id);
    for (const file of await exportIds(client, kind, ids, onFailure))
      files.set(documentKey(file.kind, file.document.uuid), file);
    onProgress?.(start + ids.length);
  }
  return [...files.values()];
}

/**
 * One id that is not there any more refuses them all (superset-api 2.1), and so does one that the server cannot export:
 * then each half is asked for alone.
 */
async function exportIds(
  client: SupersetClient,
  kind: AssetKind,
  ids: readonly number[],
  onFailure?: OnExportFailure,
): Promise<ExportedAsset[]> {
  try {
    return await unpackExport(await client.getBinary(`/api/v1/${kind}/export/?q=!(${ids.join(",")})`));
  } catch (error) {
    if (!(error instanceof SupersetError)) throw error;
    const isGone = error.status === 404;
    if (!isGone && (onFailure === undefined || !isServerFailure(error))) throw error;
    const [first] = ids;
    if (first === undefined) return [];
    if (ids.length === 1) {
      if (!isGone) onFailure?.(first, error);
      return [];
    }
    const middle = Math.ceil(ids.length / 2);
    const left = await exportIds(client, kind, ids.slice(0, middle), onFailure);
    return [...left, ...(await exportIds(client, kind, ids.slice(middle), onFailure))];
  }
}

/** Whether the server itself failed, which another request for less may not. */
export function isServerFailure({ status }: SupersetError): boolean {
  return status !== undefined && status >= 500;
}

/** The exported documents of the given assets alone, by UUID in lower case. */
export async function exportDocuments(
  client: SupersetClient,
  kind: AssetKind,
  remotes: readonly Pick<RemoteAsset, "id" | "uuid">[],
): Promise<Map<string, AssetDocument>> {
  const wanted = new Set(remotes.map(({ uuid }) => uuid));
  const files = await exportAssets(client, kind, remotes);
  const documents = files.flatMap(({ kind: found, document }): [string, AssetDocument][] => {
    const uuid = String(document.uuid).toLowerCase();
    return found === kind && wanted.has(uuid) ? [[uuid, document]] : [];
  });
  return new Map(documents);
}

/**
 * The content of assets of several kinds; one that vanished meanwhile is missing.
 *
 * @throws ProblemError `superset/export-failed` naming all that the server fails to export
 */
export async function exportByKind(
  client: SupersetClient,
  remotes: readonly RemoteAsset[],
): Promise<Map<RemoteAsset, ExportedContent>> {
  const { contents, failures } = await exportEach(client, remotes);
  if (failures.length > 0) throw exportFailed(failures);
  return contents;
}

/** As {@link exportByKind}, without an error: what the server fails to export stands beside the others. */
export async function exportEach(
  client: SupersetClient,
  remotes: readonly RemoteAsset[],
): Promise<{ contents: Map<RemoteAsset, ExportedContent>; failures: readonly ExportFailure[] }> {
  const contents = new Map<RemoteAsset, ExportedContent>();
  const failures: ExportFailure[] = [];
  for (const kind of ASSET_KINDS) {
    const ofKind = remotes.filter((remote) => remote.kind === kind);
    const files = await exportAssets(client, kind, ofKind, (id, error) => {
      // Of a server that is not available nothing is known, and asking it for each of them would take minutes.
      if (error.status !== 500) throw error;
      failures.push(...ofKind.flatMap((remote) => (remote.id === id ? [{ remote, error }] : [])));
    });
    const documents = new Map(files.map((file) => [documentKey(file.kind, file.document.uuid), file.document]));
    for (const remote of ofKind) {
      const document = documents.get(documentKey(kind, remote.uuid));
      const database = kind === "dataset" ? documents.get(documentKey("database", document?.database_uuid)) : undefined;
      if (document !== undefined) contents.set(remote, { document, database });
    }
  }
  return { contents, failures };
}

/** Names what a server fails to export; the first answer tells why. */
export function exportFailed(failures: readonly ExportFailure[]): ProblemError {
  const names = failures.map(({ remote: { kind, title, id } }) => `${kind} "${title}" (id ${id})`);
  const [first] = failures;
  return new ProblemError({
    code: "superset/export-failed",
    summary: `The server fails to export ${names.join(", ")}, so what it has of that cannot be compared.`,
    ...(first?.error.said !== undefined && { why: first.error.said }),
    remedy: "The server's log has the cause. Mend or delete it in Superset, or leave it out (superset:exclude).",
    ...(first?.error.place.stack !== undefined && { place: { stack: first.error.place.stack } }),
  });
}

/**
 * Reads the ZIP of any export endpoint; what is no asset (metadata, tags, themes, queries) is left out.
 *
 * @param archive the ZIP, or its path on the disk
 */
export async function unpackExport(archive: Buffer | string): Promise<ExportedAsset[]> {
  const files: ExportedAsset[] = [];
  for await (const { path: whole, bytes } of readZip(archive, (path) => /\.ya?ml$/.test(path))) {
    const path = whole.slice(whole.indexOf("/") + 1);
    const document = readYaml(bytes.toString("utf8"), path);
    const detected = path.includes("/") ? detectKind(path, document) : undefined;
    if (detected !== undefined && "kind" in detected) files.push({ kind: detected.kind, path, document });
  }
  return files;
}
