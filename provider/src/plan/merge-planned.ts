import { assetKey } from "../assets/asset-key";
import type { Definition } from "../assets/definition";
import type { ExportedContent } from "../assets/inherited";
import { findLostFilters, listFilterable } from "../assets/lost-filters";
import type { ParseSql } from "../core/sql-parser";
import type { Settings } from "../settings/schema";
import { describeAsset } from "../settings/strategy";
import { isWrite } from "./decide";
import { describeMerge, type MergedDataset, mergeDataset } from "./merge-dataset";
import type { PlannedAsset } from "./plan-assets";

/** What the merging of datasets depends on. */
export interface MergeInput {
  /** What the target has, as it exports it. */
  readonly contents: ReadonlyMap<Definition, ExportedContent>;
  readonly retained: Settings["retained"];
  /** Superset's name for the kind of a database of the target, by its name. */
  readonly engineOf: (database: string | undefined) => string;
  readonly parse: ParseSql;
}

/** Whether a decision joins a dataset's definition with what the target has. */
export function isMerged({ definition, decision }: Pick<PlannedAsset, "definition" | "decision">): boolean {
  return definition.kind === "dataset" && decision.action === "update" && !decision.exact;
}

/** Adds to every dataset that is updated what the target keeps although the definition no longer has it. */
export function mergePlanned(planned: readonly PlannedAsset[], input: MergeInput): PlannedAsset[] {
  return planned.map((asset) => {
    const live = isMerged(asset) ? input.contents.get(asset.definition) : undefined;
    if (live === undefined) return asset;
    const { retained, parse } = input;
    const applied = asset.known?.columns;
    const options = {
      engine: input.engineOf(asset.database),
      retained,
      parse,
      ...(applied !== undefined && { applied }),
    };
    const merged = mergeDataset(asset.definition.document, live.document, options);
    if (merged.refusal !== undefined) return refuse(asset, merged.refusal);
    return merged.items.length === 0 && merged.warnings.length === 0 ? asset : { ...asset, merged };
  });
}

/**
 * Refuses what would filter by a column that its dataset does not have: Superset ignores such a filter without a word,
 * and all rows are shown (superset-semantics 0.10).
 */
export function refuseLostFilters(planned: readonly PlannedAsset[]): PlannedAsset[] {
  const byKey = new Map(planned.map((asset) => [assetKey(asset.definition.kind, asset.definition.uuid), asset]));
  const datasetOf = (uuid: string) => byKey.get(assetKey("dataset", uuid));
  const isTouched = ({ decision }: PlannedAsset) => isWrite(decision.action);
  const candidates = planned.filter(
    (asset) =>
      isTouched(asset) ||
      asset.definition.references.some(({ kind, uuid }) => {
        const used = kind === "dataset" ? datasetOf(uuid) : undefined;
        return used !== undefined && isTouched(used);
      }),
  );
  const lost = findLostFilters(
    candidates.map(({ definition }) => definition),
    (uuid) => listColumnsAfter(datasetOf(uuid)),
  );
  const reasons = new Map<Definition, string[]>();
  for (const { definition, dataset, column } of lost) {
    const title = datasetOf(dataset)?.definition.title ?? dataset;
    const reason = `its filter on "${column}" would be ignored and all rows shown, because ${describeAsset("dataset", title)} has no such column`;
    reasons.set(definition, [...(reasons.get(definition) ?? []), reason]);
  }
  return planned.map((asset) => {
    const found = reasons.get(asset.definition);
    if (found === undefined) return asset;
    return refuse(asset, `${[...new Set(found)].join("; ")}: correct the filter, or add the column`);
  });
}

/** What a filter may name after this run; undefined where nobody knows. */
function listColumnsAfter(asset: PlannedAsset | undefined): ReadonlySet<string> | undefined {
  if (asset === undefined || asset.decision.action === "skip") return undefined;
  const names = listFilterable(asset.merged?.document ?? asset.definition.document);
  return isWrite(asset.decision.action) ? names : new Set([...names, ...(asset.known?.retained ?? [])]);
}

function refuse(asset: PlannedAsset, reason: string): PlannedAsset {
  return { ...asset, decision: { action: "refuse", reason } };
}

/** Names of what a dataset keeps although its definition no longer has it, as the state and the hooks know them. */
export function listRetained({ items }: Pick<MergedDataset, "items">): string[] {
  return [...new Set(items.filter(({ isRetained }) => isRetained).map(({ name }) => name))].sort();
}

/** What datasets keep, and what of it cannot work, one text; undefined if that is nothing. */
export function formatMerged(planned: readonly PlannedAsset[]): string | undefined {
  const lines = planned.flatMap(({ definition, merged }) => {
    if (merged === undefined) return [];
    const name = `  ${definition.path} (${describeAsset(definition.kind, definition.title)}): `;
    const told = merged.items.length === 0 ? [] : [describeMerge(merged.items)];
    return [...told, ...merged.warnings].map((text) => name + text);
  });
  if (lines.length === 0) return undefined;
  return `Datasets keep what their files no longer have:\n${lines.join("\n")}`;
}
