import { describe, expect, it } from "vitest";
import { canonicalise } from "../../provider/src/assets/canonical";
import type { AssetDocument } from "../../provider/src/assets/definition";
import { renderForImport } from "../../provider/src/assets/render";
import { MARK_KEY } from "../../provider/src/assets/retained-mark";
import { type Mapping, mappingOf } from "../../provider/src/assets/values";
import { loadSqlParser } from "../../provider/src/core/sql-parser";
import { describeMerge, type MergeOptions, mergeDataset } from "../../provider/src/plan/merge-dataset";

const parse = await loadSqlParser();

const options = (changes: Partial<MergeOptions> = {}): MergeOptions => ({
  engine: "postgresql",
  retained: "null",
  // Whatever the cases below take away was stated before.
  applied: ["stays", "gone", "gone_time", "at", "day", "a", "b", "Gone Away"],
  parse,
  ...changes,
});

const dataset = (document: AssetDocument): AssetDocument => ({ table_name: "orders", schema: "public", ...document });
const column = (column_name: string, rest: Mapping = {}): Mapping => ({ column_name, type: "BIGINT", ...rest });
const metric = (metric_name: string, expression: string, rest: Mapping = {}): Mapping => ({
  metric_name,
  expression,
  ...rest,
});

/** The target before: everything that a definition once stated. */
const BEFORE = dataset({
  columns: [
    column("stays"),
    column("gone", { verbose_name: "Gone", extra: { warning_markdown: "careful" } }),
    column("gone_time", { type: "TIMESTAMP", is_dttm: true }),
    column("twice", { expression: "gone * 2" }),
    column("plain", { expression: "stays * 2" }),
  ],
  metrics: [
    metric("total", "SUM(gone)"),
    metric("kept", "SUM(stays)"),
    metric("old", "MAX(gone)"),
    metric("odd", "{{ gone }}"),
  ],
});

/** The definition now: three columns and three metrics are gone, one metric and one column still use them. */
const NOW = dataset({
  columns: [column("stays"), column("half", { expression: "gone / 2" })],
  metrics: [metric("total", "SUM(gone)")],
});

/** Expressions by name. */
function expressions(document: AssetDocument): Record<string, unknown> {
  const items = [...((document.columns ?? []) as Mapping[]), ...((document.metrics ?? []) as Mapping[])];
  return Object.fromEntries(items.map((item) => [item.column_name ?? item.metric_name, item.expression]));
}

const told = (stated: AssetDocument, live: AssetDocument, changes: Partial<MergeOptions> = {}) =>
  mergeDataset(stated, live, options(changes)).items.map(
    ({ kind, name, how, isRetained }) => `${isRetained ? "retained " : ""}${kind} ${name}: ${how}`,
  );

const NULL = "CAST(NULL AS BIGINT)";

