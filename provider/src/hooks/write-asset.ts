import { assetKey } from "../assets/asset-key";
import { fromCanonicalText } from "../assets/canonical";
import { defineFromDocument } from "../assets/define";
import type { Definition } from "../assets/definition";
import { listOf, mappingOf } from "../assets/values";
import { ProblemError } from "../core/errors";
import { digestLinks, type IdLookup } from "../identity/links";
import { textOrNull } from "../identity/mapping";
import { rewriteUuids } from "../identity/rewrite-uuids";
import { isWrite, parseAction } from "../plan/decide";
import { setAsideUuid } from "../plan/replacement";
import { describeAsset } from "../settings/strategy";
import { applyAccess } from "../superset/asset-access";
import { giveUuid, moveDataset } from "../superset/change-object";
import type { ImportEntry } from "../superset/importer";
import type { Inventory, RemoteAsset } from "../superset/inventory";
import { confirmAbsences, readBack } from "../superset/lookup";
import { type Applied, type AssetInputs, type AssetOutputs, targetUuidOf } from "./asset-state";
import { finishDashboard } from "./finish-dashboard";
import { pageOf, prepareEntry } from "./kinds";
import { packText } from "./packed-text";
import { removeSetAside, replaceAsset } from "./replace-asset";
import { assertSameTarget } from "./same-target";
import type { Session } from "./session";

/**
 * Does what the program decided about an asset, and answers what the server then has. A decision that writes nothing
 * only takes the object into the state.
 *
 * @param before what the state had, for an update
 * @throws ProblemError `plan/changed` if the target moved since the decision; the importer's own errors
 */
export async function applyAsset(inputs: AssetInputs, session: Session, before?: AssetOutputs): Promise<AssetOutputs> {
  assertSameTarget(inputs.target, session);
  const verb = parseAction(inputs.action) ?? "keep";
  const definition = definitionOf(inputs, session);
  const inventory = await session.inventory();
  const expected = { kind: inputs.kind, uuid: inputs.takesUuidOf ?? targetUuidOf(inputs), database: inputs.database };
  if (verb !== "create") await confirmAbsences(session.client, inventory, [expected]);
  const present = findPresent(inputs, definition, inventory);
  // An interrupted replacement has set the old object aside.
  if (verb !== "replace") assertStillTrue(inputs, definition, verb === "create", present);
  assertUntouched(inputs, definition, present, session);
  await finishReplacement(inputs, definition, session);
  const isWritten = isWrite(verb) || present === undefined;
  const written = isWritten ? await writeNow(inputs, definition, present, session) : present;
  const remote = isWritten ? await finishObject(inputs, definition, written, session) : written;
  inventory.remember(remote);
  const inherited = session.run.inherited.get(assetKey(inputs.kind, targetUuidOf(inputs)));
  const object = describeObject(inputs, definition, remote, session, before);
  // An object that only goes on under another name is as it was: nobody has compared it.
  if (!isWrite(verb) && before === undefined && inherited !== undefined) return { ...object, ...inherited };
  return { ...object, ...describeApplied(inputs, definition, remote, inventory, before ?? inherited) };
}

/** What identifies the object, as it is now. */
function describeObject(
  inputs: AssetInputs,
  definition: Definition,
  remote: RemoteAsset,
  session: Session,
  before: AssetOutputs | undefined,
) {
  const { kind, path, uuid, uuids, database, owners, roles } = inputs;
  const databaseUuid = definition.references.find((reference) => reference.kind === "database")?.uuid;
  return {
    kind,
    path,
    uuid,
    ...(kind !== "database" && remote.uuid !== uuid && { targetUuid: remote.uuid }),
    ...(uuids !== undefined && { uuids }),
    ...(database !== undefined && { database }),
    ...(databaseUuid !== undefined && { databaseUuid }),
    ...(owners !== undefined && { owners }),
    ...(roles !== undefined && { roles }),
    title: definition.title,
    supersetId: remote.id,
    url: pageOf(remote, session.settings.url),
    target: session.target,
    ...describeMatch(inputs, remote, before),
    done: inputs.action ?? "",
  };
}

