import { describe, expect, it } from "vitest";
import {
  replaceLayoutIds,
  replaceMetadataIds,
  replaceParamsDataset,
  replaceQueryDataset,
} from "../../provider/src/identity/replace-ids";

const charts = { charts: new Map([[7, 70]]) };
const datasets = { datasets: new Map([[5, 50]]) };

describe("ids of charts in the metadata of a dashboard", () => {
  it.each([
    [
      "a filter's scope",
      { native_filter_configuration: [{ scope: { excluded: [7, 8] } }] },
      { native_filter_configuration: [{ scope: { excluded: [70, 8] } }] },
    ],
    [
      "what a filter reaches",
      { native_filter_configuration: [{ chartsInScope: [8, 7] }] },
      { native_filter_configuration: [{ chartsInScope: [8, 70] }] },
    ],
    [
      "cross filters",
      {
        chart_configuration: {
          7: { id: 7, crossFilters: { scope: { excluded: [7] }, chartsInScope: [8] } },
          8: { id: 8 },
        },
      },
      {
        chart_configuration: {
          70: { id: 70, crossFilters: { scope: { excluded: [70] }, chartsInScope: [8] } },
          8: { id: 8 },
        },
      },
    ],
    [
      "keys that are no ids",
      { chart_configuration: { abc: { id: 7 }, 7: {} } },
      { chart_configuration: { abc: { id: 70 }, 70: {} } },
    ],
    [
      "the global scope",
      { global_chart_configuration: { scope: { excluded: [7] }, chartsInScope: [7] } },
      { global_chart_configuration: { scope: { excluded: [70] }, chartsInScope: [70] } },
    ],
    ["expanded slices", { expanded_slices: { 7: true, 8: true } }, { expanded_slices: { 70: true, 8: true } }],
    ["slices that are not refreshed", { timed_refresh_immune_slices: [7] }, { timed_refresh_immune_slices: [70] }],
    [
      "scopes of old filter boxes",
      { filter_scopes: { 7: { a: { scope: [], immune: [7] } } } },
      { filter_scopes: { 70: { a: { scope: [], immune: [70] } } } },
    ],
    ["values of old filter boxes", { default_filters: '{"7": {"a": [7]}}' }, { default_filters: '{"70": {"a": [7]}}' }],
    [
      "chart customisations",
      { chart_customization_config: [{ chartId: 7, chartsInScope: [7] }] },
      { chart_customization_config: [{ chartId: 70, chartsInScope: [70] }] },
    ],
  ])("%s", (_, before, after) => {
    expect(replaceMetadataIds(before, charts)).toEqual(after);
    expect(replaceMetadataIds(after, charts)).toBeUndefined();
  });

  it("other numbers stay, and the ids of datasets too", () => {
    const metadata = {
      refresh_frequency: 7,
      native_filter_configuration: [{ targets: [{ datasetId: 7 }], defaultDataMask: { filterState: { value: [7] } } }],
    };
    expect(replaceMetadataIds(metadata, charts)).toBeUndefined();
  });
});

describe("ids of datasets", () => {
  it.each([
    [
      "filters",
      { native_filter_configuration: [{ targets: [{ datasetId: 5, column: {} }, { datasetId: 6 }] }] },
      { native_filter_configuration: [{ targets: [{ datasetId: 50, column: {} }, { datasetId: 6 }] }] },
    ],
    [
      "customisations",
      { chart_customization_config: [{ customization: { dataset: 5 } }] },
      { chart_customization_config: [{ customization: { dataset: 50 } }] },
    ],
    [
      "customisations that were chosen",
      { chart_customization_config: [{ customization: { dataset: { label: "x", value: 5 } } }] },
      { chart_customization_config: [{ customization: { dataset: { label: "x", value: 50 } } }] },
    ],
  ])("%s", (_, before, after) => expect(replaceMetadataIds(before, datasets)).toEqual(after));

  it("in the parameters and the query of a chart", () => {
    expect(replaceParamsDataset({ datasource: "5__table", viz_type: "5__table" }, datasets)).toEqual({
      datasource: "50__table",
      viz_type: "5__table",
    });
    expect(replaceParamsDataset({ datasource: "6__table" }, datasets)).toEqual({ datasource: "6__table" });
    const query = {
      datasource: { id: 5, type: "table" },
      form_data: { datasource: "5__table", slice_id: 5 },
      queries: [{ row_limit: 5, datasource: { id: 5 } }],
    };
    expect(replaceQueryDataset(query, datasets)).toEqual({
      datasource: { id: 50, type: "table" },
      form_data: { datasource: "50__table", slice_id: 5 },
      queries: [{ row_limit: 5, datasource: { id: 50 } }],
    });
  });
});

it("a layout shows the new chart in the place of the old one", () => {
  const layout = {
    VERSION: "v2",
    "CHART-a": { type: "CHART", meta: { chartId: 7, uuid: "u", width: 7 } },
    ROW: { type: "ROW", children: ["CHART-a"] },
  };
  expect(replaceLayoutIds(layout, charts)).toEqual({
    ...layout,
    "CHART-a": { type: "CHART", meta: { chartId: 70, uuid: "u", width: 7 } },
  });
  expect(replaceLayoutIds(layout, { charts: new Map([[8, 80]]) })).toBeUndefined();
});