describe("a dataset whose definition lost columns", () => {
  it("keeps them answering NULL, and what is calculated from them too", () => {
    expect(expressions(mergeDataset(NOW, BEFORE, options()).document)).toEqual({
      stays: undefined,
      gone: NULL,
      gone_time: "CAST(NULL AS TIMESTAMP)",
      half: `${NULL} / 2`,
      twice: `${NULL} * 2`,
      plain: "stays * 2",
      total: `SUM(${NULL})`,
      kept: "SUM(stays)",
      old: `MAX(${NULL})`,
      odd: "{{ gone }}",
    });
  });

  it("names each with what becomes of it", () => {
    expect(told(NOW, BEFORE)).toEqual([
      "retained column gone: answers NULL",
      "retained column gone_time: answers NULL",
      "column half: rewritten",
      "retained column plain: kept unchanged",
      "retained column twice: rewritten",
      "retained metric kept: kept unchanged",
      "retained metric odd: cannot be read as SQL",
      "retained metric old: rewritten",
      "metric total: rewritten",
    ]);
  });

  it("leaves columns alone that were never in it: an adopted dataset's, or those that somebody added", () => {
    const merged = mergeDataset(NOW, BEFORE, options({ applied: ["stays", "gone"] }));
    expect(expressions(merged.document)).toMatchObject({ gone: NULL, gone_time: undefined });
    expect(told(NOW, BEFORE, { applied: [] })).toContain("retained column gone: kept unchanged");
    // What answered NULL once goes on answering NULL, whatever is known.
    const again = mergeDataset(NOW, merged.document, options({ applied: [] }));
    expect(expressions(again.document)).toMatchObject({ gone: NULL, gone_time: undefined });
  });

  it("says it in one line", () => {
    expect(describeMerge(mergeDataset(NOW, BEFORE, options()).items)).toBe(
      "answers NULL: column gone, column gone_time; rewritten: column half, column twice, metric old, metric total; kept unchanged: column plain, metric kept; cannot be read as SQL: metric odd",
    );
    expect(describeMerge([])).toBe("");
  });

  it("is to its definition as if nothing had been retained", () => {
    const { document } = mergeDataset(NOW, BEFORE, options());
    expect(canonicalise("dataset", document)).toEqual(canonicalise("dataset", NOW));
    const sent = renderForImport({ kind: "dataset", document }, { managed: false, isMerged: true });
    expect(canonicalise("dataset", sent)).toEqual(canonicalise("dataset", NOW));
    expect(expressions(sent)).toEqual({ ...expressions(document), stays: null });
  });

  it("keeps what else the target says of them", () => {
    const { document } = mergeDataset(NOW, BEFORE, options());
    const gone = (document.columns as Mapping[]).find(({ column_name }) => column_name === "gone");
    expect(gone).toMatchObject({ verbose_name: "Gone", type: "BIGINT", extra: { warning_markdown: "careful" } });
    const time = (document.columns as Mapping[]).find(({ column_name }) => column_name === "gone_time");
    expect(time).toMatchObject({ is_dttm: true });
  });

  it.each(["null", "value"] as const)("is merged again without a change (%s)", (retained) => {
    const once = mergeDataset(NOW, BEFORE, options({ retained }));
    const sent = renderForImport({ kind: "dataset", document: once.document }, { managed: true, isMerged: true });
    const twice = mergeDataset(NOW, sent, options({ retained }));
    expect(twice).toEqual(once);
  });

  it("has them back as they were when the file has them again", () => {
    const { document } = mergeDataset(NOW, BEFORE, options());
    const again = mergeDataset(BEFORE, document, options());
    expect(expressions(again.document)).toEqual({ ...expressions(BEFORE), half: "gone / 2" });
    expect(again.items).toEqual([{ kind: "column", name: "half", how: "kept unchanged", isRetained: true }]);
    const without = { ...again.document, columns: (again.document.columns as Mapping[]).slice(0, 2) };
    expect(JSON.stringify(without)).not.toContain(MARK_KEY);
  });

  it("has their values back where the setting says so", () => {
    const { document } = mergeDataset(NOW, BEFORE, options());
    const values = mergeDataset(NOW, document, options({ retained: "value" }));
    expect(expressions(values.document)).toEqual({ ...expressions(BEFORE), half: "gone / 2" });
    expect(new Set(values.items.map(({ how }) => how))).toEqual(new Set(["kept unchanged"]));
    expect(canonicalise("dataset", values.document)).toEqual(canonicalise("dataset", NOW));
  });

  it("writes what the file changed, and new items", () => {
    const stated = dataset({ columns: [column("stays", { verbose_name: "New" }), column("added")], metrics: [] });
    const { document } = mergeDataset(stated, dataset({ columns: [column("stays")], metrics: [] }), options());
    expect(document).toEqual(canonicalise("dataset", stated));
  });

  it("without a loss is its definition", () => {
    const merged = mergeDataset(BEFORE, BEFORE, options());
    expect(merged).toEqual({ document: canonicalise("dataset", BEFORE), items: [], warnings: [] });
  });

  it("keeps what it says of its own: a column that people calculate as NULL is theirs", () => {
    const stated = dataset({ columns: [column("a", { expression: NULL })] });
    expect(mergeDataset(stated, stated, options()).document).toEqual(canonicalise("dataset", stated));
  });
});

describe("a dataset that was changed on the server after a merge", () => {
  const merged = mergeDataset(NOW, BEFORE, options());
  const change = (change: (item: Mapping) => Mapping): AssetDocument => ({
    ...merged.document,
    columns: (merged.document.columns as Mapping[]).map(change),
    metrics: (merged.document.metrics as Mapping[]).map(change),
  });

  it("gets its marks back after the dialog of the UI dropped them", () => {
    const saved = change(({ extra: _extra, ...item }) => item);
    const again = mergeDataset(NOW, saved, options());
    expect(expressions(again.document)).toEqual(expressions(merged.document));
    expect(canonicalise("dataset", again.document)).toEqual(canonicalise("dataset", NOW));
    expect(canonicalise("dataset", saved)).not.toEqual(canonicalise("dataset", NOW));
    const values = mergeDataset(NOW, again.document, options({ retained: "value" }));
    expect(expressions(values.document)).toMatchObject({ gone: undefined, total: "SUM(gone)" });
  });

  it("gets its expressions back after columns were read from the table again (semantics 2.12)", () => {
    const refreshed = change((item) => (item.column_name === "gone" ? { ...item, expression: "" } : item));
    expect(mergeDataset(NOW, refreshed, options())).toEqual(merged);
  });

  it("shows a metric that somebody changed as changed", () => {
    const edited = change((item) => (item.metric_name === "total" ? { ...item, expression: "MIN(stays)" } : item));
    expect(canonicalise("dataset", edited).metrics).toEqual([metric("total", "MIN(stays)")]);
    expect(mergeDataset(NOW, edited, options())).toEqual(merged);
  });
});

