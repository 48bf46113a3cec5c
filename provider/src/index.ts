export type { AssetDocument, AssetKind } from "./assets/definition";
export { AssetResource } from "./resources/asset-resource";
export { Chart, type ChartArgs } from "./resources/chart";
export { Dashboard, type DashboardArgs } from "./resources/dashboard";
export { Database, type DatabaseArgs } from "./resources/database";
export { Dataset, type DatasetArgs, type DatasetColumn, type DatasetMetric } from "./resources/dataset";
export type { AssetArgs, DeclaredAsset } from "./resources/declared-asset";
export { SupersetAssets, type SupersetAssetsArgs } from "./resources/superset-assets";
