import type { AssetKind } from "../assets/definition";
import { ProblemError } from "../core/errors";
import {
  type NewIds,
  replaceLayoutIds,
  replaceMetadataIds,
  replaceParamsDataset,
  replaceQueryDataset,
} from "../identity/replace-ids";
import { readOwnAccount } from "../superset/account";
import type { SupersetClient } from "../superset/client";
import { SupersetError } from "../superset/errors";
import type { RemoteAsset } from "../superset/inventory";
import {
  changeDashboard,
  type LiveChart,
  type LiveDashboard,
  linkChart,
  pointChart,
  readChart,
  readDashboard,
} from "../superset/live-documents";
import { findCharts, findFilteringDashboards } from "../superset/users";

/** Charts and dashboards that use an object by its integer id. */
export interface Users {
  readonly charts: readonly LiveChart[];
  readonly dashboards: readonly LiveDashboard[];
  /** What uses it too, but this account may not read. */
  readonly unseen: readonly string[];
}

/** Whether this run writes an object again anyway, so that it need not be relinked. */
export type IsRewritten = (kind: AssetKind, id: number) => boolean;

/** Reads what uses a dataset or chart, apart from what is written again anyway. */
export async function readUsers(client: SupersetClient, remote: RemoteAsset, isRewritten: IsRewritten): Promise<Users> {
  const isOpen = (kind: AssetKind) => (id: number) => !isRewritten(kind, id);
  const charts = remote.kind === "dataset" ? (await findCharts(client, remote.id)).filter(isOpen("chart")) : [];
  const dashboards = (await idsOfDashboards(client, remote)).filter(isOpen("dashboard"));
  const [foundCharts, foundDashboards] = await Promise.all([
    Promise.all(charts.map((id) => readChart(client, id))),
    Promise.all(dashboards.map((id) => readDashboard(client, id))),
  ]);
  const hidden = (kind: AssetKind, ids: readonly number[], found: readonly unknown[]) =>
    ids.flatMap((id, index) => (found[index] === undefined ? [`${kind} with the id ${id}`] : []));
  return {
    charts: present(foundCharts),
    dashboards: present(foundDashboards),
    unseen: [...hidden("chart", charts, foundCharts), ...hidden("dashboard", dashboards, foundDashboards)],
  };
}

/**
 * Makes sure, before anything is written, that the account may change what uses an object.
 *
 * @throws ProblemError `replace/not-owner`
 */
export async function assertMayRelink(client: SupersetClient, remote: RemoteAsset, users: Users): Promise<void> {
  if (users.charts.length + users.dashboards.length + users.unseen.length === 0) return;
  const account = await readOwnAccount(client);
  if (account.isAdmin) return;
  const isForeign = ({ owners }: LiveChart | LiveDashboard) => !owners.includes(account.id);
  const foreign = [
    ...users.charts.filter(isForeign).map(({ title }) => `chart ${title}`),
    ...users.dashboards.filter(isForeign).map(({ title }) => `dashboard ${title}`),
    ...users.unseen,
  ];
  if (foreign.length === 0) return;
  throw new ProblemError({
    code: "replace/not-owner",
    summary: `The ${remote.kind} "${remote.title}" was not replaced: ${foreign.join(", ")} would be broken by it, and this account may not change ${foreign.length === 1 ? "it" : "them"}.`,
    remedy: "Make the account an owner of them, give it the role Admin, or use `replace: inPlace`.",
    exitCode: 3,
  });
}

/** Makes what uses one object use another one of the same kind; can be done again. */
export async function relink(
  client: SupersetClient,
  from: RemoteAsset,
  to: RemoteAsset,
  { charts, dashboards }: Users,
): Promise<void> {
  const ids: NewIds = { [from.kind === "chart" ? "charts" : "datasets"]: new Map([[from.id, to.id]]) };
  for (const chart of charts) await naming("chart", chart, () => relinkChart(client, chart, to, ids));
  if (from.kind === "chart") await linkToDashboards(client, to, dashboards);
  for (const dashboard of dashboards)
    await naming("dashboard", dashboard, () => relinkDashboard(client, dashboard, ids));
  // At last: the links of the old chart tell a run that starts over what is still to be done.
  if (from.kind === "chart") await unlinkFromDashboards(client, from, dashboards);
}

async function relinkChart(client: SupersetClient, chart: LiveChart, to: RemoteAsset, ids: NewIds): Promise<void> {
  const { params, queryContext } = chart;
  await pointChart(client, chart, to.id, {
    params: replaceParamsDataset(params, ids),
    ...(queryContext && { queryContext: replaceQueryDataset(queryContext, ids) }),
  });
}

function relinkDashboard(client: SupersetClient, { id }: LiveDashboard, ids: NewIds): Promise<void> {
  return changeDashboard(client, id, (dashboard) => {
    const metadata = replaceMetadataIds(dashboard.metadata, ids);
    const position = replaceLayoutIds(dashboard.position, ids);
    return { ...(metadata && { metadata }), ...(position && { position }) };
  });
}

async function linkToDashboards(
  client: SupersetClient,
  chart: RemoteAsset,
  dashboards: readonly LiveDashboard[],
): Promise<void> {
  const linked = (await readChart(client, chart.id))?.dashboards ?? [];
  const missing = dashboards.map(({ id }) => id).filter((id) => !linked.includes(id));
  if (missing.length > 0) await linkChart(client, chart.id, [...linked, ...missing]);
}

async function unlinkFromDashboards(
  client: SupersetClient,
  chart: RemoteAsset,
  dashboards: readonly LiveDashboard[],
): Promise<void> {
  const linked = (await readChart(client, chart.id))?.dashboards ?? [];
  const done = new Set(dashboards.map(({ id }) => id));
  const left = linked.filter((id) => !done.has(id));
  if (left.length < linked.length) await linkChart(client, chart.id, left);
}

/** Dashboards hold the id of a dataset in filters only: those of its charts need no change. */
async function idsOfDashboards(client: SupersetClient, remote: RemoteAsset): Promise<number[]> {
  if (remote.kind === "chart") return [...((await readChart(client, remote.id))?.dashboards ?? [])];
  if (remote.kind !== "dataset") return [];
  return (await findFilteringDashboards(client, remote.id)).map(({ id }) => id);
}

/** The server's refusal names a path; people know titles. */
async function naming(
  kind: AssetKind,
  { title }: { readonly title: string },
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof SupersetError) || ![400, 403, 422].includes(error.status ?? 0)) throw error;
    throw new ProblemError({
      code: "replace/not-relinked",
      summary: `The ${kind} "${title}" uses what was replaced, and Superset does not let it be pointed at the new object.`,
      ...(error.said !== undefined && { why: error.said }),
      remedy: "Correct or remove it in Superset, then run it again: nothing was deleted yet.",
    });
  }
}

function present<Item>(items: readonly (Item | undefined)[]): Item[] {
  return items.flatMap((item) => (item === undefined ? [] : [item]));
}
