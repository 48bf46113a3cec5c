import type { Dataset } from "./dataset";
import { type Declaration, deriveUuid } from "./declaration";
import { type AssetArgs, DeclaredAsset } from "./declared-asset";
import type { FolderAsset } from "./folder-asset";
import type * as pulumi from "./pulumi";
import type { VizType } from "./viz-type";

/** Arguments of {@link Chart}. */
export interface ChartArgs extends AssetArgs {
  /** The dataset that it reads: a declared one, or one of a folder (`assets.dataset("orders")`). */
  readonly dataset: Dataset | FolderAsset<"dataset">;
  /** Title. Default: the resource's name. */
  readonly title?: string;
  /** Kind of chart as Superset names it, e.g. `echarts_timeseries_line`, `pie`, `table`. */
  readonly vizType: VizType;
  /** What Explore calls the form data: metrics, columns, filters, formats. */
  readonly params?: Readonly<Record<string, unknown>>;
  /** Text behind the information sign of the chart. */
  readonly description?: string;
}

/**
 * A chart.
 *
 * @example
 * const revenue = new Chart("revenue", { dataset: orders, vizType: "big_number_total", params: { metric: "revenue" } });
 */
export class Chart extends DeclaredAsset {
  /** Kind of the asset. */
  declare readonly kind: pulumi.Output<"chart">;

  constructor(name: string, args: ChartArgs, options: pulumi.CustomResourceOptions = {}) {
    super(declareChart(name, args), options);
  }
}

/** What the arguments of a {@link Chart} amount to. */
export function declareChart(name: string, args: ChartArgs): Declaration {
  const { dataset } = args;
  return {
    kind: "chart",
    name,
    uuid: args.uuid ?? deriveUuid("chart", name),
    uses: [dataset],
    document: (definitionOf) => ({
      slice_name: args.title ?? name,
      viz_type: args.vizType,
      params: { ...args.params, viz_type: args.vizType },
      description: args.description,
      ...args.properties,
      dataset_uuid: definitionOf(dataset).uuid,
    }),
  };
}
