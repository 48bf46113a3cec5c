import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { AssetKind, Definition } from "../../provider/src/assets/definition";
import { readAssets } from "../../provider/src/assets/read-folder";
import { findDefinition } from "../../provider/src/plan/find-definition";
import { declareChart } from "../../provider/src/resources/chart";
import { declareDashboard } from "../../provider/src/resources/dashboard";
import { declareDataset } from "../../provider/src/resources/dataset";
import { type Declaration, defineDeclared } from "../../provider/src/resources/declaration";
import { FolderAsset } from "../../provider/src/resources/folder-asset";

let files: Definition[];

beforeAll(async () => {
  files = (await readAssets(join(import.meta.dirname, "../../assets"))).definitions;
});

/** An asset of the sample, as a program gets it from a folder. */
function sample<Kind extends AssetKind>(kind: Kind, path: string): FolderAsset<Kind> {
  return new FolderAsset(kind, Promise.resolve(findDefinition(kind, path, files)), Promise.resolve(undefined));
}

/** What the arguments and the file amount to, which must be the same. */
async function compare(declaration: Declaration, path: string): Promise<void> {
  const file = findDefinition(declaration.kind, path, files);
  const declared = await defineDeclared(declaration);
  expect(declared.canonical).toBe(file.canonical);
  expect(declared).toMatchObject({ uuid: file.uuid, title: file.title, digest: file.digest });
  expect(new Set(declared.references.map(({ uuid }) => uuid))).toEqual(
    new Set(file.references.map(({ uuid }) => uuid)),
  );
}

const EURO = { symbol: "EUR", symbolPosition: "prefix" };

describe("arguments amount to the same definition as the file of the sample", () => {
  it("of a dataset with columns and metrics", () =>
    compare(
      declareDataset("orders", {
        uuid: "5490C11C-3A63-435D-83D8-4C163657D5FE",
        database: sample("database", "databases/Shop"),
        description: "One row per order.",
        mainTimeColumn: "ordered_at",
        columns: [
          { column_name: "ordered_at", verbose_name: "Ordered at", type: "DATETIME", is_dttm: true },
          { column_name: "order_id", verbose_name: "Order", type: "INTEGER" },
          { column_name: "customer_id", verbose_name: "Customer", type: "INTEGER" },
          { column_name: "country", verbose_name: "Country", type: "TEXT" },
          {
            column_name: "country_code",
            verbose_name: "Country code",
            description: "ISO 3166-1, three letters",
            type: "TEXT",
          },
          {
            column_name: "channel",
            verbose_name: "Channel",
            description: "Where the order was placed",
            type: "TEXT",
          },
          {
            column_name: "segment",
            verbose_name: "Segment",
            description: "Private, Club or Business customer",
            type: "TEXT",
          },
          { column_name: "payment", verbose_name: "Payment", type: "TEXT" },
          { column_name: "items", verbose_name: "Items", type: "INTEGER", groupby: false },
          {
            column_name: "revenue",
            verbose_name: "Revenue",
            description: "After discounts",
            type: "DECIMAL(10, 2)",
            groupby: false,
          },
          { column_name: "delivery_days", verbose_name: "Days to delivery", type: "INTEGER", groupby: false },
          {
            column_name: "weekday",
            verbose_name: "Weekday",
            description: "Numbered, so that the week sorts from Monday to Sunday",
            type: "TEXT",
            expression:
              "CASE strftime('%w', ordered_at) WHEN '1' THEN '1 Mon' WHEN '2' THEN '2 Tue' WHEN '3' THEN '3 Wed' WHEN '4' THEN '4 Thu' WHEN '5' THEN '5 Fri' WHEN '6' THEN '6 Sat' ELSE '7 Sun' END",
          },
          {
            column_name: "hour",
            verbose_name: "Hour",
            description: "00 to 23",
            type: "TEXT",
            expression: "strftime('%H', ordered_at)",
          },
        ],
        metrics: [
          {
            metric_name: "orders",
            verbose_name: "Orders",
            expression: "COUNT(DISTINCT order_id)",
            d3format: ",d",
          },
          {
            metric_name: "revenue",
            verbose_name: "Revenue",
            description: "After discounts, before returns.",
            expression: "SUM(revenue)",
            d3format: ",.0f",
            currency: EURO,
          },
          {
            metric_name: "average_order_value",
            verbose_name: "Average order value",
            expression: "SUM(revenue) / COUNT(DISTINCT order_id)",
            d3format: ",.2f",
            currency: EURO,
          },
          {
            metric_name: "customers",
            verbose_name: "Customers",
            expression: "COUNT(DISTINCT customer_id)",
            d3format: ",d",
          },
          {
            metric_name: "average_delivery_days",
            verbose_name: "Average days to delivery",
            expression: "AVG(delivery_days)",
            d3format: ",.1f",
          },
        ],
      }),
      "datasets/Shop/orders",
    ));

  it("of a chart", () =>
    compare(
      declareChart("Revenue of the last month", {
        uuid: "82cc12ee-a606-4c5a-8017-16da0c228c8b",
        dataset: sample("dataset", "sales"),
        description: "Against the same month of the year before.",
        vizType: "big_number",
        params: {
          x_axis: "ordered_at",
          time_grain_sqla: "P1M",
          metric: "revenue",
          adhoc_filters: [
            {
              clause: "WHERE",
              expressionType: "SIMPLE",
              subject: "ordered_at",
              operator: "TEMPORAL_RANGE",
              comparator: "No filter",
            },
          ],
          aggregation: "LAST_VALUE",
          compare_lag: 12,
          compare_suffix: "on a year earlier",
          show_timestamp: true,
          show_trend_line: true,
          start_y_axis_at_zero: true,
          color_picker: { r: 31, g: 168, b: 201, a: 1 },
          header_font_size: 0.4,
          subheader_font_size: 0.15,
          y_axis_format: ",.0f",
          currency_format: EURO,
          time_format: "%B %Y",
          force_timestamp_formatting: false,
          rolling_type: "None",
          row_limit: 10000,
        },
      }),
      "charts/monthly-revenue",
    ));

  it("of a dashboard with tabs, columns, texts, filters and cross-filters", () => {
    const orders = sample("dataset", "datasets/Shop/orders");
    const map = sample("chart", "Revenue around the world");
    const funnel = sample("chart", "From basket to order");
    return compare(
      declareDashboard("shop-customers", {
        uuid: "1c288d5f-684d-41dc-b415-bf8d8cc09d7f",
        title: "Shop customers",
        slug: "shop-customers",
        description: "Who buys in the sample shop, and how they get there.",
        rows: [
          {
            id: "main",
            tabs: [
              {
                id: "who",
                title: "Who buys",
                rows: [
                  {
                    id: "loyalty",
                    row: [{ id: "new_returning", chart: sample("chart", "New and returning customers"), height: 46 }],
                  },
                  {
                    id: "map",
                    height: 52,
                    row: [
                      { id: "map", chart: map, width: 8 },
                      {
                        id: "notes",
                        column: [
                          { id: "aov", chart: sample("chart", "Average order value"), height: 21 },
                          {
                            id: "notes",
                            height: 29,
                            markdown:
                              "### Try it\n\n- Click a country on the map: the other charts follow.\n- Choose a period or a segment on the left.\n- Change a file of this dashboard and deploy again.\n",
                          },
                        ],
                      },
                    ],
                  },
                ],
              },
              {
                id: "how",
                title: "How they buy",
                rows: [
                  { id: "way", header: "The way to an order" },
                  {
                    id: "habits",
                    height: 60,
                    row: [
                      { id: "funnel", chart: funnel, width: 5 },
                      { id: "heatmap", chart: sample("chart", "When customers order") },
                    ],
                  },
                ],
              },
            ],
          },
        ],
        filters: [
          { type: "time", name: "Period", description: "The data runs from January 2024 to December 2025." },
          { name: "Country", dataset: orders, column: "country" },
          {
            name: "Segment",
            dataset: orders,
            column: "segment",
            description: "Baskets are counted without a segment.",
            excludes: [funnel],
          },
        ],
        crossFilters: [{ from: map, excludes: [] }],
        refresh: { seconds: 0 },
        openDescriptions: [],
        metadata: {
          color_scheme: "supersetColors",
          label_colors: {
            New: "#1FA8C9",
            Returning: "#8D97D1",
            "Basket filled": "#7CCDE0",
            "Checkout started": "#95D6E6",
            "Address given": "#AFE0EC",
            "Payment chosen": "#C8EAF2",
            "Order placed": "#8ED6AE",
          },
        },
      }),
      "dashboards/shop-customers",
    );
  });
});

