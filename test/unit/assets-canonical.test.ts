import { describe, expect, test } from "vitest";
import { canonicalise, digestText, fromCanonicalText, toCanonicalText } from "../../provider/src/assets/canonical";
import type { AssetDocument, AssetKind } from "../../provider/src/assets/definition";
import { readYaml } from "../../provider/src/assets/parse-yaml";
import { renderForImport } from "../../provider/src/assets/render";
import { CHART_UUID, DATASET_UUID, OTHER_UUID, readWith } from "./assets-support";

const textOf = (kind: AssetKind, document: AssetDocument) => toCanonicalText(canonicalise(kind, document));

const chartEntry = (uuid: string, chartId: number) => ({ type: "CHART", meta: { uuid, chartId } });
/** A dashboard of two charts whose ids on its server were these. */
function dashboardWith(first: number, second: number, metadata: AssetDocument): AssetDocument {
  const position = {
    ROOT_ID: { type: "ROOT", children: ["CHART-b", "CHART-a"] },
    "CHART-a": chartEntry(OTHER_UUID, second),
    "CHART-b": chartEntry(CHART_UUID, first),
  };
  return { dashboard_title: "d", position, metadata };
}

const context = (extra: object) => JSON.stringify({ queries: [{ columns: ["a"] }], form_data: {}, ...extra });

