// Which objects the integer ids inside an asset mean. Equal canonical forms do not prove that: an id of another server
// compares equal while it names a wrong chart.

/**
 * @typedef {(id: unknown) => string | undefined} NameOf the UUID that an integer id means
 * @typedef {Record<string, any>} Json
 */

/**
 * Every id that a dashboard holds, one readable line each.
 * @param {{position: Json, metadata: Json}} dashboard
 * @param {{chart: NameOf, dataset: NameOf, isServer: boolean}} names `isServer`: every id must mean something; in a file
 *   those that stand in no layout mean nothing, and what the browser computes again is left out
 * @returns {string[]}
 */
export function listDashboardIds({ position, metadata }, names) {
  const lines = [];
  const strangerOf = (id) => (names.isServer ? `unknown ${id}` : []);
  const chartsOf = (ids) => listOf(ids).flatMap((id) => names.chart(id) ?? strangerOf(id));
  const add = (place, ids) => {
    const charts = chartsOf(ids);
    if (charts.length > 0) lines.push(`${place}: ${charts.sort().join(" ")}`);
  };
  const addScoped = (place, holder) => {
    add(`${place} excluded`, holder?.scope?.excluded);
    if (names.isServer) add(`${place} chartsInScope`, holder?.chartsInScope);
  };
  for (const [key, { type, meta }] of listEntries(position))
    if (type === "CHART") add(`layout ${key}`, [meta?.chartId]);
  for (const [key, entry] of listEntries(metadata.chart_configuration)) {
    const [chart] = chartsOf([key]);
    if (chart === undefined) continue;
    add(`cross filter of ${chart}, own id`, [entry?.id]);
    addScoped(`cross filter of ${chart}`, entry?.crossFilters);
  }
  addScoped("all cross filters", metadata.global_chart_configuration);
  for (const list of ["native_filter_configuration", "chart_customization_config"]) {
    for (const filter of listOf(metadata[list])) {
      addScoped(`${list} ${filter.id}`, filter);
      for (const [index, target] of listOf(filter.targets).entries()) {
        const dataset = names.isServer ? names.dataset(target?.datasetId) : target?.datasetUuid?.toLowerCase();
        if (dataset !== undefined || target?.datasetId !== undefined)
          lines.push(`${list} ${filter.id} target ${index}: ${dataset ?? `unknown ${target.datasetId}`}`);
      }
    }
  }
  add("expanded", Object.keys(metadata.expanded_slices ?? {}));
  add("not refreshed", metadata.timed_refresh_immune_slices);
  return lines.sort();
}

/**
 * Every id that a chart of a server holds.
 * @param {Json} document as the server exports it
 * @param {{chart: NameOf, dataset: NameOf}} names
 */
export function listChartIds({ params = {}, query_context }, names) {
  const context = typeof query_context === "string" ? JSON.parse(query_context) : {};
  const holders = { params, "query_context form_data": context.form_data ?? {} };
  const lines = Object.entries(holders).flatMap(([place, { datasource, slice_id, dashboards }]) => [
    ...(datasource === undefined ? [] : [`${place} datasource: ${nameOr(names.dataset, parseInt(datasource, 10))}`]),
    ...(slice_id === undefined ? [] : [`${place} slice_id: ${nameOr(names.chart, slice_id)}`]),
    ...(dashboards === undefined ? [] : [`${place} dashboards: ${dashboards.join(" ")}`]),
  ]);
  const { datasource } = context;
  if (datasource !== undefined) lines.push(`query_context datasource: ${nameOr(names.dataset, datasource.id)}`);
  return lines;
}

/**
 * The ids of a file, by its own layout. One of Superset's examples names charts by their UUIDs (semantics 1.2); a server
 * never does.
 * @param {Json} position
 * @returns {NameOf}
 */
export function namesOfLayout(position) {
  const uuids = new Map();
  for (const [, { type, meta }] of listEntries(position)) {
    if (type === "CHART" && meta?.uuid !== undefined) uuids.set(Number(meta.chartId), meta.uuid.toLowerCase());
  }
  const charts = new Set(uuids.values());
  const asUuid = (id) => String(id).toLowerCase();
  return (id) => uuids.get(Number(id)) ?? (charts.has(asUuid(id)) ? asUuid(id) : undefined);
}

function nameOr(nameOf, id) {
  return nameOf(id) ?? `unknown ${id}`;
}

function listOf(value) {
  return Array.isArray(value) ? value : [];
}

/** Entries that are mappings; a layout also holds its version. */
function listEntries(mapping) {
  return Object.entries(mapping ?? {}).filter(([, entry]) => typeof entry === "object" && entry !== null);
}
