import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { diffLines } from "diff";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalise, toCanonicalText } from "../../provider/src/assets/canonical";
import type { AssetDocument, AssetKind } from "../../provider/src/assets/definition";
import { readYaml } from "../../provider/src/assets/parse-yaml";
import { updateText } from "../../provider/src/assets/update-text";
import { isMapping, type Mapping } from "../../provider/src/assets/values";

// The same documents in every run.
fc.configureGlobal({ seed: 20261121 });

const UUID = "33333333-3333-4333-8333-333333333333";
const SECOND = "44444444-4444-4444-8444-444444444444";

/** Changes a text's document with a function and writes it back. */
function update(kind: AssetKind, text: string, change: (document: Mapping) => Mapping): string {
  const wanted = canonicalise(kind, change(readYaml(text)) as AssetDocument);
  const updated = updateText(kind, text, wanted);
  expect(canonicalise(kind, readYaml(updated))).toEqual(wanted);
  return updated;
}

/** Lines that differ, as `-old` and `+new`. */
function changedLines(before: string, after: string): string[] {
  return diffLines(before, after).flatMap(({ value, added, removed }) =>
    added || removed
      ? value
          .replace(/\n$/, "")
          .split("\n")
          .map((line) => `${added ? "+" : "-"}${line}`)
      : [],
  );
}

const CHART = `# Owned by the sales team.
uuid: '${UUID}'   # never change
dataset_uuid: ${UUID.toUpperCase()}

slice_name: "Revenue"
viz_type:   table


# What people see first
params:
    row_limit: 1_000      # more is slow
    groupby: [ region, "country" ]
    adhoc_filters:
        - {col: a, val: 1}   # first
        - {col: b, val: 2}   # second
    long: this text goes on and on until it is broken into
        several lines, as Superset's exporter does
    note: |
        keep
          this
cache_timeout: null
version: 1.0.0
`;

describe("updateText", () => {
  it("leaves a file alone that says the same already", () => {
    expect(updateText("chart", CHART, canonicalise("chart", readYaml(CHART)))).toBe(CHART);
  });

  it("changes one value and nothing around it", () => {
    const updated = update("chart", CHART, (chart) => ({ ...chart, slice_name: "Turnover: all" }));
    expect(changedLines(CHART, updated)).toEqual(['-slice_name: "Revenue"', "+slice_name: 'Turnover: all'"]);
  });

  it("adds, changes and removes keys in nested mappings, and keeps the comments of what stays", () => {
    const updated = update("chart", CHART, (chart) => {
      const { long: _long, ...params } = chart.params as Mapping;
      return { ...chart, params: { ...params, row_limit: 50, color: "red" }, description: "new" };
    });
    expect(changedLines(CHART, updated)).toEqual([
      "-    row_limit: 1_000      # more is slow",
      "+    row_limit: 50 # more is slow",
      "-    long: this text goes on and on until it is broken into",
      "-        several lines, as Superset's exporter does",
      "+    color: red",
      "+description: new",
    ]);
  });

  it("changes one item of a list without a word about the others", () => {
    const filters = [
      { col: "a", val: 1 },
      { col: "b", val: 3 },
      { col: "c", val: 4 },
    ];
    const updated = update("chart", CHART, (chart) => ({
      ...chart,
      params: { ...(chart.params as Mapping), adhoc_filters: filters },
    }));
    expect(updated).toContain("        - {col: a, val: 1}   # first\n");
    expect(changedLines(CHART, updated).filter((line) => line.startsWith("-"))).toEqual([
      "-        - {col: b, val: 2}   # second",
    ]);
  });

  it("keeps Windows line ends and the byte order mark", () => {
    const text = `\ufeff${CHART.replaceAll("\n", "\r\n")}`;
    const wanted = canonicalise("chart", { ...readYaml(CHART), slice_name: "Turnover" });
    const updated = updateText("chart", text, wanted);
    expect(updated).toBe(text.replace('"Revenue"', "Turnover"));
  });

  it("finds columns and metrics by name, wherever they stand", () => {
    const text = `table_name: orders
uuid: ${UUID}
database_uuid: ${UUID}
columns:
# the key
- column_name: z
  type: BIGINT
- column_name: a   # the customer
  type: TEXT
  extra: '{"certification": {"details": "x"}}'
metrics: []
version: 1.0.0
`;
    const updated = update("dataset", text, (dataset) => ({
      ...dataset,
      columns: [
        { column_name: "a", type: "VARCHAR", extra: { certification: { details: "x" } } },
        { column_name: "m", type: "DATE" },
        { column_name: "z", type: "BIGINT", verbose_name: "Key" },
      ],
    }));
    expect(changedLines(text, updated)).toEqual([
      "+  verbose_name: Key",
      "-  type: TEXT",
      "+  type: VARCHAR",
      "+- column_name: m",
      "+  type: DATE",
    ]);
  });

  it("keeps a dashboard's own integer ids, and gives new charts the next ones", () => {
    const chart = (uuid: string, id: number) => `  CHART-${id}:
    type: CHART
    children: []
    meta: {chartId: ${id}, uuid: ${uuid}}
`;
    const text = `dashboard_title: Sales
uuid: ${UUID}
position:
  ROOT_ID: {type: ROOT, children: [CHART-70]}
${chart(UUID, 70)}metadata:
  chart_configuration:
    '70': {id: 70, crossFilters: {scope: {excluded: [70]}, chartsInScope: [70, 71]}}
version: 1.0.0
`;
    const updated = update("dashboard", text, (dashboard) => {
      const position = {
        ...(dashboard.position as Mapping),
        ROOT_ID: { type: "ROOT", children: ["CHART-new", "CHART-70"] },
        "CHART-new": { type: "CHART", children: [], meta: { chartId: 5, uuid: SECOND } },
      };
      const crossFilters = { scope: { excluded: [5] } };
      const configuration = {
        ...((dashboard.metadata as Mapping).chart_configuration as Mapping),
        "5": { id: 5, crossFilters },
      };
      return { ...dashboard, position, metadata: { chart_configuration: configuration } };
    });
    expect(updated).toContain("chartsInScope: [70, 71]");
    expect(readYaml(updated)).toMatchObject({
      position: { "CHART-70": { meta: { chartId: 70 } }, "CHART-new": { meta: { chartId: 71, uuid: SECOND } } },
      metadata: {
        chart_configuration: {
          "70": { id: 70, crossFilters: { scope: { excluded: [70] } } },
          "71": { id: 71, crossFilters: { scope: { excluded: [71] } } },
        },
      },
    });
  });

  it("says the right thing even where the file's own form cannot be kept", () => {
    const shared = `uuid: ${UUID}
slice_name: Revenue
viz_type: table
dataset_uuid: ${UUID}
params:
  one: &shared {a: 1}
  two: *shared
version: 1.0.0
`;
    update("chart", shared, (chart) => ({ ...chart, params: { one: { a: 2 }, two: { a: 1 } } }));
  });
});

