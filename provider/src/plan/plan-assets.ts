import type { Definition } from "../assets/definition";
import { digestLinks, type IdLookup } from "../identity/links";
import { externalUrlOf, isManaged } from "../settings/read-settings";
import type { Settings } from "../settings/schema";
import { describeAsset, type Strategy } from "../settings/strategy";
import type { Inventory, RemoteAsset } from "../superset/inventory";
import { assetKey } from "./asset-key";
import type { DatabaseTarget } from "./database-map";
import { type Decision, decide, isRegistered, isWrite, type KnownAsset } from "./decide";
import { findObstacle } from "./obstacles";

/** An asset, the decision about it, and what its resource needs. */
export interface PlannedAsset {
  readonly definition: Definition;
  readonly decision: Decision;
  /** What the state has; undefined if this stack never had it. */
  readonly known?: KnownAsset;
  readonly managed: boolean;
  readonly externalUrl?: string;
  /** Name of the target's database: of a database itself, or of the one that a dataset reads. */
  readonly database?: string;
  readonly registered: boolean;
}

/** Everything that the plan depends on; reading it is the caller's business. */
export interface PlanInput {
  /** In the order of dependency. */
  readonly definitions: readonly Definition[];
  readonly databases: ReadonlyMap<string, DatabaseTarget>;
  readonly inventory: Inventory;
  /** What the state has, by {@link assetKey}. */
  readonly known: ReadonlyMap<string, KnownAsset>;
  readonly settings: Settings;
  /** Fingerprint of the target. */
  readonly target: string;
  /** The environment variables: whether a password that settings take from there is set. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Decides about every asset, in the given order: an asset sees the decisions about what it uses. */
export function planAssets(input: PlanInput): PlannedAsset[] {
  const planned = new Map<string, PlannedAsset>();
  const managed = isManaged(input.settings);
  const strategy: Strategy = new Set(input.settings.strategy);
  for (const definition of input.definitions) {
    const key = assetKey(definition.kind, definition.uuid);
    planned.set(key, planAsset(definition, { ...input, planned, managed, strategy }));
  }
  return [...planned.values()];
}

interface PlanContext extends PlanInput {
  readonly planned: ReadonlyMap<string, PlannedAsset>;
  readonly managed: boolean;
  readonly strategy: Strategy;
}

function planAsset(definition: Definition, context: PlanContext): PlannedAsset {
  const { settings, inventory } = context;
  const database = databaseNameOf(definition, context.databases);
  const remote = findRemote(definition, database, inventory);
  const known = findKnown(definition, database, context.known);
  const externalUrl = externalUrlOf(settings, definition.path);
  const obstacle = findObstacle(definition, { ...context, database, remote });
  const decided = decide({
    kind: definition.kind,
    strategy: context.strategy,
    checksum: definition.digest,
    links: digestLinks(definition.references, lookUpIds(context)),
    target: context.target,
    managed: context.managed,
    ...(externalUrl !== undefined && { externalUrl }),
    misplaced: isMisplaced(definition, remote, database, inventory),
    present: remote !== undefined,
    ...(known !== undefined && { known }),
    ...(obstacle !== undefined && { obstacle }),
  });
  const decision = withholdIfOrphaned(decided, definition, context);
  return {
    definition,
    decision,
    managed: context.managed,
    registered: isRegistered(decision, known),
    ...(known !== undefined && { known }),
    ...(externalUrl !== undefined && { externalUrl }),
    ...(database !== undefined && { database }),
  };
}

/** Name of the target's database that a definition is, or reads. */
export function databaseNameOf(
  definition: Definition,
  databases: ReadonlyMap<string, DatabaseTarget>,
): string | undefined {
  if (definition.kind === "database") return databases.get(definition.uuid)?.name ?? definition.title;
  const reference = definition.references.find(({ kind }) => kind === "database");
  return reference === undefined ? undefined : databases.get(reference.uuid)?.name;
}

/** A database keeps its resource as long as its name stays, even if its file gets another UUID. */
function findKnown(
  { kind, uuid }: Definition,
  database: string | undefined,
  known: PlanContext["known"],
): KnownAsset | undefined {
  const own = known.get(assetKey(kind, uuid));
  if (own !== undefined || kind !== "database") return own;
  const isSameDatabase = ([key, { title }]: [string, KnownAsset]) => key.startsWith("database:") && title === database;
  return [...known].find(isSameDatabase)?.[1];
}

function isMisplaced(
  { kind }: Definition,
  remote: RemoteAsset | undefined,
  database: string | undefined,
  inventory: Inventory,
): boolean {
  if (kind !== "dataset" || remote === undefined || database === undefined) return false;
  return remote.database?.id !== inventory.databaseByName(database)?.id;
}

/** Databases are found by name, because every environment has its own; everything else by UUID. */
function findRemote(
  definition: Definition,
  database: string | undefined,
  inventory: Inventory,
): RemoteAsset | undefined {
  if (definition.kind !== "database") return inventory.byUuid(definition.kind, definition.uuid);
  return inventory.databaseByName(database ?? definition.title);
}

/** Ids as they will be after this deployment: undefined for what is created again. */
function lookUpIds(context: PlanContext): IdLookup {
  return (kind, uuid) => {
    if (context.planned.get(assetKey(kind, uuid))?.decision.action === "create") return undefined;
    return context.inventory.byUuid(kind, uuid)?.id;
  };
}

/** An asset cannot be written while something it uses is neither on the target nor about to be. */
function withholdIfOrphaned(decision: Decision, definition: Definition, context: PlanContext): Decision {
  if (!isWrite(decision.action)) return decision;
  for (const { kind, uuid } of definition.references) {
    const used = context.planned.get(assetKey(kind, uuid));
    if (used === undefined || used.decision.action === "create") continue;
    const there =
      kind === "database"
        ? used.decision.action !== "skip" || used.known !== undefined
        : context.inventory.byUuid(kind, uuid) !== undefined;
    if (!there) {
      return {
        action: "skip",
        reason: `it uses ${describeAsset(kind, used.definition.title)}, which is not on the target`,
      };
    }
  }
  return decision;
}