describe("what arguments get wrong is refused as in a file", () => {
  it("a key that Superset does not know, with the one that was meant", async () => {
    const wrong = declareChart("a", {
      dataset: sample("dataset", "sales"),
      vizType: "table",
      properties: { cache_timeot: 60 },
    });
    await expect(defineDeclared(wrong)).rejects.toThrow(
      /chart "a" cannot.*cache_timeot.*did you mean "cache_timeout"\?/s,
    );
  });
});

describe("an asset of a folder is found", () => {
  it.each([
    ["by its path", "charts/monthly-revenue.yaml"],
    ["by its path without ending", "charts/monthly-revenue"],
    ["by its UUID, in any case", "82CC12EE-A606-4C5A-8017-16DA0C228C8B"],
    ["by its title", "Revenue of the last month"],
  ])("%s", (_, wanted) => {
    expect(findDefinition("chart", wanted, files).path).toBe("charts/monthly-revenue.yaml");
  });

  it("or the nearest is named", () => {
    expect(() => findDefinition("chart", "Revenue of the last moth", files)).toThrow(
      /has no chart "Revenue of the last moth"; did you mean "Revenue of the last month"\? \[assets\/not-found\]/,
    );
    expect(() => findDefinition("dataset", "charts/monthly-revenue", files)).toThrow(/has no dataset/);
  });

  it("or all that have the title are named", () => {
    const [first] = files.filter(({ kind }) => kind === "chart");
    const twins = [first, { ...first, path: "charts/other.yaml", name: "charts/other", uuid: "x" }] as Definition[];
    expect(() => findDefinition("chart", first?.title ?? "", twins)).toThrow(
      `: ${first?.path}, charts/other.yaml. [assets/ambiguous]`,
    );
  });
});
