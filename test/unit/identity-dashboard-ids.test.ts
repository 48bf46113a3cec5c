import { describe, expect, test } from "vitest";
import { canonicalise } from "../../provider/src/assets/canonical";
import type { AssetDocument } from "../../provider/src/assets/definition";
import { stateTargetIds } from "../../provider/src/identity/dashboard-ids";
import { findWrongIds, type KnownIds, type LiveDashboard } from "../../provider/src/identity/wrong-ids";

const A = "aaaaaaaa-0000-4000-8000-000000000001";
const B = "bbbbbbbb-0000-4000-8000-000000000002";
const C = "cccccccc-0000-4000-8000-000000000003";
const ORDERS = "dddddddd-0000-4000-8000-000000000004";
const SALES = "eeeeeeee-0000-4000-8000-000000000005";

const chartEntry = (uuid: string, chartId: unknown) => ({ type: "CHART", meta: { uuid, chartId, sliceName: "s" } });

/** A dashboard with an id in every place there is: A, B and C have the ids a, b and c. */
function dashboardOf([a = 0, b = 0, c = 0]: readonly number[], targets: { filter: object; control: object }) {
  const scope = (...excluded: number[]) => ({ rootPath: ["ROOT_ID"], excluded: excluded.sort((x, y) => x - y) });
  return {
    position: {
      ROOT_ID: { type: "ROOT", children: ["CHART-A", "CHART-B", "CHART-C"] },
      "CHART-A": chartEntry(A, a),
      "CHART-B": chartEntry(B, b),
      "CHART-C": chartEntry(C, c),
    },
    metadata: {
      chart_configuration: { [`${a}`]: { id: a, crossFilters: { scope: scope(a, c) } } },
      global_chart_configuration: { scope: scope(b) },
      native_filter_configuration: [
        {
          id: "F",
          scope: { ...scope(c), selectedLayers: [`chart-${a}-layer-2`] },
          targets: [{ column: { name: "x" }, ...targets.filter }],
        },
        { id: "DIVIDER", type: "DIVIDER" },
      ],
      chart_customization_config: [
        { id: "D", scope: scope(b), targets: [{ column: { name: "x" }, ...targets.control }] },
      ],
      expanded_slices: { [`${b}`]: true },
      timed_refresh_immune_slices: [c],
      refresh_frequency: 7,
    },
  };
}

const UUIDS = { filter: { datasetUuid: ORDERS }, control: { datasetUuid: SALES } };
const IDS = { filter: { datasetId: 21 }, control: { datasetId: 22 } };
const FILE = dashboardOf([1, 2, 3], UUIDS);
/** The ids of the target: A 13, B 11, C 12. */
const LIVE_IDS = [13, 11, 12];
const LIVE = dashboardOf(LIVE_IDS, IDS);

const ASSETS = [
  { kind: "chart", id: 13, uuid: A, title: "Revenue" },
  { kind: "chart", id: 11, uuid: B, title: "Orders" },
  { kind: "chart", id: 12, uuid: C, title: "Map" },
  { kind: "chart", id: 1, uuid: "ffffffff-0000-4000-8000-000000000006", title: "Stranger" },
  { kind: "dataset", id: 21, uuid: ORDERS, title: "orders" },
  { kind: "dataset", id: 22, uuid: SALES, title: "sales" },
];
const KNOWN: KnownIds = {
  idOf: (kind, uuid) => ASSETS.find((asset) => asset.kind === kind && asset.uuid === uuid)?.id,
  assetOf: (kind, id) => ASSETS.find((asset) => asset.kind === kind && asset.id === id),
};

