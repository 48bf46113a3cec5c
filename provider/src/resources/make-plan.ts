import type { AssetAccess } from "../assets/access";
import { assetKey } from "../assets/asset-key";
import type { Definition } from "../assets/definition";
import type { ExportedContent } from "../assets/inherited";
import { loadSqlParser } from "../core/sql-parser";
import { type Mapping, type Match, mapDefinitions } from "../identity/mapping";
import { applyTargets, mapDatabases } from "../plan/database-map";
import type { KnownAsset } from "../plan/decide";
import { isMerged, mergePlanned, refuseLostFilters } from "../plan/merge-planned";
import { needsContent, type PlanInput, type PlannedAsset, planAssets } from "../plan/plan-assets";
import type { Settings } from "../settings/schema";
import type { StrategyLookup } from "../settings/strategy";
import type { SupersetClient } from "../superset/client";
import { exportByKind } from "../superset/export";
import type { Inventory, RemoteAsset } from "../superset/inventory";
import { confirmAbsences } from "../superset/lookup";
import { isDatasetLocked } from "../superset/management-flag";
import { assertGone } from "./account-rights";
import { planAccess } from "./plan-access";

/** What a plan is made from. */
export interface PlanSources {
  readonly client: SupersetClient;
  readonly inventory: Inventory;
  /** What the state has, by kind and UUID. */
  readonly known: ReadonlyMap<string, KnownAsset>;
  readonly settings: Settings;
  readonly strategyOf: StrategyLookup;
  /** Fingerprint of the target. */
  readonly target: string;
}

/**
 * Plans assets that belong together: finds their objects, reads what has to be compared, and decides.
 *
 * @param stated in the order of dependency, as the files state them
 * @param declaredAccess owners and roles
 */
export async function makePlan(
  stated: readonly Definition[],
  declaredAccess: readonly AssetAccess[],
  sources: PlanSources,
): Promise<PlannedAsset[]> {
  const { client, inventory, settings } = sources;
  const databases = mapDatabases(stated, settings.databases);
  const definitions = applyTargets(stated, databases);
  const recorded = (definition: Definition) => findRecorded(definition, sources);
  const expected = definitions.map((definition) => ({
    kind: definition.kind,
    uuid: settings.uuids[definition.uuid] ?? recorded(definition)?.uuid ?? definition.uuid,
    database: databases.get(definition.uuid)?.name,
  }));
  await confirmAbsences(client, inventory, expected);
  const { uuids, adopt, takeOver } = settings;
  const mapping = mapDefinitions(definitions, { inventory, databases, uuids, adopt, takeOver, recorded });
  await assertGone(mapping, sources);
  const uncertain = listUncertain(mapping, sources);
  const [contents, locks] = await Promise.all([readContents(client, uncertain), readLocks(client, uncertain)]);
  const objects = new Map(
    [...mapping].flatMap(([{ kind, uuid }, { remote }]) => (remote ? [[assetKey(kind, uuid), remote] as const] : [])),
  );
  const access = await planAccess(declaredAccess, client, objects);
  const input: PlanInput = {
    ...sources,
    definitions,
    databases,
    mapping,
    contents,
    locks,
    access,
    environment: process.env,
  };
  return refuseLostFilters(await mergeDatasets(input, sources));
}

/** What the stack mapped a definition to, where that has another UUID. */
function findRecorded(
  { kind, uuid }: Definition,
  { known, target }: PlanSources,
): { uuid: string; match: Match } | undefined {
  const asset = known.get(assetKey(kind, uuid));
  if (asset?.targetUuid === undefined || asset.target !== target) return undefined;
  return { uuid: asset.targetUuid, match: asset.match ?? "natural key" };
}

type Wanted = ReadonlyMap<Definition, RemoteAsset>;

/** What cannot be decided without its content. */
function listUncertain(mapping: Mapping, { known, target, settings }: PlanSources): Wanted {
  return new Map(
    [...mapping].flatMap(([definition, { remote }]) => {
      // Ids that are sent as they are can be compared with nothing.
      if (definition.kind === "dashboard" && !settings.fixCrossFilters) return [];
      const asset = known.get(assetKey(definition.kind, definition.uuid));
      return remote !== undefined && needsContent(remote, asset, target) ? [[definition, remote] as const] : [];
    }),
  );
}

async function readContents(client: SupersetClient, wanted: Wanted): Promise<Map<Definition, ExportedContent>> {
  const contents = await exportByKind(client, [...wanted.values()]);
  return new Map(
    [...wanted].flatMap(([definition, remote]) => {
      const content = contents.get(remote);
      return content === undefined ? [] : [[definition, content] as const];
    }),
  );
}

/** Whether datasets are locked in the UI. A lock moves `changed_on` too, so the others are as they were applied. */
async function readLocks(client: SupersetClient, uncertain: Wanted): Promise<Map<Definition, boolean>> {
  const datasets = [...uncertain].filter(([{ kind }]) => kind === "dataset");
  const locks = await Promise.all(datasets.map(([, remote]) => isDatasetLocked(client, remote.id)));
  return new Map(
    datasets.flatMap(([definition], index) => {
      const isLocked = locks[index];
      return isLocked === undefined ? [] : [[definition, isLocked] as const];
    }),
  );
}

/** Plans, and reads every dataset that is updated: the importer deletes what a file does not list. */
async function mergeDatasets(input: PlanInput, { client, inventory, settings }: PlanSources): Promise<PlannedAsset[]> {
  const planned = planAssets(input);
  const merging = planned.filter(isMerged);
  if (merging.length === 0) return planned;
  const unread = merging.flatMap(({ definition, object: { remote } }) =>
    remote === undefined || input.contents.has(definition) ? [] : [[definition, remote] as const],
  );
  const contents = new Map([...input.contents, ...(await readContents(client, new Map(unread)))]);
  const engineOf = (database: string | undefined) => inventory.databaseByName(database ?? "")?.backend ?? "";
  const { retained } = settings;
  return mergePlanned(planned, { contents, retained, engineOf, parse: await loadSqlParser() });
}
