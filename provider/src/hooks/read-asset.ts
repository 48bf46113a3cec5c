import type { dynamic } from "@pulumi/pulumi";
import { digestText, fromCanonicalText } from "../assets/canonical";
import type { AssetDocument } from "../assets/definition";
import { withoutInherited } from "../assets/inherited";
import { dropRetained } from "../assets/retained-mark";
import { objectUuid } from "../identity/mapping";
import { invertUuids } from "../identity/rewrite-uuids";
import { toStatedText } from "../identity/state-content";
import { describeAccessChange } from "../plan/access";
import { readAccessOf } from "../superset/asset-access";
import type { Inventory } from "../superset/inventory";
import type { RemoteAsset } from "../superset/listing";
import { isDatasetLocked } from "../superset/management-flag";
import { readDirectory } from "../superset/people";
import { listPartlySeen, readRights, seesPart } from "../superset/rights";
import type { AssetInputs, AssetOutputs } from "./asset-state";
import { pageOf } from "./kinds";
import { unpackText } from "./packed-text";
import type { Session } from "./session";

/**
 * What a refresh learns about an asset. Gone from the target means gone from the state, so that the next `up` plans it
 * anew. One that somebody changed is told as its definition would be now; what was applied stays known, so that the
 * next `up` sees the difference.
 */
export async function readAsset(
  id: string,
  outputs: AssetOutputs,
  session: Session,
): Promise<dynamic.ReadResult<Record<string, unknown>>> {
  // Another server's object: whether that one has it cannot be asked here.
  if (outputs.target !== session.target) return { id, props: { ...outputs } };
  const inventory = await session.inventoryOfRefresh();
  const remote = findObject(outputs, inventory);
  if (remote === undefined) {
    // What only this account does not see must not leave the state.
    const partlySeen = listPartlySeen(await readRights(session.client));
    if (partlySeen.includes(outputs.kind)) throw seesPart(session.client, partlySeen);
    return {};
  }
  const { drift: _before, ...applied } = outputs;
  const now = { ...applied, supersetId: remote.id, url: pageOf(remote, session.settings.url) };
  const version = await readVersion(outputs, remote, session, inventory);
  if (version === undefined) return {};
  const isLocked = await readLock(outputs, remote, session);
  const isUndone = isLocked !== undefined && isLocked !== outputs.managed;
  const drift = [
    ...version.drift,
    ...(isUndone ? [`somebody ${isLocked ? "locked" : "unlocked"} it in the UI`] : []),
    ...(await listAccessDrift(outputs, remote, session)),
  ];
  const same = { id, props: { ...now, ...(version.isRead && { changedOn: remote.changedOn }) } };
  if (drift.length === 0 && outputs.drift === undefined) return same;
  const stated = { ...outputs, managed: isLocked ?? outputs.managed };
  const inputs = toInputs(stated, version.yaml ?? appliedText(outputs) ?? "");
  // The engine asks `diff` whether that is a change, and shows how the outputs differ.
  if (drift.length > 0) return { id, props: { ...now, drift }, inputs: { ...inputs, drift } };
  // Somebody has set it back since the last refresh.
  return { ...same, inputs };
}

/** What an object is now, compared with what was applied. */
interface Version {
  /** Whether the target was asked for the content. */
  readonly isRead: boolean;
  /** Canonical text of what the target has, where it was asked. */
  readonly yaml?: string | undefined;
  /** The lines that differ. */
  readonly drift: readonly string[];
}

