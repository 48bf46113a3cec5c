import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Assets, type ReadOptions, readAssets } from "../../provider/src/assets/read-folder";

export const DATABASE_UUID = "11111111-1111-4111-8111-111111111111";
export const DATASET_UUID = "22222222-2222-4222-8222-222222222222";
export const CHART_UUID = "33333333-3333-4333-8333-333333333333";
export const DASHBOARD_UUID = "44444444-4444-4444-8444-444444444444";
export const OTHER_UUID = "99999999-9999-4999-8999-999999999999";

export const DATABASE = `database_name: Shop
sqlalchemy_uri: postgresql://reader:XXXXXXXXXX@shop.example.com/shop
extra:
  engine_params: {}
uuid: ${DATABASE_UUID}
version: 1.0.0
`;

export const DATASET = `table_name: orders
schema: public
columns:
- column_name: region
  type: VARCHAR
- column_name: amount
  type: BIGINT
metrics:
- metric_name: count
  expression: COUNT(*)
database_uuid: ${DATABASE_UUID}
uuid: ${DATASET_UUID}
version: 1.0.0
`;

export const CHART = `slice_name: Orders
viz_type: table
params:
  viz_type: table
dataset_uuid: ${DATASET_UUID}
uuid: ${CHART_UUID}
version: 1.0.0
`;

export const DASHBOARD = `dashboard_title: Sales
metadata:
  native_filter_configuration:
  - id: F1
    targets:
    - datasetUuid: ${DATASET_UUID}
position:
  ROOT_ID:
    children: [CHART-1]
    type: ROOT
  CHART-1:
    type: CHART
    meta:
      chartId: 7
      uuid: ${CHART_UUID}
uuid: ${DASHBOARD_UUID}
version: 1.0.0
`;

/** A sound folder: one asset of each kind. */
export const SOUND: Readonly<Record<string, string>> = {
  "metadata.yaml": "version: 1.0.0\n",
  "databases/Shop.yaml": DATABASE,
  "datasets/Shop/orders.yaml": DATASET,
  "charts/orders.yaml": CHART,
  "dashboards/sales.yaml": DASHBOARD,
};

/** A temporary folder with these files. */
export function makeFolder(files: Readonly<Record<string, string | Buffer>>): string {
  const folder = mkdtempSync(join(tmpdir(), "assets-"));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return folder;
}

/** Reads the sound folder with some files added or put in place of others. */
export function readWith(files: Readonly<Record<string, string | Buffer>>, options?: ReadOptions): Promise<Assets> {
  return readAssets(makeFolder({ ...SOUND, ...files }), options);
}
