import type { SupersetClient } from "./client";
import { exclusively } from "./exclusive";
import { putValues } from "./put";
import { listRules, type RemoteRule } from "./row-level-security";

/** The rules that filter a dataset. */
export async function readRules(client: SupersetClient, dataset: number): Promise<RemoteRule[]> {
  return (await listRules(client)).filter((rule) => filters(rule, dataset));
}

/** Makes every rule that filters one dataset filter another one too. */
export function extendRules(client: SupersetClient, from: number, to: number): Promise<void> {
  return exclusively(client, "row-level security", async () => {
    for (const rule of await readRules(client, from)) {
      if (filters(rule, to)) continue;
      const [tables, roles] = [rule.datasets, rule.roles].map((list) => list.map(({ id }) => id));
      // Superset empties whichever of the two lists a PUT leaves out (`UpdateRLSRuleCommand`): a rule without roles
      // filters nobody's rows.
      await putValues(client, `/api/v1/rowlevelsecurity/${rule.id}`, { tables: [...(tables ?? []), to], roles });
    }
  });
}

function filters({ datasets }: RemoteRule, dataset: number): boolean {
  return datasets.some(({ id }) => id === dataset);
}
