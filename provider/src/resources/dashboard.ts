import type * as pulumi from "@pulumi/pulumi";
import type { Chart } from "./chart";
import { layOutRows } from "./dashboard-layout";
import type { Dataset } from "./dataset";
import { type AssetArgs, DeclaredAsset, deriveUuid, withoutUndefined } from "./declared-asset";

/** Arguments of {@link Dashboard}. */
export interface DashboardArgs extends AssetArgs {
  /** Title. Default: the resource's name. */
  readonly title?: string;
  /** Readable part of its address; unique on the server. */
  readonly slug?: string;
  /** The charts, row by row; the charts of a row share its width evenly. For anything else give `position` in `properties`. */
  readonly rows: readonly (readonly Chart[])[];
  /** Datasets that only native filters use. */
  readonly filterDatasets?: readonly Dataset[];
  /** What Superset calls json metadata: native filters, cross filters, colours. */
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** Visible to others. Default: true. */
  readonly published?: boolean;
  /** Own style rules of the page. */
  readonly css?: string;
  /** Text for the list of dashboards. */
  readonly description?: string;
}

/**
 * A dashboard.
 *
 * @example
 * new Dashboard("shop", { title: "Shop", slug: "shop", rows: [[revenue, orders], [map]] });
 */
export class Dashboard extends DeclaredAsset {
  constructor(name: string, args: DashboardArgs, options: pulumi.CustomResourceOptions = {}) {
    const title = args.title ?? name;
    const document = {
      dashboard_title: title,
      slug: args.slug,
      published: args.published ?? true,
      css: args.css,
      description: args.description,
      position: layOutRows(
        title,
        args.rows.map((row) => row.map(({ definition }) => definition)),
      ),
      metadata: { ...args.metadata },
      ...args.properties,
      uuid: args.uuid ?? deriveUuid("dashboard", name),
    };
    super(
      "dashboard",
      name,
      withoutUndefined(document),
      [...args.rows.flat(), ...(args.filterDatasets ?? [])],
      options,
    );
  }
}
