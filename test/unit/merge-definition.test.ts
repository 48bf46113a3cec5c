import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalise } from "../../provider/src/assets/canonical";
import type { AssetDocument, AssetKind } from "../../provider/src/assets/definition";
import { mergeDefinition } from "../../provider/src/assets/merge-definition";

// The same documents in every run.
fc.configureGlobal({ seed: 20261121 });

const UUID = "33333333-3333-4333-8333-333333333333";
const CHARTS = [1, 2, 3, 4].map((number) => `0000000${number}-0000-4000-8000-000000000000`);

const chart = (changes: AssetDocument = {}): AssetDocument =>
  canonicalise("chart", {
    uuid: UUID,
    slice_name: "Revenue",
    viz_type: "table",
    dataset_uuid: UUID,
    params: { row_limit: 100, groupby: ["a"] },
    ...changes,
  });

const dataset = (columns: readonly object[], metrics: readonly object[] = []): AssetDocument =>
  canonicalise("dataset", { uuid: UUID, table_name: "orders", database_uuid: UUID, columns, metrics });

/** A dashboard that shows the charts one below the other. */
const dashboard = (charts: readonly string[], metadata: object = {}, changes: AssetDocument = {}): AssetDocument =>
  canonicalise("dashboard", {
    uuid: UUID,
    dashboard_title: "Sales",
    position: {
      ROOT_ID: { type: "ROOT", children: charts.map((uuid) => `CHART-${uuid}`) },
      ...Object.fromEntries(
        charts.map((uuid, index) => [
          `CHART-${uuid}`,
          { type: "CHART", children: [], meta: { uuid, chartId: index + 1 } },
        ]),
      ),
    },
    metadata,
    ...changes,
  });

const filters = (...names: string[]) => ({ native_filter_configuration: names.map((id) => ({ id, name: id })) });