describe("ids of the target", () => {
  test("stand in every place, whatever ids the file had", () => {
    // Native filters keep the UUID, which the importer translates.
    const meant = dashboardOf(LIVE_IDS, { filter: UUIDS.filter, control: IDS.control });
    for (const ids of [
      [1, 2, 3],
      [2, 3, 1],
      [13, 11, 12],
      [11, 12, 13],
    ]) {
      const canonical = canonicalise("dashboard", dashboardOf(ids, UUIDS));
      expect(stateTargetIds(canonical, KNOWN.idOf)).toEqual({ ...meant, version: "1.0.0" });
    }
  });

  test("mean the same as the file: the canonical form is equal", () => {
    const canonical = canonicalise("dashboard", FILE);
    const named = dashboardOf(LIVE_IDS, UUIDS);
    expect(canonicalise("dashboard", named)).toEqual(canonical);
  });

  test("are not invented for what the target does not have", () => {
    const idOf: KnownIds["idOf"] = (kind, uuid) => (uuid === C || uuid === SALES ? undefined : KNOWN.idOf(kind, uuid));
    const { position, metadata } = stateTargetIds(canonicalise("dashboard", FILE), idOf);
    // Its slot gets an id that is no other chart's; all else leaves it out.
    expect(position).toMatchObject({ "CHART-A": { meta: { chartId: 13 } }, "CHART-C": { meta: { chartId: 14 } } });
    expect(metadata).toMatchObject({
      chart_configuration: { 13: { crossFilters: { scope: { excluded: [13] } } } },
      native_filter_configuration: [{ scope: { excluded: [] } }, {}],
      chart_customization_config: [{ targets: [{ datasetUuid: SALES }] }],
      timed_refresh_immune_slices: [],
    });
  });

  test.each([[{}], [{ position: null }], [{ position: {}, metadata: {} }]])("leave %j alone", (document) => {
    expect(stateTargetIds(document, KNOWN.idOf)).toEqual(document);
  });
});

