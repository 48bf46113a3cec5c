import { type CanonicalOptions, canonicalise, canonicaliseWithMarks } from "./canonical";
import type { AssetDocument, AssetKind } from "./definition";
import { ASSET_FIELDS, COLUMN_FIELDS, type FieldTable, METRIC_FIELDS } from "./importer-fields";
import { isMapping, listOf, type Mapping } from "./values";

/** How a document is rendered for one target. */
export interface RenderOptions extends CanonicalOptions {
  /** UUID of the dataset's database on the target; absent: as the document states it. */
  readonly databaseUuid?: string;
  /** Whether the asset is locked in the target's UI. */
  readonly managed: boolean;
  /** Where people find the source of the asset. */
  readonly externalUrl?: string;
  /** Version of the target, `6.1.0`; an importer refuses keys that it does not know. Absent: 6.1 or later. */
  readonly serverVersion?: string;
  /** The document comes from `plan/merge-dataset.ts`: what it retained, rewrote and marked is sent. */
  readonly isMerged?: boolean;
}

/** The layout of a dashboard on which nothing stands. */
const EMPTY_LAYOUT: Mapping = {
  DASHBOARD_VERSION_KEY: "v2",
  ROOT_ID: { type: "ROOT", id: "ROOT_ID", children: ["GRID_ID"] },
  GRID_ID: { type: "GRID", id: "GRID_ID", children: [], parents: ["ROOT_ID"] },
};

/**
 * The full document for a sparse import.
 *
 * Everything that the file leaves out is stated, null where nothing is wanted: an absent key would keep the value that
 * the target has (semantics 0.12), so that a removal would never take effect.
 */
export function renderForImport(
  definition: { readonly kind: AssetKind; readonly document: AssetDocument },
  options: RenderOptions,
): AssetDocument {
  const { kind } = definition;
  const older = isBefore61(options.serverVersion);
  const toContent = options.isMerged ? canonicaliseWithMarks : canonicalise;
  const content = toContent(kind, definition.document, options);
  return {
    ...fillRest(content, ASSET_FIELDS[kind], older),
    ...renderKind(kind, content, older),
    ...(kind === "dataset" && options.databaseUuid !== undefined ? { database_uuid: options.databaseUuid } : {}),
    is_managed_externally: options.managed,
    external_url: options.externalUrl ?? null,
  };
}

function renderKind(kind: AssetKind, content: AssetDocument, older: boolean): Mapping {
  if (kind === "dashboard") return { position: content.position ?? EMPTY_LAYOUT };
  if (kind !== "dataset") return {};
  // Absent lists would delete every column and metric (api 7.1), which is what an empty list says openly.
  return {
    columns: listOf(content.columns).map((column) => fillItem(column, COLUMN_FIELDS, older)),
    metrics: listOf(content.metrics).map((metric) => fillItem(metric, METRIC_FIELDS, older)),
  };
}

function fillItem(item: unknown, fields: FieldTable, older: boolean): unknown {
  return isMapping(item) ? fillRest(item, fields, older) : item;
}

function fillRest(content: Mapping, fields: FieldTable, older: boolean): Mapping {
  const filled: [string, unknown][] = [];
  for (const [key, field] of Object.entries(fields)) {
    if (older && field.since === "6.1") continue;
    if (field.rest !== undefined && !(key in content)) filled.push([key, field.rest]);
  }
  return { ...Object.fromEntries(filled), ...content };
}

function isBefore61(version: string | undefined): boolean {
  const [major, minor] = (version ?? "6.1").split(".").map(Number);
  return major !== undefined && minor !== undefined && (major < 6 || (major === 6 && minor < 1));
}
