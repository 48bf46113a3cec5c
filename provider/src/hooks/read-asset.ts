import type { dynamic } from "@pulumi/pulumi";
import { digestText } from "../assets/canonical";
import type { AssetDocument } from "../assets/definition";
import { withoutInherited } from "../assets/inherited";
import { objectUuid } from "../identity/mapping";
import { invertUuids } from "../identity/rewrite-uuids";
import { toStatedText } from "../identity/state-content";
import type { Inventory } from "../superset/inventory";
import type { RemoteAsset } from "../superset/listing";
import { listDrift } from "./applied-text";
import type { AssetInputs, AssetOutputs } from "./asset-state";
import { pageOf } from "./kinds";
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
  const inventory = await session.inventory();
  const remote = findObject(outputs, inventory);
  if (remote === undefined) return {};
  const { drift: _before, ...applied } = outputs;
  const now = { ...applied, supersetId: remote.id, url: pageOf(remote, session.settings.url) };
  // A state of 0.1 does not tell when the object was applied.
  if (outputs.changedOn === undefined || outputs.changedOn === remote.changedOn) return { id, props: now };
  // A database that is there is nobody's but the server's.
  if (outputs.kind === "database") return { id, props: now };
  // Ids that are sent as they are can be compared with nothing.
  if (outputs.kind === "dashboard" && !session.settings.fixCrossFilters) return { id, props: now };
  const content = await session.export(remote);
  if (content === undefined) return {};
  const yaml = toDefinition(withoutInherited(content), outputs, inventory);
  const digest = digestText(yaml);
  // What was applied is known by its digest alone: it may state the timeout that its database has too.
  if (![digest, digestText(toDefinition(content.document, outputs, inventory))].includes(outputs.checksum)) {
    // The engine asks `diff` whether that is a change, and shows how the outputs differ.
    const drift = listDrift(outputs.kind, outputs.__applied, yaml);
    return { id, props: { ...now, drift }, inputs: { ...toInputs(outputs, yaml), drift } };
  }
  const same = { id, props: { ...now, changedOn: remote.changedOn } };
  // Somebody has set it back since the last refresh.
  return outputs.drift === undefined ? same : { ...same, inputs: toInputs(outputs, yaml) };
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
  const { kind, path, uuid, uuids, matched, managed, externalUrl, database, target, done } = outputs;
  const inputs: Partial<AssetInputs> = { kind, uuid, yaml, managed, target, action: done };
  return {
    ...inputs,
    ...(path !== undefined && { path }),
    ...(uuids !== undefined && { uuids }),
    ...(matched !== undefined && matched !== "created" && matched !== "uuid" && { match: matched }),
    ...(externalUrl !== undefined && { externalUrl }),
    ...(database !== undefined && { database }),
  };
}