/** Rule of semantics 1.3, kind, and two documents that are the same to it. */
const EQUAL: readonly [string, AssetKind, AssetDocument, AssetDocument][] = [
  ["C1 params.datasource", "chart", { params: { a: 1, datasource: "7__table" } }, { params: { a: 1 } }],
  ["C2 query_context null", "chart", { query_context: null }, {}],
  ["C3 no annotation layers", "chart", { params: { a: 1, annotation_layers: [] } }, { params: { a: 1 } }],
  ["C4 params.slice_id, dashboards", "chart", { params: { a: 1, slice_id: 3, dashboards: [1] } }, { params: { a: 1 } }],
  [
    "C5 layers that are no formula",
    "chart",
    { params: { a: 1, annotation_layers: [{ annotationType: "EVENT" }] } },
    { params: { a: 1 } },
  ],
  [
    "C6 ids of the query context",
    "chart",
    {
      query_context: context({
        datasource: { id: 3, type: "table" },
        slice_id: 4,
        form_data: { slice_id: 4, dashboards: [1], datasource: "3__table" },
      }),
    },
    { query_context: context({}) },
  ],
  [
    "C6 key order of the query context",
    "chart",
    { query_context: '{"a": 1, "b": 2}' },
    { query_context: '{"b":2,"a":1}' },
  ],
  ["B1 chart ids", "dashboard", dashboardWith(5, 9, {}), dashboardWith(70, 3, {})],
  [
    "B2 chart_configuration",
    "dashboard",
    dashboardWith(5, 9, {
      chart_configuration: { 5: { id: 5, crossFilters: { scope: { excluded: [9, 5, 404] } } }, 404: { id: 404 } },
    }),
    dashboardWith(70, 3, { chart_configuration: { 70: { id: 70, crossFilters: { scope: { excluded: [70, 3] } } } } }),
  ],
  [
    "B2 global scope",
    "dashboard",
    dashboardWith(5, 9, { global_chart_configuration: { scope: { excluded: [9] } } }),
    dashboardWith(70, 3, { global_chart_configuration: { scope: { excluded: [3] } } }),
  ],
  [
    "B2 native filters",
    "dashboard",
    dashboardWith(5, 9, { native_filter_configuration: [{ id: "F", scope: { excluded: [5] } }] }),
    dashboardWith(70, 3, { native_filter_configuration: [{ id: "F", scope: { excluded: [70] } }] }),
  ],
  [
    "B3 chartsInScope everywhere",
    "dashboard",
    dashboardWith(5, 9, {
      chart_configuration: { 5: { id: 5, crossFilters: { scope: "global", chartsInScope: [9] } } },
      global_chart_configuration: { chartsInScope: [1] },
      native_filter_configuration: [{ id: "F", chartsInScope: [5], tabsInScope: ["T"] }],
    }),
    dashboardWith(5, 9, {
      chart_configuration: { 5: { id: 5, crossFilters: { scope: "global" } } },
      global_chart_configuration: {},
      native_filter_configuration: [{ id: "F" }],
    }),
  ],
  [
    "B4 expanded and immune",
    "dashboard",
    dashboardWith(5, 9, { expanded_slices: { 9: true }, timed_refresh_immune_slices: [9, 5] }),
    dashboardWith(70, 3, { expanded_slices: { 3: true }, timed_refresh_immune_slices: [70, 3] }),
  ],
  [
    "B3 in display controls",
    "dashboard",
    dashboardWith(5, 9, { chart_customization_config: [{ id: "C", chartsInScope: [5], tabsInScope: ["T"] }] }),
    dashboardWith(5, 9, { chart_customization_config: [{ id: "C" }] }),
  ],
  [
    "display controls",
    "dashboard",
    dashboardWith(5, 9, {
      chart_customization_config: [
        { id: "C", scope: { excluded: [9, 404] }, targets: [{ datasetId: 3, datasetUuid: DATASET_UUID }] },
      ],
    }),
    dashboardWith(70, 3, {
      chart_customization_config: [{ id: "C", scope: { excluded: [3] }, targets: [{ datasetUuid: DATASET_UUID }] }],
    }),
  ],
  [
    "no display controls",
    "dashboard",
    dashboardWith(5, 9, { chart_customization_config: [] }),
    dashboardWith(5, 9, {}),
  ],
  [
    "layers of deck.gl charts",
    "dashboard",
    dashboardWith(5, 9, {
      native_filter_configuration: [{ scope: { selectedLayers: ["chart-9-layer-0", "ROW-1", "chart-404-layer-0"] } }],
    }),
    dashboardWith(70, 3, {
      native_filter_configuration: [{ scope: { selectedLayers: ["chart-3-layer-0", "ROW-1"] } }],
    }),
  ],
  [
    "chart_configuration by UUID",
    "dashboard",
    dashboardWith(5, 9, {
      chart_configuration: {
        [CHART_UUID.toUpperCase()]: {
          id: CHART_UUID,
          crossFilters: { scope: { excluded: [OTHER_UUID, CHART_UUID] }, chartsInScope: [111] },
        },
        [DATASET_UUID]: { id: DATASET_UUID },
      },
    }),
    dashboardWith(70, 3, { chart_configuration: { 70: { id: 70, crossFilters: { scope: { excluded: [70, 3] } } } } }),
  ],
  [
    "colours that the browser writes",
    "dashboard",
    dashboardWith(5, 9, {
      label_colors: { a: "#fff" },
      color_scheme_domain: ["#fff"],
      map_label_colors: { a: "#fff" },
      shared_label_colors: ["a"],
    }),
    dashboardWith(5, 9, { label_colors: { a: "#fff" } }),
  ],
  ["no colours", "dashboard", dashboardWith(5, 9, { label_colors: {} }), dashboardWith(5, 9, {})],
  [
    "B5 old filters",
    "dashboard",
    dashboardWith(5, 9, {
      default_filters: "{}",
      filter_scopes: {},
      show_native_filters: true,
      native_filter_configuration: [],
    }),
    dashboardWith(5, 9, {}),
  ],
  ["B6 theme_uuid, which is not imported", "dashboard", { theme_uuid: OTHER_UUID }, {}],
  ["tags, which are not imported", "chart", { tags: ["a"] }, {}],
  [
    "a dataset id beside its UUID",
    "dashboard",
    { metadata: { native_filter_configuration: [{ targets: [{ datasetId: 3, datasetUuid: DATASET_UUID }] }] } },
    { metadata: { native_filter_configuration: [{ targets: [{ datasetUuid: DATASET_UUID.toUpperCase() }] }] } },
  ],
  ["slug and css empty", "dashboard", { slug: "", css: "", published: false }, { slug: null }],
  ["theme_id", "dashboard", { theme_id: 3 }, {}],
  ["D1 the name of file upload", "database", { allow_csv_upload: false }, { allow_file_upload: false }],
  [
    "D1 in extra",
    "database",
    { extra: { schemas_allowed_for_csv_upload: ["a"] } },
    { extra: { schemas_allowed_for_file_upload: ["a"] } },
  ],
  [
    "D2 nulls of a dataset",
    "dataset",
    { sql: null, columns: [{ column_name: "a", description: null }], metrics: [{ metric_name: "m", currency: null }] },
    { columns: [{ column_name: "a" }], metrics: [{ metric_name: "m" }] },
  ],
  ["D3 always_filter_main_dttm", "dataset", { always_filter_main_dttm: false }, {}],
  [
    "D4 order of columns and metrics",
    "dataset",
    { columns: [{ column_name: "b" }, { column_name: "a" }], metrics: [{ metric_name: "n" }, { metric_name: "m" }] },
    { columns: [{ column_name: "a" }, { column_name: "b" }], metrics: [{ metric_name: "m" }, { metric_name: "n" }] },
  ],
  [
    "D5 defaults of a database",
    "database",
    {
      allow_ctas: false,
      allow_cvas: false,
      allow_dml: false,
      allow_run_async: false,
      impersonate_user: false,
      cache_timeout: null,
      configuration_method: "sqlalchemy_form",
      allow_file_upload: true,
      extra: {},
    },
    {},
  ],
  [
    "D6 columns",
    "dataset",
    { columns: [{ column_name: "a", is_active: null, is_dttm: false, extra: "{}", expression: "" }] },
    { columns: [{ column_name: "a", is_active: true }] },
  ],
  ["D6 extra as text", "dataset", { extra: '{"a": 1}' }, { extra: { a: 1 } }],
  ["the stack's flags", "chart", { is_managed_externally: true, external_url: "https://example.com" }, {}],
  ["case of UUIDs", "chart", { uuid: CHART_UUID.toUpperCase() }, { uuid: CHART_UUID }],
];

