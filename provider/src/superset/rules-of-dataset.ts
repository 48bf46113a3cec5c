import { z } from "zod";
import type { SupersetClient } from "./client";
import { exclusively } from "./exclusive";
import { putValues } from "./put";
import { readRows } from "./rows";

/** A rule of row-level security, with the ids of all datasets that it filters and of all its roles. */
export interface SecurityRule {
  readonly id: number;
  readonly name: string;
  readonly tables: readonly number[];
  readonly roles: readonly number[];
}

const Ids = z.array(z.object({ id: z.number() })).transform((rows) => rows.map(({ id }) => id));
const Rule = z.object({ id: z.number(), name: z.string(), tables: Ids, roles: Ids });

/** The rules that filter a dataset. */
export async function readRules(client: SupersetClient, dataset: number): Promise<SecurityRule[]> {
  const columns = ["id", "name", "tables.id", "roles.id"];
  const rules = await readRows(client, "rowlevelsecurity", { columns, order: "name" }, Rule);
  return rules.filter(({ tables }) => tables.includes(dataset));
}

/** Makes every rule that filters one dataset filter another one too. */
export function extendRules(client: SupersetClient, from: number, to: number): Promise<void> {
  return exclusively(client, "row-level security", async () => {
    for (const { id, tables, roles } of await readRules(client, from)) {
      if (tables.includes(to)) continue;
      // Superset empties whichever of the two lists a PUT leaves out (`UpdateRLSRuleCommand`): a rule without roles
      // filters nobody's rows.
      await putValues(client, `/api/v1/rowlevelsecurity/${id}`, { tables: [...tables, to], roles });
    }
  });
}
