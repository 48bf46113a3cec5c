import { z } from "zod";
import type { AssetKind } from "../assets/definition";
import { ProblemError } from "../core/errors";
import type { SupersetClient } from "./client";
import { copyGrants, type Grants, readGrants } from "./dataset-grants";
import { SupersetError } from "./errors";
import type { RemoteAsset } from "./listing";
import { changeValues, putValues, readIfThere } from "./put";
import { moveReports, type Report, readReports, reportsOf } from "./reports";
import type { RemoteRule } from "./row-level-security";
import { extendRules, readRules } from "./rules-of-dataset";

/** Which host pages may embed a dashboard, and the UUID by which they do. */
export interface Embedding {
  readonly uuid: string;
  readonly allowedDomains: readonly string[];
}

/** What hangs on an object without being in its export, so that Superset would drop it with the object. */
export interface Attachments {
  readonly remote: RemoteAsset;
  /** User ids. */
  readonly owners: readonly number[];
  /** Names of tags that people made; Superset's API does not tell those of a dataset. */
  readonly tags: readonly string[];
  /** Charts, where the server tells it: how many users have it among their favourites. */
  readonly favourites?: number;
  /** Dashboards: ids of the roles that may see it. */
  readonly roles: readonly number[];
  /** Dashboards. */
  readonly theme?: number | undefined;
  /** Dashboards. */
  readonly embedding?: Embedding;
  /** Charts and dashboards. */
  readonly reports: readonly Report[];
  /** Datasets: rules of row-level security that filter its rows. */
  readonly rules: readonly RemoteRule[];
  /** Datasets: roles that may read it by a grant of its own. */
  readonly grants?: Grants;
}

const WithId = z.object({ id: z.number() });
const Ids = z
  .array(WithId)
  .nullish()
  .transform((rows) => (rows ?? []).map(({ id }) => id));
const Details = z.object({
  result: z.object({
    owners: Ids,
    roles: Ids,
    tags: z.array(z.object({ name: z.string(), type: z.union([z.number(), z.string()]) })).nullish(),
    theme: WithId.nullish(),
  }),
});
const EmbeddingAnswer = z.object({ result: z.object({ uuid: z.string(), allowed_domains: z.array(z.string()) }) });

/** Numbers of Superset's `TagType` and `ObjectType`. */
const CUSTOM_TAG = new Set<number | string>([1, "custom"]);
const FAVOURITE_TAG = new Set<number | string>([4, "favorited_by"]);
const TAGGED_TYPE: Readonly<Partial<Record<AssetKind, number>>> = { chart: 2, dashboard: 3 };

/**
 * Reads what hangs on an object. What the server has switched off is not there.
 *
 * @throws ProblemError `replace/unknown-attachments` where the account may not read a part: then nobody knows
 */
export async function readAttachments(client: SupersetClient, remote: RemoteAsset): Promise<Attachments> {
  const { kind, id } = remote;
  const ask = <T>(what: string, needed: string, read: () => Promise<T>) => orRefuse(remote, what, needed, read);
  const details = (await ask("its owners", `can_read on ${kind}`, () => client.get(`/api/v1/${kind}/${id}`, Details)))
    .result;
  const tags = details.tags ?? [];
  const favourites = tags.filter(({ type }) => FAVOURITE_TAG.has(type)).length;
  const isReported = kind === "chart" || kind === "dashboard";
  const reports = isReported
    ? await ask("its alerts and reports", "can_read on ReportSchedule", () => readReports(client))
    : [];
  const found = {
    remote,
    owners: details.owners,
    roles: details.roles,
    tags: tags.filter(({ type }) => CUSTOM_TAG.has(type)).map(({ name }) => name),
    ...(kind === "chart" && favourites > 0 && { favourites }),
    ...(details.theme && { theme: details.theme.id }),
    reports: reportsOf(kind, id, reports),
    rules: [],
  };
  if (kind === "dashboard") {
    const embedding = await ask("its embedding", "can_read on EmbeddedDashboard", () => readEmbedding(client, id));
    return embedding === undefined ? found : { ...found, embedding };
  }
  if (kind !== "dataset") return found;
  return {
    ...found,
    rules: await ask("its rules of row-level security", "can_read on Row Level Security", () => readRules(client, id)),
    // An API of roles that is switched off (FAB_ADD_SECURITY_API) does not mean that no role has a grant.
    grants: await ask("the roles that may read it", "can_list_roles on RoleRestAPI, can_get on ViewMenu", () =>
      readGrants(client, id),
    ),
  };
}

/**
 * Puts onto another object what decides who may see it: rules, grants, roles, owners; and its tags and theme. Nothing
 * is taken away from either object, so it can be done again.
 */
