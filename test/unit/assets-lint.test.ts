import { describe, expect, test } from "vitest";
import { RULES } from "../../provider/src/assets/lint";
import {
  CHART,
  CHART_UUID,
  DASHBOARD,
  DATABASE,
  DATABASE_UUID,
  DATASET,
  DATASET_UUID,
  OTHER_UUID,
  readWith,
} from "./assets-support";

interface Case {
  readonly rule: string;
  readonly what: string;
  readonly files: Readonly<Record<string, string>>;
  /** `file:line:column`, or the file alone. */
  readonly at: string;
  readonly severity?: string;
  readonly message?: RegExp;
  readonly remedy?: RegExp;
}

const database = (from: string, to: string) => ({ "databases/Shop.yaml": swap(DATABASE, from, to) });
const dataset = (from: string, to: string) => ({ "datasets/Shop/orders.yaml": swap(DATASET, from, to) });
const chart = (from: string, to: string) => ({ "charts/orders.yaml": swap(CHART, from, to) });
const dashboard = (from: string, to: string) => ({ "dashboards/sales.yaml": swap(DASHBOARD, from, to) });

function swap(text: string, from: string, to: string): string {
  if (!text.includes(from)) throw new Error(`the sample has no ${from}`);
  return text.replace(from, to);
}

/** Where, and a line of metadata with an unknown id. The dashboard's only chart has the id 7. */
const UNKNOWN_CHARTS = {
  "a configuration": "chart_configuration: {7: {id: 7}, 404: {id: 404}}",
  "a configuration by UUID": `chart_configuration: {${CHART_UUID}: {id: x}, 404: {id: x}}`,
  "a cross-filter": "chart_configuration: {7: {crossFilters: {scope: {excluded: [7, 404]}}}}",
  "the global scope": "global_chart_configuration: {scope: {excluded: [404]}}",
  "a native filter": "native_filter_configuration: [{scope: {excluded: [7, 404]}}]",
  "a layer": "native_filter_configuration: [{scope: {selectedLayers: [chart-7-layer-0, chart-404-layer-1]}}]",
  "a display control": "chart_customization_config: [{scope: {excluded: [404]}}]",
  "an expanded chart": "expanded_slices: {404: true}",
  "a chart that is not refreshed": "timed_refresh_immune_slices: [7, 404]",
};

