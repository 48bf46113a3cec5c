import { isDeepStrictEqual } from "node:util";
import { listReferences } from "../../assets/define";
import type { AssetDocument } from "../../assets/definition";
import { isMapping, listOf, type Mapping, mappingOf, mapValues } from "../../assets/values";
import { type Change, compareLabels, compareRest, compareValue, quote } from "./change";
import type { TitleLookup } from "./describe-changes";

const SPOKEN_OF = new Set(["dashboard_title", "position", "metadata", "uuid", "version"]);
/** Lists of `metadata` whose items people know by name. */
const NAMED_LISTS = { native_filter_configuration: "native filter", chart_customization_config: "display control" };
const METADATA_SPOKEN_OF = new Set([...Object.keys(NAMED_LISTS), "chart_configuration", "global_chart_configuration"]);

/** What differs between two versions of a dashboard, in canonical form. */
export function describeDashboard(before: AssetDocument, after: AssetDocument, titleOf: TitleLookup): Change[] {
  const [left, right] = [mappingOf(before.metadata), mappingOf(after.metadata)];
  const charts = (document: AssetDocument) =>
    listReferences("dashboard", document).flatMap(({ kind, uuid }) =>
      kind === "chart" ? [quote(titleOf("chart", uuid))] : [],
    );
  return [
    ...compareValue("title", before.dashboard_title, after.dashboard_title),
    ...compareLabels("chart", charts(before).sort(), charts(after).sort()),
    ...compareLabels("tab", listTexts(before, "TAB", "text"), listTexts(after, "TAB", "text")),
    ...compareLayout(before, after),
    ...Object.entries(NAMED_LISTS).flatMap(([key, what]) => compareNamed(what, left[key], right[key])),
    ...compareCrossFilters(left, right),
    ...compareRest(left, right, METADATA_SPOKEN_OF),
    ...compareRest(before, after, SPOKEN_OF),
  ];
}

function listTexts({ position }: AssetDocument, type: string, key: string): string[] {
  return Object.values(mappingOf(position)).flatMap((entry) => {
    const text = isMapping(entry) && entry.type === type ? mappingOf(entry.meta)[key] : undefined;
    return typeof text === "string" ? [quote(text)] : [];
  });
}

/** Told only where neither charts nor tabs came or went: those change the layout anyway. */
function compareLayout(before: AssetDocument, after: AssetDocument): Change[] {
  const keys = (document: AssetDocument) => Object.keys(mappingOf(document.position)).sort();
  if (!isDeepStrictEqual(keys(before), keys(after))) return [];
  const [left, right] = [withoutNames(before), withoutNames(after)];
  return isDeepStrictEqual(left, right) ? [] : [{ what: "layout" }];
}

/** The layout repeats the names of the charts. */
function withoutNames({ position }: AssetDocument): Mapping {
  return mapValues(mappingOf(position), (entry) => {
    if (!isMapping(entry)) return entry;
    const { sliceName: _, sliceNameOverride, ...meta } = mappingOf(entry.meta);
    return { ...entry, meta: { ...meta, sliceNameOverride } };
  });
}

/** Filters by their ids: their names may change. */
function compareNamed(what: string, before: unknown, after: unknown): Change[] {
  const [left, right] = [byId(before), byId(after)];
  const ids = [...new Set([...left.keys(), ...right.keys()])];
  const changes = ids.flatMap((id): Change[] => {
    const [old, now] = [left.get(id), right.get(id)];
    if (old === undefined) return [{ what, after: nameOf(now) }];
    if (now === undefined) return [{ what, before: nameOf(old) }];
    return compareRest(old, now, new Set(["id"])).map((change) => ({
      ...change,
      what: `${what} ${nameOf(now)}: ${change.what}`,
    }));
  });
  const order = (items: ReadonlyMap<string, Mapping>) => [...items.keys()];
  const isReordered = changes.length === 0 && !isDeepStrictEqual(order(left), order(right));
  return isReordered ? [{ what: `order of ${what}s` }] : changes;
}

function byId(items: unknown): Map<string, Mapping> {
  return new Map(listOf(items).map((item) => [String(mappingOf(item).id), mappingOf(item)]));
}

function nameOf(item: Mapping | undefined): string {
  return quote(String(item?.name ?? item?.id ?? ""));
}

function compareCrossFilters(before: Mapping, after: Mapping): Change[] {
  const parts = ["chart_configuration", "global_chart_configuration"];
  return parts.some((key) => !isDeepStrictEqual(before[key], after[key])) ? [{ what: "cross-filters" }] : [];
}
