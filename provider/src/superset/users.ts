import { z } from "zod";
import type { AssetKind } from "../assets/definition";
import { isMapping, listOf, type Mapping, mappingOf } from "../assets/values";
import { Batcher } from "../core/batcher";
import { parseJson } from "../core/parse-json";
import type { SupersetClient } from "./client";
import { SupersetError } from "./errors";
import { readListAlone } from "./exclusive";
import { loadKind } from "./inventory";
import { listPath, type RemoteAsset } from "./listing";
import { readIfThere } from "./put";
import { type Report, readAlertsOfDatabase, readReports, reportsOf } from "./reports";

/** Something on the server that uses an object. */
export interface Dependent {
  readonly kind: AssetKind | "report";
  readonly id: number;
  /** As people call it: `chart Sales`. */
  readonly name: string;
}

const RelatedObjects = z.object({
  charts: z.object({ result: z.array(z.object({ id: z.number(), slice_name: z.string().nullable() })) }),
  dashboards: z.object({ result: z.array(z.object({ id: z.number(), title: z.string().nullable() })) }),
});
const DatasetNames = z.object({
  count: z.number(),
  result: z.array(z.object({ id: z.number(), table_name: z.string() })),
});
const ChartAnswer = z.object({
  result: z.object({ dashboards: z.array(z.object({ id: z.number(), dashboard_title: z.string().nullable() })) }),
});
const MetadataAnswer = z.object({ result: z.object({ json_metadata: z.string().nullish() }) });

const joined = new WeakMap<SupersetClient, Batcher<RemoteAsset, Dependent[]>>();

/**
 * Names what uses an object: datasets and alerts of a database; charts of a dataset, and dashboards with one of these or
 * with a filter on it; dashboards and reports of a chart; reports of a dashboard. Whoever asks at the same time is
 * answered together, so that what many need is read once.
 *
 * @returns empty where nothing uses it or it is not there
 */
export function findDependents(client: SupersetClient, remote: RemoteAsset): Promise<Dependent[]> {
  const run = (remotes: readonly RemoteAsset[]) => findAllDependents(client, remotes);
  const batcher = joined.get(client) ?? new Batcher({ run, quietMs: 0, maxItems: Number.POSITIVE_INFINITY });
  joined.set(client, batcher);
  return batcher.add(remote);
}

async function findAllDependents(client: SupersetClient, remotes: readonly RemoteAsset[]): Promise<Dependent[][]> {
  const isReported = remotes.some(({ kind }) => kind !== "dataset");
  const reports = isReported ? await readKnownReports(client) : [];
  const found = new Map<RemoteAsset, Dependent[]>();
  await Promise.all(remotes.map(async (remote) => found.set(remote, await findUsers(client, remote, reports))));
  return remotes.map((remote) => found.get(remote) ?? []);
}

async function findUsers(
  client: SupersetClient,
  remote: RemoteAsset,
  reports: readonly Report[],
): Promise<Dependent[]> {
  const reporting = reportsOf(remote.kind, remote.id, reports).map(namedReport);
  switch (remote.kind) {
    case "database": {
      const alerts = await readAlertsOfDatabase(client, remote.id, reports);
      return [...(await findDatasets(client, remote)), ...alerts.map(namedReport)];
    }
    case "dataset":
      return findUsersOfDataset(client, remote);
    case "chart": {
      const answer = await readIfThere(() => client.get(`/api/v1/chart/${remote.id}`, ChartAnswer));
      const dashboards = answer?.result.dashboards ?? [];
      return [...dashboards.map(({ id, dashboard_title: title }) => named("dashboard", id, title)), ...reporting];
    }
    case "dashboard":
      return reporting;
  }
}

/** Superset does not know the dashboards that use a dataset in a filter only (superset-semantics 5.1). */
async function findUsersOfDataset(client: SupersetClient, { id }: RemoteAsset): Promise<Dependent[]> {
  const [related, filtering] = await Promise.all([
    readIfThere(() => client.get(`/api/v1/dataset/${id}/related_objects`, RelatedObjects)),
    findFilteringDashboards(client, id),
  ]);
  const charts = related?.charts.result.map(({ id, slice_name: title }) => named("chart", id, title)) ?? [];
  const dashboards = related?.dashboards.result.map(({ id, title }) => named("dashboard", id, title)) ?? [];
  const told = new Set(dashboards.map(({ id }) => id));
  const further = filtering.filter((dashboard) => !told.has(dashboard.id));
  return [...charts, ...dashboards, ...further.map((dashboard) => named("dashboard", dashboard.id, dashboard.title))];
}

