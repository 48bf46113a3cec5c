import { assetKey } from "../assets/asset-key";
import { canonicalise } from "../assets/canonical";
import { defineFromDocument } from "../assets/define";
import { ASSET_KINDS, type AssetKind, type Definition } from "../assets/definition";
import { compareText } from "../assets/values";
import { textOrNull } from "../identity/mapping";
import { rewriteUuids, type UuidMap } from "../identity/rewrite-uuids";
import { type Change, compareValue } from "./changes/change";
import { describeChanges, type TitleLookup } from "./changes/describe-changes";

/** One of two things that are compared: a folder, a commit, a bundle or a server. */
export interface Side {
  readonly definitions: readonly Definition[];
  /** Whether it is a server: its databases have addresses of their own. */
  readonly isServer: boolean;
}

/** An asset that is not the same on both sides. */
export interface Difference {
  readonly kind: AssetKind;
  /** As the left side has it, where it has it. */
  readonly uuid: string;
  readonly title: string;
  /** File of the side that has one; the right one's before the left one's. */
  readonly path: string;
  readonly verdict: "added" | "removed" | "changed";
  /** What changed; empty where it was added or removed. */
  readonly changes: readonly Change[];
  /** Titles of the dashboards of the right side that show it; of a dashboard none. */
  readonly seenIn: readonly string[];
}

/** What two sides have. */
export interface Comparison {
  readonly differences: readonly Difference[];
  /** How many assets are the same on both. */
  readonly same: number;
}

/**
 * Compares two sides asset by asset. What has another UUID is the same asset if its natural key is the same: databases
 * by name, datasets by database, schema and table, dashboards by slug.
 */
export function compareSides(left: Side, right: Side): Comparison {
  const pairs = pairUp(left.definitions, right.definitions);
  const toLeft = Object.fromEntries(
    pairs.flatMap(({ before, after }) =>
      before && after && before.uuid !== after.uuid ? [[after.uuid, before.uuid]] : [],
    ),
  );
  const showing = findShowing(right.definitions);
  const titleOf = createTitleLookup([...left.definitions, ...right.definitions]);
  const isAcross = left.isServer || right.isServer;
  let same = 0;
  const differences = pairs.flatMap(({ before, after }): Difference[] => {
    const one = after ?? before;
    if (one === undefined) return [];
    const { kind, title, path } = one;
    const seenIn = kind === "dashboard" ? [] : (showing.get(assetKey(kind, one.uuid)) ?? []);
    const asset = { kind, title, path: path || (before?.path ?? ""), uuid: before?.uuid ?? one.uuid, seenIn };
    if (before === undefined) return [{ ...asset, verdict: "added", changes: [] }];
    if (after === undefined) return [{ ...asset, verdict: "removed", changes: [] }];
    const changes =
      isAcross && kind === "database"
        ? compareValue("name", before.title, title)
        : compare(before, after, toLeft, titleOf);
    if (changes.length > 0) return [{ ...asset, verdict: "changed", changes }];
    same++;
    return [];
  });
  return { differences: differences.sort(byKindAndTitle), same };
}

interface Pair {
  readonly before?: Definition;
  readonly after?: Definition;
}

function pairUp(left: readonly Definition[], right: readonly Definition[]): Pair[] {
  const partners = new Map<Definition, Definition>();
  const byUuid = new Map(right.map((definition) => [assetKey(definition.kind, definition.uuid), definition]));
  for (const definition of left) {
    const partner = byUuid.get(assetKey(definition.kind, definition.uuid));
    if (partner !== undefined) partners.set(definition, partner);
  }
  // In the order of dependency: a dataset's key names its database.
  for (const kind of ASSET_KINDS) pairByKey(kind, left, right, partners);
  const paired = new Set(partners.values());
  return [
    ...left.map((before) => ({ before, ...(partners.has(before) && { after: partners.get(before) as Definition }) })),
    ...right.filter((after) => !paired.has(after)).map((after) => ({ after })),
  ];
}

function pairByKey(
  kind: AssetKind,
  left: readonly Definition[],
  right: readonly Definition[],
  partners: Map<Definition, Definition>,
): void {
  const toLeft = new Map([...partners].map(([before, after]) => [after.uuid, before.uuid]));
  const taken = new Set(partners.values());
  const open = new Map(
    right.flatMap((definition) => {
      const key = taken.has(definition) || definition.kind !== kind ? undefined : naturalKey(definition, toLeft);
      return key === undefined ? [] : [[key, definition] as const];
    }),
  );
  for (const definition of left) {
    if (definition.kind !== kind || partners.has(definition)) continue;
    const key = naturalKey(definition, new Map());
    const partner = key === undefined ? undefined : open.get(key);
    if (partner !== undefined) partners.set(definition, partner);
  }
}

/** Charts have none. */
function naturalKey({ kind, document, title }: Definition, toLeft: ReadonlyMap<string, string>): string | undefined {
  if (kind === "database") return title;
  if (kind === "dashboard") return textOrNull(document.slug) ?? undefined;
  if (kind === "chart") return undefined;
  const database = String(document.database_uuid).toLowerCase();
  return JSON.stringify([toLeft.get(database) ?? database, textOrNull(document.schema), title]);
}

function compare(before: Definition, after: Definition, toLeft: UuidMap, titleOf: TitleLookup): Change[] {
  const { kind } = before;
  const isRenamed = Object.keys(toLeft).length > 0;
  const rewritten = rewriteUuids(kind, after.document, toLeft);
  const renamed = isRenamed ? defineFromDocument(kind, rewritten, after) : after;
  if (renamed.canonical === before.canonical) return [];
  return describeChanges(kind, canonicalise(kind, before.document), canonicalise(kind, rewritten), titleOf);
}

function createTitleLookup(definitions: readonly Definition[]): TitleLookup {
  const titles = new Map(definitions.map(({ kind, uuid, title }) => [assetKey(kind, uuid), title]));
  return (kind, uuid) => titles.get(assetKey(kind, uuid)) ?? uuid;
}

/** The dashboards that show an asset, by its key: through a chart, or through a filter. */
function findShowing(definitions: readonly Definition[]): ReadonlyMap<string, readonly string[]> {
  const users = new Map<string, Definition[]>();
  for (const user of definitions) {
    for (const key of new Set(user.references.map(({ kind, uuid }) => assetKey(kind, uuid)))) {
      users.set(key, [...(users.get(key) ?? []), user]);
    }
  }
  const showing = new Map<string, readonly string[]>();
  for (const { kind, uuid } of definitions) {
    const dashboards = new Set<Definition>();
    const pending = [assetKey(kind, uuid)];
    for (let key = pending.pop(); key !== undefined; key = pending.pop()) {
      for (const user of users.get(key) ?? []) {
        if (user.kind === "dashboard") dashboards.add(user);
        else pending.push(assetKey(user.kind, user.uuid));
      }
    }
    showing.set(assetKey(kind, uuid), [...dashboards].map(({ title }) => title).sort());
  }
  return showing;
}

function byKindAndTitle(left: Difference, right: Difference): number {
  const rank = ({ kind }: Difference) => -ASSET_KINDS.indexOf(kind);
  return rank(left) - rank(right) || compareText(left.title, right.title) || compareText(left.uuid, right.uuid);
}