const UNEQUAL: readonly [string, AssetKind, AssetDocument, AssetDocument][] = [
  [
    "a formula",
    "chart",
    { params: { annotation_layers: [{ annotationType: "FORMULA", value: "1" }] } },
    { params: { annotation_layers: [] } },
  ],
  ["a query context", "chart", { query_context: context({ result_type: "full" }) }, { query_context: context({}) }],
  ["an unknown key", "chart", { owners: [1] }, {}],
  ["an unknown key that is null", "chart", { owners: null }, {}],
  ["null inside params", "chart", { params: { a: null } }, { params: {} }],
  ["text and number", "chart", { params: { a: "1" } }, { params: { a: 1 } }],
  ["the order of a list", "chart", { params: { groupby: ["a", "b"] } }, { params: { groupby: ["b", "a"] } }],
  [
    "charts that changed places",
    "dashboard",
    { position: { A: chartEntry(CHART_UUID, 1), B: chartEntry(OTHER_UUID, 2) } },
    { position: { A: chartEntry(OTHER_UUID, 2), B: chartEntry(CHART_UUID, 1) } },
  ],
  [
    "another excluded chart",
    "dashboard",
    dashboardWith(5, 9, { native_filter_configuration: [{ scope: { excluded: [5] } }] }),
    dashboardWith(5, 9, { native_filter_configuration: [{ scope: { excluded: [9] } }] }),
  ],
  [
    "another excluded chart of a display control",
    "dashboard",
    dashboardWith(5, 9, { chart_customization_config: [{ scope: { excluded: [5] } }] }),
    dashboardWith(5, 9, { chart_customization_config: [{ scope: { excluded: [9] } }] }),
  ],
  [
    "another layer",
    "dashboard",
    dashboardWith(5, 9, { native_filter_configuration: [{ scope: { selectedLayers: ["chart-5-layer-0"] } }] }),
    dashboardWith(5, 9, { native_filter_configuration: [{ scope: { selectedLayers: ["chart-5-layer-1"] } }] }),
  ],
  ["colours", "dashboard", { metadata: { label_colors: { a: "#fff" } } }, { metadata: { label_colors: {} } }],
  ["a colour scheme", "dashboard", { metadata: { color_scheme: "a" } }, { metadata: { color_scheme: "b" } }],
  [
    "a column's flag",
    "dataset",
    { columns: [{ column_name: "a", groupby: false }] },
    { columns: [{ column_name: "a" }] },
  ],
  [
    "an inactive column",
    "dataset",
    { columns: [{ column_name: "a", is_active: false }] },
    { columns: [{ column_name: "a" }] },
  ],
  ["sql", "dataset", { sql: "select 1" }, {}],
  ["trailing blanks", "dataset", { sql: "select 1 " }, { sql: "select 1" }],
  ["a database's permission", "database", { allow_dml: true }, {}],
];