async function restoreAccess(client: SupersetClient, attachments: Attachments, to: RemoteAsset): Promise<void> {
  const { remote: from, tags, theme } = attachments;
  if (to.kind === "dataset") {
    if (attachments.rules.length > 0) await extendRules(client, from.id, to.id);
    if (attachments.grants !== undefined) await copyGrants(client, attachments.grants, to.id);
  }
  const now = (await client.get(`/api/v1/${to.kind}/${to.id}`, Details)).result;
  const owners = union(now.owners, attachments.owners);
  const roles = union(now.roles, attachments.roles);
  const changes = {
    ...(owners.length > now.owners.length && { owners }),
    ...(to.kind === "dashboard" && roles.length > now.roles.length && { roles }),
    ...(theme !== undefined && now.theme?.id !== theme && { theme_id: theme }),
  };
  if (Object.keys(changes).length > 0) await changeValues(client, to, changes);
  const tagged = new Set((now.tags ?? []).map(({ name }) => name));
  const missing = tags.filter((tag) => !tagged.has(tag));
  if (missing.length > 0) await addTags(client, to, missing);
}

/** Makes alerts and reports, and the host pages that may embed it, those of the other object. */
export async function moveUses(client: SupersetClient, attachments: Attachments, to: RemoteAsset): Promise<void> {
  await moveReports(client, attachments.reports, to.id);
  const { embedding } = attachments;
  if (embedding === undefined || (await readEmbedding(client, to.id)) !== undefined) return;
  const body = { allowed_domains: embedding.allowedDomains };
  await putValues(client, `/api/v1/dashboard/${to.id}/embedded`, body, "POST");
}

/** Puts rules and grants alone onto an object, as far as it lacks them; owners, roles, tags and theme stay as they are. */
export async function ensureGuards(client: SupersetClient, attachments: Attachments, to: RemoteAsset): Promise<void> {
  const guards = { ...attachments, owners: [], roles: [], tags: [], theme: undefined };
  if (findUnrestored(guards, await readAttachments(client, to)).length > 0) await ensureAccess(client, guards, to);
}

/** Names what decides who may see an object, and is on the one but not on the other. */
function findUnrestored(before: Attachments, after: Attachments): string[] {
  return [
    ...lacking(before.rules, after.rules).map(({ name }) => `the row-level security rule "${name}"`),
    ...lacking(before.grants?.roles ?? [], after.grants?.roles ?? []).map(
      ({ name }) => `the grant of the role "${name}"`,
    ),
    ...before.roles.filter((id) => !after.roles.includes(id)).map((id) => `the role with the id ${id}`),
  ];
}

/**
 * Puts onto an object what decides who may see it, and makes sure that it is there.
 *
 * @throws ProblemError `replace/not-restored`
 */
export async function ensureAccess(client: SupersetClient, attachments: Attachments, to: RemoteAsset): Promise<void> {
  await restoreAccess(client, attachments, to);
  const missing = findUnrestored(attachments, await readAttachments(client, to));
  if (missing.length === 0) return;
  throw new ProblemError({
    code: "replace/not-restored",
    summary: `The ${to.kind} "${attachments.remote.title}" was not replaced: ${missing.join(", ")} could not be put onto the new one, and the old one still has its data.`,
    remedy: "Is somebody changing rules or roles right now? Run it again: it goes on where it stopped.",
  });
}

async function readEmbedding(client: SupersetClient, dashboard: number): Promise<Embedding | undefined> {
  const answer = await readIfThere(() => client.get(`/api/v1/dashboard/${dashboard}/embedded`, EmbeddingAnswer));
  return answer && { uuid: answer.result.uuid, allowedDomains: answer.result.allowed_domains };
}

async function addTags(client: SupersetClient, to: RemoteAsset, tags: readonly string[]): Promise<void> {
  const path = `/api/v1/tag/${TAGGED_TYPE[to.kind]}/${to.id}/`;
  // 404: TAGGING_SYSTEM was switched off, so nobody sees tags any more.
  await readIfThere(() => putValues(client, path, { properties: { tags } }, "POST"));
}

async function orRefuse<T>(
  { kind, title }: RemoteAsset,
  what: string,
  needed: string,
  read: () => Promise<T>,
): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof SupersetError) || (error.status !== 403 && error.status !== 404)) throw error;
    throw new ProblemError({
      code: "replace/unknown-attachments",
      summary: `The ${kind} "${title}" was not replaced: this account cannot read ${what}, which would be lost with it.`,
      ...(error.said !== undefined && { why: error.said }),
      remedy: `Give the account the permission (${needed}), or use \`replace: inPlace\`, which loses nothing.`,
      ...(error.place.stack && { place: { stack: error.place.stack } }),
      exitCode: 3,
    });
  }
}

function union(one: readonly number[], other: readonly number[]): number[] {
  return [...new Set([...one, ...other])];
}

function lacking<Item extends { readonly id: number }>(wanted: readonly Item[], there: readonly Item[]): Item[] {
  const ids = new Set(there.map(({ id }) => id));
  return wanted.filter(({ id }) => !ids.has(id));
}
