import type { AssetDocument, AssetKind, Definition } from "../assets/definition";
import { type RenderOptions, renderForImport } from "../assets/render";
import { ProblemError } from "../core/errors";
import { loadSqlParser } from "../core/sql-parser";
import { stateTargetIds } from "../identity/dashboard-ids";
import { rewriteUuids } from "../identity/rewrite-uuids";
import { findTargetSettings } from "../plan/database-map";
import { parseAction } from "../plan/decide";
import { mergeDataset } from "../plan/merge-dataset";
import { listRetained } from "../plan/merge-planned";
import { readPassword, SETTINGS_NAMESPACE } from "../settings/read-settings";
import { describeAsset } from "../settings/strategy";
import type { ImportEntry } from "../superset/importer";
import type { RemoteAsset } from "../superset/inventory";
import { confirmAbsences } from "../superset/lookup";
import { type AssetInputs, targetUuidOf } from "./asset-state";
import type { Session } from "./session";

/** What differs between the kinds when an asset is written. */
interface KindRules {
  /** Address of its page, below the server's. */
  page(remote: RemoteAsset): string;
  /** What goes into the import; `present` is the object that it is written over. */
  prepare(
    definition: Definition,
    inputs: AssetInputs,
    session: Session,
    present: RemoteAsset | undefined,
  ): Promise<ImportEntry>;
}

const KINDS: Readonly<Record<AssetKind, KindRules>> = {
  database: { page: () => "/databaseview/list/", prepare: prepareDatabase },
  dataset: { page: ({ id }) => `/explore/?datasource_type=table&datasource_id=${id}`, prepare: prepareDataset },
  chart: { page: ({ id }) => `/explore/?slice_id=${id}`, prepare: prepareAsset },
  dashboard: {
    page: ({ id, slug }) => `/superset/dashboard/${encodeURIComponent(slug || String(id))}/`,
    prepare: prepareDashboard,
  },
};

/** The page of an asset, for people. */
export function pageOf(remote: RemoteAsset, url: string): string {
  return url + KINDS[remote.kind].page(remote);
}

/** What goes into the import for an asset. */
export function prepareEntry(
  inputs: AssetInputs,
  definition: Definition,
  present: RemoteAsset | undefined,
  session: Session,
): Promise<ImportEntry> {
  return KINDS[inputs.kind].prepare(definition, inputs, session, present);
}

async function prepareAsset(definition: Definition, inputs: AssetInputs, session: Session): Promise<ImportEntry> {
  return toEntry(definition, inputs, renderForImport(definition, await renderOptions(inputs, session)));
}

/** Its charts exist by now, so one import suffices for all ids. */
async function prepareDashboard(definition: Definition, inputs: AssetInputs, session: Session): Promise<ImportEntry> {
  const document = renderForImport(definition, await renderOptions(inputs, session));
  if (!session.settings.fixCrossFilters) return toEntry(definition, inputs, document);
  const inventory = await session.inventory();
  const targetUuid = (uuid: string) => inputs.uuids?.[uuid] ?? uuid;
  const references = definition.references.map(({ kind, uuid }) => ({ kind, uuid: targetUuid(uuid) }));
  await confirmAbsences(session.client, inventory, references);
  const idOf = (kind: AssetKind, uuid: string) => inventory.byUuid(kind, targetUuid(uuid))?.id;
  return toEntry(definition, inputs, stateTargetIds(document, idOf));
}

async function prepareDataset(
  definition: Definition,
  inputs: AssetInputs,
  session: Session,
  present: RemoteAsset | undefined,
): Promise<ImportEntry> {
  const database = (await session.inventory()).databaseByName(inputs.database ?? "");
  if (database === undefined) {
    throw new ProblemError({
      code: "dataset/database-missing",
      summary: `The target has no database "${inputs.database}".`,
      remedy: "Run `pulumi up` again: if it was removed meanwhile, the preview says what to do.",
      place: { file: inputs.path, asset: describeAsset(definition.kind, definition.title) },
    });
  }
  const options = { ...(await renderOptions(inputs, session)), databaseUuid: database.uuid };
  const isUpdate = parseAction(inputs.action) === "update" && !inputs.exact;
  const merged = isUpdate && present ? await mergeLive(definition, inputs, present, session) : undefined;
  const document =
    merged === undefined
      ? renderForImport(definition, options)
      : renderForImport({ kind: "dataset", document: merged }, { ...options, isMerged: true });
  return toEntry(definition, inputs, document);
}

/**
 * The definition with what the target has beyond it, read now: the importer deletes what a file does not list.
 *
 * @throws ProblemError `plan/changed` where that is not what the plan told
 */
async function mergeLive(
  definition: Definition,
  inputs: AssetInputs,
  present: RemoteAsset,
  session: Session,
): Promise<AssetDocument> {
  const changed = (what: string) =>
    new ProblemError({
      code: "plan/changed",
      summary: `${describeAsset("dataset", definition.title)} ${what} when the plan was made; nothing was written.`,
      remedy: "Run `pulumi preview` and `pulumi up` again.",
      place: { file: inputs.path },
    });
  const live = await session.export(present);
  // The definition alone would delete all that the target has beyond it.
  if (live === undefined) throw changed("is not in the target's export, as it was");
  const engine = (await session.inventory()).databaseByName(inputs.database ?? "")?.backend ?? "";
  const { retained } = session.settings;
  const applied = inputs.appliedColumns;
  const options = { engine, retained, parse: await loadSqlParser(), ...(applied !== undefined && { applied }) };
  const merged = mergeDataset(definition.document, live.document, options);
  if (listRetained(merged).join("\n") === (inputs.retained ?? []).join("\n")) return merged.document;
  throw changed("has other columns or metrics on the target than");
}

/** The password goes beside the file, never into it. */
async function prepareDatabase(definition: Definition, inputs: AssetInputs, session: Session): Promise<ImportEntry> {
  const settings = findTargetSettings(definition, session.settings.databases);
  const password = settings && readPassword(settings, `${SETTINGS_NAMESPACE}:databases.${settings.key}`);
  const entry = toEntry(definition, inputs, renderForImport(definition, await renderOptions(inputs, session)));
  return password === undefined ? entry : { ...entry, password };
}

async function renderOptions({ managed, externalUrl }: AssetInputs, session: Session): Promise<RenderOptions> {
  const serverVersion = await session.client.version();
  const keepIds = !session.settings.fixCrossFilters;
  return { managed, serverVersion, keepIds, ...(externalUrl !== undefined && { externalUrl }) };
}

/** Under the UUIDs of the target: of the object itself and of everything that it uses. */
function toEntry({ kind, title, path }: Definition, inputs: AssetInputs, document: AssetDocument): ImportEntry {
  const uuid = targetUuidOf(inputs);
  return { kind, uuid, title, path, document: rewriteUuids(kind, document, inputs.uuids ?? {}) };
}
