import { isFormula } from "../canonical-chart";
import { isEmpty, listOf, mappingOf, visitTexts } from "../values";
import type { AssetFile, Problem } from "./registry";

/** What the importer turns each old chart type into (semantics 1.2). */
const MIGRATED_TYPES: { readonly [vizType: string]: string } = {
  treemap: "treemap_v2",
  pivot_table: "pivot_table_v2",
  dual_line: "mixed_timeseries",
  sunburst: "sunburst_v2",
  line: "echarts_timeseries_line",
  area: "echarts_area",
  bar: "echarts_timeseries_bar",
  dist_bar: "echarts_timeseries_bar",
  bubble: "bubble_v2",
  heatmap: "heatmap_v2",
  histogram: "histogram_v2",
  sankey: "sankey_v2",
};

/** Rules `text-malformed`, `viz-type-legacy` and `importer-drops`. */
export function checkContent(file: AssetFile): Problem[] {
  return [...checkTexts(file), ...checkKind(file)];
}

/** An escape like "\\ud83d" alone: neither PostgreSQL nor a connection takes it. */
function checkTexts(file: AssetFile): Problem[] {
  const found: Problem[] = [];
  visitTexts(file.document, [], (text, at) => {
    if (text.isWellFormed()) return;
    const message = "the text holds half a character (a lone surrogate)";
    found.push({ rule: "text-malformed", file, at, message, remedy: "Write the whole character." });
  });
  return found;
}

function checkKind(file: AssetFile): Problem[] {
  switch (file.kind) {
    case "database":
      return [];
    case "dataset":
      return checkDataFiles(file);
    case "chart":
      return [...checkVizType(file), ...checkAnnotations(file), ...checkTags(file)];
    case "dashboard":
      return [...checkTags(file), ...checkTheme(file), ...checkLegacyFilters(file)];
  }
}

function checkDataFiles(file: AssetFile): Problem[] {
  return ["data", "data_file"]
    .filter((key) => !isEmpty(file.document[key]))
    .map((key) => ({
      rule: "importer-drops",
      file,
      at: [key],
      on: "key",
      message: `\`${key}\` is not carried: it would make the server load data`,
      remedy: "Load the data by other means and remove the key.",
    }));
}

function checkVizType(file: AssetFile): Problem[] {
  const type = file.document.viz_type;
  const problem = { rule: "viz-type-legacy" as const, file, at: ["viz_type"] };
  if (type === "filter_box") {
    const message = "the importer deletes charts of the type filter_box";
    return [{ ...problem, severity: "error", message, remedy: "Make it a native filter of the dashboard." }];
  }
  const target = typeof type === "string" && Object.hasOwn(MIGRATED_TYPES, type) ? MIGRATED_TYPES[type] : undefined;
  if (target === undefined) return [];
  const message = `the importer turns the chart type ${type} into ${target} and rewrites its params`;
  return [
    { ...problem, message, remedy: `Import it once, then export the chart again: the file then says ${target}.` },
  ];
}

function checkAnnotations(file: AssetFile): Problem[] {
  const layers = listOf(mappingOf(file.document.params).annotation_layers);
  return layers.flatMap((layer, index) => {
    if (isFormula(layer)) return [];
    const name = mappingOf(layer).name;
    const label = typeof name === "string" ? ` "${name}"` : "";
    const message = `the importer drops the annotation layer${label}: only formulas survive`;
    const remedy = "Remove the layer, or add it on the server.";
    return [{ rule: "importer-drops" as const, file, at: ["params", "annotation_layers", index], message, remedy }];
  });
}

function checkTags(file: AssetFile): Problem[] {
  if (isEmpty(file.document.tags)) return [];
  const remedy = "Set the tags on the server, or remove them here.";
  return [{ rule: "importer-drops", file, at: ["tags"], on: "key", message: "the import ignores `tags`", remedy }];
}

function checkTheme(file: AssetFile): Problem[] {
  if (isEmpty(file.document.theme_uuid)) return [];
  const message = "the import ignores `theme_uuid`";
  const remedy = "Choose the theme on the server, or remove the key.";
  return [{ rule: "importer-drops", file, at: ["theme_uuid"], on: "key", message, remedy }];
}

function checkLegacyFilters(file: AssetFile): Problem[] {
  const metadata = mappingOf(file.document.metadata);
  // Older versions write the empty default filters as the text "{}".
  const isIdle = (value: unknown) => isEmpty(value) || value === "{}";
  return ["default_filters", "filter_scopes"]
    .filter((key) => !isIdle(metadata[key]))
    .map((key) => ({
      rule: "importer-drops",
      file,
      at: ["metadata", key],
      on: "key",
      message: `\`metadata.${key}\` belongs to the old filter boxes and has no effect any more`,
      remedy: "Make native filters of it, or remove the key.",
    }));
}
