import { describe, expect, it } from "vitest";
import type { Definition } from "../../provider/src/assets/definition";
import { type DashboardArgs, declareDashboard } from "../../provider/src/resources/dashboard";
import { defineDeclared } from "../../provider/src/resources/declaration";
import { FolderAsset } from "../../provider/src/resources/folder-asset";
import { define } from "./plan-support";

/** A chart of a folder. */
function chart(name: string): FolderAsset<"chart"> {
  const uuid = `33333333-3333-4333-8333-${Buffer.from(name.padEnd(6, "-").slice(0, 6)).toString("hex")}`;
  const definition = { ...define("chart", { uuid, slice_name: name }), name: `charts/${name}` };
  return new FolderAsset("chart", Promise.resolve(definition), Promise.resolve(undefined));
}

const sales = new FolderAsset(
  "dataset",
  Promise.resolve(define("dataset", { columns: [{ column_name: "country" }, { column_name: "amount" }] })),
  Promise.resolve(undefined),
);

const [a, b, c, d, e] = ["a", "b", "c", "d", "e"].map(chart) as [
  FolderAsset<"chart">,
  FolderAsset<"chart">,
  FolderAsset<"chart">,
  FolderAsset<"chart">,
  FolderAsset<"chart">,
];

type Entry = { children?: string[]; parents?: string[]; meta?: Record<string, unknown> };

function make(args: DashboardArgs): Promise<Definition> {
  return defineDeclared(declareDashboard("board", args));
}

async function layOut(rows: DashboardArgs["rows"]): Promise<Record<string, Entry>> {
  const { document } = await make({ rows });
  return document.position as Record<string, Entry>;
}

async function metadataOf(args: DashboardArgs): Promise<Record<string, unknown>> {
  return (await make(args)).document.metadata as Record<string, unknown>;
}

describe("a dashboard laid out from rows", () => {
  it("has an entry for every row and chart, which name each other", async () => {
    const position = await layOut([[a, b], [c]]);
    expect(position.GRID_ID?.children).toEqual(["ROW-a", "ROW-c"]);
    expect(position["ROW-a"]).toMatchObject({ children: ["CHART-a", "CHART-b"], parents: ["ROOT_ID", "GRID_ID"] });
    expect(position["CHART-b"]).toMatchObject({
      parents: ["ROOT_ID", "GRID_ID", "ROW-a"],
      meta: { chartId: 2, sliceName: "b", width: 6, height: 50 },
    });
  });

  it.each([
    ["one", [a], [12]],
    ["three", [a, b, c], [4, 4, 4]],
    ["five, of which the first two take the rest", [a, b, c, d, e], [3, 3, 2, 2, 2]],
    ["some with a width", [{ chart: a, width: 3 }, b, c], [3, 5, 4]],
    [
      "all with a width",
      [
        { chart: a, width: 3 },
        { chart: b, width: 4 },
      ],
      [3, 4],
    ],
    ["a text beside a chart", [a, { markdown: "Hello", width: 2 }], [10, 2]],
  ] as const)("shares the width of a row: %s", async (_, row, widths) => {
    const position = await layOut([row]);
    const children = Object.values(position).find((entry) => entry.parents?.length === 2)?.children ?? [];
    expect(children.map((id) => position[id]?.meta?.width)).toEqual(widths);
  });

  it.each([
    [
      "more than twelve columns",
      [
        { chart: a, width: 8 },
        { chart: b, width: 5 },
      ],
      /"a", "b" needs at least 13 columns/,
    ],
    ["no column left", [{ chart: a, width: 12 }, b], /needs at least 13 columns/],
    ["thirteen items", Array.from({ length: 13 }, () => a), /needs at least 13 columns/],
    ["half a column", [{ chart: a, width: 1.5 }], /no whole number/],
    ["no width at all", [{ chart: a, width: 0 }], /no whole number/],
  ])("refuses a row with %s", async (_, row, message) => {
    await expect(layOut([row])).rejects.toThrow(message);
  });

  it("keeps the ids of all others when a row is put in front, or a chart moves", async () => {
    const before = Object.keys(await layOut([[a, b], { header: "More" }, [c]]));
    const after = Object.keys(await layOut([[d], [b], { header: "More" }, [c, a]]));
    expect(before.filter((id) => !after.includes(id))).toEqual(["ROW-a"]);
  });

  it("gives every entry an id of its own, where names are the same too", async () => {
    const position = await layOut([
      [a, a],
      [a],
      { divider: true },
      { divider: true },
      { header: "!" },
      { header: "A b!" },
    ]);
    expect(Object.keys(position).filter((id) => id.includes("-"))).toEqual([
      "ROW-a",
      "CHART-a",
      "CHART-a-2",
      "ROW-a-2",
      "CHART-a-3",
      "DIVIDER-1",
      "DIVIDER-2",
      "HEADER-1",
      "HEADER-a-b",
    ]);
  });

  it("puts headers, texts, dividers, columns and tabs where they are written", async () => {
    const position = await layOut([
      { header: "Sales", size: "large" },
      { markdown: "Hello" },
      { divider: true },
      {
        tabs: [
          { title: "One", rows: [[a, { column: [b, { markdown: "x", height: 10 }], width: 4 }]] },
          { title: "Two", rows: [{ row: [c], height: 30, background: "white" }] },
        ],
      },
    ]);
    expect(position.GRID_ID?.children).toEqual(["HEADER-sales", "ROW-1", "DIVIDER-1", "TABS-1"]);
    expect(position["HEADER-sales"]?.meta).toMatchObject({ text: "Sales", headerSize: "LARGE_HEADER" });
    expect(position["MARKDOWN-1"]?.meta).toEqual({ code: "Hello", width: 12, height: 20 });
    expect(position["TABS-1"]?.children).toEqual(["TAB-one", "TAB-two"]);
    expect(position["COLUMN-b"]).toMatchObject({
      children: ["CHART-b", "MARKDOWN-2"],
      parents: ["ROOT_ID", "GRID_ID", "TABS-1", "TAB-one", "ROW-a"],
    });
    expect(position["CHART-b"]?.meta).toMatchObject({ width: 4, height: 24 });
    expect(position["MARKDOWN-2"]?.meta).toMatchObject({ width: 4, height: 10 });
    expect(position["ROW-c"]?.meta).toEqual({ background: "BACKGROUND_WHITE" });
    expect(position["CHART-c"]?.meta).toMatchObject({ height: 30 });
  });

  it("is the same text for the same arguments, and names all that it uses", async () => {
    const args = { rows: [[a, b]], filters: [{ name: "Country", dataset: sales, column: "country" }] };
    const [one, other] = await Promise.all([make(args), make({ ...args })]);
    expect(one.canonical).toBe(other.canonical);
    expect(one.references.map(({ kind }) => kind)).toEqual(["chart", "chart", "dataset"]);
  });
});

