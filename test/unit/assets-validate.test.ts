import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { generateCorpus } from "../../bench/generate-corpus.mjs";
import type { Finding } from "../../provider/src/assets/definition";
import { validateFolder } from "../../provider/src/assets/validate-folder";
import { CHART, DASHBOARD, DATABASE, DATASET, DATASET_UUID, makeFolder, SOUND } from "./assets-support";

const CHART_FILE = "charts/orders.yaml";
const DATASET_FILE = "datasets/Shop/orders.yaml";
const BOARD_FILE = "dashboards/sales.yaml";

/** The findings of the sound folder with some files in place of its own. */
async function validate(files: Readonly<Record<string, string>>): Promise<readonly Finding[]> {
  return (await validateFolder(makeFolder({ ...SOUND, ...files }))).findings;
}

const short = ({ severity, rule, file, line, column }: Finding) => `${severity} ${rule} ${file}:${line}:${column}`;
const found = async (files: Readonly<Record<string, string>>) => (await validate(files)).map(short);

/** The dataset with a query. */
const virtual = (sql: string, database?: string) => ({
  [DATASET_FILE]: `${DATASET}sql: ${JSON.stringify(sql)}\n`,
  ...(database !== undefined && { "databases/Shop.yaml": DATABASE.replace("postgresql", database) }),
});

/** The chart with these lines in its `params`. */
const chart = (params: string, vizType = "table") => ({
  [CHART_FILE]: CHART.replaceAll("viz_type: table", `viz_type: ${vizType}`).replace(
    `params:\n  viz_type: ${vizType}\n`,
    `params:\n  viz_type: ${vizType}\n${params.replace(/^/gm, "  ")}\n`,
  ),
});

/** The dashboard with one filter. */
const filter = (lines: string) => ({
  [BOARD_FILE]: DASHBOARD.replace(
    `  - id: F1\n    targets:\n    - datasetUuid: ${DATASET_UUID}\n`,
    `  - id: F1\n    name: Country\n${lines.replace(/^/gm, "    ")}\n`,
  ),
});

const TARGET = `targets: [{datasetUuid: ${DATASET_UUID}, column: {name: region}}]`;

describe("a folder without mistakes", () => {
  it("has no findings", async () => {
    expect(await found({})).toEqual([]);
    const sample = await validateFolder(join(import.meta.dirname, "../../assets"));
    expect(sample.findings).toEqual([]);
    expect(sample.files.length).toBeGreaterThan(15);
  });

  it("of the size and kind of a real one has none but its known defects", async () => {
    const folder = makeFolder({});
    generateCorpus(folder, { defects: true });
    const { findings } = await validateFolder(folder);
    const rules = new Set(findings.filter(({ severity }) => severity === "error").map(({ rule }) => rule));
    expect([...rules].sort()).toEqual(["natural-key-duplicate", "reference-missing", "uuid-duplicate"]);
    expect(findings.filter(({ rule }) => /^(sql|jinja)-syntax$/.test(rule))).toEqual([]);
  });
});

describe("SQL of a virtual dataset", () => {
  it.each([
    ["that ends in the middle", "SELECT a FROM (SELECT 1 AS a"],
    ["with a text that has no end", "SELECT 'a FROM x"],
    ["of several statements", "SELECT 1; SELECT 2"],
    ["that writes", "DELETE FROM orders"],
    ["of a comment alone", "-- SELECT 1"],
  ])("%s is an error", async (_, sql) => {
    expect(await found(virtual(sql))).toEqual([`error sql-syntax ${DATASET_FILE}:14:6`]);
  });

  it("that no dialect reads is a warning: no parser knows everything", async () => {
    const [finding] = await validate(virtual("SELECT a b c FROM orders"));
    expect(finding).toMatchObject({ severity: "warning", rule: "sql-syntax" });
    expect(finding?.message).toContain("line 1, column 12 of the SQL");
  });

  it("of another dialect, or of a database that nobody knows, is a note", async () => {
    expect(await found(virtual("SELECT `a` FROM `orders`"))).toEqual([`note sql-syntax ${DATASET_FILE}:14:6`]);
    expect(await found(virtual("FROM a | WHERE b ==> c", "kusto"))).toEqual([`note sql-syntax ${DATASET_FILE}:14:6`]);
  });

  it("never repeats what may be a secret", async () => {
    const [finding] = await validate(virtual("SELECT a 'hunter2!' 'hunter2!' FROM x"));
    expect(finding?.rule).toBe("sql-syntax");
    expect(JSON.stringify(finding)).not.toContain("hunter2");
  });

  it.each([
    ["a sound query", "SELECT region, SUM(amount) AS amount FROM orders GROUP BY 1;"],
    ["a window", "SELECT row_number() OVER (PARTITION BY a ORDER BY b) FROM orders"],
    ["a comment at the end", "SELECT 1 AS region -- one"],
  ])("%s is left alone", async (_, sql) => {
    expect(await found(virtual(sql))).toEqual([]);
  });

  it("that is a template is a note, unless it is SQL as it stands", async () => {
    const template = "SELECT * FROM orders {% if x %} WHERE a = {{ x }} {% endif %}";
    expect(await found(virtual(template))).toEqual([`note sql-syntax ${DATASET_FILE}:14:6`]);
    expect(await found(virtual("SELECT * FROM orders WHERE a = '{{ x }}'"))).toEqual([]);
  });
});

