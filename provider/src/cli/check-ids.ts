import type { SupersetClient } from "../superset/client";
import type { Inventory } from "../superset/inventory";
import { checkStackDashboards } from "./check-dashboards";
import type { IdRow } from "./ids";
import type { StateAsset } from "./stack-state";

/** What a check of the ids looks at. */
export interface IdsOnServer {
  readonly client: SupersetClient;
  readonly inventory: Inventory;
  /** Everything in the state. */
  readonly assets: readonly StateAsset[];
  /** The chosen assets of the stack and of the rest of the server. */
  readonly rows: readonly IdRow[];
}

/** Checks the ids in the dashboards of the stack that are among the rows, and adds what is wrong to them. */
export async function checkIds({ client, inventory, assets, rows }: IdsOnServer): Promise<IdRow[]> {
  const wanted = new Set(rows.flatMap(({ kind, inStack, uuid }) => (kind === "dashboard" && inStack ? [uuid] : [])));
  const chosen = assets.filter(({ kind, uuid }) => kind === "dashboard" && wanted.has(uuid));
  const checked = await checkStackDashboards(client, inventory, assets, chosen);
  const wrong = new Map(checked.map(({ remote, wrong: found }) => [remote.uuid, found]));
  return rows.map((row) => {
    const found = row.kind === "dashboard" ? (wrong.get(row.targetUuid) ?? []) : [];
    return { ...row, findings: [...row.findings, ...found.map(({ at, message }) => `${at}: ${message}`)] };
  });
}
