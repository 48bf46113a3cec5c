import { z } from "zod";
import type { AssetKind } from "../assets/definition";
import type { SupersetClient } from "./client";
import { putValues, readIfThere } from "./put";
import { readRows } from "./rows";

/** An alert or a report. */
export interface Report {
  readonly id: number;
  readonly name: string;
  readonly type: "Alert" | "Report";
  readonly chart: number | null;
  readonly dashboard: number | null;
}

const Row = z
  .object({
    id: z.number(),
    name: z.string(),
    type: z.enum(["Alert", "Report"]),
    chart_id: z.number().nullable(),
    dashboard_id: z.number().nullable(),
  })
  .transform(({ chart_id: chart, dashboard_id: dashboard, ...row }): Report => ({ ...row, chart, dashboard }));

const DatabaseOfReport = z.object({ result: z.object({ database: z.object({ id: z.number() }).nullish() }) });

/** All alerts and reports that the account may see; none where the server has ALERT_REPORTS off. */
export async function readReports(client: SupersetClient): Promise<Report[]> {
  const columns = ["id", "name", "type", "chart_id", "dashboard_id"];
  return (await readIfThere(() => readRows(client, "report", { columns, order: "name" }, Row))) ?? [];
}

/** The alerts and reports of charts or dashboards, by the id of theirs. */
export function reportsOf(kind: AssetKind, id: number, reports: readonly Report[]): Report[] {
  if (kind !== "chart" && kind !== "dashboard") return [];
  return reports.filter((report) => report[kind] === id);
}

/** The alerts that ask a database. The list does not tell it, and cannot be filtered by it (superset-semantics 5.4). */
export async function readAlertsOfDatabase(
  client: SupersetClient,
  database: number,
  reports: readonly Report[],
): Promise<Report[]> {
  const alerts = reports.filter(({ type }) => type === "Alert");
  const answers = await Promise.all(
    alerts.map(({ id }) => readIfThere(() => client.get(`/api/v1/report/${id}`, DatabaseOfReport))),
  );
  return alerts.filter((_, index) => answers[index]?.result.database?.id === database);
}

/** Makes alerts and reports show another chart or dashboard; schedule, recipients and log stay. */
export async function moveReports(client: SupersetClient, reports: readonly Report[], to: number): Promise<void> {
  for (const { id, chart } of reports) {
    await putValues(client, `/api/v1/report/${id}`, chart === null ? { dashboard: to } : { chart: to });
  }
}
