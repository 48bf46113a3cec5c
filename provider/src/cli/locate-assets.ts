import { objectUuid } from "../identity/mapping";
import type { SupersetClient } from "../superset/client";
import { type Inventory, loadInventory, type RemoteAsset } from "../superset/inventory";
import { confirmAbsences } from "../superset/lookup";
import type { StateAsset } from "./stack-state";

/** Reads what is on a server; what the state expects there is looked for twice before it counts as absent. */
export async function readInventory(client: SupersetClient, assets: readonly StateAsset[]): Promise<Inventory> {
  const inventory = await loadInventory(client);
  const expected = assets.map((asset) => ({ kind: asset.kind, uuid: objectUuid(asset), database: nameOf(asset) }));
  await confirmAbsences(client, inventory, expected);
  return inventory;
}

/** The object of the server that an asset of the state is; undefined if it is gone. */
export function locateAsset(asset: StateAsset, inventory: Inventory): RemoteAsset | undefined {
  const { kind } = asset;
  return kind === "database" ? inventory.databaseByName(nameOf(asset)) : inventory.byUuid(kind, objectUuid(asset));
}

/** Databases are known by their names: every server has its own. */
function nameOf({ database, title }: StateAsset): string {
  return database ?? title;
}
