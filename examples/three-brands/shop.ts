import { Chart, Dashboard, type Database, Dataset } from "pulumi-superset";

/** What is different from brand to brand. */
export interface Brand {
  /** Part of all names; it decides the identity of the assets, so it must stay. */
  readonly key: string;
  /** What people call it. */
  readonly name: string;
  /** Category of the shop's products that the brand sells. */
  readonly category: string;
  readonly colour: string;
}

/** The dataset, the charts and the dashboard of one brand. */
export function declareShop(brand: Brand, database: Database): Dashboard {
  const sales = declareSales(brand, database);
  const { revenue, units, overTime, products, countries } = declareCharts(brand, sales);
  return new Dashboard(`${brand.key}-shop`, {
    title: brand.name,
    slug: `${brand.key}-shop`,
    rows: [
      {
        height: 40,
        row: [{ column: [revenue, units], width: 3 }, overTime],
      },
      {
        tabs: [
          { title: "Products", rows: [[products]] },
          {
            title: "Countries",
            rows: [[countries, { markdown: `Where **${brand.name}** sells, before returns.`, width: 3 }]],
          },
        ],
      },
    ],
    filters: [
      { type: "time", name: "Period" },
      { name: "Country", dataset: sales, column: "country", excludes: [countries] },
    ],
    crossFilters: [{ from: countries, excludes: [units] }],
  });
}

/** The brand's share of the order lines, as a query. */
function declareSales({ key, category }: Brand, database: Database): Dataset {
  return new Dataset(`${key}-sales`, {
    database,
    tableName: `${key}_sales`,
    sql: `SELECT o.ordered_at, o.country, p.product, l.quantity, l.revenue
FROM order_lines l
JOIN orders o ON o.order_id = l.order_id
JOIN products p ON p.product_id = l.product_id
WHERE p.category = '${category}'`,
    mainTimeColumn: "ordered_at",
    columns: [
      { column_name: "ordered_at", type: "DATETIME", is_dttm: true, verbose_name: "Ordered at" },
      { column_name: "country", type: "TEXT", verbose_name: "Country" },
      { column_name: "product", type: "TEXT", verbose_name: "Product" },
      { column_name: "quantity", type: "INTEGER", groupby: false },
      { column_name: "revenue", type: "DECIMAL(10, 2)", groupby: false },
    ],
    metrics: [
      { metric_name: "revenue", verbose_name: "Revenue", expression: "SUM(revenue)", d3format: ",.0f" },
      { metric_name: "units", verbose_name: "Units", expression: "SUM(quantity)", d3format: ",d" },
    ],
  });
}

/** A chart follows the filter on time only if it has one of its own. */
const ANY_TIME = {
  adhoc_filters: [
    {
      clause: "WHERE",
      expressionType: "SIMPLE",
      subject: "ordered_at",
      operator: "TEMPORAL_RANGE",
      comparator: "No filter",
    },
  ],
};

function declareCharts({ key, colour }: Brand, dataset: Dataset) {
  const total = (metric: string, title: string) =>
    new Chart(`${key}-${metric}`, {
      dataset,
      title,
      vizType: "big_number_total",
      params: { ...ANY_TIME, metric, y_axis_format: ",.0f" },
    });
  return {
    revenue: total("revenue", "Revenue"),
    units: total("units", "Units sold"),
    overTime: new Chart(`${key}-over-time`, {
      dataset,
      title: "Revenue by month",
      vizType: "echarts_timeseries_bar",
      params: {
        ...ANY_TIME,
        x_axis: "ordered_at",
        time_grain_sqla: "P1M",
        metrics: ["revenue"],
        groupby: [],
        row_limit: 1000,
        y_axis_format: ".2s",
        show_legend: false,
        label_colors: { Revenue: colour },
      },
    }),
    products: new Chart(`${key}-products`, {
      dataset,
      title: "Best sellers",
      vizType: "table",
      params: {
        ...ANY_TIME,
        query_mode: "aggregate",
        groupby: ["product"],
        metrics: ["revenue", "units"],
        timeseries_limit_metric: "revenue",
        order_desc: true,
        row_limit: 100,
      },
    }),
    countries: new Chart(`${key}-countries`, {
      dataset,
      title: "Revenue by country",
      vizType: "pie",
      params: { ...ANY_TIME, groupby: ["country"], metric: "revenue", row_limit: 20, sort_by_metric: true },
    }),
  };
}
