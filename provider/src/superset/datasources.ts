import { z } from "zod";
import type { SupersetClient } from "./client";
import { readRows } from "./rows";

/** A chart, what it reads and where it is shown. */
export interface ChartLinks {
  readonly id: number;
  /** Integer id of its dataset; undefined where it reads something else, or where its dataset is gone. */
  readonly dataset: number | undefined;
  /** Integer ids of its dashboards. */
  readonly dashboards: readonly number[];
}

/** What charts read, as integer ids of the server. */
export interface Datasources {
  /** The datasets that are a table or view of their database; all others hold SQL. */
  readonly physical: ReadonlySet<number>;
  readonly charts: readonly ChartLinks[];
}

const DatasetRow = z.object({ id: z.number(), kind: z.string() });
const ChartRow = z
  .object({
    id: z.number(),
    datasource_id: z.number().nullable(),
    datasource_type: z.string().nullable(),
    dashboards: z.array(z.object({ id: z.number() })),
  })
  .transform(
    ({ id, datasource_id: dataset, datasource_type: type, dashboards }): ChartLinks => ({
      id,
      dataset: type === "table" && dataset !== null ? dataset : undefined,
      dashboards: dashboards.map((dashboard) => dashboard.id),
    }),
  );

/** Reads which datasets are tables, and what every chart reads; one request for each 100. */
export async function readDatasources(client: SupersetClient): Promise<Datasources> {
  const datasets = await readRows(client, "dataset", { columns: ["id", "kind"], order: "table_name" }, DatasetRow);
  const columns = ["id", "datasource_id", "datasource_type", "dashboards.id"];
  const charts = await readRows(client, "chart", { columns, order: "slice_name" }, ChartRow);
  return { physical: new Set(datasets.flatMap(({ id, kind }) => (kind === "physical" ? [id] : []))), charts };
}
