import { fromCanonicalText } from "../assets/canonical";
import { type CheckedDashboard, checkDashboards, type DashboardToCheck } from "../hooks/check-dashboards";
import { objectUuid } from "../identity/mapping";
import { rewriteUuids } from "../identity/rewrite-uuids";
import type { SupersetClient } from "../superset/client";
import type { Inventory } from "../superset/inventory";
import { locateAsset } from "./locate-assets";
import type { StateAsset } from "./stack-state";

/**
 * Checks every id in dashboards of a stack: each must be one of the dashboard's own charts, or the dataset that was
 * meant. Two requests for each dashboard.
 *
 * @param assets everything in the state
 * @param chosen the dashboards to check
 */
export function checkStackDashboards(
  client: SupersetClient,
  inventory: Inventory,
  assets: readonly StateAsset[],
  chosen: readonly StateAsset[],
): Promise<CheckedDashboard[]> {
  const uuids = Object.fromEntries(
    assets.filter(({ kind }) => kind !== "database").map((asset) => [asset.uuid, objectUuid(asset)]),
  );
  const dashboards = chosen.flatMap((asset): DashboardToCheck[] => {
    const remote = asset.kind === "dashboard" ? locateAsset(asset, inventory) : undefined;
    if (remote === undefined) return [];
    // What a person changed since means something else than what was applied.
    if (asset.changedOn !== remote.changedOn) return [{ remote }];
    return [{ remote, document: rewriteUuids("dashboard", fromCanonicalText(asset.applied ?? asset.yaml), uuids) }];
  });
  return checkDashboards(client, inventory, dashboards);
}
