import { z } from "zod";
import type { Mapping } from "../assets/values";
import { isMapping } from "../assets/values";
import { parseJson } from "../core/parse-json";
import type { SupersetClient } from "./client";
import { exclusively } from "./exclusive";
import { putValues, readIfThere } from "./put";

/** A dashboard as it lives on the server, with its integer ids. */
export interface LiveDashboard {
  readonly id: number;
  readonly title: string;
  readonly metadata: Mapping;
  readonly position: Mapping;
  /** User ids. */
  readonly owners: readonly number[];
}

/** A chart as it lives on the server. */
export interface LiveChart {
  readonly id: number;
  readonly title: string;
  readonly dataset: number | null;
  readonly params: Mapping;
  /** Absent where the chart was never saved in the UI. */
  readonly queryContext?: Mapping;
  readonly dashboards: readonly number[];
  /** User ids. */
  readonly owners: readonly number[];
}

const Text = z.string().nullish();
const Ids = z.array(z.object({ id: z.number() })).transform((rows) => rows.map(({ id }) => id));

const DashboardAnswer = z.object({
  result: z
    .object({ id: z.number(), dashboard_title: Text, json_metadata: Text, position_json: Text, owners: Ids })
    .transform(
      (row): LiveDashboard => ({
        id: row.id,
        title: row.dashboard_title ?? "",
        metadata: mappingIn(row.json_metadata) ?? {},
        position: mappingIn(row.position_json) ?? {},
        owners: row.owners,
      }),
    ),
});

const ChartAnswer = z.object({
  result: z
    .object({
      id: z.number(),
      slice_name: Text,
      datasource_id: z.number().nullish(),
      params: Text,
      query_context: Text,
      dashboards: Ids,
      owners: Ids,
    })
    .transform((row): LiveChart => {
      const queryContext = mappingIn(row.query_context);
      return {
        id: row.id,
        title: row.slice_name ?? "",
        dataset: row.datasource_id ?? null,
        params: mappingIn(row.params) ?? {},
        ...(queryContext && { queryContext }),
        dashboards: row.dashboards,
        owners: row.owners,
      };
    }),
});

/** A dashboard; undefined where it is gone. */
export async function readDashboard(client: SupersetClient, id: number): Promise<LiveDashboard | undefined> {
  return (await readIfThere(() => client.get(`/api/v1/dashboard/${id}`, DashboardAnswer)))?.result;
}

/** A chart; undefined where it is gone. */
export async function readChart(client: SupersetClient, id: number): Promise<LiveChart | undefined> {
  return (await readIfThere(() => client.get(`/api/v1/chart/${id}`, ChartAnswer)))?.result;
}

/**
 * Changes the metadata and the layout of a dashboard, and nothing else of it. An import would add our account to its
 * owners, drop links where a chart of its layout is gone (superset-api 3.12), and leave ids in scopes as they are.
 *
 * @param change answers only what is to be written
 */
export function changeDashboard(
  client: SupersetClient,
  id: number,
  change: (dashboard: LiveDashboard) => Partial<Pick<LiveDashboard, "metadata" | "position">>,
): Promise<void> {
  return exclusively(client, `dashboard ${id}`, async () => {
    const dashboard = await readDashboard(client, id);
    if (dashboard === undefined) return;
    const { metadata, position } = change(dashboard);
    if (metadata === undefined && position === undefined) return;
    await putValues(client, `/api/v1/dashboard/${id}`, {
      ...(metadata && { json_metadata: JSON.stringify(metadata) }),
      ...(position && { position_json: JSON.stringify(position) }),
    });
  });
}

/** Makes a chart one of another dataset; an import would drop its annotation layers (superset-api 3.22). */
export async function pointChart(
  client: SupersetClient,
  { id }: Pick<LiveChart, "id">,
  dataset: number,
  { params, queryContext }: Pick<LiveChart, "params" | "queryContext">,
): Promise<void> {
  await putValues(client, `/api/v1/chart/${id}`, {
    datasource_id: dataset,
    datasource_type: "table",
    params: JSON.stringify(params),
    ...(queryContext && { query_context: JSON.stringify(queryContext) }),
  });
}

/** Sets the dashboards that a chart belongs to. */
export async function linkChart(client: SupersetClient, chart: number, dashboards: readonly number[]): Promise<void> {
  await putValues(client, `/api/v1/chart/${chart}`, { dashboards });
}

function mappingIn(json: string | null | undefined): Mapping | undefined {
  const value = json ? parseJson(json) : undefined;
  return isMapping(value) ? value : undefined;
}
