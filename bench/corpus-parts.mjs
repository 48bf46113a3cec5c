// The parts of a generated corpus: documents as Superset exports them, their text made up here.

import { createHash } from "node:crypto";

/** How many of each a real corpus has. */
export const COUNTS = { trino: 121, starrocks: 96, charts: 128, dashboards: 19 };
const AREAS = ["sales", "stock", "support", "web", "finance", "people", "fleet", "energy"];
const THINGS = ["order", "visit", "ticket", "shipment", "invoice", "sensor", "contract", "campaign", "refund", "route"];
const FORMS = ["summary", "daily", "detail", "history", "by_region", "funnel", "snapshot"];
const COLUMNS = ["amount", "region", "created_at", "customer_id", "status", "channel", "quantity", "unit_price"];
const TYPES = ["VARCHAR", "BIGINT", "DOUBLE", "BOOLEAN", "DECIMAL(38, 10)", "TIMESTAMP(6) WITH TIME ZONE"];
const VIZ_TYPES = [
  "table",
  "table",
  "table",
  "echarts_timeseries_bar",
  "echarts_timeseries_line",
  "echarts_area",
  "big_number_total",
  "world_map",
];

/** Random choices that a seed decides (mulberry32). */
export function createMaker(seed) {
  let state = seed >>> 0;
  let made = 0;
  const random = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit) => Math.floor(random() * limit);
  return { below, pick: (list) => list[below(list.length)], uuid: () => uuidOf(`seed ${seed}, ${made++}`) };
}

export function uuidOf(text) {
  const hex = createHash("sha256").update(text).digest("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    "-",
  );
}

export function makeDatabases(make) {
  const addresses = {
    Trino: "trino://query.example.com:443/lake",
    "StarRocks - Marts": "starrocks://reader:XXXXXXXXXX@marts.example.com:9030/lake.marts",
    "Metadata DB": "postgresql+psycopg2://reader:XXXXXXXXXX@meta.example.com:5432/superset",
  };
  return Object.entries(addresses).map(([database_name, sqlalchemy_uri]) => ({
    document: {
      database_name,
      sqlalchemy_uri,
      cache_timeout: null,
      expose_in_sqllab: true,
      allow_run_async: true,
      allow_ctas: false,
      allow_cvas: false,
      allow_dml: false,
      allow_file_upload: false,
      extra: { allows_virtual_table_explore: true },
      impersonate_user: false,
      configuration_method: "sqlalchemy_form",
      uuid: make.uuid(),
      version: "1.0.0",
    },
  }));
}

export function makeDatasets(make, [trino, starrocks, metadata], suffix) {
  return [
    ...repeat(COUNTS.trino, (index) => makeDataset(make, trino, index, suffix)),
    ...repeat(COUNTS.starrocks, (index) => makeDataset(make, starrocks, index, suffix)),
    makeDataset(make, metadata, 0, suffix),
  ];
}

function makeDataset(make, { document: database }, index, suffix) {
  const table = `${AREAS[index % 8]}_${THINGS[index % 10]}_${FORMS[index % 7]}_${index}${suffix}`;
  const uuid = make.uuid();
  const columns = repeat(6 + make.below(make.below(10) === 0 ? 60 : 22), (number) => makeColumn(make, number));
  const document = {
    always_filter_main_dttm: false,
    cache_timeout: null,
    catalog: "lake",
    columns,
    database_uuid: database.uuid,
    default_endpoint: null,
    description: make.below(3) === 0 ? `Rows of ${table}, one for each change. Filled every night.` : null,
    extra: null,
    fetch_values_predicate: null,
    filter_select_enabled: true,
    folders: null,
    main_dttm_col: columns.find((column) => column.is_dttm)?.column_name ?? null,
    metrics: [makeMetric("count", "COUNT(*)"), makeMetric("total", `SUM(${columns[0].column_name})`)],
    normalize_columns: false,
    offset: 0,
    params: null,
    schema: `warehouse_${AREAS[index % 8]}`,
    sql: make.below(15) === 0 ? `select *\nfrom warehouse.${table}\nwhere amount > 0 -- no refunds\n` : null,
    table_name: table,
    template_params: null,
    uuid,
    version: "1.0.0",
  };
  return { path: `datasets/${fileName(database.database_name)}/${table}_${uuid}.yaml`, document };
}

function makeColumn(make, number) {
  const type = make.pick(TYPES);
  return {
    advanced_data_type: null,
    column_name: `${COLUMNS[number % 8]}_${number}`,
    description: null,
    expression: "",
    extra: null,
    filterable: true,
    groupby: true,
    is_active: true,
    is_dttm: type.startsWith("TIMESTAMP"),
    python_date_format: null,
    type,
    verbose_name: null,
  };
}

function makeMetric(metric_name, expression) {
  const rest = {
    currency: null,
    d3format: null,
    description: null,
    extra: null,
    metric_type: null,
    warning_text: null,
  };
  return { ...rest, expression, metric_name, verbose_name: expression };
}

export function makeChart(make, { document: dataset }, index, suffix) {
  const uuid = make.uuid();
  const viz_type = VIZ_TYPES[index % VIZ_TYPES.length];
  const label = `${THINGS[index % 10]} ${FORMS[index % 7].replace("_", " ")} ${index}${suffix}`;
  const document = {
    cache_timeout: null,
    certification_details: null,
    certified_by: null,
    dataset_uuid: dataset.uuid,
    description: null,
    params: {
      adhoc_filters: [
        {
          clause: "WHERE",
          comparator: "No filter",
          expressionType: "SIMPLE",
          operator: "TEMPORAL_RANGE",
          subject: dataset.main_dttm_col,
        },
      ],
      annotation_layers: [],
      color_scheme: "supersetColors",
      datasource: `${make.below(500)}__table`,
      extra_form_data: {},
      groupby: dataset.columns.slice(0, 3).map((column) => column.column_name),
      metrics: repeat(1 + make.below(3), (number) => makeAdhocMetric(make, dataset, number)),
      row_limit: 1000,
      show_legend: true,
      viz_type,
    },
    slice_name: label,
    uuid,
    version: "1.0.0",
    viz_type,
  };
  return { path: `charts/${fileName(label)}_${uuid}.yaml`, document };
}