describe("mergeDefinition", () => {
  it("takes each side's changes where they are in different places", () => {
    const merged = mergeDefinition("chart", {
      base: chart(),
      ours: chart({ slice_name: "Ours", params: { row_limit: 100 } }),
      theirs: chart({ description: "theirs", params: { row_limit: 500, groupby: ["a"] } }),
    });
    expect(merged).toEqual({
      document: chart({ slice_name: "Ours", description: "theirs", params: { row_limit: 500 } }),
      conflicts: [],
    });
  });

  it("names the place and the three values where both sides changed it, and keeps ours unless told otherwise", () => {
    const sides = {
      base: chart(),
      ours: chart({ slice_name: "Ours", description: "kept" }),
      theirs: chart({ slice_name: "Theirs", params: { row_limit: 100, groupby: ["b"] } }),
    };
    const conflicts = [{ path: ["slice_name"], base: "Revenue", ours: "Ours", theirs: "Theirs" }];
    const both = { description: "kept", params: { row_limit: 100, groupby: ["b"] } };
    expect(mergeDefinition("chart", sides)).toEqual({ document: chart({ slice_name: "Ours", ...both }), conflicts });
    expect(mergeDefinition("chart", sides, "theirs").document).toEqual(chart({ slice_name: "Theirs", ...both }));
  });

  it("is no conflict where both made the same change", () => {
    const same = chart({ slice_name: "Same" });
    expect(mergeDefinition("chart", { base: chart(), ours: same, theirs: same })).toEqual({
      document: same,
      conflicts: [],
    });
  });

  it("is a conflict where one side removes what the other changes", () => {
    const sides = {
      base: chart({ description: "old" }),
      ours: chart(),
      theirs: chart({ description: "new" }),
    };
    expect(mergeDefinition("chart", sides).conflicts).toEqual([
      { path: ["description"], base: "old", ours: undefined, theirs: "new" },
    ]);
  });

  it("takes every difference for a conflict where the common origin is not known", () => {
    const ours = chart({ description: "ours", params: { row_limit: 100 } });
    const { conflicts } = mergeDefinition("chart", { ours, theirs: chart() });
    expect(conflicts.map(({ path }) => path.join("."))).toEqual(["description", "params.groupby"]);
    expect(mergeDefinition("chart", { ours, theirs: ours })).toEqual({ document: ours, conflicts: [] });
  });

  it("looks into query contexts, which are JSON in a text", () => {
    const context = (value: object) => JSON.stringify({ force: false, ...value });
    const merged = mergeDefinition("chart", {
      base: chart({ query_context: context({ a: 1, b: 1 }) }),
      ours: chart({ query_context: context({ a: 2, b: 1 }) }),
      theirs: chart({ query_context: context({ a: 1, b: 2 }) }),
    });
    expect(merged).toEqual({ document: chart({ query_context: context({ a: 2, b: 2 }) }), conflicts: [] });
    const broken = mergeDefinition("chart", {
      base: chart({ query_context: "{" }),
      ours: chart({ query_context: "{ ours" }),
      theirs: chart({ query_context: "{ theirs" }),
    });
    expect(broken.conflicts.map(({ path }) => path)).toEqual([["query_context"]]);
  });

  it("merges columns and metrics by name", () => {
    const [a, b, c, d] = ["a", "b", "c", "d"].map((column_name) => ({ column_name, type: "INT" }));
    const merged = mergeDefinition("dataset", {
      base: dataset([a, b, c] as object[]),
      ours: dataset([{ ...a, verbose_name: "A" }, c, d] as object[]),
      theirs: dataset([a, b, { ...c, description: "C" }] as object[], [{ metric_name: "n", expression: "1" }]),
    });
    expect(merged).toEqual({
      document: dataset([{ ...a, verbose_name: "A" }, { ...c, description: "C" }, d] as object[], [
        { metric_name: "n", expression: "1" },
      ]),
      conflicts: [],
    });
    const conflict = mergeDefinition("dataset", {
      base: dataset([{ ...a, type: "INT" }]),
      ours: dataset([{ ...a, type: "TEXT" }]),
      theirs: dataset([{ ...a, type: "DATE" }]),
    });
    expect(conflict.conflicts.map(({ path }) => path)).toEqual([["columns", "a", "type"]]);
  });

  it("merges filters by id, and their order", () => {
    const merge = (base: string[], ours: string[], theirs: string[]) => {
      const of = (names: string[]) => dashboard([], filters(...names));
      const { document, conflicts } = mergeDefinition("dashboard", {
        base: of(base),
        ours: of(ours),
        theirs: of(theirs),
      });
      const list = (document.metadata as { native_filter_configuration: { id: string }[] }).native_filter_configuration;
      return { order: list.map(({ id }) => id).join(""), conflicts: conflicts.map(({ path }) => path.at(-1)) };
    };
    expect(merge(["a", "b", "c"], ["c", "a", "b"], ["a", "x", "b", "c"])).toEqual({ order: "caxb", conflicts: [] });
    expect(merge(["a", "b"], ["a", "b", "y"], ["b", "a"])).toEqual({ order: "bya", conflicts: [] });
    expect(merge(["a", "b", "c"], ["a", "c"], ["a", "b", "c", "d"])).toEqual({ order: "acd", conflicts: [] });
    expect(merge(["a", "b", "c"], ["b", "a", "c"], ["c", "a", "b"])).toEqual({ order: "bac", conflicts: ["(order)"] });
  });

  it("follows a chart to its new number in the layout", () => {
    const [first, second, third] = CHARTS as [string, string, string];
    const configuration = (number: number, name: string) => ({
      chart_configuration: { [number]: { id: number, name } },
    });
    const merged = mergeDefinition("dashboard", {
      base: dashboard([first, second], configuration(2, "second")),
      // A new chart above the others moves the numbers.
      ours: dashboard([third, first, second], configuration(3, "second")),
      theirs: dashboard([first, second], configuration(2, "changed")),
    });
    expect(merged).toEqual({
      document: dashboard([third, first, second], configuration(3, "changed")),
      conflicts: [],
    });
  });

  it("does not make a layout that names what is not there", () => {
    const [first, second] = CHARTS as [string, string];
    const row = (children: string[]) => ({ type: "ROW", children });
    const at = (rows: Record<string, unknown>, shown: string[]) =>
      canonicalise("dashboard", {
        ...dashboard(shown),
        position: {
          ...(dashboard(shown).position as object),
          ROOT_ID: { type: "ROOT", children: ["ROW-1", "ROW-2"] },
          ...rows,
        },
      });
    const [a, b] = [`CHART-${first}`, `CHART-${second}`];
    const { conflicts } = mergeDefinition("dashboard", {
      base: at({ "ROW-1": row([a, b]), "ROW-2": row([]) }, [first, second]),
      ours: at({ "ROW-1": row([b]), "ROW-2": row([]) }, [second]),
      theirs: at({ "ROW-1": row([b]), "ROW-2": row([a]) }, [first, second]),
    });
    expect(conflicts.map(({ path }) => path)).toEqual([["position"]]);
  });
});

