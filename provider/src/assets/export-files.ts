import { documentKey } from "./asset-key";
import { canonicalise, toCanonicalText } from "./canonical";
import type { AssetDocument, AssetKind, Definition } from "./definition";
import { FileNames, type NamedAsset } from "./file-names";
import { TITLE_KEYS } from "./importer-fields";
import { type ExportedContent, withoutInherited } from "./inherited";
import { compareText, isUuid } from "./values";

/** An asset of a server, under the UUIDs of the files and in canonical form. */
export interface StatedObject extends ExportedContent {
  readonly kind: AssetKind;
}

/** What {@link planExport} starts from. */
export interface ExportInput {
  readonly objects: readonly StatedObject[];
  /** All files of the folder. */
  readonly definitions: readonly Definition[];
  /** Which paths the export is about. */
  readonly isIncluded: (path: string) => boolean;
  /** Whether a dashboard without a file is exported although it is a draft; by UUID. */
  readonly takesDraft: (uuid: string) => boolean;
  /** Whether a database's file is left as it is: one that stands for databases of several servers. */
  readonly isShared: (database: Definition) => boolean;
  /** Whether the server lacks the asset of a file. */
  readonly isGone: (definition: Definition) => boolean;
}

/** A file that the export is about. */
export interface ExportedFile {
  readonly path: string;
  readonly kind: AssetKind;
  readonly title: string;
  readonly document: AssetDocument;
  /** What the file says so far; absent for a new one. */
  readonly stated?: Definition;
}

/** What an export makes of a folder. */
export interface ExportPlan {
  readonly added: readonly ExportedFile[];
  readonly changed: readonly ExportedFile[];
  /** Files that say what the server has. */
  readonly unchanged: readonly Definition[];
  /** Files whose assets the server does not have. */
  readonly gone: readonly Definition[];
  /** Titles of dashboards that were left out because they are drafts. */
  readonly drafts: readonly string[];
  /** Titles of charts that were left out because their dataset is gone: nothing could import them (superset-api 2.9). */
  readonly homeless: readonly string[];
}

/**
 * Decides which files an export writes. A file is found by its UUID and keeps its name; what says the same in another
 * form stays as it is.
 */
export function planExport(input: ExportInput): ExportPlan {
  const files = new Map(
    input.definitions.map((definition) => [documentKey(definition.kind, definition.uuid), definition]),
  );
  const names = createNames(input);
  const added: ExportedFile[] = [];
  const changed: ExportedFile[] = [];
  const drafts: string[] = [];
  const homeless: string[] = [];
  const unchanged: Definition[] = [];
  for (const object of sortObjects(input.objects)) {
    const { kind } = object;
    const stated = files.get(documentKey(kind, object.document.uuid));
    const document = canonicalise(kind, withoutInherited(object, stated?.document));
    const title = titleOf(kind, document);
    if (stated === undefined && kind === "dashboard" && isDraft(document, input)) {
      drafts.push(title);
      continue;
    }
    if (kind === "chart" && !isUuid(document.dataset_uuid)) {
      homeless.push(title);
      continue;
    }
    const path = stated?.path ?? names(kind, document);
    if (!input.isIncluded(path)) continue;
    const file = { path, kind, title, document, ...(stated && { stated }) };
    if (stated === undefined) added.push(file);
    else if (isSame(stated, document, input)) unchanged.push(stated);
    else changed.push(file);
  }
  const gone = input.definitions.filter((definition) => input.isGone(definition) && input.isIncluded(definition.path));
  return { added: added.sort(byPath), changed: changed.sort(byPath), unchanged, gone, drafts, homeless };
}

function isDraft({ published, uuid }: AssetDocument, { takesDraft }: ExportInput): boolean {
  return published !== true && !takesDraft(String(uuid).toLowerCase());
}

function isSame(stated: Definition, document: AssetDocument, { isShared }: ExportInput): boolean {
  return (stated.kind === "database" && isShared(stated)) || stated.canonical === toCanonicalText(document);
}

/** Names are given in an order that no server decides: of two assets of one name the same always gets the short one. */
function sortObjects(objects: readonly StatedObject[]): StatedObject[] {
  return [...objects].sort((left, right) => compareText(String(left.document.uuid), String(right.document.uuid)));
}

function createNames({ definitions, objects }: ExportInput): (kind: AssetKind, document: AssetDocument) => string {
  const names = new FileNames(definitions);
  const titles = [...objects, ...definitions].flatMap(({ kind, document }): [string, string][] =>
    kind === "database" ? [[String(document.uuid).toLowerCase(), titleOf(kind, document)]] : [],
  );
  const databases = new Map(titles);
  return (kind, document) => names.choose(nameDocument(kind, document, databases));
}

function nameDocument(kind: AssetKind, document: AssetDocument, databases: ReadonlyMap<string, string>): NamedAsset {
  const uuid = String(document.uuid);
  const database =
    kind === "dataset" && isUuid(document.database_uuid) ? document.database_uuid.toLowerCase() : undefined;
  const title = titleOf(kind, document);
  if (database === undefined) return { kind, uuid, title };
  return { kind, uuid, title, database: { uuid: database, name: databases.get(database) ?? database } };
}

function titleOf(kind: AssetKind, document: AssetDocument): string {
  const title = document[TITLE_KEYS[kind]];
  return typeof title === "string" ? title : "";
}

function byPath(left: ExportedFile, right: ExportedFile): number {
  return compareText(left.path, right.path);
}