describe("canonical form", () => {
  test.each(EQUAL)("equal: %s", (_, kind, left, right) => {
    expect(textOf(kind, left)).toBe(textOf(kind, right));
  });

  test.each(UNEQUAL)("unequal: %s", (_, kind, left, right) => {
    expect(textOf(kind, left)).not.toBe(textOf(kind, right));
  });

  test.each([...EQUAL, ...UNEQUAL])("idempotent: %s", (_, kind, left) => {
    const once = canonicalise(kind, left);
    expect(canonicalise(kind, once)).toEqual(once);
    expect(fromCanonicalText(toCanonicalText(once))).toEqual(once);
  });

  test("charts are numbered in the order of the layout", () => {
    const { position } = canonicalise("dashboard", dashboardWith(70, 3, {}));
    expect(position).toMatchObject({ "CHART-b": { meta: { chartId: 1 } }, "CHART-a": { meta: { chartId: 2 } } });
  });

  test("ids are left as they are where that is asked for, and brought into the usual form later", () => {
    const metadata = {
      chart_configuration: { 70: { id: 70, crossFilters: { scope: { excluded: [70, 404] }, chartsInScope: [404] } } },
      chart_customization_config: [{ id: "C", chartsInScope: [8], targets: [{ datasetId: 3 }] }],
      expanded_slices: { 404: true },
    };
    const document = dashboardWith(70, 3, { ...metadata, color_scheme_domain: [], default_filters: "{}" });
    const kept = canonicalise("dashboard", document, { keepIds: true });
    expect(kept).toMatchObject({ position: document.position });
    expect(kept.metadata).toEqual(metadata);
    expect(renderForImport({ kind: "dashboard", document: kept }, { managed: false, keepIds: true })).toMatchObject(
      kept,
    );
    expect(textOf("dashboard", kept)).toBe(textOf("dashboard", document));
  });

  test("long integers in a query context are not touched", () => {
    const query_context = '{"slice_id": 4, "filter": 9007199254740993}';
    expect(canonicalise("chart", { query_context })).toMatchObject({ query_context });
  });

  test("a layout that is its own parent ends", () => {
    const position = { ROOT_ID: { type: "ROOT", children: ["A"] }, A: { type: "ROW", children: ["ROOT_ID", "A"] } };
    expect(canonicalise("dashboard", { position })).toMatchObject({ position });
  });

  test("the digest is 16 hexadecimal characters", () => {
    expect(digestText("a")).toBe("ca978112ca1bbdca");
  });

  const SEED = 20260101;
  test(`key order does not matter (seed ${SEED})`, async () => {
    const random = createRandom(SEED);
    const { definitions } = await readWith({});
    for (const { kind, document, canonical } of definitions) {
      for (let round = 0; round < 20; round += 1) {
        expect(textOf(kind, shuffle(document, random) as AssetDocument)).toBe(canonical);
      }
    }
  });
});

describe("YAML of Superset", () => {
  const NASTY = [
    "yes",
    "no",
    "on",
    "off",
    "~",
    "null",
    "",
    "1e7",
    "0o17",
    "0x1F",
    "1_000",
    "12:30",
    "2024-01-01",
    "=",
    "<<",
    "- a",
    "a: b",
    "#a",
    "a #b",
    " a",
    "a ",
    "a\tb",
    "\ta",
    "a\n",
    "\na",
    "a\n\n",
    " a\nb",
    "a\u2028b",
    "a\u0085b",
    "\ufeffa",
    "a\u007fb",
    "📊",
    "%a",
    "@a",
    "`a",
    "!a",
    "&a",
    "*a",
    "|",
    ">",
    "---",
    "...",
    "'",
    '"',
    "\\",
    "a\r\nb",
  ];

  test.each(NASTY.map((text) => [JSON.stringify(text), text]))(
    "text %s is written so that it is read back",
    (_, text) => {
      const document = { value: text, list: [text], nested: { key: text } };
      expect(readYaml(toCanonicalText(document))).toEqual(document);
      if (text !== "") expect(readYaml(toCanonicalText({ [text]: 1 }))).toEqual({ [text]: 1 });
    },
  );

  test.each([0, -1, 1.5, 0.1, 1e-7, 1e22, 1.5e-9, 2 ** 53 - 1, Number.POSITIVE_INFINITY])("number %d", (value) => {
    expect(readYaml(toCanonicalText({ value }))).toEqual({ value });
  });

  test("plain scalars are resolved as PyYAML does", () => {
    const text = "a: 1e7\nb: 0o17\nc: yes\nd: y\ne: 010\nf: 1.0e-07\ng: 2024-01-01\nh: 0x1F\ni: 1:30\nj: ~\n";
    expect(readYaml(text)).toEqual({
      a: "1e7",
      b: "0o17",
      c: true,
      d: "y",
      e: 8,
      f: 1e-7,
      g: "2024-01-01",
      h: 31,
      i: 90,
      j: null,
    });
  });

  test("what PyYAML would read otherwise is quoted or escaped", () => {
    expect(toCanonicalText({ a: "yes", b: "1e7", c: 1e-7, d: "a\u2028b\u0085" })).toBe(
      "a: 'yes'\nb: '1e7'\nc: 1.0e-7\nd: \"a\\u2028b\\u0085\"\n",
    );
  });

  test.each(["\tselect 1\nfrom a\n", "\n\tselect 1", " \n", "\n"])(
    "PyYAML refuses or changes %j as a block",
    (text) => {
      expect(toCanonicalText({ text })).toMatch(/^text: ".*"\n$/);
    },
  );

  test("SQL is written in lines, repeated objects without aliases", () => {
    const same = { a: 1 };
    expect(toCanonicalText({ sql: "select 1\nfrom a\n", x: same, y: same })).toBe(
      "sql: |\n  select 1\n  from a\nx:\n  a: 1\ny:\n  a: 1\n",
    );
  });
});

