import { z } from "zod";
import type { AssetKind } from "../assets/definition";
import { ProblemError } from "../core/errors";
import type { SupersetClient } from "./client";
import { OUTCOME_UNKNOWN, SupersetError } from "./errors";
import { listPath, PAGE_SIZE, type RemoteAsset } from "./listing";
import { readBack } from "./lookup";

const Answer = z.object({ message: z.string().optional() });

/**
 * Deletes one object by its integer id, which must have been read from this server just now.
 *
 * @returns `gone` where it was not there any more
 * @throws ProblemError `delete/still-used` in the server's words; otherwise what a write can fail with
 */
export async function deleteRemote(client: SupersetClient, remote: RemoteAsset): Promise<"deleted" | "gone"> {
  try {
    return await requestDelete(client, remote);
  } catch (error) {
    if (!(error instanceof SupersetError) || error.code !== OUTCOME_UNKNOWN) throw error;
    const found = (await readBack(client, remote.kind, [remote.uuid])).get(remote.uuid);
    if (found === undefined) return "deleted";
    return requestDelete(client, found);
  }
}

async function requestDelete(client: SupersetClient, remote: RemoteAsset): Promise<"deleted" | "gone"> {
  try {
    await client.send("DELETE", `/api/v1/${remote.kind}/${remote.id}`, undefined, Answer);
    return "deleted";
  } catch (error) {
    if (!(error instanceof SupersetError)) throw error;
    if (error.status === 404) return "gone";
    if (error.status !== 422) throw error;
    throw new ProblemError({
      code: "delete/still-used",
      summary: `The ${remote.kind} "${remote.title}" cannot be deleted: something still uses it`,
      ...(error.said !== undefined && { why: error.said }),
      remedy: "Delete or change what uses it first.",
      place: { asset: `${remote.kind} ${remote.title}`, ...(error.place.stack && { stack: error.place.stack }) },
      exitCode: 3,
    });
  }
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

/** Something on the server that uses an object. */
export interface Dependent {
  readonly kind: AssetKind;
  readonly id: number;
  /** As people call it: `chart Sales`. */
  readonly name: string;
}

function dependent(kind: AssetKind, id: number, title: string | null): Dependent {
  return { kind, id, name: `${kind} ${title ?? ""}` };
}

/**
 * Names what uses an object: charts and dashboards of a dataset, datasets of a database, dashboards of a chart.
 * Superset does not know the dashboards that use a dataset in a filter only (superset-semantics 5.1).
 *
 * @returns empty where nothing uses it or it is not there
 */
export async function findDependents(client: SupersetClient, remote: RemoteAsset): Promise<Dependent[]> {
  try {
    switch (remote.kind) {
      case "database":
        return await findDatasets(client, remote);
      case "dataset":
        return await findUsersOfDataset(client, remote);
      case "chart": {
        const { result } = await client.get(`/api/v1/chart/${remote.id}`, ChartAnswer);
        return result.dashboards.map(({ id, dashboard_title: title }) => dependent("dashboard", id, title));
      }
      case "dashboard":
        return [];
    }
  } catch (error) {
    if (error instanceof SupersetError && error.status === 404) return [];
    throw error;
  }
}

async function findUsersOfDataset(client: SupersetClient, remote: RemoteAsset): Promise<Dependent[]> {
  const { charts, dashboards } = await client.get(`/api/v1/dataset/${remote.id}/related_objects`, RelatedObjects);
  return [
    ...charts.result.map(({ id, slice_name: title }) => dependent("chart", id, title)),
    ...dashboards.result.map(({ id, title }) => dependent("dashboard", id, title)),
  ];
}

/** The related objects of a database do not tell its datasets (superset-semantics 5.2). */
async function findDatasets(client: SupersetClient, remote: RemoteAsset): Promise<Dependent[]> {
  const filters = `(col:database,opr:rel_o_m,value:${remote.id})`;
  const path = listPath("dataset", { columns: ["id", "table_name"], filters });
  const { count, result } = await client.get(path, DatasetNames);
  const named = result.map(({ id, table_name: title }) => dependent("dataset", id, title));
  const more: Dependent = { kind: "dataset", id: -1, name: `${count - PAGE_SIZE} more datasets` };
  return count > PAGE_SIZE ? [...named, more] : named;
}
