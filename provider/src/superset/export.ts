import JSZip from "jszip";
import { ASSET_KINDS, type AssetDocument, type AssetKind } from "../assets/definition";
import { detectKind } from "../assets/detect-kind";
import type { ExportedContent } from "../assets/inherited";
import { readYaml } from "../assets/parse-yaml";
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

/**
 * Exports assets of one kind, with everything that they use: an export of dashboards holds their charts and datasets.
 *
 * @param remotes as the inventory tells them; one that is gone meanwhile is left out
 * @returns every file once, in the order of the server
 */
export async function exportAssets(
  client: SupersetClient,
  kind: AssetKind,
  remotes: readonly Pick<RemoteAsset, "id">[],
): Promise<ExportedAsset[]> {
  const files = new Map<string, ExportedAsset>();
  for (let start = 0; start < remotes.length; start += EXPORT_AT_ONCE) {
    const ids = remotes.slice(start, start + EXPORT_AT_ONCE).map(({ id }) => id);
    for (const file of await exportIds(client, kind, ids)) files.set(keyOf(file.kind, file.document.uuid), file);
  }
  return [...files.values()];
}

/** One id that is not there any more refuses them all (superset-api 2.1): then each half is asked for alone. */
async function exportIds(client: SupersetClient, kind: AssetKind, ids: readonly number[]): Promise<ExportedAsset[]> {
  try {
    return await unpackExport(await client.getBinary(`/api/v1/${kind}/export/?q=!(${ids.join(",")})`));
  } catch (error) {
    if (!(error instanceof SupersetError) || error.status !== 404) throw error;
    if (ids.length <= 1) return [];
    const middle = Math.ceil(ids.length / 2);
    const halves = [ids.slice(0, middle), ids.slice(middle)];
    return (await Promise.all(halves.map((half) => exportIds(client, kind, half)))).flat();
  }
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

/** The content of assets of several kinds; one that vanished meanwhile is missing. */
export async function exportByKind<Remote extends Pick<RemoteAsset, "kind" | "id" | "uuid">>(
  client: SupersetClient,
  remotes: readonly Remote[],
): Promise<Map<Remote, ExportedContent>> {
  const found = new Map<Remote, ExportedContent>();
  for (const kind of ASSET_KINDS) {
    const ofKind = remotes.filter((remote) => remote.kind === kind);
    const files = await exportAssets(client, kind, ofKind);
    const documents = new Map(files.map((file) => [keyOf(file.kind, file.document.uuid), file.document]));
    for (const remote of ofKind) {
      const document = documents.get(keyOf(kind, remote.uuid));
      const database = kind === "dataset" ? documents.get(keyOf("database", document?.database_uuid)) : undefined;
      if (document !== undefined) found.set(remote, { document, database });
    }
  }
  return found;
}

function keyOf(kind: AssetKind, uuid: unknown): string {
  return `${kind}/${String(uuid).toLowerCase()}`;
}

/** Reads the ZIP of any export endpoint; what is no asset (metadata, tags, themes, queries) is left out. */
export async function unpackExport(archive: Buffer): Promise<ExportedAsset[]> {
  const zip = await JSZip.loadAsync(archive);
  const entries = Object.values(zip.files).filter(({ dir, name }) => !dir && /\.ya?ml$/.test(name));
  const files = await Promise.all(
    entries.map(async (entry): Promise<ExportedAsset[]> => {
      const path = entry.name.slice(entry.name.indexOf("/") + 1);
      const document = readYaml(await entry.async("string"));
      const detected = path.includes("/") ? detectKind(path, document) : undefined;
      return detected !== undefined && "kind" in detected ? [{ kind: detected.kind, path, document }] : [];
    }),
  );
  return files.flat();
}
