export type { AssetDocument, AssetKind } from "./assets/definition";
export { AssetResource } from "./resources/asset-resource";
export { Chart, type ChartArgs } from "./resources/chart";
export { Dashboard, type DashboardArgs } from "./resources/dashboard";
export type {
  ChartBlock,
  ColumnBlock,
  ColumnItem,
  DashboardChart,
  DashboardRow,
  DividerBlock,
  HeaderBlock,
  MarkdownBlock,
  RowBlock,
  RowItem,
  TabBlock,
  TabsBlock,
} from "./resources/dashboard-blocks";
export type {
  CrossFilter,
  DashboardFilter,
  RangeFilter,
  SelectFilter,
  TimeChoiceFilter,
  TimeFilter,
} from "./resources/dashboard-filters";
export { Database, type DatabaseArgs } from "./resources/database";
export { Dataset, type DatasetArgs, type DatasetColumn, type DatasetMetric } from "./resources/dataset";
export type { AssetArgs, DeclaredAsset } from "./resources/declared-asset";
export { EnvironmentAddress, type EnvironmentAddressArgs } from "./resources/environment-address";
export { declareEnvironment } from "./resources/environment-program";
export { EphemeralEnvironment, type EphemeralEnvironmentArgs } from "./resources/ephemeral-environment";
export { Extension, type ExtensionArgs } from "./resources/extension";
export { ExtensionResource } from "./resources/extension-resource";
export { FolderAsset } from "./resources/folder-asset";
export { SupersetAssets, type SupersetAssetsArgs } from "./resources/superset-assets";
export { SupersetExtensions, type SupersetExtensionsArgs } from "./resources/superset-extensions";
export type { VizType } from "./resources/viz-type";