const KEYS = ["a", "b", "c", "constructor", "__proto__"];
const value: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom(1, 2, "x", null, true),
    fc.array(fc.constantFrom(1, "y"), { maxLength: 3 }),
    tie("mapping"),
  ),
  mapping: fc
    .array(fc.tuple(fc.constantFrom(...KEYS), tie("value")), { maxLength: 4 })
    .map((entries) => Object.fromEntries(entries)),
})).value;

const charts = value.map((params) => chart({ params: { inner: params } }));
const datasets = fc
  .uniqueArray(fc.record({ column_name: fc.constantFrom(...KEYS), description: fc.constantFrom("p", "q") }), {
    selector: (column) => column.column_name,
  })
  .map((columns) => dataset(columns));
const dashboards = fc
  .record({
    shown: fc.uniqueArray(fc.constantFrom(...CHARTS)),
    names: fc.uniqueArray(fc.constantFrom("f", "g", "h")),
    marks: fc.uniqueArray(fc.integer({ min: 1, max: 4 })),
  })
  .map(({ shown, names, marks }) =>
    dashboard(shown, {
      ...filters(...names),
      chart_configuration: Object.fromEntries(marks.map((id) => [id, { id, mark: id % 2 }])),
      timed_refresh_immune_slices: marks,
    }),
  );

describe.each<[AssetKind, fc.Arbitrary<AssetDocument>]>([
  ["chart", charts],
  ["dataset", datasets],
  ["dashboard", dashboards],
])("merging any %s", (kind, documents) => {
  it("with a side that changed nothing gives the other side", () => {
    fc.assert(
      fc.property(documents, documents, (base, changed) => {
        expect(mergeDefinition(kind, { base, ours: base, theirs: changed })).toEqual({
          document: changed,
          conflicts: [],
        });
        expect(mergeDefinition(kind, { base, ours: changed, theirs: base })).toEqual({
          document: changed,
          conflicts: [],
        });
      }),
    );
  });

  it("again, with what came out as the file, changes nothing more", () => {
    fc.assert(
      fc.property(documents, documents, documents, (base, ours, theirs) => {
        const first = mergeDefinition(kind, { base, ours, theirs });
        expect(canonicalise(kind, first.document)).toEqual(first.document);
        if (first.conflicts.length > 0) return;
        expect(mergeDefinition(kind, { base, ours: first.document, theirs })).toEqual(first);
        expect(mergeDefinition(kind, { base: theirs, ours: first.document, theirs })).toEqual(first);
      }),
    );
  });

  it("finds the same conflicts from either side", () => {
    fc.assert(
      fc.property(documents, documents, documents, (base, ours, theirs) => {
        const there = mergeDefinition(kind, { base, ours, theirs }).conflicts.length;
        const back = mergeDefinition(kind, { base, ours: theirs, theirs: ours }).conflicts.length;
        expect(there > 0).toBe(back > 0);
      }),
    );
  });
});

it("is no conflict where the sides changed different keys", () => {
  // Keys that a mapping inherits are keys like any other.
  const keysOfAll = ["a", "b", "constructor", "toString"];
  const mappings = fc.dictionary(fc.constantFrom(...keysOfAll), value);
  const change = fc.record({ keys: fc.uniqueArray(fc.constantFrom(...keysOfAll), { maxLength: 3 }), value });
  fc.assert(
    fc.property(change, mappings, value, ({ keys, value: mine }, params, other) => {
      const ours = { ...params, ...Object.fromEntries(keys.map((key) => [key, mine])) };
      const others = keysOfAll.filter((key) => !keys.includes(key));
      const theirs = { ...params, ...Object.fromEntries(others.map((key) => [key, other])) };
      const merged = mergeDefinition("chart", {
        base: chart({ params }),
        ours: chart({ params: ours }),
        theirs: chart({ params: theirs }),
      });
      const both = { ...ours, ...Object.fromEntries(others.map((key) => [key, other])) };
      expect(merged).toEqual({ document: chart({ params: both }), conflicts: [] });
    }),
  );
});
