import { suggestNearest } from "../../core/nearest";
import { type ChartUse, listChartLabels, listChartUses } from "../chart-uses";
import type { AssetDocument } from "../definition";
import { isUuid, listOf, mappingOf } from "../values";
import type { AssetFile, Problem } from "./registry";

/** What a dataset offers. */
interface Offer {
  readonly title: string;
  readonly columns: ReadonlySet<string>;
  readonly metrics: ReadonlySet<string>;
}

/**
 * Rule `chart-column`: Superset answers such a chart with an error ("Columns missing in dataset", "Metric does not
 * exist"). Datasets that list no columns are passed over, and so are those in no file.
 */
export function checkChartColumns(files: readonly AssetFile[]): Problem[] {
  const offers = new Map(
    files.flatMap(({ kind, document }) => {
      const { uuid } = document;
      if (kind !== "dataset" || !isUuid(uuid) || listOf(document.columns).length === 0) return [];
      return [[uuid.toLowerCase(), readOffer(document)] as const];
    }),
  );
  return files.flatMap((file) => {
    const dataset = file.document.dataset_uuid;
    const offer = file.kind === "chart" && isUuid(dataset) ? offers.get(dataset.toLowerCase()) : undefined;
    return offer === undefined ? [] : checkChart(file, offer);
  });
}

function readOffer(document: AssetDocument): Offer {
  return {
    title: String(document.table_name),
    columns: listNames(document.columns, "column_name"),
    metrics: listNames(document.metrics, "metric_name"),
  };
}

function listNames(list: unknown, key: string): Set<string> {
  return new Set(
    listOf(list)
      .map((item) => mappingOf(item)[key])
      .filter((name) => typeof name === "string"),
  );
}

function checkChart(file: AssetFile, offer: Offer): Problem[] {
  const labels = listChartLabels(file.document);
  const missing = new Map<string, ChartUse[]>();
  for (const use of listChartUses(file.document)) {
    if (isOffered(use, offer, labels)) continue;
    const key = `${use.as} ${use.name}`;
    missing.set(key, [...(missing.get(key) ?? []), use]);
  }
  return [...missing.values()].map((uses) => describeMissing(file, uses, offer));
}

function isOffered({ name, as }: ChartUse, { columns, metrics }: Offer, labels: readonly string[]): boolean {
  if (as === "column") return columns.has(name);
  if (as === "metric") return metrics.has(name);
  return columns.has(name) || metrics.has(name) || labels.includes(name);
}

function describeMissing(file: AssetFile, uses: readonly ChartUse[], { title, columns, metrics }: Offer): Problem {
  const [{ name, as, at }] = uses as [ChartUse];
  const [what, known] = as === "metric" ? ["metric", metrics] : ["column", columns];
  const places = uses.length === 1 ? "" : ` (${uses.length} places)`;
  return {
    rule: "chart-column",
    file,
    at,
    message: `the dataset "${title}" has no ${what} "${name}"${places}${suggestNearest(name, known)}`,
    remedy: `Correct the name, or add the ${what} to the dataset: Superset shows an error in place of the chart.`,
  };
}