describe("SQL of a metric, a column, a chart", () => {
  it("is read as one value or condition", async () => {
    const metric = { [DATASET_FILE]: DATASET.replace("COUNT(*)", "SUM(amount") };
    expect(await found(metric)).toEqual([`error sql-syntax ${DATASET_FILE}:10:15`]);
    const column = { [DATASET_FILE]: DATASET.replace("  type: BIGINT", "  expression: amount +") };
    expect(await found(column)).toEqual([`warning sql-syntax ${DATASET_FILE}:7:15`]);
    const where = "adhoc_filters: [{expressionType: SQL, clause: WHERE, sqlExpression: region IN ('a', }]";
    expect((await found(chart(where))).map((line) => line.slice(0, 21))).toEqual(["error sql-syntax char"]);
  });

  it("is left alone where it is sound", async () => {
    const sql =
      "metrics: [{expressionType: SQL, label: x, sqlExpression: 'SUM(amount) FILTER (WHERE region > 1) -- all'}]";
    expect(await found(chart(sql, "echarts_timeseries_bar"))).toEqual([]);
  });
});

describe("a Jinja template", () => {
  it.each([
    ["a brace without its end", "SELECT {{ x FROM orders"],
    ["a block without its end", "SELECT {% if x %} 1 FROM orders"],
    ["an end without its block", "SELECT 1 {% endif %} FROM orders"],
    ["a comment without its end", "SELECT {# x FROM orders"],
  ])("with %s is an error", async (_, sql) => {
    expect(await found(virtual(sql))).toEqual([`error jinja-syntax ${DATASET_FILE}:14:6`]);
  });

  it.each(["'{%'", "'{{ x'", "'{# x'"])("that may be meant as text is a warning: %s", async (literal) => {
    expect(await found(virtual(`SELECT * FROM orders WHERE a LIKE ${literal}`))).toEqual([
      `warning jinja-syntax ${DATASET_FILE}:14:6`,
    ]);
  });

  it("with a slip inside is a warning, with its line", async () => {
    const [finding] = await validate(virtual("SELECT\n{{ a b }} FROM orders"));
    expect(finding).toMatchObject({ severity: "warning", rule: "jinja-syntax" });
    expect(finding?.message).toContain("line 2 of the SQL");
  });

  it.each(["{{ x[1:] }}", "{{ f(**a) }}", "{% for a in b recursive %}{% endfor %}", "{{ a is divisibleby 3 }}"])(
    "with what only Superset's reader knows is a note: %s",
    async (template) => {
      expect(await found(virtual(`SELECT 1 AS region, '${template}'`))).toEqual([
        `note jinja-syntax ${DATASET_FILE}:14:6`,
      ]);
    },
  );
});

