import { assetKey } from "../../provider/src/assets/asset-key";
import { defineFromDocument } from "../../provider/src/assets/define";
import type { AssetDocument, AssetKind, Definition } from "../../provider/src/assets/definition";
import { mapDefinitions } from "../../provider/src/identity/mapping";
import { applyTargets, mapDatabases } from "../../provider/src/plan/database-map";
import type { KnownAsset } from "../../provider/src/plan/decide";
import { type PlannedAsset, planAssets } from "../../provider/src/plan/plan-assets";
import { readSettings } from "../../provider/src/settings/read-settings";
import type { Settings } from "../../provider/src/settings/schema";
import { createStrategyLookup } from "../../provider/src/settings/strategy";
import { Inventory, type RemoteAsset } from "../../provider/src/superset/inventory";

/** UUIDs of the small folder below. */
export const UUIDS = {
  database: "11111111-1111-4111-8111-111111111111",
  dataset: "22222222-2222-4222-8222-222222222222",
  chart: "33333333-3333-4333-8333-333333333333",
  dashboard: "44444444-4444-4444-8444-444444444444",
  other: "99999999-9999-4999-8999-999999999999",
} as const;

const DOCUMENTS: Readonly<Record<AssetKind, AssetDocument>> = {
  database: { database_name: "Shop", sqlalchemy_uri: "sqlite:///shop.db", uuid: UUIDS.database },
  dataset: { table_name: "orders", schema: "main", database_uuid: UUIDS.database, uuid: UUIDS.dataset },
  chart: { slice_name: "Revenue", viz_type: "table", dataset_uuid: UUIDS.dataset, uuid: UUIDS.chart },
  dashboard: {
    dashboard_title: "Sales",
    slug: "sales",
    position: { "CHART-1": { type: "CHART", meta: { chartId: 1, uuid: UUIDS.chart } } },
    uuid: UUIDS.dashboard,
  },
};

/** One asset of the small folder, with some keys changed. */
export function define(kind: AssetKind, changes: AssetDocument = {}): Definition {
  const path = `${kind}s/one.yaml`;
  return defineFromDocument(kind, { ...DOCUMENTS[kind], ...changes }, { path, name: path.replace(".yaml", "") });
}

/** The four assets, each using the one before. */
export function smallFolder(): Definition[] {
  return [define("database"), define("dataset"), define("chart"), define("dashboard")];
}

/** What a server has, as the list endpoints tell it. */
export function remote(kind: AssetKind, changes: Partial<RemoteAsset> = {}): RemoteAsset {
  const titles = { database: "Shop", dataset: "orders", chart: "Revenue", dashboard: "Sales" };
  return {
    kind,
    uuid: UUIDS[kind],
    id: 10,
    title: titles[kind],
    changedOn: "2026-01-01",
    ...(kind === "dataset" && { database: { id: 10 }, schema: "main", catalog: null }),
    ...(kind === "dashboard" && { slug: "sales" }),
    ...changes,
  };
}

/** Valid settings, with some changed. */
export function settings(changes: Readonly<Record<string, string>> = {}): Settings {
  const auth = JSON.stringify({ username: "admin", passwordEnv: "NOT_READ" });
  return readSettings({ url: "http://127.0.0.1:1", role: "development", auth, ...changes }, "test");
}

/** What {@link plan} starts from. */
export interface PlanCase {
  readonly definitions?: readonly Definition[];
  readonly remotes?: readonly RemoteAsset[];
  readonly known?: ReadonlyMap<string, KnownAsset>;
  readonly settings?: Readonly<Record<string, string>>;
  readonly target?: string;
  /** What the target has, in Superset's export format, where the plan reads it. */
  readonly contents?: Readonly<Partial<Record<AssetKind, AssetDocument>>>;
  /** Whether the target has the dataset locked in the UI, where the plan asks it. */
  readonly isDatasetLocked?: boolean;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Plans, by default the small folder for an empty server and a new stack. */
export function plan(options: PlanCase = {}): PlannedAsset[] {
  const stated = options.definitions ?? smallFolder();
  const chosen = settings(options.settings);
  const databases = mapDatabases(
    stated.filter(({ kind }) => kind === "database"),
    chosen.databases,
  );
  const definitions = applyTargets(stated, databases);
  const inventory = new Inventory(options.remotes ?? []);
  const known = options.known ?? new Map<string, KnownAsset>();
  const target = options.target ?? "target-1";
  const { uuids, adopt, takeOver } = chosen;
  const recorded = ({ kind, uuid }: Definition) => {
    const asset = known.get(assetKey(kind, uuid));
    return asset?.targetUuid === undefined
      ? undefined
      : { uuid: asset.targetUuid, match: asset.match ?? "natural key" };
  };
  const mapping = mapDefinitions(definitions, { inventory, databases, uuids, adopt, takeOver, recorded });
  return planAssets({
    definitions,
    databases,
    inventory,
    mapping,
    locks: new Map(
      options.isDatasetLocked === undefined
        ? []
        : definitions.flatMap((definition) =>
            definition.kind === "dataset" ? [[definition, options.isDatasetLocked ?? false] as const] : [],
          ),
    ),
    access: new Map(),
    known,
    target,
    contents: new Map(
      definitions.flatMap((definition) => {
        const document = options.contents?.[definition.kind];
        return document === undefined ? [] : [[definition, { document }] as const];
      }),
    ),
    settings: chosen,
    strategyOf: createStrategyLookup(chosen.strategy),
    environment: options.environment ?? {},
  });
}

/** What the state has of an asset of the small folder that was deployed and did not change since. */
export function known(kind: AssetKind, changes: Partial<KnownAsset> = {}): KnownAsset {
  const { title, digest, path, name, uuid } = define(kind);
  return {
    urn: `urn:pulumi:test::superset::${kind}::${name}`,
    path,
    uuid,
    title,
    supersetId: 10,
    origin: "created",
    checksum: digest,
    links: "-",
    target: "target-1",
    managed: false,
    changedOn: "2026-01-01",
    isForgetful: false,
    ...changes,
  };
}

/** The decisions as `kind: action`, for comparing a whole plan at once. */
export function actions(planned: readonly PlannedAsset[]): Record<string, string> {
  return Object.fromEntries(planned.map(({ definition, decision }) => [definition.kind, decision.action]));
}