describe("the database of a dataset", () => {
  it.each([
    ["sqlite", "CAST(NULL AS BIGINT)", 'SUM("gone")', "SUM(CAST(NULL AS BIGINT))"],
    ["mysql", "CAST(NULL AS SIGNED)", "SUM(`GONE`)", "SUM(CAST(NULL AS SIGNED))"],
    ["trino", "CAST(NULL AS BIGINT)", "SUM(IF(gone > 1, 1, 0))", "SUM(IF(CAST(NULL AS BIGINT) > 1, 1, 0))"],
    ["nonesuch", "CAST(NULL AS BIGINT)", "SUM(gone)", "SUM(gone)"],
  ])("%s has its own casts and quotes", (engine, cast, expression, expected) => {
    const stated = dataset({ metrics: [metric("m", expression)] });
    const { document } = mergeDataset(stated, dataset({ columns: [column("gone")] }), options({ engine }));
    expect(expressions(document)).toEqual({ gone: cast, m: expected });
  });

  it.each([
    [{ schema: "public", table_name: "orders" }, "public.orders.gone", `${NULL}`],
    [{ schema: null, table_name: "orders" }, "orders.gone", `${NULL}`],
    [{ sql: "select 1 as a" }, "virtual_table.gone", `${NULL}`],
    [{ sql: "select 1 as a" }, "orders.gone", "orders.gone"],
  ])("names the table %j", (own, expression, expected) => {
    const stated = dataset({ ...own, metrics: [metric("m", expression)] });
    const { document } = mergeDataset(stated, dataset({ columns: [column("gone")] }), options());
    expect(expressions(document).m).toBe(expected);
  });
});

describe("the main time column", () => {
  const live = dataset({ columns: [column("at", { type: "TIMESTAMP", is_dttm: true })] });
  const merge = (changes: Mapping, more: Partial<MergeOptions> = {}) =>
    mergeDataset(dataset({ main_dttm_col: "at", ...changes }), live, options(more));

  it("that answers NULL would empty every chart: refused where it filters them all", () => {
    expect(merge({ always_filter_main_dttm: true }).refusal).toContain('main time column "at"');
  });

  it("that answers NULL is told where it filters none by itself", () => {
    const { refusal, warnings } = merge({});
    expect(refusal).toBeUndefined();
    expect(warnings).toEqual([expect.stringContaining('main_dttm_col names "at"')]);
  });

  it.each([
    ["is still there", { always_filter_main_dttm: true, columns: [column("at")] }, {}],
    ["keeps its value", { always_filter_main_dttm: true }, { retained: "value" as const }],
    ["is another one", { always_filter_main_dttm: true, main_dttm_col: "other" }, {}],
    ["is none", { always_filter_main_dttm: true, main_dttm_col: null }, {}],
  ])("that %s is fine", (_, changes, more) => {
    expect(merge(changes, more)).toMatchObject({ warnings: [] });
    expect(merge(changes, more)).not.toHaveProperty("refusal");
  });
});

it("a predicate for the values of filters that names a removed column is told", () => {
  const live = dataset({ columns: [column("gone")] });
  const merge = (predicate: string) =>
    mergeDataset(dataset({ fetch_values_predicate: predicate }), live, options()).warnings;
  expect(merge("gone > 1")).toEqual([expect.stringContaining("fetch_values_predicate")]);
  expect(merge("stays > 1")).toEqual([]);
});

it("marks stand in extra under one key", () => {
  const { document } = mergeDataset(NOW, BEFORE, options());
  const gone = (document.columns as Mapping[]).find(({ column_name }) => column_name === "gone");
  expect(mappingOf(gone?.extra)[MARK_KEY]).toEqual({ retained: true, replaced: { original: null, by: NULL } });
});
