import { ASSET_KINDS, type AssetKind } from "../assets/definition";
import { compareText } from "../assets/values";
import { objectUuid } from "../identity/mapping";
import type { Inventory, RemoteAsset } from "../superset/inventory";
import { locateAsset } from "./locate-assets";
import type { MatchedBy, StateAsset } from "./stack-state";

/** One line of `pulumi-superset ids`. */
export interface IdRow {
  readonly kind: AssetKind;
  /** Of the definition; null for what is in no definition of the stack. */
  readonly uuid: string | null;
  /** On the server. */
  readonly targetUuid: string;
  /** The server's integer id; null for what is no longer there. */
  readonly id: number | null;
  readonly name: string;
  /** File inside the assets folder; null for what is not in the stack. */
  readonly path: string | null;
  /** Logical name of the resource, which is unique in a stack; null for what is not in the stack. */
  readonly resource: string | null;
  /** How the definition found its object; null where the state does not say. */
  readonly matched: MatchedBy | null;
  /** When, as ISO time. */
  readonly matchedAt: string | null;
  /** Whether the stack has it. */
  readonly inStack: boolean;
  /** What is wrong with it on the server, in words; empty where nothing is, or the server was not asked. */
  readonly findings: readonly string[];
}

/** The rows that the state alone tells. */
export function listStateIds(assets: readonly StateAsset[]): IdRow[] {
  return sortRows(assets.map((asset) => ({ ...rowOf(asset), id: asset.supersetId })));
}

/**
 * The rows of everything on the server, with what the state knows of it, and of what the state alone has.
 *
 * @param target fingerprint of the server
 */
export function listServerIds(assets: readonly StateAsset[], inventory: Inventory, target: string): IdRow[] {
  const found = assets.map((asset) => ({ asset, remote: locateAsset(asset, inventory) }));
  const inStack = new Set(found.map(({ remote }) => remote));
  const others = inventory.all().filter((remote) => !inStack.has(remote));
  return sortRows([...found.map(({ asset, remote }) => compareRow(asset, remote, target)), ...others.map(outsideRow)]);
}

function rowOf(asset: StateAsset): Omit<IdRow, "id"> {
  const { kind, uuid, title, path, name: resource, matched, matchedAt } = asset;
  return {
    kind,
    uuid,
    targetUuid: objectUuid(asset),
    name: title,
    path,
    resource,
    matched: matched ?? null,
    matchedAt: matchedAt ?? null,
    inStack: true,
    findings: [],
  };
}

function compareRow(asset: StateAsset, remote: RemoteAsset | undefined, target: string): IdRow {
  const row = rowOf(asset);
  if (remote === undefined) return { ...row, id: null, findings: ["is no longer on the server"] };
  const present = { ...row, id: remote.id, name: remote.title, targetUuid: remote.uuid };
  if (asset.target !== target) return { ...present, findings: ["was deployed to another server"] };
  if (asset.supersetId === remote.id) return present;
  return { ...present, findings: [`has the id ${asset.supersetId} in the state`] };
}

function outsideRow({ kind, uuid, id, title }: RemoteAsset): IdRow {
  const unknown = { uuid: null, path: null, resource: null, matched: null, matchedAt: null, findings: [] };
  return { kind, targetUuid: uuid, id, name: title, inStack: false, ...unknown };
}

function sortRows(rows: readonly IdRow[]): IdRow[] {
  return rows.toSorted(
    (left, right) =>
      ASSET_KINDS.indexOf(left.kind) - ASSET_KINDS.indexOf(right.kind) ||
      compareText(left.name, right.name) ||
      compareText(left.targetUuid, right.targetUuid),
  );
}