describe("filters of a dashboard", () => {
  it("name charts and datasets without any server's ids", async () => {
    const metadata = await metadataOf({
      rows: [[a, b, c]],
      filters: [
        {
          name: "Sales country",
          dataset: sales,
          column: "country",
          excludes: [c, b],
          default: ["Spain", "Italy"],
          required: true,
        },
        { type: "range", name: "Amount", dataset: sales, column: "amount", dependsOn: ["Sales country"] },
        { type: "time", name: "Period", default: "Last year" },
        { type: "time grain", name: "Grain", dataset: sales },
      ],
    });
    const uuid = (await sales.definition).uuid;
    expect(metadata.native_filter_configuration).toMatchObject([
      {
        id: "NATIVE_FILTER-sales-country",
        filterType: "filter_select",
        targets: [{ column: { name: "country" }, datasetUuid: uuid }],
        scope: { rootPath: ["ROOT_ID"], excluded: [2, 3] },
        controlValues: { enableEmptyFilter: true, multiSelect: true },
        defaultDataMask: {
          extraFormData: { filters: [{ col: "country", op: "IN", val: ["Spain", "Italy"] }] },
          filterState: { value: ["Spain", "Italy"], label: "Spain, Italy" },
        },
      },
      { filterType: "filter_range", cascadeParentIds: ["NATIVE_FILTER-sales-country"] },
      {
        filterType: "filter_time",
        targets: [{}],
        defaultDataMask: { extraFormData: { time_range: "Last year" }, filterState: { value: "Last year" } },
      },
      { filterType: "filter_timegrain", targets: [{ datasetUuid: uuid }] },
    ]);
  });

  it("of a click: a chart never filters itself, and those that are not named filter all", async () => {
    const metadata = await metadataOf({ rows: [[a, b], [c]], crossFilters: [{ from: b, excludes: [c] }] });
    expect(metadata).toMatchObject({
      cross_filters_enabled: true,
      chart_configuration: {
        1: { id: 1, crossFilters: { scope: "global" } },
        2: { id: 2, crossFilters: { scope: { rootPath: ["ROOT_ID"], excluded: [2, 3] } } },
        3: { id: 3, crossFilters: { scope: "global" } },
      },
    });
    expect(await metadataOf({ rows: [[a]], crossFilters: false })).toEqual({ cross_filters_enabled: false });
    expect(await metadataOf({ rows: [[a]] })).toEqual({});
  });

  it("leave the clock and open descriptions to the charts that are named", async () => {
    expect(await metadataOf({ rows: [[a, b]], refresh: { seconds: 60, except: [b] }, openDescriptions: [b] })).toEqual({
      refresh_frequency: 60,
      timed_refresh_immune_slices: [2],
      expanded_slices: { 2: true },
    });
  });

  it.each([
    [
      "a column that the dataset does not have",
      { filters: [{ name: "F", dataset: sales, column: "contry" }] },
      /"F" is on the column "contry".*did you mean "country"\? \[dashboard\/unknown-column\]/,
    ],
    [
      "a chart that is not shown",
      { filters: [{ name: "F", dataset: sales, column: "country", excludes: [b] }] },
      /dashboard "board" names chart "b" beside its rows.*\[dashboard\/chart-not-shown\]/,
    ],
    ["a click into a chart that is not shown", { crossFilters: [{ from: b, excludes: [] }] }, /chart-not-shown/],
    [
      "two filters of one name",
      {
        filters: [
          { type: "time", name: "F" },
          { type: "time", name: "F" },
        ],
      },
      /dashboard\/filter-twice/,
    ],
    [
      "two filters whose names make one id",
      {
        filters: [
          { type: "time", name: "F a" },
          { type: "time", name: "F-a" },
        ],
      },
      /dashboard\/filter-twice/,
    ],
    [
      "a filter that depends on none",
      {
        filters: [
          { type: "time", name: "F", dependsOn: ["Contry"] },
          { type: "time", name: "Country" },
        ],
      },
      /"F" depends on "Contry".*did you mean "Country"\?/,
    ],
  ] as [string, Partial<DashboardArgs>, RegExp][])("refuse %s", async (_, args, message) => {
    await expect(make({ rows: [[a]], ...args })).rejects.toThrow(message);
  });
});