const CASES: readonly Case[] = [
  {
    rule: "yaml-syntax",
    what: "an open bracket",
    files: chart("viz_type: table", "viz_type: [table"),
    at: "charts/orders.yaml:3:1",
    message: /bracket|indentation|colon/,
  },
  {
    rule: "yaml-syntax",
    what: "two documents",
    files: chart("params:", "---\nparams:"),
    at: "charts/orders.yaml:3:1",
    message: /several/,
  },
  {
    rule: "yaml-syntax",
    what: "a Python object",
    files: chart("Orders", "!!python/object:os.system x"),
    at: "charts/orders.yaml:1:13",
    message: /tag/,
  },
  {
    rule: "yaml-syntax",
    what: "a merge key",
    files: chart("  viz_type", "  <<: 1\n  viz_type"),
    at: "charts/orders.yaml:4:3",
    message: /merge key/,
  },
  {
    rule: "yaml-duplicate-key",
    what: "a key twice",
    files: chart("viz_type: table", "slice_name: B\nviz_type: table"),
    at: "charts/orders.yaml:2:1",
    message: /"slice_name"/,
  },
  {
    rule: "number-imprecise",
    what: "a number beyond 2^53",
    files: chart("  viz_type: table", "  limit: 9007199254740993"),
    at: "charts/orders.yaml:4:10",
    remedy: /quotes/,
  },
  {
    rule: "uuid-missing",
    what: "no uuid",
    files: { "charts/b.yaml": CHART.replace(`uuid: ${CHART_UUID}\nversion`, "version") },
    at: "charts/b.yaml:1:1",
    remedy: /uuid/,
  },
  {
    rule: "uuid-malformed",
    what: "a short uuid",
    files: { "charts/b.yaml": CHART.replace(`uuid: ${CHART_UUID}`, "uuid: abc") },
    at: "charts/b.yaml:6:7",
    remedy: /8-4-4-4-12/,
  },
  {
    rule: "uuid-malformed",
    what: "a short reference",
    files: chart(DATASET_UUID, "abc"),
    at: "charts/orders.yaml:5:15",
  },
  {
    rule: "uuid-malformed",
    what: "a short uuid in the layout",
    files: dashboard(`uuid: ${CHART_UUID}`, "uuid: abc"),
    at: "dashboards/sales.yaml:15:13",
  },
  {
    rule: "uuid-duplicate",
    what: "two files",
    files: { "charts/z.yaml": CHART },
    at: "charts/z.yaml:6:7",
    message: /charts\/orders\.yaml/,
    remedy: /exclude.*charts\/z\.yaml/,
  },
  {
    rule: "natural-key-duplicate",
    what: "a table twice",
    files: { "datasets/Shop/a.yaml": DATASET.replace(DATASET_UUID, OTHER_UUID) },
    at: "datasets/Shop/a.yaml:1:13",
    message: /a\.yaml and datasets\/Shop\/orders\.yaml/,
    remedy: /exclude.*datasets\/Shop\/a\.yaml/,
  },
  {
    rule: "natural-key-duplicate",
    what: "a table twice, one without catalog",
    files: { "datasets/Shop/a.yaml": `catalog: shop\n${DATASET.replace(DATASET_UUID, OTHER_UUID)}` },
    at: "datasets/Shop/a.yaml:2:13",
  },
  {
    rule: "natural-key-duplicate",
    what: "a table in two catalogs",
    files: {
      ...dataset("schema", "catalog: b\nschema"),
      "datasets/Shop/a.yaml": `catalog: a\n${DATASET.replace(DATASET_UUID, OTHER_UUID)}`,
    },
    at: "datasets/Shop/a.yaml:2:13",
    severity: "warning",
    message: /another catalog/,
  },
  {
    rule: "natural-key-duplicate",
    what: "a database name twice",
    files: { "databases/z.yaml": DATABASE.replace(DATABASE_UUID, OTHER_UUID) },
    at: "databases/z.yaml:1:16",
  },
  {
    rule: "natural-key-duplicate",
    what: "a slug twice",
    files: {
      ...dashboard("metadata", "slug: s\nmetadata"),
      "dashboards/z.yaml": `slug: s\n${DASHBOARD.replace("44444444-", "55555555-")}`,
    },
    at: "dashboards/z.yaml:1:7",
  },
  {
    rule: "name-duplicate",
    what: "a column twice",
    files: dataset("amount", "region"),
    at: "datasets/Shop/orders.yaml:6:16",
  },
  {
    rule: "reference-missing",
    what: "a chart's dataset",
    files: chart(DATASET_UUID, OTHER_UUID),
    at: "charts/orders.yaml:5:15",
    message: new RegExp(OTHER_UUID),
    remedy: /^If you removed the dataset, give the chart another one.*exclude/,
  },
  {
    rule: "reference-missing",
    what: "a chart of the layout",
    files: dashboard(CHART_UUID, OTHER_UUID),
    at: "dashboards/sales.yaml:15:13",
    message: new RegExp(`^the chart ${OTHER_UUID} is in no file$`),
    remedy: /^If you removed the chart, take it off the dashboard: `CHART-1` in `position`.* Add the chart's file/,
  },
  {
    rule: "reference-missing",
    what: "a chart of which the layout tells the name",
    files: dashboard(`uuid: ${CHART_UUID}`, `uuid: ${OTHER_UUID}\n      sliceName: Best sellers`),
    at: "dashboards/sales.yaml:15:13",
    message: new RegExp(`^the chart "Best sellers" \\(${OTHER_UUID}\\) is in no file$`),
  },
  {
    rule: "reference-missing",
    what: "a native filter's dataset",
    files: dashboard(DATASET_UUID, OTHER_UUID),
    at: "dashboards/sales.yaml:6:20",
    remedy: /^If you removed the dataset, take the filter off the dashboard/,
  },
  {
    rule: "reference-missing",
    what: "the dataset of a native filter with a name",
    files: dashboard(
      `id: F1\n    targets:\n    - datasetUuid: ${DATASET_UUID}`,
      `name: Region\n    targets:\n    - datasetUuid: ${OTHER_UUID}`,
    ),
    at: "dashboards/sales.yaml:6:20",
    remedy: /^If you removed the dataset, take "Region" off the dashboard, or give it another dataset/,
  },
  {
    rule: "reference-missing",
    what: "a dataset's database",
    files: dataset(DATABASE_UUID, OTHER_UUID),
    at: "datasets/Shop/orders.yaml:11:16",
    message: new RegExp(`"Shop" \\(${DATABASE_UUID}\\)`),
    remedy: /superset:databases/,
  },
  {
    rule: "secret-in-file",
    what: "a password in the address",
    files: database("XXXXXXXXXX", "hunter2!"),
    at: "databases/Shop.yaml:2:1",
    remedy: /XXXXXXXXXX/,
  },
  {
    rule: "secret-in-file",
    what: "a password with @ and /",
    files: database("XXXXXXXXXX", "hun@te/r2!"),
    at: "databases/Shop.yaml:2:1",
  },
  {
    rule: "secret-in-file",
    what: "a token in the address",
    files: database("/shop\n", "/shop?access_token=hunter2!\n"),
    at: "databases/Shop.yaml:2:1",
  },
  {
    rule: "secret-in-file",
    what: "encrypted_extra",
    files: database("extra:", `encrypted_extra: '{"a": "hunter2!"}'\nextra:`),
    at: "databases/Shop.yaml:3:1",
  },
  {
    rule: "secret-in-file",
    what: "a masked_encrypted_extra in clear",
    files: database("extra:", `masked_encrypted_extra: '{"a": "hunter2!"}'\nextra:`),
    at: "databases/Shop.yaml:3:1",
  },
  {
    rule: "secret-in-file",
    what: "a token in extra",
    files: database("engine_params: {}", "engine_params: {connect_args: {auth_token: hunter2!}}"),
    at: "databases/Shop.yaml:4:34",
  },
  {
    rule: "secret-in-file",
    what: "an ODBC address",
    files: database("/shop\n", "/shop?odbc_connect=DRIVER%3Dx%3BPWD%3Dhunter2!\n"),
    at: "databases/Shop.yaml:2:1",
  },
  {
    rule: "secret-in-file",
    what: "a number as password",
    files: database("engine_params: {}", "engine_params: {connect_args: {password: 98765432}}"),
    at: "databases/Shop.yaml:4:34",
  },
  {
    rule: "secret-in-file",
    what: "a driver's options",
    files: database("engine_params: {}", "engine_params: {connect_args: {options: '-c password=hunter2!'}}"),
    at: "databases/Shop.yaml:4:34",
  },
  {
    rule: "secret-in-file",
    what: "a key in a chart's params",
    files: chart("  viz_type: table", "  viz_type: table\n  api_key: hunter2!"),
    at: "charts/orders.yaml:5:3",
  },
  {
    rule: "secret-in-file",
    what: "an address in SQL",
    files: dataset("schema", "sql: SELECT * FROM dblink('postgresql://u:hunter2!@h/db')\nschema"),
    at: "datasets/Shop/orders.yaml:2:1",
  },
  {
    rule: "secret-in-file",
    what: "a private key in a chart",
    files: chart("Orders", '"-----BEGIN RSA PRIVATE KEY----- hunter2!"'),
    at: "charts/orders.yaml:1:1",
  },
  {
    rule: "unknown-key",
    what: "at the top",
    files: chart("params:", "owners: [1]\nparams:"),
    at: "charts/orders.yaml:3:1",
    message: /`owners`/,
    remedy: /cannot set owners/,
  },
  {
    rule: "unknown-key",
    what: "in a column",
    files: dataset("  type: BIGINT", "  colour: red"),
    at: "datasets/Shop/orders.yaml:7:3",
    message: /columns\.1\.colour/,
  },
  {
    rule: "unknown-key",
    what: "that is misspelt",
    files: dataset("  type: BIGINT", "  descripton: red"),
    at: "datasets/Shop/orders.yaml:7:3",
    message: /did you mean "description"\?$/,
  },
  {
    rule: "unknown-key",
    what: "in a metric",
    files: dataset("  expression", "  uuid: x\n  expression"),
    at: "datasets/Shop/orders.yaml:10:3",
  },
  {
    rule: "unknown-key",
    what: "in a database's extra",
    files: database("  engine_params", "  colour: 1\n  engine_params"),
    at: "databases/Shop.yaml:4:3",
  },
  {
    rule: "unknown-key",
    what: "named like a method of objects",
    files: chart("params:", "constructor: 1\nparams:"),
    at: "charts/orders.yaml:3:1",
  },
  {
    rule: "field-missing",
    what: "a chart's type",
    files: chart("viz_type: table\n", ""),
    at: "charts/orders.yaml:1:1",
    message: /viz_type/,
  },
  {
    rule: "field-missing",
    what: "a metric's expression",
    files: dataset("  expression: COUNT(*)\n", ""),
    at: "datasets/Shop/orders.yaml:9:3",
    message: /metrics\.0\.expression/,
  },
  {
    rule: "field-missing",
    what: "the version",
    files: chart("version: 1.0.0\n", ""),
    at: "charts/orders.yaml:1:1",
    severity: "warning",
  },
  {
    rule: "field-type",
    what: "text for a number",
    files: chart("params:", "cache_timeout: soon\nparams:"),
    at: "charts/orders.yaml:3:16",
    message: /whole number.*text/,
  },
  {
    rule: "field-type",
    what: "a query context that is no JSON",
    files: chart("params:", "query_context: '{'\nparams:"),
    at: "charts/orders.yaml:3:16",
  },
  {
    rule: "layout-without-uuid",
    what: "an id alone",
    files: dashboard(`\n      uuid: ${CHART_UUID}`, "\n      sliceName: Orders"),
    at: "dashboards/sales.yaml:11:3",
    message: /CHART-1 \("Orders"\)/,
  },
  {
    rule: "viz-type-legacy",
    what: "an old bubble chart",
    files: chart("viz_type: table", "viz_type: bubble"),
    at: "charts/orders.yaml:2:11",
    severity: "warning",
    message: /bubble_v2/,
  },
  {
    rule: "viz-type-legacy",
    what: "a filter box",
    files: chart("viz_type: table", "viz_type: filter_box"),
    at: "charts/orders.yaml:2:11",
    severity: "error",
  },
  {
    rule: "importer-drops",
    what: "an event layer",
    files: chart("  viz_type: table", "  annotation_layers:\n  - {name: Holidays, annotationType: EVENT}"),
    at: "charts/orders.yaml:5:5",
    severity: "warning",
    message: /"Holidays"/,
  },
  {
    rule: "text-malformed",
    what: "half an emoji",
    files: chart("params:", 'description: "half \\ud83d"\nparams:'),
    at: "charts/orders.yaml:3:14",
  },
  { rule: "importer-drops", what: "tags", files: chart("params:", "tags: [a]\nparams:"), at: "charts/orders.yaml:3:1" },
  {
    rule: "importer-drops",
    what: "a theme",
    files: dashboard("metadata", `theme_uuid: ${OTHER_UUID}\nmetadata`),
    at: "dashboards/sales.yaml:2:1",
  },
  {
    rule: "importer-drops",
    what: "a data file",
    files: dataset("schema", "data: https://example.com/a.csv\nschema"),
    at: "datasets/Shop/orders.yaml:2:1",
  },
  {
    rule: "importer-drops",
    what: "old filters",
    files: dashboard("metadata:\n", "metadata:\n  filter_scopes: {'7': {}}\n"),
    at: "dashboards/sales.yaml:3:3",
  },
  {
    rule: "id-in-file",
    what: "a theme id",
    files: dashboard("metadata", "theme_id: 3\nmetadata"),
    at: "dashboards/sales.yaml:2:1",
    severity: "warning",
  },
  {
    rule: "id-in-file",
    what: "a native filter by id",
    files: dashboard(`datasetUuid: ${DATASET_UUID}`, "datasetId: 3"),
    at: "dashboards/sales.yaml:6:7",
    severity: "error",
    message: /native filter .* integer id 3/,
    remedy: /datasetUuid/,
  },
  {
    rule: "id-in-file",
    what: "a display control by id",
    files: dashboard("metadata:\n", "metadata:\n  chart_customization_config:\n  - targets:\n    - {datasetId: 3}\n"),
    at: "dashboards/sales.yaml:5:8",
    severity: "error",
    message: /display control .* integer id 3/,
  },
  {
    rule: "id-in-file",
    what: "a native filter by an id about which two charts disagree",
    files: {
      ...chart("  viz_type: table", "  datasource: 3__table"),
      "charts/other.yaml": CHART.replace("  viz_type: table", "  datasource: 3__table")
        .replace(CHART_UUID, "55555555-5555-4555-8555-555555555555")
        .replace(DATASET_UUID, OTHER_UUID),
      "datasets/Shop/other.yaml": DATASET.replace("orders", "other").replace(DATASET_UUID, OTHER_UUID),
      ...dashboard(`datasetUuid: ${DATASET_UUID}`, "datasetId: 3"),
    },
    at: "dashboards/sales.yaml:6:7",
    severity: "error",
  },
  {
    rule: "id-in-file",
    what: "a display control in the form of a development version",
    files: dashboard(
      "metadata:\n",
      "metadata:\n  chart_customization_config:\n  - {id: groupby_1, chartId: 7, customization: {dataset: 3}}\n",
    ),
    at: "dashboards/sales.yaml:4:5",
    severity: "error",
  },
  ...Object.entries(UNKNOWN_CHARTS).map(
    ([place, line]): Case => ({
      rule: "id-in-file",
      what: `a chart that the dashboard does not have, in ${place}`,
      files: { "dashboards/sales.yaml": DASHBOARD.replace(/(?<=metadata:\n)[\s\S]*(?=position:)/, `  ${line}\n`) },
      at: `dashboards/sales.yaml:3:${line.search(/(chart-)?404/) + 3}`,
      severity: "warning",
      message: /no chart of this dashboard has the id 404/,
      remedy: /left out/,
    }),
  ),
  {
    rule: "id-in-file",
    what: "a map of maps",
    files: chart("  viz_type: table", "  deck_slices: [1]"),
    at: "charts/orders.yaml:4:3",
    severity: "warning",
  },
  {
    rule: "kind-mismatch",
    what: "a chart among the dashboards",
    files: { "dashboards/x.yaml": CHART.replace(CHART_UUID, OTHER_UUID) },
    at: "dashboards/x.yaml:1:1",
    remedy: /charts/,
  },
  {
    rule: "kind-unknown",
    what: "a chart beside the folders",
    files: { "x.yaml": CHART.replace(CHART_UUID, OTHER_UUID) },
    at: "x.yaml:1:1",
    remedy: /charts/,
  },
  {
    rule: "not-carried",
    what: "a saved query",
    files: { "queries/q.yaml": "label: a\n" },
    at: "queries/q.yaml",
    severity: "note",
  },
  { rule: "not-carried", what: "tags", files: { "tags.yaml": "tags: []\n" }, at: "tags.yaml", severity: "note" },
];

