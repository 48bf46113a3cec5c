import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { ROOT } from "./pulumi-project";

/** UUIDs of the sample's datasets, which have the columns that the charts below use. */
export const SALES = "b3a87146-e3bb-4d19-b588-f25ea87b99e6";
export const ORDERS = "5490c11c-3a63-435d-83d8-4c163657d5fe";

/** The files of the sample that the dashboard needs, unchanged. */
export const SAMPLE_FILES = ["databases/Shop.yaml", "datasets/Shop/sales.yaml", "datasets/Shop/orders.yaml"];

/** The charts of the dashboard: what they are called here, their UUIDs and what they show. */
export const CHARTS = {
  bars: chart(1, "Revenue by segment", SALES, {
    viz_type: "echarts_timeseries_bar",
    x_axis: "segment",
    metrics: ["revenue"],
    groupby: [],
    orientation: "vertical",
    x_axis_sort_asc: true,
    show_legend: false,
    only_total: true,
  }),
  pie: chart(2, "Revenue by channel", SALES, { viz_type: "pie", metric: "revenue", groupby: ["channel"] }),
  number: chart(3, "Revenue", SALES, { viz_type: "big_number_total", metric: "revenue" }),
  products: chart(4, "Best sellers", SALES, {
    viz_type: "table",
    query_mode: "aggregate",
    groupby: ["product"],
    metrics: ["revenue"],
    row_limit: 5,
  }),
  orders: chart(5, "Orders by payment", ORDERS, { viz_type: "pie", metric: "orders", groupby: ["payment"] }),
} as const;

export type ChartName = keyof typeof CHARTS;
const NAMES = Object.keys(CHARTS) as ChartName[];

interface ChartFile {
  readonly uuid: string;
  readonly title: string;
  readonly dataset: string;
  readonly params: Readonly<Record<string, unknown>>;
}

function chart(number: number, title: string, dataset: string, params: Readonly<Record<string, unknown>>): ChartFile {
  const shared = { row_limit: 100, color_scheme: "supersetColors", adhoc_filters: [] };
  return { uuid: `5c0bed00-0000-4000-8000-00000000000${number}`, title, dataset, params: { ...shared, ...params } };
}

export const DASHBOARD_UUID = "5c0bed00-0000-4000-8000-0000000000aa";

/** The integer ids that the exporting server had. */
export interface FileIds {
  readonly charts: Readonly<Record<ChartName, number>>;
  readonly datasets: Readonly<Record<string, number>>;
}

/** The documents of the charts' files, by path. */
export function chartFiles(ids: FileIds): Record<string, Record<string, unknown>> {
  return Object.fromEntries(
    NAMES.map((name) => {
      const { uuid, title, dataset, params } = CHARTS[name];
      const document = {
        slice_name: title,
        viz_type: params.viz_type,
        params: { ...params, datasource: `${ids.datasets[dataset]}__table`, slice_id: ids.charts[name] },
        dataset_uuid: dataset,
        uuid,
        version: "1.0.0",
      };
      return [`charts/${name}.yaml`, document];
    }),
  );
}

/**
 * The document of the dashboard's file. A click on a bar filters the pie, the products and nothing else; the filter
 * "Country" leaves the products alone; the display control "Split by" works on the charts of the dataset "sales", but not
 * on the pie.
 */
export function dashboardFile({ charts, datasets }: FileIds): Record<string, unknown> {
  const scope = (...excluded: ChartName[]) => ({
    rootPath: ["ROOT_ID"],
    excluded: excluded.map((name) => charts[name]),
  });
  return {
    dashboard_title: "Scopes",
    slug: "scopes",
    published: true,
    position: layOut(charts),
    metadata: {
      cross_filters_enabled: true,
      color_scheme: "supersetColors",
      chart_configuration: {
        [charts.bars]: { id: charts.bars, crossFilters: { scope: scope("bars", "number", "orders") } },
      },
      global_chart_configuration: { scope: scope() },
      native_filter_configuration: [
        {
          id: "NATIVE_FILTER-country",
          name: "Country",
          type: "NATIVE_FILTER",
          filterType: "filter_select",
          targets: [{ column: { name: "country" }, datasetUuid: SALES }],
          scope: scope("products"),
          cascadeParentIds: [],
          controlValues: { multiSelect: true, enableEmptyFilter: false },
          defaultDataMask: { extraFormData: {}, filterState: {}, ownState: {} },
        },
      ],
      chart_customization_config: [
        {
          id: "CHART_CUSTOMIZATION-split",
          name: "Split by",
          type: "CHART_CUSTOMIZATION",
          filterType: "chart_customization_dynamic_groupby",
          targets: [{ datasetId: datasets[SALES], column: { name: "" } }],
          scope: scope("pie"),
          cascadeParentIds: [],
          controlValues: { canSelectMultiple: true },
          defaultDataMask: { extraFormData: {}, filterState: {}, ownState: {} },
        },
      ],
    },
    uuid: DASHBOARD_UUID,
    version: "1.0.0",
  };
}

function layOut(ids: Readonly<Record<ChartName, number>>): Record<string, unknown> {
  const rows: ChartName[][] = [
    ["bars", "pie"],
    ["number", "products", "orders"],
  ];
  const parents = ["ROOT_ID", "GRID_ID"];
  const slots = rows.flatMap((row, index) =>
    row.map((name): [string, unknown] => {
      const { uuid, title } = CHARTS[name];
      const meta = { chartId: ids[name], uuid, sliceName: title, width: 12 / row.length, height: 40 };
      return [
        `CHART-${name}`,
        { type: "CHART", id: `CHART-${name}`, children: [], parents: [...parents, `ROW-${index}`], meta },
      ];
    }),
  );
  return {
    DASHBOARD_VERSION_KEY: "v2",
    ROOT_ID: { type: "ROOT", id: "ROOT_ID", children: ["GRID_ID"] },
    GRID_ID: { type: "GRID", id: "GRID_ID", children: rows.map((_, index) => `ROW-${index}`), parents: ["ROOT_ID"] },
    ...Object.fromEntries(
      rows.map((row, index) => [
        `ROW-${index}`,
        {
          type: "ROW",
          id: `ROW-${index}`,
          parents,
          children: row.map((name) => `CHART-${name}`),
          meta: { background: "BACKGROUND_TRANSPARENT" },
        },
      ]),
    ),
    ...Object.fromEntries(slots),
  };
}

/** A file of the sample as a document. */
export function readSample(file: string): Record<string, unknown> {
  return parse(readFileSync(join(ROOT, "assets", file), "utf8")) as Record<string, unknown>;
}