/** How and when the object was found or made: of the same object, as it was noted first. */
function describeMatch(
  { action, match }: AssetInputs,
  remote: RemoteAsset,
  before: AssetOutputs | undefined,
): Pick<AssetOutputs, "matched" | "matchedAt"> {
  const isSame = before?.supersetId === remote.id && (match === undefined || match === before.matched);
  if (isSame && before.matched !== undefined && before.matchedAt !== undefined) {
    return { matched: before.matched, matchedAt: before.matchedAt };
  }
  const verb = parseAction(action);
  const isMade = verb === "create" || verb === "replace";
  return { matched: match ?? (isMade ? "created" : "uuid"), matchedAt: new Date().toISOString() };
}

/**
 * What of the definition is applied: all of it.
 *
 * @param before what this stack knew of the object
 */
function describeApplied(
  inputs: AssetInputs,
  definition: Definition,
  remote: RemoteAsset,
  inventory: Inventory,
  before: KnownBefore | undefined,
): Applied {
  const verb = parseAction(inputs.action) ?? "keep";
  const { kind, digest, references } = definition;
  const { uuids = {}, managed, externalUrl } = inputs;
  const links = digestLinks(references, (kind, uuid) => inventory.byUuid(kind, uuids[uuid] ?? uuid)?.id);
  const origin = verb === "create" ? ("created" as const) : originOf(inputs, before);
  const retained = isWrite(verb) ? inputs.retained : before?.retained;
  const columns = listColumns(definition);
  return {
    origin,
    checksum: digest,
    links: links ?? "?",
    managed,
    ...(externalUrl !== undefined && { externalUrl }),
    ...(retained !== undefined && { retained }),
    ...(columns !== undefined && { columns }),
    changedOn: remote.changedOn,
    // Databases are never compared.
    ...(kind !== "database" && { __applied: packText(inputs.yaml) }),
  };
}

function definitionOf({ kind, yaml, path }: AssetInputs, { settings }: Session): Definition {
  return defineFromDocument(
    kind,
    fromCanonicalText(yaml),
    { path, name: path },
    { keepIds: !settings.fixCrossFilters },
  );
}

/** Of a dataset: its columns, so that a later merge tells what a definition lost from what it never had. */
function listColumns({ kind, document }: Definition): string[] | undefined {
  if (kind !== "dataset") return undefined;
  return listOf(document.columns).map((column) => String(mappingOf(column).column_name));
}

async function writeNow(
  inputs: AssetInputs,
  definition: Definition,
  present: RemoteAsset | undefined,
  session: Session,
): Promise<RemoteAsset> {
  const entry = await prepareEntry(inputs, definition, present, session);
  const object = present && (await takeUuid(inputs, present, session));
  if (parseAction(inputs.action) === "replace") return replaceNow(entry, session);
  if (object !== undefined) await moveIfMisplaced(inputs, definition, object, session);
  const outcome = await session.write(entry);
  if ("error" in outcome) throw outcome.error;
  return outcome.remote;
}

/** What an import does not carry, or drops: ids of display controls, owners and roles. */
async function finishObject(
  inputs: AssetInputs,
  { document }: Definition,
  written: RemoteAsset,
  session: Session,
): Promise<RemoteAsset> {
  const { owners, roles, uuids = {} } = inputs;
  const inventory = await session.inventory();
  const idOf: IdLookup = (kind, uuid) => inventory.byUuid(kind, uuid)?.id;
  const isDashboard = inputs.kind === "dashboard" && session.settings.fixCrossFilters;
  const remote = isDashboard
    ? await finishDashboard(session.client, rewriteUuids("dashboard", document, uuids), idOf, written)
    : written;
  if (owners === undefined && roles === undefined) return remote;
  await applyAccess(session.client, remote, { ...(owners && { owners }), ...(roles && { roles }) });
  // That moves `changed_on` of some kinds.
  return (await readBack(session.client, remote.kind, [remote.uuid])).get(remote.uuid) ?? remote;
}

