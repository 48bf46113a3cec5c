import type { AssetDocument } from "../assets/definition";
import { ProblemError } from "../core/errors";
import { closedDocument, setAsideTitle, setAsideUuid } from "../plan/replacement";
import { describeAsset } from "../settings/strategy";
import { type Attachments, ensureAccess, ensureGuards, moveUses, readAttachments } from "../superset/attachments";
import type { SupersetClient } from "../superset/client";
import { deleteRemote } from "../superset/delete";
import { exportDocuments } from "../superset/export";
import { type ImportEntry, type ImportOutcome, importEntries } from "../superset/importer";
import type { Inventory, RemoteAsset } from "../superset/inventory";
import { readBack } from "../superset/lookup";
import { changeValues, putValues } from "../superset/put";
import { findDependents } from "../superset/users";
import { assertMayRelink, type IsRewritten, readUsers, relink } from "./relink";

/** What a replacement needs. */
export interface Replacement {
  readonly client: SupersetClient;
  /** Kept up to date. */
  readonly inventory: Inventory;
  /** What the new object is to be; its UUID is that of the target's object. */
  readonly entry: ImportEntry;
  /** Imports an entry, together with what others import at this moment. */
  readonly write: (entry: ImportEntry) => Promise<ImportOutcome>;
  /** What this run writes again anyway. */
  readonly isRewritten: IsRewritten;
}

/** The two objects of a replacement, as far as they are there. */
interface Pair {
  /** The one with the UUID. */
  readonly current: RemoteAsset | undefined;
  /** The old one, once it is set aside. */
  readonly old: RemoteAsset | undefined;
}

/**
 * Makes a new object in the place of one, and puts onto it what hung on the old one. The old one is only set aside, under
 * another UUID: {@link removeSetAside} deletes it when nothing uses it any more. Whatever interrupts it, a further call
 * goes on from what the server has; and nobody ever reads the new object without the rules of the old one.
 *
 * @returns the new object
 * @throws ProblemError `replace/…` naming what stands against it, before anything is written; the importer's own errors
 */
export async function replaceAsset(replacement: Replacement): Promise<RemoteAsset> {
  const { client, entry, isRewritten } = replacement;
  const { current, old } = await findPair(client, entry);
  const replaced = old ?? current;
  // Somebody has deleted it meanwhile: there is nothing to lose.
  if (replaced === undefined) return importOne(replacement, entry);
  const attachments = await readAttachments(client, replaced);
  const users = await readUsers(client, replaced, isRewritten);
  await assertMayRelink(client, replaced, users);
  const aside = old ?? (await setAside(replacement, replaced));
  const started = old === undefined ? undefined : current;
  const made = await makeNew(replacement, { ...attachments, remote: aside }, started);
  await moveUses(client, attachments, made);
  await relink(client, aside, made, users);
  return made;
}

/**
 * Deletes the old object of a replacement, after whatever still uses it was pointed at the new one.
 *
 * @returns `gone` where no object is set aside
 * @throws ProblemError `replace/unfinished` where the new object is not there; `delete/still-used`
 */
export async function removeSetAside(
  client: SupersetClient,
  inventory: Inventory,
  asset: Pick<RemoteAsset, "kind" | "uuid" | "title">,
): Promise<"deleted" | "gone"> {
  const { current, old } = await findPair(client, asset);
  if (old === undefined) return "gone";
  if (current === undefined) throw unfinished(asset);
  const attachments = await readAttachments(client, old);
  // The rest went over before the new object was opened; what was declared or taken away since then is to stay so.
  await ensureGuards(client, attachments, current);
  await moveUses(client, attachments, current);
  await relink(client, old, current, await readUsers(client, old, () => false));
  await assertUnused(client, old, asset);
  await deleteRemote(client, old);
  inventory.forget(old);
  return "deleted";
}