/** The ids of the charts of a dataset; empty where it is gone. */
export async function findCharts(client: SupersetClient, dataset: number): Promise<number[]> {
  const path = `/api/v1/dataset/${dataset}/related_objects`;
  const related = await readIfThere(() => client.get(path, RelatedObjects));
  return related?.charts.result.map(({ id }) => id) ?? [];
}

/** The related objects of a database do not tell its datasets (superset-semantics 5.2). */
async function findDatasets(client: SupersetClient, remote: RemoteAsset): Promise<Dependent[]> {
  const filters = `(col:database,opr:rel_o_m,value:${remote.id})`;
  const path = listPath("dataset", { columns: ["id", "table_name"], filters });
  const { count, result } = await readListAlone(client, "dataset", () => client.get(path, DatasetNames));
  const datasets = result.map(({ id, table_name: title }) => named("dataset", id, title));
  const more: Dependent = { kind: "dataset", id: -1, name: `${count - result.length} more datasets` };
  return count > result.length ? [...datasets, more] : datasets;
}

const scans = new WeakMap<SupersetClient, Batcher<number, RemoteAsset[]>>();

/**
 * The dashboards that have a filter on a dataset. Lists do not tell it: each dashboard is read, once for all who ask at
 * the same time. An export, which holds the charts too, takes three times as long.
 */
export function findFilteringDashboards(client: SupersetClient, dataset: number): Promise<RemoteAsset[]> {
  const run = async (datasets: readonly number[]) => {
    const used = await readFilterDatasets(client, await loadKind(client, "dashboard"));
    return datasets.map((id) => [...used].flatMap(([dashboard, ids]) => (ids.has(id) ? [dashboard] : [])));
  };
  const scan = scans.get(client) ?? new Batcher({ run, quietMs: 0, maxItems: Number.POSITIVE_INFINITY });
  scans.set(client, scan);
  return scan.add(dataset);
}

async function readFilterDatasets(
  client: SupersetClient,
  dashboards: readonly RemoteAsset[],
): Promise<Map<RemoteAsset, ReadonlySet<number>>> {
  const pairs = dashboards.map(async (dashboard): Promise<[RemoteAsset, ReadonlySet<number>]> => {
    const path = `/api/v1/dashboard/${dashboard.id}?q=(columns:!(json_metadata))`;
    const answer = await readIfThere(() => client.get(path, MetadataAnswer));
    return [dashboard, datasetsOfFilters(mappingOf(parseJson(answer?.result.json_metadata ?? "{}")))];
  });
  return new Map(await Promise.all(pairs));
}

/** The ids of the datasets that filters and chart customisations of a dashboard's metadata name. */
function datasetsOfFilters(metadata: Mapping): Set<number> {
  const found = new Set<number>();
  for (const list of [metadata.native_filter_configuration, metadata.chart_customization_config]) {
    for (const item of listOf(list).filter(isMapping)) {
      const targets = listOf(item.targets).filter(isMapping);
      for (const id of [...targets.map(({ datasetId }) => datasetId), datasetOf(item)]) {
        if (typeof id === "number") found.add(id);
      }
    }
  }
  return found;
}

/** A chart customisation names its dataset as an id, or as a choice with a value. */
function datasetOf({ customization }: Mapping): unknown {
  const dataset = mappingOf(customization).dataset;
  return isMapping(dataset) ? dataset.value : dataset;
}

/** Reports that the account may not read stop nobody here: the server refuses a delete in its own words. */
async function readKnownReports(client: SupersetClient): Promise<Report[]> {
  try {
    return await readReports(client);
  } catch (error) {
    if (error instanceof SupersetError && error.status === 403) return [];
    throw error;
  }
}

function named(kind: AssetKind, id: number, title: string | null): Dependent {
  return { kind, id, name: `${kind} ${title ?? ""}` };
}

function namedReport({ id, name, type }: Report): Dependent {
  return { kind: "report", id, name: `${type.toLowerCase()} ${name}` };
}