function makeAdhocMetric(make, dataset, number) {
  const { column_name, type } = make.pick(dataset.columns);
  return {
    aggregate: "SUM",
    column: {
      column_name,
      advanced_data_type: null,
      certification_details: null,
      certified_by: null,
      description: null,
      expression: "",
      filterable: true,
      groupby: true,
      is_dttm: false,
      python_date_format: null,
      type,
      verbose_name: null,
    },
    expressionType: "SIMPLE",
    hasCustomLabel: false,
    label: `SUM(${column_name})`,
    optionName: `metric_${number}_${make.below(1e6)}`,
    datasourceWarning: false,
    sqlExpression: null,
  };
}

export function makeDashboard(make, charts, datasets, index, suffix) {
  const uuid = make.uuid();
  const title = `${AREAS[index % 8]} overview ${index}${suffix}`;
  const placed = repeat(index === 7 ? 18 : 2 + make.below(5), (number) => ({
    chart: charts[(index * 6 + number) % charts.length].document,
    id: 100 + index * 40 + number,
  }));
  const ids = placed.map(({ id }) => id);
  const document = {
    certification_details: "",
    certified_by: "",
    css: "",
    dashboard_title: title,
    description: null,
    metadata: {
      chart_configuration: Object.fromEntries(
        ids.map((id) => [
          id,
          { id, crossFilters: { scope: "global", chartsInScope: ids.filter((other) => other !== id) } },
        ]),
      ),
      color_scheme: "",
      cross_filters_enabled: true,
      expanded_slices: {},
      global_chart_configuration: { chartsInScope: ids, scope: { excluded: [], rootPath: ["ROOT_ID"] } },
      label_colors: {},
      native_filter_configuration: repeat(3 + make.below(3), (number) => makeFilter(make, datasets, ids, number)),
      refresh_frequency: 0,
      timed_refresh_immune_slices: [],
    },
    position: makeLayout(title, placed),
    published: true,
    slug: null,
    theme_uuid: null,
    uuid,
    version: "1.0.0",
  };
  return { path: `dashboards/${fileName(title)}_${uuid}.yaml`, document };
}

function makeFilter(make, datasets, ids, number) {
  const { document: dataset } = make.pick(datasets);
  return {
    cascadeParentIds: [],
    chartsInScope: ids.slice(1),
    controlValues: { defaultToFirstItem: false, enableEmptyFilter: false, multiSelect: true, searchAllOptions: false },
    defaultDataMask: { extraFormData: {}, filterState: {}, ownState: {} },
    description: "",
    filterType: "filter_select",
    id: `NATIVE_FILTER-${number}-${make.below(1e9).toString(36)}`,
    name: `Filter ${number}`,
    scope: { excluded: ids.slice(0, 1), rootPath: ["ROOT_ID"] },
    tabsInScope: ["TAB-main"],
    targets: [{ column: { name: dataset.columns[0].column_name }, datasetUuid: dataset.uuid }],
    type: "NATIVE_FILTER",
  };
}

function makeLayout(title, placed) {
  const parents = ["ROOT_ID", "TABS-top", "TAB-main"];
  const rows = placed.map(({ chart, id }, number) => [
    [
      `ROW-${number}`,
      {
        children: [`CHART-${number}`],
        id: `ROW-${number}`,
        meta: { background: "BACKGROUND_TRANSPARENT" },
        parents,
        type: "ROW",
      },
    ],
    [
      `CHART-${number}`,
      {
        children: [],
        id: `CHART-${number}`,
        meta: { chartId: id, height: 50, sliceName: chart.slice_name, uuid: chart.uuid, width: 12 },
        parents: [...parents, `ROW-${number}`],
        type: "CHART",
      },
    ],
  ]);
  const notes = repeat(4, (number) => {
    const key = `MARKDOWN-${number}`;
    const code = `### Notes on ${title}\n\nNumbers are of the night before. Ask the team of this area when one looks wrong.\n`;
    return [key, { children: [], id: key, meta: { code, height: 40, width: 6 }, parents, type: "MARKDOWN" }];
  });
  return {
    DASHBOARD_VERSION_KEY: "v2",
    HEADER_ID: { id: "HEADER_ID", meta: { text: title }, type: "HEADER" },
    ROOT_ID: { children: ["TABS-top"], id: "ROOT_ID", type: "ROOT" },
    "TABS-top": { children: ["TAB-main"], id: "TABS-top", meta: {}, parents: ["ROOT_ID"], type: "TABS" },
    "TAB-main": {
      children: [...placed.map((_, number) => `ROW-${number}`), ...notes.map(([key]) => key)],
      id: "TAB-main",
      meta: { text: "Overview" },
      parents: parents.slice(0, 2),
      type: "TAB",
    },
    ...Object.fromEntries([...rows.flat(), ...notes]),
  };
}

/** A list of things that a function makes. */
export function repeat(count, make) {
  return Array.from({ length: count }, (_, index) => make(index));
}

/** A title as a file name, as Superset's exporter writes it. */
export function fileName(title) {
  return title.replace(/[^\w.-]+/g, "_");
}
