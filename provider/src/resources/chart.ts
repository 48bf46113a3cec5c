import type * as pulumi from "@pulumi/pulumi";
import type { Dataset } from "./dataset";
import { type AssetArgs, DeclaredAsset, deriveUuid, withoutUndefined } from "./declared-asset";

/** Arguments of {@link Chart}. */
export interface ChartArgs extends AssetArgs {
  /** The dataset that it reads. */
  readonly dataset: Dataset;
  /** Title. Default: the resource's name. */
  readonly title?: string;
  /** Kind of chart as Superset names it, e.g. `echarts_timeseries_line`, `pie`, `table`. */
  readonly vizType: string;
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
  constructor(name: string, args: ChartArgs, options: pulumi.CustomResourceOptions = {}) {
    const document = {
      slice_name: args.title ?? name,
      viz_type: args.vizType,
      params: { ...args.params, viz_type: args.vizType },
      description: args.description,
      ...args.properties,
      dataset_uuid: args.dataset.definition.uuid,
      uuid: args.uuid ?? deriveUuid("chart", name),
    };
    super("chart", name, withoutUndefined(document), [args.dataset], options);
  }
}
