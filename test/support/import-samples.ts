import { randomUUID } from "node:crypto";
import type { ImportEntry } from "../../provider/src/superset/importer";

/** An entry whose document a test may change. */
export interface SampleEntry extends ImportEntry {
  readonly document: Record<string, unknown>;
}

/** Assets with names and UUIDs of their own, so that tests can share a server. */
export function createSamples() {
  const suffix = randomUUID().slice(0, 8);
  const make = (kind: ImportEntry["kind"], title: string, document: Record<string, unknown>): SampleEntry => {
    const uuid = randomUUID();
    const path = `${kind}s/${title}.yaml`;
    return { kind, uuid, title, path, document: { uuid, version: "1.0.0", ...document } };
  };
  return {
    database: (uri = "sqlite:////tmp/superset-import-test.db") =>
      make("database", `db-${suffix}`, {
        database_name: `db-${suffix}`,
        sqlalchemy_uri: uri,
        extra: {},
        expose_in_sqllab: true,
      }),
    dataset: (database: ImportEntry, name = `table_${suffix}`) =>
      make("dataset", name, {
        table_name: name,
        schema: "main",
        sql: "select 1 as a",
        columns: [{ column_name: "a", type: "INTEGER" }],
        metrics: [{ metric_name: "count", expression: "count(*)" }],
        database_uuid: database.uuid,
      }),
    chart: (dataset: Pick<ImportEntry, "uuid">, name = `chart-${suffix}`) =>
      make("chart", name, {
        slice_name: name,
        viz_type: "table",
        params: { viz_type: "table", metrics: ["count"] },
        dataset_uuid: dataset.uuid,
      }),
    dashboard: (charts: readonly Pick<ImportEntry, "uuid">[], name = `dashboard-${suffix}`) =>
      make("dashboard", name, {
        dashboard_title: name,
        slug: name,
        metadata: {},
        position: {
          DASHBOARD_VERSION_KEY: "v2",
          ROOT_ID: { type: "ROOT", id: "ROOT_ID", children: ["GRID_ID"] },
          GRID_ID: {
            type: "GRID",
            id: "GRID_ID",
            children: charts.map((_, index) => `CHART-${index}`),
            parents: ["ROOT_ID"],
          },
          ...Object.fromEntries(
            charts.map(({ uuid }, index) => [
              `CHART-${index}`,
              {
                type: "CHART",
                id: `CHART-${index}`,
                children: [],
                meta: { uuid, chartId: index + 1, width: 4, height: 50 },
              },
            ]),
          ),
        },
      }),
  };
}