describe("what a chart asks of its dataset", () => {
  it.each([
    ["a column", "groupby: [region, gone]", "5:21"],
    ["one column", "x_axis: gone", "5:11"],
    ["a saved metric", "metrics: [count, gone]", "5:20"],
    ["one saved metric", "metric: gone", "5:11"],
    [
      "the column of a metric",
      "metrics: [{expressionType: SIMPLE, aggregate: SUM, column: {column_name: gone}}]",
      "5:76",
    ],
    ["a column of records", "query_mode: raw\nall_columns: [gone]", "6:17"],
    ["the order of records", "query_mode: raw\norder_by_cols: ['[\"gone\", false]']", "6:19"],
  ])("%s that is not there is a warning", async (_, params, at) => {
    expect(await found(chart(params))).toEqual([`warning chart-column ${CHART_FILE}:${at}`]);
  });

  it("is found for types with keys of their own", async () => {
    expect(await found(chart("source: gone\ntarget: region", "sankey_v2"))).toHaveLength(1);
    expect(await found(chart("source: gone", "pie"))).toEqual([]);
  });

  it("is left alone where it is there, unknown, or not sent", async () => {
    const params = [
      "groupby: [region, {expressionType: SQL, label: x, sqlExpression: 1 + 1}]",
      "metrics: [count, {expressionType: SIMPLE, aggregate: SUM, column: {column_name: amount}}]",
      "timeseries_limit_metric: count",
      "granularity_sqla: gone",
      "all_columns: [gone]",
      "query_mode: aggregate",
      "columns: [gone]",
    ].join("\n");
    expect(await found(chart(params))).toEqual([]);
    expect(await found(chart("query_mode: raw\ngroupby: [gone]\nmetrics: [gone]\nall_columns: [region]"))).toEqual([]);
    expect(await found(chart("x_axis: __timestamp", "echarts_area"))).toEqual([]);
    expect(await found(chart(`order_by_cols: ['["count", true]', '["a \\x", true]']\nquery_mode: raw`))).toEqual([]);
  });

  it("is passed over where the dataset lists no columns", async () => {
    const empty = DATASET.replace(/columns:[\s\S]*?(?=metrics:)/, "");
    expect(await found({ ...chart("groupby: [gone]"), [DATASET_FILE]: empty })).toEqual([]);
  });

  it("suggests what was meant", async () => {
    const [finding] = await validate(chart("groupby: [regoin]"));
    expect(finding?.message).toBe('the dataset "orders" has no column "regoin"; did you mean "region"?');
  });
});

describe("filters", () => {
  it("that would be ignored are errors, as for the plan", async () => {
    const lost =
      "adhoc_filters: [{expressionType: SIMPLE, clause: WHERE, operator: IN, comparator: [1], subject: gone}]";
    expect(await found(chart(lost))).toEqual([`error filter-lost ${CHART_FILE}:5:19`]);
    expect(await found(filter(`filterType: filter_select\n${TARGET.replace("region", "gone")}`))).toEqual([
      expect.stringContaining(`error filter-lost ${BOARD_FILE}`),
    ]);
  });

  it.each([
    ["without a dataset", "filterType: filter_select\ntargets: [{}]", "names no dataset"],
    ["without a target", "filterType: filter_range\ntargets: []", "names no dataset"],
    ["without a column", `filterType: filter_select\n${TARGET.replace("{name: region}", "{}")}`, "names no column"],
    ["below a tab that is gone", `filterType: filter_select\n${TARGET}\nscope: {rootPath: [TAB-9]}`, "holds no chart"],
    ["that leaves out every chart", `filterType: filter_time\nscope: {rootPath: [ROOT_ID], excluded: [7]}`, "no chart"],
  ])("%s are warnings", async (_, lines, message) => {
    const findings = await validate(filter(lines));
    expect(findings.map(({ rule, severity }) => `${severity} ${rule}`)).toEqual(["warning filter-without-target"]);
    expect(findings[0]?.message).toContain(message);
    expect(findings[0]?.message).toContain('"Country"');
  });

  it.each([
    ["of a time range", "filterType: filter_time\ntargets: [{}]\nscope: {rootPath: [ROOT_ID], excluded: []}"],
    ["with a target and charts", `filterType: filter_select\n${TARGET}\nscope: {rootPath: [ROOT_ID], excluded: []}`],
    ["of layers", `filterType: filter_select\n${TARGET}\nscope: {rootPath: [], selectedLayers: [chart-7-layer-0]}`],
    ["that are headlines", "type: DIVIDER\nscope: {rootPath: []}"],
  ])("%s are left alone", async (_, lines) => {
    expect(await found(filter(lines))).toEqual([]);
  });

  it.each(["CHART-1", "CHART-1, ROOT_ID"])("reach charts inside tabs that hold %s", async (children) => {
    const scoped = filter(`filterType: filter_select\n${TARGET}\nscope: {rootPath: [TAB-1], excluded: []}`);
    const flat = "    children: [CHART-1]\n    type: ROOT\n";
    const tabs = `    children: [TAB-1]\n    type: ROOT\n  TAB-1:\n    type: TAB\n    children: [${children}]\n`;
    expect(scoped[BOARD_FILE]).toContain(flat);
    expect(await found({ [BOARD_FILE]: String(scoped[BOARD_FILE]).replace(flat, tabs) })).toEqual([]);
  });
});
