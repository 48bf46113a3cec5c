import { isFormula } from "../canonical-chart";
import { isEmpty, isMapping, isUuid, listOf, mappingOf, visitTexts } from "../values";
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

const FILTER_LISTS = ["native_filter_configuration", "chart_customization_config"] as const;

/** Rules `text-malformed`, `viz-type-legacy`, `importer-drops` and `id-in-file`. */
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
      return [...checkVizType(file), ...checkAnnotations(file), ...checkDeckSlices(file), ...checkTags(file)];
    case "dashboard":
      return [...checkTags(file), ...checkTheme(file), ...checkLegacyFilters(file), ...checkFilterTargets(file)];
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

function checkDeckSlices(file: AssetFile): Problem[] {
  if (isEmpty(mappingOf(file.document.params).deck_slices)) return [];
  const message = "`params.deck_slices` names charts by the integer ids of another server";
  const remedy = "Select the layers again on the server after the import.";
  return [{ rule: "id-in-file", file, at: ["params", "deck_slices"], on: "key", message, remedy }];
}

function checkTags(file: AssetFile): Problem[] {
  if (isEmpty(file.document.tags)) return [];
  const remedy = "Set the tags on the server, or remove them here.";
  return [{ rule: "importer-drops", file, at: ["tags"], on: "key", message: "the import ignores `tags`", remedy }];
}

function checkTheme(file: AssetFile): Problem[] {
  const problems: Problem[] = [];
  if (!isEmpty(file.document.theme_uuid)) {
    const remedy = "Choose the theme on the server, or remove the key.";
    problems.push({
      rule: "importer-drops",
      file,
      at: ["theme_uuid"],
      on: "key",
      message: "the import ignores `theme_uuid`",
      remedy,
    });
  }
  if (!isEmpty(file.document.theme_id)) {
    const message = "`theme_id` is an integer id of another server; it is left out";
    problems.push({ rule: "id-in-file", file, at: ["theme_id"], on: "key", message, remedy: "Remove the key." });
  }
  return problems;
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

function checkFilterTargets(file: AssetFile): Problem[] {
  const metadata = mappingOf(file.document.metadata);
  return FILTER_LISTS.flatMap((list) =>
    listOf(metadata[list]).flatMap((filter, index) =>
      listOf(mappingOf(filter).targets).flatMap((target, targetIndex): Problem[] => {
        if (!isMapping(target) || isEmpty(target.datasetId) || isUuid(target.datasetUuid)) return [];
        const at = ["metadata", list, index, "targets", targetIndex, "datasetId"];
        const native = list === "native_filter_configuration";
        return [
          {
            rule: native ? "id-in-file" : "importer-drops",
            file,
            at,
            on: "key",
            message: native
              ? "a native filter names its dataset by the integer id of another server"
              : "the importer does not translate the integer ids of display controls (`chart_customization_config`)",
            remedy: native
              ? "Name the dataset by its UUID, as `datasetUuid`."
              : "Look at these controls on the target after the deployment, and set them again there.",
          },
        ];
      }),
    ),
  );
}
