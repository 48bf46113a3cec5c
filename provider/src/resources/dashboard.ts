import { ProblemError } from "../core/errors";
import { describeAsset } from "../settings/strategy";
import { type DashboardChart, type DashboardRow, listCharts } from "./dashboard-blocks";
import {
  type CrossFilter,
  configureCrossFilters,
  configureFilters,
  type DashboardFilter,
  listFilterUses,
  type NumberOf,
} from "./dashboard-filters";
import { layOut } from "./dashboard-layout";
import type { Dataset } from "./dataset";
import { type Declaration, type DefinitionOf, deriveUuid } from "./declaration";
import { type AssetArgs, DeclaredAsset } from "./declared-asset";
import type { FolderAsset } from "./folder-asset";
import type * as pulumi from "./pulumi";

/** Arguments of {@link Dashboard}. */
export interface DashboardArgs extends AssetArgs {
  /** Title. Default: the resource's name. */
  readonly title?: string;
  /** Readable part of its address; unique on the server. */
  readonly slug?: string;
  /**
   * The charts, row by row: `[[a, b], [c]]`; the charts of a row share its width evenly. Charts may have sizes
   * (`{ chart: a, width: 8 }`), and there may be headers, texts, dividers and tabs.
   */
  readonly rows: readonly DashboardRow[];
  /** Filters on the left. Default: none. */
  readonly filters?: readonly DashboardFilter[];
  /**
   * Whether a click into a chart filters the others. A list says which charts filter less than all; all others filter
   * all. Default: Superset's own, which is that all filter all.
   */
  readonly crossFilters?: false | readonly CrossFilter[];
  /** Load the charts again every so many seconds, apart from some. Default: never. */
  readonly refresh?: { readonly seconds: number; readonly except?: readonly DashboardChart[] };
  /** Charts whose description is open. Default: none. */
  readonly openDescriptions?: readonly DashboardChart[];
  /** Datasets that only `metadata` names. */
  readonly filterDatasets?: readonly (Dataset | FolderAsset<"dataset">)[];
  /** What Superset calls json metadata, e.g. colours. Its keys win over what the other arguments make of them. */
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
 * @example
 * new Dashboard("shop", {
 *   rows: [{ header: "Sales" }, [{ chart: revenue, width: 3 }, map], { markdown: "Without returns." }],
 *   filters: [{ name: "Country", dataset: sales, column: "country", excludes: [map] }],
 * });
 */
export class Dashboard extends DeclaredAsset {
  /** Kind of the asset. */
  declare readonly kind: pulumi.Output<"dashboard">;

  constructor(name: string, args: DashboardArgs, options: pulumi.CustomResourceOptions = {}) {
    super(declareDashboard(name, args), options);
  }
}

/** What the arguments of a {@link Dashboard} amount to. */
export function declareDashboard(name: string, args: DashboardArgs): Declaration {
  const title = args.title ?? name;
  return {
    kind: "dashboard",
    name,
    uuid: args.uuid ?? deriveUuid("dashboard", name),
    uses: listUses(args),
    document: (definitionOf) => {
      const { position, numbers } = layOut(title, args.rows, definitionOf);
      return {
        dashboard_title: title,
        slug: args.slug,
        published: args.published ?? true,
        css: args.css,
        description: args.description,
        position,
        metadata: { ...makeMetadata(title, args, numbers, definitionOf), ...args.metadata },
        ...args.properties,
      };
    },
  };
}

function listUses(args: DashboardArgs): (DashboardChart | Dataset | FolderAsset<"dataset">)[] {
  const crossFilters = args.crossFilters || [];
  return [
    ...listCharts(args.rows),
    ...listFilterUses(args.filters ?? []),
    ...crossFilters.flatMap(({ from, excludes }) => [from, ...excludes]),
    ...(args.refresh?.except ?? []),
    ...(args.openDescriptions ?? []),
    ...(args.filterDatasets ?? []),
  ];
}

function makeMetadata(
  title: string,
  args: DashboardArgs,
  numbers: ReadonlyMap<string, number>,
  definitionOf: DefinitionOf,
): Record<string, unknown> {
  const { filters, crossFilters, refresh, openDescriptions } = args;
  const numberOf: NumberOf = (chart) => {
    const { uuid, title: chartTitle } = definitionOf(chart);
    return numbers.get(uuid) ?? failNotShown(title, chartTitle);
  };
  return {
    ...(filters && { native_filter_configuration: configureFilters(filters, definitionOf, numberOf) }),
    ...(crossFilters === false && { cross_filters_enabled: false }),
    ...(crossFilters && configureCrossFilters(crossFilters, listCharts(args.rows), numberOf)),
    ...(refresh && {
      refresh_frequency: refresh.seconds,
      timed_refresh_immune_slices: (refresh.except ?? []).map(numberOf),
    }),
    ...(openDescriptions && {
      expanded_slices: Object.fromEntries(openDescriptions.map((chart) => [numberOf(chart), true])),
    }),
  };
}

function failNotShown(title: string, chart: string): never {
  throw new ProblemError({
    code: "dashboard/chart-not-shown",
    summary: `${describeAsset("dashboard", title)} names ${describeAsset("chart", chart)} beside its rows, but does not show it; nothing was written.`,
    remedy: "Put the chart into a row, or take it out of `excludes`, `crossFilters`, `refresh` and `openDescriptions`.",
    exitCode: 3,
  });
}
