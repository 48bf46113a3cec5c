import { type Document, isCollection, isNode, isPair, isScalar, isSeq, type Node } from "yaml";
import { canonicalise, toCanonicalText } from "./canonical";
import { changeIds, FILTER_LISTS } from "./dashboard-ids";
import type { AssetDocument, AssetKind } from "./definition";
import { editYaml } from "./edit-yaml";
import { ASSET_FIELDS } from "./importer-fields";
import { findNumber } from "./layout";
import { parseYaml } from "./parse-yaml";
import type { AssetFile } from "./rules/registry";
import { isEmpty, isMapping, isUuid, type KeyPath, listOf, mappingOf, valueAt, without } from "./values";

/** Something of a file that can be put right without changing what it deploys. */
export interface Fix {
  readonly at: KeyPath;
  /** What is done, one clause. */
  readonly message: string;
  /** The new value; absent: the key or entry goes. */
  readonly value?: string;
}

/** Keys of older exports and of the REST API that mean nothing in a file; the importer refuses them. */
const LEFTOVER_KEYS = new Set(["id", "changed_on", "created_on"]);

/** Metadata of the old filter boxes, which the importer removes. */
const OLD_METADATA = ["default_filters", "filter_scopes", "show_native_filters"];

/** A file that was read, and what is known of it. */
export interface FixableFile {
  /** As its text states it. */
  readonly stated: AssetFile;
  /** With what others tell about it: a dashboard with the UUIDs of all its datasets. */
  readonly resolved: AssetFile;
}

/**
 * Lists what can be put right in a file.
 *
 * @param keepsIds whether the stack sends the ids of dashboards as they are: then they are left alone
 */
export function listFixes({ stated, resolved }: FixableFile, keepsIds = false): Fix[] {
  const { kind, document } = stated;
  return [
    ...fixVersion(document),
    ...fixOwnUuids(kind, document),
    ...Object.keys(document).flatMap((key) => (LEFTOVER_KEYS.has(key) ? [removal([key], `\`${key}\` removed`)] : [])),
    ...(kind === "dashboard" ? fixDashboard(resolved, document, keepsIds) : []),
  ];
}

/**
 * Puts things right in the text of a file, so that it deploys what it did: the canonical form stays the same.
 *
 * @param text as it is on the disk
 * @param fixes of {@link listFixes}
 * @returns undefined where it cannot be done without changing more
 */
export function fixText({ kind, document }: AssetFile, text: string, fixes: readonly Fix[]): string | undefined {
  const goal = toText(kind, without(document, LEFTOVER_KEYS));
  const isRight = (candidate: string) => {
    const { document: written } = parseYaml(candidate);
    return written !== undefined && toText(kind, written) === goal;
  };
  return editYaml(text, { change: (yaml) => applyFixes(yaml, fixes), isRight });
}

function toText(kind: AssetKind, document: AssetDocument): string {
  return toCanonicalText(canonicalise(kind, document));
}

/** What is removed comes last, and from the end of a list: no place moves before it is used. */
function applyFixes(document: Document, fixes: readonly Fix[]): void {
  for (const { at, value } of fixes) if (value !== undefined) document.setIn(at, value);
  const removed = fixes.filter(({ value }) => value === undefined);
  for (const { at } of removed.toReversed()) removeAt(document, at);
}

/** What people wrote above an entry that goes is theirs: it stays, above what follows. */
function removeAt(document: Document, at: KeyPath): void {
  const parent = document.getIn(at.slice(0, -1), true);
  const step = at.at(-1);
  if (!isCollection(parent)) return;
  const index = isSeq(parent) ? Number(step) : parent.items.findIndex((item) => nameOf(item) === String(step));
  const [removed] = parent.items.splice(index, 1);
  const comment = commentedNode(removed)?.commentBefore;
  if (!comment) return;
  const next = commentedNode(parent.items[index]);
  if (next === undefined) parent.comment = joinComments(parent.comment, comment);
  else next.commentBefore = joinComments(comment, next.commentBefore);
}

function nameOf(item: unknown): string | undefined {
  return isPair(item) && isScalar(item.key) ? String(item.key.value) : undefined;
}

