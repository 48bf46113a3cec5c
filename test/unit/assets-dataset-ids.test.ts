import { expect, test } from "vitest";
import { canonicalise, toCanonicalText } from "../../provider/src/assets/canonical";
import { nameDatasets, readDatasetIds } from "../../provider/src/assets/dataset-ids";
import { CHART, DASHBOARD, DATASET_UUID, OTHER_UUID, readWith } from "./assets-support";

const chart = (datasource: unknown, dataset_uuid: unknown = DATASET_UUID) => ({ params: { datasource }, dataset_uuid });

test.each([
  ["a chart of the export", [chart("7__table")], { 7: DATASET_UUID }],
  ["a UUID in upper case", [chart("7__table", DATASET_UUID.toUpperCase())], { 7: DATASET_UUID }],
  ["two charts that agree", [chart("7__table"), chart("7__table")], { 7: DATASET_UUID }],
  ["an id of two datasets", [chart("7__table"), chart("7__table", OTHER_UUID), chart("8__table", "x")], {}],
  ["a dataset of two ids", [chart("7__table"), chart("8__table")], {}],
  [
    "a disagreement about others",
    [chart("7__table"), chart("8__table", OTHER_UUID)],
    { 7: DATASET_UUID, 8: OTHER_UUID },
  ],
  ["a query", [chart("7__query")], {}],
  ["no id", [chart(undefined), chart(7), {}, { params: null }], {}],
  ["no UUID", [chart("7__table", null)], {}],
])("what charts tell about ids of datasets: %s", (_, charts, expected) => {
  expect(Object.fromEntries(readDatasetIds(charts))).toEqual(expected);
});

test.each([
  [
    "an id",
    { datasetId: 7, column: { name: "a" } },
    { datasetId: 7, datasetUuid: DATASET_UUID, column: { name: "a" } },
  ],
  ["an unknown id", { datasetId: 8 }, { datasetId: 8 }],
  ["a UUID already", { datasetId: 7, datasetUuid: OTHER_UUID }, { datasetId: 7, datasetUuid: OTHER_UUID }],
  ["neither", {}, {}],
  ["no mapping", null, null],
])("datasets are named in filters and display controls: %s", (_, target, expected) => {
  const metadata = (item: unknown) => ({
    native_filter_configuration: [{ id: "F", targets: [item] }, { id: "DIVIDER" }],
    chart_customization_config: [{ id: "C", targets: [item] }],
    other: [{ targets: [target] }],
  });
  const named = nameDatasets({ metadata: metadata(target) }, (id) => (id === 7 ? DATASET_UUID : undefined));
  expect(named).toEqual({ metadata: metadata(expected) });
  expect(nameDatasets({}, () => DATASET_UUID)).toEqual({});
});

test("a folder's charts tell the datasets of its dashboards, which then depend on them", async () => {
  const control = "chart_customization_config: [{id: C, targets: [{datasetId: 7}]}]";
  const byId = await readWith({
    "charts/orders.yaml": CHART.replace("  viz_type", "  datasource: 7__table\n  viz_type"),
    "dashboards/sales.yaml": DASHBOARD.replace(`datasetUuid: ${DATASET_UUID}`, "datasetId: 7").replace(
      "metadata:",
      `metadata:\n  ${control}`,
    ),
  });
  expect(byId.findings).toEqual([]);
  const dashboard = byId.definitions.find(({ kind }) => kind === "dashboard");
  expect(dashboard?.references.filter(({ kind }) => kind === "dataset").map(({ uuid }) => uuid)).toEqual([
    DATASET_UUID,
    DATASET_UUID,
  ]);
  const byUuid = canonicalise("dashboard", {
    ...dashboard?.document,
    metadata: {
      native_filter_configuration: [{ id: "F1", targets: [{ datasetUuid: DATASET_UUID }] }],
      chart_customization_config: [{ id: "C", targets: [{ datasetUuid: DATASET_UUID }] }],
    },
  });
  expect(dashboard?.canonical).toBe(toCanonicalText(byUuid));
});