describe("rendering for the import", () => {
  const rendered = (kind: AssetKind, document: AssetDocument, options = {}) =>
    renderForImport({ kind, document }, { managed: false, ...options });

  test("a chart states everything", () => {
    expect(
      rendered("chart", {
        slice_name: "c",
        viz_type: "table",
        uuid: CHART_UUID,
        dataset_uuid: DATASET_UUID,
        tags: ["a"],
      }),
    ).toEqual({
      slice_name: "c",
      viz_type: "table",
      uuid: CHART_UUID,
      dataset_uuid: DATASET_UUID,
      version: "1.0.0",
      description: null,
      certified_by: null,
      certification_details: null,
      params: {},
      query_context: null,
      cache_timeout: null,
      is_managed_externally: false,
      external_url: null,
    });
  });

  test("a dataset states its columns, and goes to the target's database", () => {
    const document = rendered(
      "dataset",
      { table_name: "t", columns: [{ column_name: "a" }], database_uuid: DATASET_UUID },
      { databaseUuid: OTHER_UUID, managed: true, externalUrl: "https://x" },
    );
    expect(document).toMatchObject({
      database_uuid: OTHER_UUID,
      metrics: [],
      sql: null,
      offset: 0,
      filter_select_enabled: true,
      currency_code_column: null,
      is_managed_externally: true,
      external_url: "https://x",
    });
    expect(document.columns).toEqual([
      {
        column_name: "a",
        extra: null,
        verbose_name: null,
        is_dttm: false,
        is_active: true,
        type: null,
        advanced_data_type: null,
        groupby: true,
        filterable: true,
        expression: null,
        description: null,
        python_date_format: null,
        datetime_format: null,
      },
    ]);
  });

  test("a dashboard has consistent ids, a layout and no empty slug", () => {
    expect(rendered("dashboard", { dashboard_title: "d", slug: "" })).toMatchObject({
      slug: null,
      css: null,
      metadata: {},
      published: false,
      position: { ROOT_ID: { type: "ROOT" } },
    });
    const full = rendered("dashboard", dashboardWith(70, 3, { chart_configuration: { 70: { id: 70 } } }));
    expect(full).toMatchObject({
      position: { "CHART-b": { meta: { chartId: 1 } } },
      metadata: { chart_configuration: { 1: { id: 1 } } },
    });
    expect(full).not.toHaveProperty("theme_uuid");
  });

  test("a database states its flags, never an absent credential", () => {
    const document = rendered("database", { database_name: "d", sqlalchemy_uri: "sqlite://" });
    expect(document).toMatchObject({
      extra: {},
      allow_file_upload: true,
      allow_dml: false,
      expose_in_sqllab: true,
      configuration_method: "sqlalchemy_form",
    });
    for (const key of ["password", "encrypted_extra", "masked_encrypted_extra", "ssh_tunnel"])
      expect(document).not.toHaveProperty(key);
  });

  test("an older server gets no key that it does not know", () => {
    const document = rendered("dataset", { columns: [{ column_name: "a" }] }, { serverVersion: "6.0.0" });
    expect(document).not.toHaveProperty("currency_code_column");
    expect(document.columns).not.toHaveProperty("0.datetime_format");
    expect(rendered("dataset", {}, { serverVersion: "6.1.0rc2" })).toHaveProperty("currency_code_column");
  });

  test.each([...EQUAL, ...UNEQUAL])("what is rendered has the same canonical form: %s", (_, kind, document) => {
    const { tags: _tags, theme_uuid: _theme, ...carried } = canonicalise(kind, document);
    const { position, ...full } = rendered(kind, carried);
    // An absent layout is rendered as an empty one, which is more than the file says.
    expect(canonicalise(kind, carried.position === undefined ? full : { ...full, position })).toEqual(carried);
  });
});

function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

function shuffle(value: unknown, random: () => number): unknown {
  if (Array.isArray(value)) return value.map((item) => shuffle(item, random));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, item]) => ({ key, item: shuffle(item, random), order: random() }));
  return Object.fromEntries(
    entries.sort((left, right) => left.order - right.order).map(({ key, item }) => [key, item]),
  );
}