/** The node that carries the comment above an entry. */
function commentedNode(item: unknown): Node | undefined {
  const node = isPair(item) ? item.key : item;
  return isNode(node) ? node : undefined;
}

function joinComments(first: string | null | undefined, second: string | null | undefined): string {
  return [first, second].filter(Boolean).join("\n");
}

function removal(at: KeyPath, message: string): Fix {
  return { at, message };
}

function fixVersion({ version }: AssetDocument): Fix[] {
  if (version !== undefined) return [];
  return [{ at: ["version"], value: "1.0.0", message: "`version: 1.0.0` added" }];
}

function fixOwnUuids(kind: AssetKind, stated: AssetDocument): Fix[] {
  return Object.entries(ASSET_FIELDS[kind]).flatMap(([key, { type }]) =>
    type === "uuid" ? lowerCase(stated[key], [key]) : [],
  );
}

function lowerCase(value: unknown, at: KeyPath): Fix[] {
  if (!isUuid(value) || value === value.toLowerCase()) return [];
  return [{ at, value: value.toLowerCase(), message: `\`${at.join(".")}\` in lower case` }];
}

function fixDashboard(file: AssetFile, stated: AssetDocument, keepsIds: boolean): Fix[] {
  const layout = Object.entries(mappingOf(stated.position)).flatMap(([key, entry]) => {
    const isChart = isMapping(entry) && entry.type === "CHART";
    return isChart ? lowerCase(mappingOf(entry.meta).uuid, ["position", key, "meta", "uuid"]) : [];
  });
  const theme = isEmpty(stated.theme_id) ? [] : [removal(["theme_id"], "`theme_id` of another server removed")];
  const ids = keepsIds ? [] : [...fixTargets(file, stated), ...removeUnknownCharts(stated)];
  return [...layout, ...theme, ...removeOldMetadata(stated), ...ids];
}

/** Only what is empty: of the rest people may want to make native filters. */
function removeOldMetadata(stated: AssetDocument): Fix[] {
  const metadata = mappingOf(stated.metadata);
  return OLD_METADATA.flatMap((key) => {
    if (!Object.hasOwn(metadata, key)) return [];
    const value = metadata[key];
    const isIdle = key === "show_native_filters" || isEmpty(value) || value === "{}";
    return isIdle ? [removal(["metadata", key], `\`metadata.${key}\` removed, which has no effect`)] : [];
  });
}

/** Filters name their datasets by UUID alone. */
function fixTargets(file: AssetFile, stated: AssetDocument): Fix[] {
  return FILTER_LISTS.flatMap((list) =>
    listTargets(file.document, list).flatMap(({ at, target }): Fix[] => {
      const { datasetUuid } = target;
      const own = mappingOf(valueAt(stated, at));
      if (!isUuid(datasetUuid)) return [];
      const uuid = datasetUuid.toLowerCase();
      const named = { at: [...at, "datasetUuid"], value: uuid, message: "the dataset of a filter named by its UUID" };
      return [
        ...(own.datasetUuid === uuid ? [] : [named]),
        ...(Object.hasOwn(own, "datasetId")
          ? [removal([...at, "datasetId"], "`datasetId` of another server removed")]
          : []),
      ];
    }),
  );
}

function listTargets(document: AssetDocument, list: string) {
  return listOf(mappingOf(document.metadata)[list]).flatMap((filter, index) =>
    listOf(mappingOf(filter).targets).map((target, targetIndex) => ({
      at: ["metadata", list, index, "targets", targetIndex] as KeyPath,
      target: mappingOf(target),
    })),
  );
}

/** Ids that mean no chart of the dashboard are left out by every deployment. */
function removeUnknownCharts({ metadata, position }: AssetDocument): Fix[] {
  if (!isMapping(metadata)) return [];
  const fixes: Fix[] = [];
  const numberOf = findNumber(position);
  changeIds(metadata, {
    chart(reference, at) {
      const number = numberOf(reference);
      if (number === undefined) fixes.push(removal(at, `the id ${reference} removed, which no chart of it has`));
      return number;
    },
    target: (target) => target,
  });
  return fixes;
}
