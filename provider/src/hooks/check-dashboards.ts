import type { AssetDocument } from "../assets/definition";
import { findWrongIds, type KnownIds, type WrongId } from "../identity/wrong-ids";
import type { SupersetClient } from "../superset/client";
import { readDashboard, readLinkedCharts } from "../superset/dashboard-metadata";
import type { Inventory, RemoteAsset } from "../superset/inventory";

/** A dashboard to check. */
export interface DashboardToCheck {
  readonly remote: RemoteAsset;
  /**
   * The canonical document that was deployed, with the UUIDs of the target: then each id is compared with what it means
   * there. Without it, or with one that is older than the dashboard, only ids of strangers can be told.
   */
  readonly document?: AssetDocument;
}

/** A dashboard that was checked. */
export interface CheckedDashboard {
  readonly remote: RemoteAsset;
  /** Empty where all ids are right. */
  readonly wrong: readonly WrongId[];
}

/** So many dashboards are read at the same time. */
const READ_AT_ONCE = 4;

/**
 * Proves without a browser that every id in dashboards is the right one. Two requests for each dashboard.
 *
 * @param inventory what is on the server, as new as the dashboards
 */
export async function checkDashboards(
  client: SupersetClient,
  inventory: Inventory,
  dashboards: readonly DashboardToCheck[],
): Promise<CheckedDashboard[]> {
  const known: KnownIds = {
    idOf: (kind, uuid) => inventory.byUuid(kind, uuid)?.id,
    assetOf: (kind, id) => inventory.byId(kind, id),
  };
  const checked: CheckedDashboard[] = [];
  for (let start = 0; start < dashboards.length; start += READ_AT_ONCE) {
    const some = dashboards.slice(start, start + READ_AT_ONCE);
    checked.push(...(await Promise.all(some.map((dashboard) => checkDashboard(client, known, dashboard)))));
  }
  return checked;
}

async function checkDashboard(
  client: SupersetClient,
  known: KnownIds,
  { remote, document }: DashboardToCheck,
): Promise<CheckedDashboard> {
  const [content, linkedCharts] = await Promise.all([
    readDashboard(client, remote.id),
    readLinkedCharts(client, remote.id),
  ]);
  return { remote, wrong: findWrongIds({ ...content, linkedCharts }, known, document) };
}
