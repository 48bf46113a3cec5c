import { nameAppendedCharts } from "./appended-charts";
import { changeIds, FILTER_LISTS } from "./dashboard-ids";
import type { AssetDocument } from "./definition";
import { type ChartNumbers, findNumber, listLayoutCharts, numberCharts, renumberLayout } from "./layout";
import { isEmpty, isMapping, isUuid, type Mapping, mapValues, without } from "./values";

/** Settings of the canonical form. */
export interface CanonicalOptions {
  /**
   * Leaves the integer ids of dashboards as they are. Such a form says something about one server only: two of them must
   * not be compared. Default: every chart id becomes the chart's number in the layout.
   */
  readonly keepIds?: boolean;
  /**
   * Numbers of a dashboard's charts that are used in place of those of its own layout, so that several layouts can be
   * compared chart by chart.
   */
  readonly numbers?: ChartNumbers;
}

/** B5: removed by the importer, without effect in 6.1 (browser 2.17). */
const LEGACY_METADATA = ["default_filters", "filter_scopes", "show_native_filters"];
/** Written by the browser of whoever leaves the page; it makes them out of the colours that stay (browser 4.8). */
const DERIVED_COLOURS = ["color_scheme_domain", "map_label_colors", "shared_label_colors"];
const DROPPED = new Set([...LEGACY_METADATA, ...DERIVED_COLOURS]);

/** The rules B of semantics 1.3: every chart id becomes the chart's number in the layout. */
export function canonicaliseDashboard(
  stated: AssetDocument,
  { keepIds = false, numbers }: CanonicalOptions,
): AssetDocument {
  const document = nameAppendedCharts(stated);
  const { position } = document;
  return mapValues(document, (value, key) => {
    if (!isMapping(value)) return value;
    if (key === "position" && !keepIds) return renumberLayout(value, numbers ?? numberCharts(listLayoutCharts(value)));
    if (key === "metadata") return canonicaliseMetadata(value, position, { keepIds, ...(numbers && { numbers }) });
    return value;
  });
}

function canonicaliseMetadata(metadata: Mapping, position: unknown, { keepIds, numbers }: CanonicalOptions): Mapping {
  const kept = mapValues(without(metadata, DROPPED), (value, key) => (isUnset(key, value) ? undefined : value));
  return keepIds ? kept : changeIds(kept, { chart: findNumber(position, numbers), target: canonicaliseTarget });
}

/** B5: the importer writes an empty list where there is none; the browser writes empty colours (browser 4.8). */
function isUnset(key: string, value: unknown): boolean {
  if (key === "label_colors") return isMapping(value) && isEmpty(value);
  return FILTER_LISTS.includes(key) && (value === null || (Array.isArray(value) && isEmpty(value)));
}

/** A dataset is named by its UUID; an integer beside it is of another server. Alone it is kept, and lint names it. */
function canonicaliseTarget(target: Mapping): Mapping {
  if (!isUuid(target.datasetUuid)) return target;
  return { ...without(target, new Set(["datasetId"])), datasetUuid: target.datasetUuid.toLowerCase() };
}
