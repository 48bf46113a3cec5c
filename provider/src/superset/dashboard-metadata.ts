import { z } from "zod";
import { isMapping, type Mapping } from "../assets/values";
import { parseJson } from "../core/parse-json";
import type { SupersetClient } from "./client";
import { putValues } from "./put";

/** What the server keeps as JSON text; an absent one means nothing is set. */
const JsonText = z
  .string()
  .nullish()
  .transform((text, context): Mapping => {
    const value = text ? parseJson(text) : {};
    if (isMapping(value)) return value;
    context.addIssue({ code: "custom", message: "is no JSON object" });
    return z.NEVER;
  });

const DashboardAnswer = z.object({ result: z.object({ position_json: JsonText, json_metadata: JsonText }) });
const ChartsAnswer = z.object({ result: z.array(z.object({ id: z.number() })) });

/**
 * Layout and metadata of a dashboard as the server has them, with its own ids. One request.
 *
 * @throws SupersetError where one of them is no JSON object: who compares with it, or writes it again, has to know it
 */
export async function readDashboard(
  client: SupersetClient,
  id: number,
): Promise<{ readonly position: Mapping; readonly metadata: Mapping }> {
  const { result } = await client.get(`/api/v1/dashboard/${id}`, DashboardAnswer);
  return { position: result.position_json, metadata: result.json_metadata };
}

/** The ids of the charts that are linked to a dashboard, which the layout does not decide (browser 2.10). One request. */
export async function readLinkedCharts(client: SupersetClient, id: number): Promise<Set<number>> {
  const { result } = await client.get(`/api/v1/dashboard/${id}/charts`, ChartsAnswer);
  return new Set(result.map((chart) => chart.id));
}

/** A display control: an entry of `chart_customization_config`. */
export type DisplayControl = Mapping;

/**
 * Writes the display controls of a dashboard and nothing else: layout, links and other metadata stay. The endpoint is the
 * one that the browser uses; `json_metadata` as a whole is validated by a closed schema, and gets defaults filled in
 * (superset-api 4.6).
 *
 * @param before what the server has now
 */
export async function writeDisplayControls(
  client: SupersetClient,
  id: number,
  controls: readonly DisplayControl[],
  before: readonly DisplayControl[],
): Promise<void> {
  const kept = controls.map((control) => control.id);
  const deleted = before.map((control) => control.id).filter((control) => !kept.includes(control));
  const body = { modified: controls, deleted, reordered: kept };
  await putValues(client, `/api/v1/dashboard/${id}/chart_customizations`, body);
}
