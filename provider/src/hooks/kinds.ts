import type { AssetKind, Definition } from "../assets/definition";
import { type RenderOptions, renderForImport } from "../assets/render";
import { ProblemError } from "../core/errors";
import { stateTargetIds } from "../identity/dashboard-ids";
import { findTargetSettings } from "../plan/database-map";
import { readPassword, SETTINGS_NAMESPACE } from "../settings/read-settings";
import { describeAsset } from "../settings/strategy";
import type { ImportEntry } from "../superset/importer";
import type { RemoteAsset } from "../superset/inventory";
import { confirmAbsences } from "../superset/lookup";
import type { AssetInputs } from "./asset-state";
import type { Session } from "./session";

/** What differs between the kinds when an asset is written. */
interface KindRules {
  /** Address of its page, below the server's. */
  page(remote: RemoteAsset): string;
  /** What goes into the import. */
  prepare(definition: Definition, inputs: AssetInputs, session: Session): Promise<ImportEntry>;
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
export function prepareEntry(inputs: AssetInputs, definition: Definition, session: Session): Promise<ImportEntry> {
  return KINDS[inputs.kind].prepare(definition, inputs, session);
}

async function prepareAsset(definition: Definition, inputs: AssetInputs, session: Session): Promise<ImportEntry> {
  return toEntry(definition, renderForImport(definition, await renderOptions(inputs, session)));
}

/** Its charts exist by now, so one import suffices for all ids. */
async function prepareDashboard(definition: Definition, inputs: AssetInputs, session: Session): Promise<ImportEntry> {
  const document = renderForImport(definition, await renderOptions(inputs, session));
  if (!session.settings.fixCrossFilters) return toEntry(definition, document);
  const inventory = await session.inventory();
  await confirmAbsences(session.client, inventory, definition.references);
  return toEntry(
    definition,
    stateTargetIds(document, (kind, uuid) => inventory.byUuid(kind, uuid)?.id),
  );
}

async function prepareDataset(definition: Definition, inputs: AssetInputs, session: Session): Promise<ImportEntry> {
  const database = (await session.inventory()).databaseByName(inputs.database ?? "");
  if (database === undefined) {
    throw new ProblemError({
      code: "dataset/database-missing",
      summary: `The target has no database "${inputs.database}".`,
      remedy: "Run `pulumi up` again: if it was removed meanwhile, the preview says what to do.",
      place: { file: inputs.path, asset: describeAsset(definition.kind, definition.title) },
    });
  }
  const options = await renderOptions(inputs, session);
  return toEntry(definition, renderForImport(definition, { ...options, databaseUuid: database.uuid }));
}

/** The password goes beside the file, never into it. */
async function prepareDatabase(definition: Definition, inputs: AssetInputs, session: Session): Promise<ImportEntry> {
  const settings = findTargetSettings(definition, session.settings.databases);
  const password = settings && readPassword(settings, `${SETTINGS_NAMESPACE}:databases.${settings.key}`);
  const entry = toEntry(definition, renderForImport(definition, await renderOptions(inputs, session)));
  return password === undefined ? entry : { ...entry, password };
}

async function renderOptions({ managed, externalUrl }: AssetInputs, session: Session): Promise<RenderOptions> {
  const serverVersion = await session.client.version();
  const keepIds = !session.settings.fixCrossFilters;
  return { managed, serverVersion, keepIds, ...(externalUrl !== undefined && { externalUrl }) };
}

function toEntry(definition: Definition, document: object): ImportEntry {
  const { kind, uuid, title, path } = definition;
  return { kind, uuid, title, path, document };
}