describe("rules", () => {
  test.each(CASES)("$rule: $what", async ({ rule, files, at, severity, message, remedy }) => {
    const { findings } = await readWith(files);
    const told = findings.filter((finding) => finding.rule === rule);
    expect(
      told.map(({ file, line, column }) => [file, line, column].filter((part) => part !== undefined).join(":")),
    ).toContain(at);
    const [finding] = told;
    expect(finding?.severity).toBe(severity ?? RULES.find(({ id }) => id === rule)?.severity);
    if (message) expect(finding?.message).toMatch(message);
    expect(finding?.remedy).toMatch(remedy ?? /./);
    expect(JSON.stringify(findings)).not.toMatch(/hun(?:ter|@te)/);
  });

  test("every rule of the files' content has a case", () => {
    const tested = new Set(CASES.map(({ rule }) => rule));
    // These are tested with hostile files and globs, and with access files.
    const elsewhere = /^(?:file-|path-|glob-|access-|yaml-too-complex)/;
    const always = RULES.filter((rule) => !("validateOnly" in rule));
    expect(always.map(({ id }) => id).filter((id) => !tested.has(id) && !elsewhere.test(id))).toEqual([]);
  });

  test("a sound folder has no findings", async () => {
    const { definitions, findings } = await readWith({});
    expect(findings).toEqual([]);
    expect(definitions.map(({ kind, title, name }) => `${kind} ${title} ${name}`)).toEqual([
      "chart Orders charts/orders",
      "dashboard Sales dashboards/sales",
      "database Shop databases/Shop",
      "dataset orders datasets/Shop/orders",
    ]);
  });

  const SILENT = {
    "a variable as password": database("XXXXXXXXXX", `${"$"}{PASSWORD}`),
    "no password": database(":XXXXXXXXXX@", "@"),
    "a token's address": database("engine_params: {}", "engine_params: {token_url: https://example.com/token}"),
    "SQL about passwords": dataset("schema", "sql: SELECT password, token FROM users WHERE pwd = '' \nschema"),
    "a masked extra": database("extra:", `masked_encrypted_extra: '{"a": "XXXXXXXXXX"}'\nextra:`),
    "an empty slug": {
      ...dashboard("metadata", "slug: ''\nmetadata"),
      "dashboards/z.yaml": `slug: ''\n${DASHBOARD.replace("44444444-", "55555555-")}`,
    },
    "a formula": chart("  viz_type: table", "  annotation_layers:\n  - {name: Limit, annotationType: FORMULA}"),
    "an upper-case reference": chart(DATASET_UUID, DATASET_UUID.toUpperCase()),
    "a database named like a kind": {
      "datasets/charts/more.yaml": DATASET.replace("orders", "more").replace(DATASET_UUID, OTHER_UUID),
    },
    "a dataset's id that a chart tells": {
      ...chart("  viz_type: table", "  datasource: 3__table"),
      ...dashboard(`datasetUuid: ${DATASET_UUID}`, "datasetId: 3"),
    },
    "stale lists that the browser computes": dashboard(
      "  - id: F1",
      "  - id: F1\n    chartsInScope: [404]\n    tabsInScope: [T]",
    ),
    "empty text for a mapping": dataset("schema", "template_params: ''\nextra: ''\nschema"),
  };

  test.each(Object.entries(SILENT))("silent: %s", async (_, files) => {
    expect((await readWith(files)).findings).toEqual([]);
  });

  test("with the ids of the files left as they are, none of them is an error", async () => {
    const files = dashboard(`datasetUuid: ${DATASET_UUID}`, "datasetId: 3\n    scope: {excluded: [404]}");
    const { findings } = await readWith(files, { keepIds: true });
    expect(findings.map(({ rule, severity }) => `${rule} ${severity}`)).toEqual([
      "id-in-file warning",
      "id-in-file warning",
    ]);
    expect(JSON.stringify(findings)).not.toContain("left out");
  });

  test("an id that stands in several places is told once", async () => {
    const metadata = "metadata:\n  expanded_slices: {404: true}\n  timed_refresh_immune_slices: [404]\n";
    const { findings } = await readWith(dashboard("metadata:\n", metadata));
    expect(findings.map(({ message }) => message)).toEqual(["no chart of this dashboard has the id 404 (2 places)"]);
  });

  test("the layers of a map are told once", async () => {
    const { findings } = await readWith(chart("params:", "params:\n  deck_slices: [3, 4]"));
    expect(findings.map(({ rule }) => rule)).toEqual(["id-in-file"]);
  });

  test("a database of the settings needs no file", async () => {
    const files = dataset(DATABASE_UUID, OTHER_UUID);
    const { findings } = await readWith(files, { mappedDatabaseUuids: [OTHER_UUID] });
    expect(findings).toEqual([]);
  });

  /** Ways in which a dataset's file cannot be used although its UUID can be read. */
  const UNREAD: Readonly<Record<string, Readonly<Record<string, string | Buffer>>>> = {
    "yaml-syntax": dataset("expression: COUNT(*)", "expression: [COUNT(*)"),
    "yaml-duplicate-key": dataset("schema: public", "schema: public\nschema: other"),
    "file-encoding": { "datasets/Shop/orders.yaml": Buffer.from(swap(DATASET, "region", "r\xe9gion"), "latin1") },
    "kind-mismatch": { "datasets/Shop/orders.yaml": "", "charts/orders-table.yaml": DATASET },
    "kind-unknown": { "datasets/Shop/orders.yaml": "", "orders.yaml": DATASET },
  };

  test.each(Object.entries(UNREAD))("a file with %s is not missed where others use it", async (rule, files) => {
    const { findings } = await readWith(files);
    expect(findings.map((finding) => finding.rule)).toContain(rule);
    expect(findings.map((finding) => finding.rule)).not.toContain("reference-missing");
  });

  test.each([`'${DATASET_UUID}'`, `"${DATASET_UUID.toUpperCase()}" # of qa`])(
    "a file that cannot be read may write its UUID as %s",
    async (uuid) => {
      const broken = swap(DATASET, `\nuuid: ${DATASET_UUID}`, `\nuuid: ${uuid}`);
      const { findings } = await readWith({ "datasets/Shop/orders.yaml": `${broken}columns: [` });
      expect(new Set(findings.map(({ file }) => file))).toEqual(new Set(["datasets/Shop/orders.yaml"]));
    },
  );

  test("a UUID inside a file that cannot be read is not its own", async () => {
    const broken = swap(DATASET, `\nuuid: ${DATASET_UUID}`, `\n  uuid: ${DATASET_UUID}`);
    const { findings } = await readWith({ "datasets/Shop/orders.yaml": broken });
    expect(findings.map(({ rule }) => rule)).toContain("reference-missing");
  });

  test("what hides a whole file comes first", async () => {
    const files = { ...UNREAD["yaml-syntax"], "charts/a.yaml": "slice_name: A\n", "zz.yaml": "a: [" };
    const { findings } = await readWith(files);
    const order = findings.map(({ file, rule }) => (rule === "yaml-syntax" ? file : "others"));
    expect([...new Set(order)]).toEqual(["datasets/Shop/orders.yaml", "zz.yaml", "others"]);
  });

  test("all findings of all files come at once", async () => {
    const { findings } = await readWith({
      "charts/a.yaml": "slice_name: [",
      "charts/b.yaml": "slice_name: B\n",
      "datasets/c.yaml": "table_name: c\n",
    });
    expect(new Set(findings.map(({ file }) => file))).toEqual(
      new Set(["charts/a.yaml", "charts/b.yaml", "datasets/c.yaml"]),
    );
    expect(findings.filter(({ file }) => file === "charts/b.yaml").map(({ rule }) => rule)).toEqual([
      "field-missing",
      "field-missing",
      "field-missing",
      "uuid-missing",
    ]);
  });
});