describe("wrong ids", () => {
  const linkedCharts = new Set(LIVE_IDS);
  const expected = canonicalise("dashboard", FILE);
  const check = (live: AssetDocument, document?: AssetDocument, linked: ReadonlySet<number> = linkedCharts) =>
    findWrongIds({ ...(live as unknown as LiveDashboard), linkedCharts: linked }, KNOWN, document);

  test("there are none where every id is right", () => {
    expect(check(LIVE)).toEqual([]);
    expect(check(LIVE, expected)).toEqual([]);
    expect(check({ position: {}, metadata: {} })).toEqual([]);
  });

  test("lists that the browser computes do not count", () => {
    const metadata = {
      ...LIVE.metadata,
      global_chart_configuration: { scope: { excluded: [11] }, chartsInScope: [1] },
    };
    expect(check({ ...LIVE, metadata }, expected)).toEqual([]);
  });

  const edit = (change: (dashboard: typeof LIVE) => void) => {
    const copy = structuredClone(LIVE);
    change(copy);
    return copy;
  };
  const excludedOf = (owner: object | undefined) => (owner as { scope: { excluded: unknown[] } }).scope;

  /** What is done to the right dashboard, and what is found with and without the definition. */
  const CASES: readonly [string, AssetDocument, readonly string[]][] = [
    [
      "a chart that does not exist",
      edit(({ metadata }) => void metadata.timed_refresh_immune_slices.push(404)),
      ["timed_refresh_immune_slices: chart 404 does not exist"],
    ],
    [
      "a chart of others",
      edit(({ metadata }) => void Object.assign(metadata.expanded_slices, { 1: true })),
      ['expanded_slices: chart 1 "Stranger" is no chart of this dashboard'],
    ],
    [
      "a key that does not exist",
      edit(({ metadata }) => void Object.assign(metadata.chart_configuration, { 404: { id: 404 } })),
      ["chart_configuration: chart 404 does not exist"],
    ],
    [
      "a scope of a cross-filter",
      edit(({ metadata }) => void metadata.chart_configuration["13"]?.crossFilters.scope.excluded.push(404)),
      ["chart_configuration.13.crossFilters.scope.excluded: chart 404 does not exist"],
    ],
    [
      "the global scope",
      edit(({ metadata }) => void metadata.global_chart_configuration.scope.excluded.push(404)),
      ["global_chart_configuration.scope.excluded: chart 404 does not exist"],
    ],
    [
      "a native filter",
      edit(({ metadata }) => void excludedOf(metadata.native_filter_configuration[0]).excluded.push(404)),
      ["native_filter_configuration.F.scope.excluded: chart 404 does not exist"],
    ],
    [
      "a layer",
      edit(({ metadata }) =>
        Object.assign(excludedOf(metadata.native_filter_configuration[0]), {
          selectedLayers: ["chart-13-layer-2", "chart-404-layer-0"],
        }),
      ),
      ["native_filter_configuration.F.scope.selectedLayers: chart 404 does not exist"],
    ],
    [
      "a display control",
      edit(({ metadata }) => void excludedOf(metadata.chart_customization_config[0]).excluded.push(404)),
      ["chart_customization_config.D.scope.excluded: chart 404 does not exist"],
    ],
    [
      "a slot without a chart",
      edit(({ position }) => void Object.assign(position, { "CHART-X": { type: "CHART", meta: {} } })),
      ["position.CHART-X: nothing stands where the browser needs the integer id of a chart"],
    ],
  ];

  test.each(CASES)("%s", (_, live, messages) => {
    const format = (wrong: ReturnType<typeof check>) => wrong.map(({ at, message }) => `${at}: ${message}`);
    expect(format(check(live))).toEqual(messages);
    expect(format(check(live, expected))).toEqual(messages);
  });

  test("a chart that is not linked is wrong wherever it stands", () => {
    const places = check(LIVE, undefined, new Set([13, 11])).map(({ at }) => at);
    expect(places).toEqual([
      "position.CHART-C",
      "chart_configuration.13.crossFilters.scope.excluded",
      "native_filter_configuration.F.scope.excluded",
      "timed_refresh_immune_slices",
    ]);
  });

  test("slots that were exchanged", () => {
    const live = edit(({ position }) => {
      position["CHART-A"].meta.chartId = 11;
      position["CHART-B"].meta.chartId = 13;
    });
    expect(check(live).map(({ at }) => at)).toEqual(["position.CHART-A", "position.CHART-B"]);
    expect(check(live)[0]?.message).toBe(`chart 11 "Orders" stands where ${A} is meant`);
  });

  test("datasets that do not exist, and UUIDs in place of ids", () => {
    const live = dashboardOf(LIVE_IDS, { filter: { datasetId: 99 }, control: { datasetUuid: SALES } });
    expect(check(live).map(({ at, message }) => `${at}: ${message}`)).toEqual([
      "native_filter_configuration.F.targets.0: dataset 99 does not exist",
      `chart_customization_config.D.targets.0: ${SALES} stands where the browser needs the integer id of a dataset`,
    ]);
  });

  test("with the definition, also what exists and is another one", () => {
    const live = dashboardOf(LIVE_IDS, { filter: { datasetId: 22 }, control: { datasetId: 21 } });
    excludedOf(live.metadata.chart_customization_config[0]).excluded = [12];
    live.metadata.expanded_slices = { 13: true };
    expect(check(live)).toEqual([]);
    expect(check(live, expected).map(({ at, message }) => `${at}: ${message}`)).toEqual([
      'native_filter_configuration.F.targets.0: dataset 22 "sales" is not what the definition names; dataset 21 "orders" is missing',
      'chart_customization_config.D.scope.excluded: chart 12 "Map" is not what the definition names; chart 11 "Orders" is missing',
      'chart_customization_config.D.targets.0: dataset 21 "orders" is not what the definition names; dataset 22 "sales" is missing',
      'expanded_slices: chart 13 "Revenue" is not what the definition names; chart 11 "Orders" is missing',
    ]);
  });

  test("a chart that is not on the server is named by its title, not by an id that nobody gave it", () => {
    const idOf: KnownIds["idOf"] = (kind, uuid) => (uuid === B ? undefined : KNOWN.idOf(kind, uuid));
    const live = { ...(LIVE as unknown as LiveDashboard), linkedCharts };
    const messages = findWrongIds(live, { ...KNOWN, idOf }, expected).map(({ message }) => message);
    expect(messages.join("; ")).toContain(`chart "s" (${B}) is not on the server`);
    expect(messages.join("; ")).not.toContain("chart 14");
  });

  test("the order of filters says nothing", () => {
    const live = edit(({ metadata }) => void metadata.native_filter_configuration.reverse());
    expect(check(live, expected)).toEqual([]);
  });
});
