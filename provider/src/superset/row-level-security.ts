import { z } from "zod";
import { ProblemError } from "../core/errors";
import type { SupersetClient } from "./client";
import { OUTCOME_UNKNOWN, SupersetError } from "./errors";
import type { Role } from "./people";
import { readRows } from "./rows";

const RESOURCE = "rowlevelsecurity";

/** A rule about rows, as the server has it. */
export interface RemoteRule {
  /** The server's integer id. */
  readonly id: number;
  /** Unique on a server. */
  readonly name: string;
  readonly filterType: string;
  readonly clause: string;
  readonly groupKey: string | null;
  /** Undefined where it was not read: lists do not tell it. */
  readonly description?: string | null;
  readonly roles: readonly Role[];
  readonly datasets: readonly { readonly id: number; readonly title: string }[];
}

/** What a rule is to be. */
export interface RuleContent {
  readonly name: string;
  readonly filterType: string;
  readonly clause: string;
  readonly groupKey: string | null;
  /** Absent: the server's is left alone. */
  readonly description?: string;
  readonly roleIds: readonly number[];
  readonly datasetIds: readonly number[];
}

const COLUMNS = [
  "id",
  "name",
  "filter_type",
  "clause",
  "group_key",
  "roles.id",
  "roles.name",
  "tables.id",
  "tables.table_name",
] as const;

const Fields = {
  name: z.string(),
  filter_type: z.string(),
  clause: z.string(),
  group_key: z.string().nullish(),
  description: z.string().nullish(),
  roles: z.array(z.object({ id: z.number(), name: z.string() })),
  tables: z.array(z.object({ id: z.number(), table_name: z.string() })),
};
const Row = z.object({ ...Fields, id: z.number() });
const Shown = z.object({ id: z.number(), result: z.object(Fields) });
const Written = z.object({ id: z.number() });

/** A list may miss rows that another request filtered out at the same moment (`lookup.ts`). */
const READINGS = 2;

/** All rules of a server, without their descriptions. */
export async function listRules(client: SupersetClient): Promise<RemoteRule[]> {
  const found = new Map<number, RemoteRule>();
  for (let reading = 0; reading < READINGS; reading++) {
    for (const rule of await readList(client)) found.set(rule.id, rule);
  }
  return [...found.values()];
}

async function readList(client: SupersetClient): Promise<RemoteRule[]> {
  const query = { columns: COLUMNS, order: "name" };
  const rows = await readRows(client, RESOURCE, query, Row);
  return rows.map(({ description: _notTold, ...row }) => toRule(row));
}

/** One rule with everything that is known of it; undefined where it is gone. */
export async function readRule(client: SupersetClient, id: number): Promise<RemoteRule | undefined> {
  try {
    const shown = await client.get(`/api/v1/${RESOURCE}/${id}`, Shown);
    return toRule({ ...shown.result, id: shown.id, description: shown.result.description ?? null });
  } catch (error) {
    if (error instanceof SupersetError && error.status === 404) return undefined;
    throw error;
  }
}

/** The rule of a name; undefined where the server has none. */
export async function findRule(client: SupersetClient, name: string): Promise<RemoteRule | undefined> {
  for (let reading = 0; reading < READINGS; reading++) {
    const found = (await readList(client)).find((rule) => rule.name === name);
    if (found !== undefined) return readRule(client, found.id);
  }
  return undefined;
}

/**
 * Makes a rule; the server must have none of its name.
 *
 * @returns what the server then has
 */
export async function createRule(client: SupersetClient, content: RuleContent): Promise<RemoteRule> {
  try {
    const { id } = await client.send("POST", `/api/v1/${RESOURCE}/`, toBody(content), Written);
    return await expectRule(client, id, content.name);
  } catch (error) {
    if (!(error instanceof SupersetError) || error.code !== OUTCOME_UNKNOWN) throw error;
    const made = await findRule(client, content.name);
    if (made === undefined) throw error;
    return made;
  }
}

/**
 * Changes a rule. The lists of roles and datasets are always sent whole: a PUT without one empties it
 * (`UpdateRLSRuleCommand`).
 *
 * @returns what the server then has
 */
export async function changeRule(client: SupersetClient, id: number, content: RuleContent): Promise<RemoteRule> {
  try {
    await client.send("PUT", `/api/v1/${RESOURCE}/${id}`, toBody(content), Written);
  } catch (error) {
    if (!(error instanceof SupersetError) || error.code !== OUTCOME_UNKNOWN) throw error;
  }
  return expectRule(client, id, content.name);
}

/** Deletes a rule, whether or not it is still there. */
export async function deleteRule(client: SupersetClient, { id }: Pick<RemoteRule, "id">): Promise<void> {
  try {
    await client.send("DELETE", `/api/v1/${RESOURCE}/${id}`, undefined, z.object({}));
  } catch (error) {
    if (!(error instanceof SupersetError)) throw error;
    if (error.status === 404) return;
    if (error.code !== OUTCOME_UNKNOWN || (await readRule(client, id)) !== undefined) throw error;
  }
}

async function expectRule(client: SupersetClient, id: number, name: string): Promise<RemoteRule> {
  const rule = await readRule(client, id);
  if (rule !== undefined) return rule;
  throw new ProblemError({
    code: "plan/changed",
    summary: `The rule "${name}" vanished from the target while it was written.`,
    remedy: "Run `pulumi preview` and `pulumi up` again.",
  });
}

function toRule({ filter_type: filterType, group_key: groupKey, tables, description, ...row }: z.output<typeof Row>) {
  const { id, name, clause, roles } = row;
  return {
    id,
    name,
    clause,
    filterType,
    groupKey: groupKey || null,
    ...(description !== undefined && { description }),
    roles,
    datasets: tables.map(({ id: datasetId, table_name: title }) => ({ id: datasetId, title })),
  };
}

function toBody({ name, filterType, clause, groupKey, description, roleIds, datasetIds }: RuleContent): object {
  return {
    name,
    filter_type: filterType,
    clause,
    group_key: groupKey,
    ...(description !== undefined && { description }),
    roles: roleIds,
    tables: datasetIds,
  };
}
