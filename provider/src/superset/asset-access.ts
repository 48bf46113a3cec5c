import { z } from "zod";
import type { AssetKind } from "../assets/definition";
import { Batcher } from "../core/batcher";
import { ProblemError } from "../core/errors";
import type { OwnAccount } from "./account";
import type { SupersetClient } from "./client";
import { OUTCOME_UNKNOWN, SupersetError } from "./errors";
import { listPath, type RemoteAsset } from "./listing";
import { readByUuid } from "./lookup";
import { type Person, type Role, readDirectory } from "./people";
import { readResetKeys } from "./put";

/** Who owns an asset on the server and which roles it asks for. */
export interface RemoteAccess {
  readonly owners: readonly Person[];
  /** Empty for what is no dashboard. */
  readonly roles: readonly Role[];
}

/** Who is to own an asset, and which roles are to see it. What is absent is left alone. */
export interface DeclaredAccess {
  readonly owners?: readonly string[];
  readonly roles?: readonly string[];
}

const AccessRow = z.object({
  uuid: z.string().toLowerCase(),
  owners: z.array(z.object({ id: z.number(), first_name: z.string().nullable(), last_name: z.string().nullable() })),
  roles: z.array(z.object({ id: z.number(), name: z.string() })).default([]),
});
const AccessPage = z.object({ result: z.array(AccessRow) });

const COLUMNS = ["uuid", "owners.id", "owners.first_name", "owners.last_name"];

/**
 * Reads owners and roles of assets that the server has, some 80 in a request.
 *
 * @returns by UUID in lower case
 */
export async function readAccess(
  client: SupersetClient,
  kind: AssetKind,
  uuids: Iterable<string>,
): Promise<Map<string, RemoteAccess>> {
  const columns = kind === "dashboard" ? [...COLUMNS, "roles.id", "roles.name"] : COLUMNS;
  const rows = await readByUuid(client, kind, uuids, async (filters) => {
    return (await client.get(listPath(kind, { columns, filters }), AccessPage)).result;
  });
  return new Map([...rows].map(([uuid, row]) => [uuid, toAccess(row)]));
}

function toAccess({ owners, roles }: z.output<typeof AccessRow>): RemoteAccess {
  const people = owners.map(({ id, first_name: first, last_name: last }) => ({
    id,
    name: [first, last].filter(Boolean).join(" "),
  }));
  return { owners: people, roles };
}

/** Owners and roles of one asset, read together with all that are asked for at this moment; undefined if it is gone. */
export function readAccessOf(
  client: SupersetClient,
  { kind, uuid }: Pick<RemoteAsset, "kind" | "uuid">,
): Promise<RemoteAccess | undefined> {
  return readerOf(client, kind).add(uuid);
}

/**
 * Makes owners and roles of an asset exactly what is declared, and reads back that they are. An import appends the
 * importing account to the owners (superset-api 1.12), so this belongs after it.
 *
 * It moves `changed_on` of charts, not of datasets and dashboards.
 *
 * @throws ProblemError `access/missing` naming people and roles that the server lacks; `access/not-applied` where the
 * server kept something else
 */
export async function applyAccess(
  client: SupersetClient,
  remote: Pick<RemoteAsset, "kind" | "id" | "uuid" | "title">,
  declared: DeclaredAccess,
): Promise<void> {
  const { owners, roles } = declared;
  const directory = await readDirectory(client, { people: owners ?? [], roles: roles ?? [] });
  const wanted = {
    ...(owners && { owners: toIds(owners, directory.people, "user", remote) }),
    ...(roles && { roles: toIds(roles, directory.roles, "role", remote) }),
  };
  const failure = await putAccess(client, remote, wanted);
  const present = await readAccessOf(client, remote);
  if (present !== undefined && isApplied(wanted, present, directory.account)) return;
  throw failure ?? notApplied(remote, present);
}

function toIds(
  names: readonly string[],
  found: ReadonlyMap<string, { readonly id: number }>,
  what: string,
  { kind, title }: Pick<RemoteAsset, "kind" | "title">,
): number[] {
  const missing = names.filter((name) => !found.has(name));
  if (missing.length === 0) return names.map((name) => found.get(name)?.id ?? 0);
  throw new ProblemError({
    code: "access/missing",
    summary: `The target has no ${what} ${missing.map((name) => `"${name}"`).join(", ")}.`,
    remedy: "Create it on the server, or take it out of access.yaml.",
    place: { asset: `${kind} ${title}` },
    exitCode: 3,
  });
}

interface WantedIds {
  readonly owners?: readonly number[];
  readonly roles?: readonly number[];
}

/** @returns the error of a write of which nobody knows whether the server did it */
async function putAccess(
  client: SupersetClient,
  { kind, id }: Pick<RemoteAsset, "kind" | "id">,
  wanted: WantedIds,
): Promise<SupersetError | undefined> {
  const body = kind === "dataset" ? { ...wanted, ...(await readResetKeys(client, id)) } : wanted;
  try {
    await client.send("PUT", `/api/v1/${kind}/${id}`, body, z.object({ id: z.number() }));
    return undefined;
  } catch (error) {
    if (error instanceof SupersetError && error.code === OUTCOME_UNKNOWN) return error;
    throw error;
  }
}

type Reader = Batcher<string, RemoteAccess | undefined>;

const readers = new WeakMap<SupersetClient, Map<AssetKind, Reader>>();

/** One for each kind: whoever asks at the same time is answered together. */
function readerOf(client: SupersetClient, kind: AssetKind): Reader {
  const kinds = readers.get(client) ?? new Map<AssetKind, Reader>();
  readers.set(client, kinds);
  const run = async (uuids: readonly string[]) => {
    const found = await readAccess(client, kind, uuids);
    return uuids.map((uuid) => found.get(uuid.toLowerCase()));
  };
  const reader = kinds.get(kind) ?? new Batcher({ run, quietMs: 0, maxItems: Number.POSITIVE_INFINITY });
  kinds.set(kind, reader);
  return reader;
}

function isApplied({ owners, roles }: WantedIds, present: RemoteAccess, account: OwnAccount): boolean {
  const isKept = ({ id }: Person) => account.isAdmin || id !== account.id || (owners?.includes(id) ?? false);
  const hasOwners = owners === undefined || isSame(owners, present.owners.filter(isKept));
  return hasOwners && (roles === undefined || isSame(roles, present.roles));
}

function isSame(wanted: readonly number[], present: readonly { readonly id: number }[]): boolean {
  const ids = new Set(wanted);
  return present.length === ids.size && present.every(({ id }) => ids.has(id));
}

function notApplied({ kind, title }: Pick<RemoteAsset, "kind" | "title">, present: RemoteAccess | undefined): Error {
  const list = (entries: readonly { readonly name: string }[]) => entries.map(({ name }) => name).join(", ") || "none";
  return new ProblemError({
    code: "access/not-applied",
    summary: `The server did not keep the owners or roles of the ${kind} "${title}".`,
    why: present === undefined ? "it is gone" : `owners: ${list(present.owners)}; roles: ${list(present.roles)}`,
    remedy: "Run it again; somebody may have changed them at the same moment.",
    place: { asset: `${kind} ${title}` },
  });
}