/** @returns undefined where the object vanished meanwhile */
async function readVersion(
  outputs: AssetOutputs,
  remote: RemoteAsset,
  session: Session,
  inventory: Inventory,
): Promise<Version | undefined> {
  const { kind, checksum, changedOn } = outputs;
  const unread = { isRead: false, drift: [] };
  // A state of 0.1 does not tell when the object was applied.
  if (changedOn === undefined || changedOn === remote.changedOn) return unread;
  // A database that is there is nobody's but the server's. Ids that are sent as they are can be compared with nothing.
  if (kind === "database" || (kind === "dashboard" && !session.settings.fixCrossFilters)) return unread;
  const content = await session.export(remote);
  if (content === undefined) return undefined;
  const applied = appliedText(outputs);
  const stated = applied === undefined ? undefined : fromCanonicalText(applied);
  const toYaml = (document: AssetDocument) =>
    toDefinition(dropRetained(document, outputs.retained, [stated]), outputs, inventory);
  const yaml = toYaml(withoutInherited(content, stated));
  // Where it is not known what was applied, it may have stated the timeout that its database has too.
  const isSame = [yaml, toYaml(content.document)].map(digestText).includes(checksum);
  if (isSame) return { isRead: true, yaml, drift: [] };
  // Only where something differs: most refreshes find nothing.
  const { listDrift } = await import("./list-drift.js");
  return { isRead: true, yaml, drift: listDrift(kind, applied, yaml) };
}

/** The canonical text that was applied; undefined where a state of 0.1 does not tell it. */
function appliedText({ __applied: packed }: AssetOutputs): string | undefined {
  return packed === undefined ? undefined : unpackText(packed);
}

/** Whether it is locked in the UI; undefined where nobody can have changed that. Datasets have to be asked for it. */
async function readLock(
  { kind, changedOn }: AssetOutputs,
  remote: RemoteAsset,
  { client }: Session,
): Promise<boolean | undefined> {
  if (kind !== "dataset") return remote.managed;
  const isMoved = changedOn !== undefined && changedOn !== remote.changedOn;
  return isMoved ? isDatasetLocked(client, remote.id) : undefined;
}

/** Owners and roles, where they are declared: a change of them does not move `changed_on`. */
async function listAccessDrift(
  { owners, roles }: AssetOutputs,
  remote: RemoteAsset,
  { client }: Session,
): Promise<string[]> {
  if (owners === undefined && roles === undefined) return [];
  const [present, directory] = await Promise.all([
    readAccessOf(client, remote),
    readDirectory(client, { people: owners ?? [], roles: roles ?? [] }),
  ]);
  const change = describeAccessChange({ owners, roles }, present, directory);
  return change === undefined ? [] : [`other than declared, to be restored: ${change}`];
}

function findObject(outputs: AssetOutputs, inventory: Inventory): RemoteAsset | undefined {
  const { kind, title } = outputs;
  return kind === "database" ? inventory.databaseByName(title) : inventory.byUuid(kind, objectUuid(outputs));
}

/** The canonical text that a file with this content would have. */
function toDefinition(document: AssetDocument, outputs: AssetOutputs, inventory: Inventory): string {
  const { kind, uuids = {}, databaseUuid, database } = outputs;
  const remoteDatabase = database === undefined ? undefined : inventory.databaseByName(database);
  const databases =
    databaseUuid === undefined || remoteDatabase === undefined ? {} : { [remoteDatabase.uuid]: databaseUuid };
  return toStatedText(kind, document, { ...invertUuids(uuids), ...databases }, inventory);
}

/** The inputs as they were, apart from the content: the engine shows what differs. */
function toInputs(outputs: AssetOutputs, yaml: string): Record<string, unknown> {
  const { kind, path, uuid, uuids, matched, managed, externalUrl, owners, roles, database, target, done } = outputs;
  const inputs: Partial<AssetInputs> = { kind, uuid, yaml, managed, target, action: done };
  return {
    ...inputs,
    ...(path !== undefined && { path }),
    ...(uuids !== undefined && { uuids }),
    ...(matched !== undefined && matched !== "created" && matched !== "uuid" && { match: matched }),
    ...(externalUrl !== undefined && { externalUrl }),
    ...(owners !== undefined && { owners }),
    ...(roles !== undefined && { roles }),
    ...(database !== undefined && { database }),
  };
}