async function findPair(client: SupersetClient, { kind, uuid }: Pick<RemoteAsset, "kind" | "uuid">): Promise<Pair> {
  const aside = setAsideUuid(uuid);
  const found = await readBack(client, kind, [uuid, aside]);
  return { current: found.get(uuid.toLowerCase()), old: found.get(aside) };
}

/** Only its UUID changes: charts use it by its integer id, and queries find its rules by its table name. */
async function setAside({ client, inventory, entry }: Replacement, remote: RemoteAsset): Promise<RemoteAsset> {
  const aside = { ...remote, uuid: setAsideUuid(entry.uuid) };
  await changeValues(client, remote, { uuid: aside.uuid });
  inventory.forget(remote);
  inventory.remember(aside);
  return aside;
}

/** @param started what an interrupted run has made of it */
async function makeNew(
  replacement: Replacement,
  attachments: Attachments,
  started: RemoteAsset | undefined,
): Promise<RemoteAsset> {
  const { client, entry } = replacement;
  const closed = closedDocument(entry.kind, entry.document as AssetDocument, entry.uuid);
  if (closed === undefined) {
    const made = await importOne(replacement, entry);
    await ensureAccess(client, attachments, made);
    return made;
  }
  const shell = started ?? (await importOne(replacement, { ...entry, document: closed }));
  await ensureAccess(client, attachments, shell);
  return entry.kind === "dataset"
    ? openDataset(replacement, attachments.remote)
    : openDashboard(replacement, attachments.remote);
}

/**
 * Gives the new dataset its content and its table name, and the old one another name, in one transaction of the server.
 * Queries of SQL Lab and of virtual datasets find the rules of a table by that name: there is no moment without them.
 */
async function openDataset({ client, inventory, entry }: Replacement, old: RemoteAsset): Promise<RemoteAsset> {
  const document = (await exportDocuments(client, "dataset", [old])).get(old.uuid);
  if (document === undefined) throw unfinished(entry);
  const title = setAsideTitle(entry.title, entry.uuid);
  const renamed: ImportEntry = { ...entry, uuid: old.uuid, title, document: { ...document, table_name: title } };
  // In this order: the importer takes a row of the same name for the one that it writes.
  const [first, second] = await importEntries(client, [renamed, entry], { together: true });
  for (const outcome of [first, second])
    if (outcome !== undefined && "remote" in outcome) inventory.remember(outcome.remote);
  return remoteOf(second);
}

async function openDashboard(replacement: Replacement, old: RemoteAsset): Promise<RemoteAsset> {
  // The importer takes the dashboard of the same slug for the one that it writes.
  if (old.slug) await putValues(replacement.client, `/api/v1/dashboard/${old.id}`, { slug: null });
  return importOne(replacement, replacement.entry);
}

async function importOne({ write, inventory }: Replacement, entry: ImportEntry): Promise<RemoteAsset> {
  const remote = remoteOf(await write(entry));
  inventory.remember(remote);
  return remote;
}

function remoteOf(outcome: ImportOutcome | undefined): RemoteAsset {
  if (outcome === undefined) throw new Error("bug: an import without an outcome");
  if ("error" in outcome) throw outcome.error;
  return outcome.remote;
}

async function assertUnused(
  client: SupersetClient,
  old: RemoteAsset,
  { kind, title }: Pick<RemoteAsset, "kind" | "title">,
): Promise<void> {
  const users = await findDependents(client, old);
  if (users.length === 0) return;
  throw new ProblemError({
    code: "delete/still-used",
    summary: `The old ${describeAsset(kind, title)} was not deleted: ${users.map(({ name }) => name).join(", ")} still use${users.length === 1 ? "s" : ""} it.`,
    remedy: "Run `pulumi up` again: it points them at the new one.",
  });
}

function unfinished({ kind, title }: Pick<RemoteAsset, "kind" | "title">): ProblemError {
  return new ProblemError({
    code: "replace/unfinished",
    summary: `The old ${describeAsset(kind, title)} was not deleted: the new one is not on the server.`,
    remedy: "Run `pulumi up` again: it finishes the replacement.",
  });
}