const SAMPLE = join(import.meta.dirname, "../../assets");
const KINDS = { databases: "database", datasets: "dataset", charts: "chart", dashboards: "dashboard" } as const;

/** The sample's files. */
const FILES = Object.entries(KINDS).flatMap(([folder, kind]) =>
  readdirSync(join(SAMPLE, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".yaml"))
    .map((name) => ({ name: `${folder}/${name}`, kind, text: readFileSync(join(SAMPLE, folder, name), "utf8") })),
);

/** All leaves of a value, by path. */
function leavesOf(value: unknown, at: readonly string[] = []): string[][] {
  if (isMapping(value)) return Object.entries(value).flatMap(([key, inner]) => leavesOf(inner, [...at, key]));
  return [[...at]];
}

function setAt(value: unknown, [key, ...rest]: readonly string[], leaf: unknown): unknown {
  if (key === undefined) return leaf;
  const { [key]: inner, ...others } = value as Mapping;
  const changed = setAt(inner, rest, leaf);
  return changed === undefined ? others : { ...others, [key]: changed };
}

const TEXTS = fc.oneof(
  fc.constantFrom(
    "",
    " ",
    "yes",
    "1e7",
    "a: b",
    "# no comment",
    "two\nlines\n",
    "\ttab",
    'it\'s "quoted"',
    "ü\u2028📈",
  ),
  fc.string({ unit: "binary", maxLength: 8 }).filter((text) => text.isWellFormed()),
  fc.integer(),
  fc.constantFrom(undefined, true, null, [], ["x", 1], { new: { deep: [] } }),
);

describe.each(FILES)("any change of $name", ({ kind, text }) => {
  it("reads back, and leaves the rest of the file as it is", () => {
    const document = canonicalise(kind, readYaml(text));
    // Without these it would be no asset.
    const leaves = leavesOf(document).filter(([key]) => key !== "uuid" && key !== "version" && key !== "position");
    const change = fc.tuple(fc.constantFrom(...leaves), TEXTS);
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
        const wanted = changes.reduce<unknown>((value, [at, leaf]) => setAt(value, at, leaf), document);
        const canonical = canonicalise(kind, wanted as AssetDocument);
        const updated = updateText(kind, text, canonical);
        expect(toCanonicalText(canonicalise(kind, readYaml(updated)))).toBe(toCanonicalText(canonical));
        const sizeOf = (lines: string[]) => lines.length;
        const inCanonical = changedLines(toCanonicalText(document), toCanonicalText(canonical));
        expect(sizeOf(changedLines(text, updated))).toBeLessThanOrEqual(2 * sizeOf(inCanonical) + 2);
      }),
      { numRuns: 30 },
    );
  });
});