/** The old object of a replacement, which the engine deletes last, may have outlived a killed run. */
async function finishReplacement(inputs: AssetInputs, { kind, title }: Definition, session: Session): Promise<void> {
  const inventory = await session.inventory();
  const uuid = targetUuidOf(inputs);
  const isLeft = parseAction(inputs.action) === "take" && inventory.byUuid(kind, setAsideUuid(uuid)) !== undefined;
  if (isLeft) await removeSetAside(session.client, inventory, { kind, uuid, title });
}

async function replaceNow(entry: ImportEntry, session: Session): Promise<RemoteAsset> {
  const { client } = session;
  return replaceAsset({
    client,
    inventory: await session.inventory(),
    entry,
    write: (other) => session.write(other),
    isRewritten: (kind, id) => session.run.rewritten.has(`${kind}:${id}`),
  });
}

/** The importer knows an object by its UUID. */
async function takeUuid(inputs: AssetInputs, present: RemoteAsset, session: Session): Promise<RemoteAsset> {
  if (inputs.takesUuidOf !== present.uuid) return present;
  const inventory = await session.inventory();
  inventory.forget(present);
  const remote = await giveUuid(session.client, present, targetUuidOf(inputs));
  inventory.remember(remote);
  return remote;
}

/** The importer cannot move a dataset into another database (superset-api 3.17). */
async function moveIfMisplaced(
  inputs: AssetInputs,
  { document, title }: Definition,
  remote: RemoteAsset,
  session: Session,
): Promise<void> {
  if (inputs.kind !== "dataset") return;
  const inventory = await session.inventory();
  const database = inventory.databaseByName(inputs.database ?? "");
  if (database === undefined || remote.database?.id === database.id) return;
  const place = { schema: textOrNull(document.schema), table: title };
  inventory.remember(await moveDataset(session.client, remote, { databaseId: database.id, ...place }));
}

function findPresent(inputs: AssetInputs, definition: Definition, inventory: Inventory): RemoteAsset | undefined {
  if (inputs.kind === "database") return inventory.databaseByName(inputs.database ?? definition.title);
  return inventory.byUuid(inputs.kind, inputs.takesUuidOf ?? targetUuidOf(inputs));
}

/** What was absent when the plan was made must still be absent, and the other way round. */
function assertStillTrue(
  inputs: AssetInputs,
  definition: Definition,
  isToBeMade: boolean,
  present: RemoteAsset | undefined,
): void {
  if (isToBeMade === (present === undefined)) return;
  throw new ProblemError({
    code: "plan/changed",
    summary: `${describeAsset(inputs.kind, definition.title)} ${present ? "appeared on" : "vanished from"} the target since the plan was made; nothing was written.`,
    remedy: "Run `pulumi preview` and `pulumi up` again.",
    place: { file: inputs.path },
  });
}

/**
 * What somebody changed between plan and write is not overwritten unseen. The inventory of the hooks is read right before
 * the first write, hence before this run can move `changed_on` itself.
 */
function assertUntouched(
  inputs: AssetInputs,
  { title }: Definition,
  present: RemoteAsset | undefined,
  { run }: Session,
): void {
  const basis = run.bases.get(assetKey(inputs.kind, targetUuidOf(inputs)));
  if (present === undefined || basis === undefined || present.changedOn === basis) return;
  throw new ProblemError({
    code: "plan/changed",
    summary: `Somebody changed ${describeAsset(inputs.kind, title)} on the target since the plan was made; nothing was written.`,
    remedy: "Run `pulumi preview`, which compares it again, and then `pulumi up`.",
    place: { file: inputs.path },
  });
}

/** What the state had of the object: as another resource of this server had it, or as this one had it, on any server. */
type KnownBefore = Applied & Partial<Pick<AssetOutputs, "target">>;

/** What another server had says nothing about this one. */
function originOf({ target }: AssetInputs, before: KnownBefore | undefined): Applied["origin"] {
  return before !== undefined && (before.target ?? target) === target ? before.origin : "adopted";
}
