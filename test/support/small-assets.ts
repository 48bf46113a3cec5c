import { stringify } from "yaml";
import { type AssetFolder, makeAssets } from "./asset-folder";
import { createSamples } from "./import-samples";

/** A folder with one database, one dataset, charts and a dashboard that shows them. */
export interface SmallAssets extends AssetFolder {
  readonly counts: {
    readonly database: number;
    readonly dataset: number;
    readonly chart: number;
    readonly dashboard: number;
  };
}

/**
 * Writes assets with UUIDs and names of their own: `databases/db.yaml`, `datasets/db/orders.yaml`,
 * `charts/chart-1.yaml` …, `dashboards/board.yaml`.
 */
export function writeSmallAssets({ charts = 3 } = {}): SmallAssets {
  const folder = makeAssets();
  const samples = createSamples();
  const database = samples.database();
  const dataset = samples.dataset(database);
  const shown = Array.from({ length: charts }, (_, index) => samples.chart(dataset, `Chart ${index + 1}`));
  const dashboard = samples.dashboard(shown);
  folder.write("databases/db.yaml", stringify(database.document));
  folder.write("datasets/db/orders.yaml", stringify(dataset.document));
  shown.forEach((chart, index) => void folder.write(`charts/chart-${index + 1}.yaml`, stringify(chart.document)));
  folder.write("dashboards/board.yaml", stringify(dashboard.document));
  return { ...folder, counts: { database: 1, dataset: 1, chart: charts, dashboard: 1 } };
}
