import { assetKey } from "../assets/asset-key";
import { digestText } from "../assets/canonical";
import type { AssetDocument, Definition } from "../assets/definition";
import { type ExportedContent, withoutInherited } from "../assets/inherited";
import { dropRetained } from "../assets/retained-mark";
import { digestLinks, type IdLookup } from "../identity/links";
import { type Mapping, objectUuid, type Target } from "../identity/mapping";
import { invertUuids, type UuidMap } from "../identity/rewrite-uuids";
import { toStatedText } from "../identity/state-content";
import { externalUrlOf, isManaged } from "../settings/read-settings";
import type { Settings } from "../settings/schema";
import { describeAsset, type StrategyLookup } from "../settings/strategy";
import type { Inventory, RemoteAsset } from "../superset/inventory";
import { isSameAccess, type PlannedAccess } from "./access";
import type { DatabaseTarget } from "./database-map";
import { type Decision, type DecisionFacts, decide, isRegistered, isWrite, type KnownAsset } from "./decide";
import type { MergedDataset } from "./merge-dataset";
import { findObstacle, findTwins } from "./obstacles";
import { setAsideUuid } from "./replacement";

/** An asset, the decision about it, and what its resource needs. */
export interface PlannedAsset {
  readonly definition: Definition;
  readonly decision: Decision;
  /** Its object on the target. */
  readonly object: Target;
  /** What the state has; undefined if this stack never had it. */
  readonly known?: KnownAsset;
  readonly managed: boolean;
  readonly externalUrl?: string;
  /** Name of the target's database: of a database itself, or of the one that a dataset reads. */
  readonly database?: string;
  /** UUIDs of the target, by those of the files, of what it is and uses, where they differ. */
  readonly uuids?: UuidMap;
  /** UUID that the object has now, where it is to get the definition's. */
  readonly takesUuidOf?: string;
  /** Owners and roles, where they are declared. */
  readonly access?: PlannedAccess;
  /** Of a dataset: what is sent in place of its definition, because the target keeps more. */
  readonly merged?: MergedDataset;
  readonly registered: boolean;
}

/** Everything that the plan depends on; reading it is the caller's business. */
export interface PlanInput {
  /** In the order of dependency. */
  readonly definitions: readonly Definition[];
  readonly databases: ReadonlyMap<string, DatabaseTarget>;
  readonly inventory: Inventory;
  /** The objects of the definitions. */
  readonly mapping: Mapping;
  /** What the target has, as it exports it, of those for which {@link needsContent}. */
  readonly contents: ReadonlyMap<Definition, ExportedContent>;
  /** Whether the datasets of those are locked in the UI: no list tells it. */
  readonly locks: ReadonlyMap<Definition, boolean>;
  /** Owners and roles that are declared, by {@link assetKey}. */
  readonly access: ReadonlyMap<string, PlannedAccess>;
  /** What the state has, by {@link assetKey}. */
  readonly known: ReadonlyMap<string, KnownAsset>;
  readonly settings: Settings;
  readonly strategyOf: StrategyLookup;
  /** Fingerprint of the target. */
  readonly target: string;
  /** The environment variables: whether a password that settings take from there is set. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Decides about every asset, in the given order: an asset sees the decisions about what it uses. */
export function planAssets(input: PlanInput): PlannedAsset[] {
  const planned = new Map<string, PlannedAsset>();
  const targets = new Map([...input.mapping].map(([{ kind, uuid }, target]) => [assetKey(kind, uuid), target]));
  const context: PlanContext = {
    ...input,
    planned,
    targets,
    managed: isManaged(input.settings),
    toFiles: mapToFiles(targets),
    twins: findTwins(input),
  };
  for (const definition of input.definitions) {
    const key = assetKey(definition.kind, definition.uuid);
    const asset = planAsset(definition, context);
    planned.set(key, asset);
    targets.set(key, asset.object);
  }
  return [...planned.values()];
}

interface PlanContext extends PlanInput {
  readonly planned: ReadonlyMap<string, PlannedAsset>;
  readonly managed: boolean;
  /** The objects, by {@link assetKey} of their definitions. */
  readonly targets: ReadonlyMap<string, Target>;
  /** UUIDs of the files by those of the target, where they differ. */
  readonly toFiles: UuidMap;
  /** Paths of other definitions for the same object. */
  readonly twins: ReadonlyMap<Definition, Definition>;
}

function planAsset(definition: Definition, context: PlanContext): PlannedAsset {
  const { settings, targets } = context;
  const strategy = context.strategyOf(definition.kind, definition.path);
  const database = findDatabaseName(definition, context);
  const object = targets.get(assetKey(definition.kind, definition.uuid)) ?? { uuid: definition.uuid };
  const known = findKnown(definition, object, context);
  const takesUuidOf = object.remote?.uuid === object.uuid ? undefined : object.remote?.uuid;
  const externalUrl = externalUrlOf(settings, definition.path);
  const access = context.access.get(assetKey(definition.kind, definition.uuid));
  const obstacle = findObstacle(definition, { ...context, database, object, strategy });
  const shared = {
    managed: context.managed,
    ...(externalUrl !== undefined && { externalUrl }),
    ...(known && { known }),
  };
  const isLocked = object.remote?.managed ?? context.locks.get(definition);
  const decided = decide({
    ...shared,
    kind: definition.kind,
    strategy,
    replace: settings.replace,
    onDrift: settings.onDrift,
    checksum: definition.digest,
    links: digestLinks(definition.references, lookUpIds(context)),
    target: context.target,
    ...(object.remote !== undefined && { object: { uuid: object.remote.uuid, id: object.remote.id } }),
    ...readContent(definition, known, context),
    ...(isLocked !== undefined && { isLocked }),
    misplaced: isMisplaced(definition, object, database, context.inventory),
    takesUuid: takesUuidOf !== undefined,
    usesReplaced: definition.references.some(({ kind, uuid }) => isReplaced(context.planned.get(assetKey(kind, uuid)))),
    ...findReplacement(definition, object, known, context),
    ...(access?.change !== undefined && { otherChanges: [access.change] }),
    accessRestated: !isSameAccess(access, known?.access),
    ...(obstacle !== undefined && { obstacle }),
  });
  const decision = refuseTwin(withholdIfOrphaned(decided, definition, context), definition, obstacle, context);
  const isTaken = takesUuidOf !== undefined && isWrite(decision.action);
  // What is not written keeps its UUID, and what uses it has to name that one.
  const kept = takesUuidOf === undefined || isTaken ? object : { ...object, uuid: takesUuidOf };
  const uuids = mapUuids(definition, kept, targets);
  return {
    ...shared,
    definition,
    decision,
    object: kept,
    registered: isRegistered(decision, known),
    ...(access !== undefined && { access }),
    ...(database !== undefined && { database }),
    ...(uuids !== undefined && { uuids }),
    ...(isTaken && { takesUuidOf }),
  };
}

/** The name on the target of the database that a definition is, or reads. */
function findDatabaseName(
  definition: Definition,
  { databases, targets }: Pick<PlanContext, "databases" | "targets">,
): string | undefined {
  const nameOf = (uuid: string) => targets.get(assetKey("database", uuid))?.remote?.title ?? databases.get(uuid)?.name;
  if (definition.kind === "database") return nameOf(definition.uuid) ?? definition.title;
  const reference = definition.references.find(({ kind }) => kind === "database");
  return reference && nameOf(reference.uuid);
}

/** An object keeps its resource even if its definition gets another UUID: a database by its name, others by mapping. */
function findKnown(
  { kind, uuid }: Definition,
  object: Target,
  { known, targets }: PlanContext,
): KnownAsset | undefined {
  const own = known.get(assetKey(kind, uuid));
  if (own !== undefined || object.remote === undefined) return own;
  const wanted = object.remote;
  for (const [key, candidate] of known) {
    if (!key.startsWith(`${kind}:`) || targets.has(key)) continue;
    if (kind === "database" ? candidate.title === wanted.title : objectUuid(candidate) === wanted.uuid)
      return candidate;
  }
  return undefined;
}

/**
 * Whether the target's content has to be read before anything can be decided: it is new to this stack or to this
 * server, or somebody changed it since.
 */
export function needsContent(remote: RemoteAsset, known: KnownAsset | undefined, target: string): boolean {
  if (remote.kind === "database") return false;
  if (known === undefined || known.target !== target) return true;
  return known.changedOn !== undefined && known.changedOn !== remote.changedOn;
}

/** Digest of the target's content, as it would be if the files stated it. */
function readContent(
  definition: Definition,
  known: KnownAsset | undefined,
  context: PlanContext,
): { content?: string } {
  const content = context.contents.get(definition);
  if (content === undefined) return {};
  const own = withoutInherited(content, definition.document);
  const document = known?.target === context.target ? withoutRetained(own, definition, known) : own;
  // Two databases of the files may be one on the target: the one that the file itself names comes first.
  const uuids = { ...context.toFiles, ...invertUuids(mapReferences(definition, context)) };
  return { content: digestText(toStatedText(definition.kind, document, uuids, context.inventory)) };
}

/** What the dataset keeps beyond what was applied, as far as that is known by name: a column may be stated again now. */
function withoutRetained(
  document: AssetDocument,
  { document: stated }: Definition,
  { retained, columns }: KnownAsset,
): AssetDocument {
  const applied = columns?.map((name) => ({ column_name: name })) ?? stated.columns;
  return dropRetained(document, retained, [{ ...stated, columns: applied }]);
}

function mapReferences(
  { kind, uuid, references }: Definition,
  { targets, databases, inventory }: PlanContext,
): UuidMap {
  const own = [{ kind, uuid }, ...references].flatMap((reference) => {
    const remote = targets.get(assetKey(reference.kind, reference.uuid))?.remote;
    const database = reference.kind === "database" ? databases.get(reference.uuid)?.name : undefined;
    const found = remote ?? (database === undefined ? undefined : inventory.databaseByName(database));
    return found === undefined || found.uuid === reference.uuid ? [] : [[reference.uuid, found.uuid] as const];
  });
  return Object.fromEntries(own);
}

/** UUIDs of the files by those of the target, where they differ. */
function mapToFiles(targets: PlanContext["targets"]): UuidMap {
  const entries = [...targets].flatMap(([key, { remote }]) => {
    const uuid = key.slice(key.indexOf(":") + 1);
    return remote === undefined || remote.uuid === uuid ? [] : [[remote.uuid, uuid] as const];
  });
  return Object.fromEntries(entries);
}

function isMisplaced(
  { kind }: Definition,
  { remote }: Target,
  database: string | undefined,
  inventory: Inventory,
): boolean {
  if (kind !== "dataset" || remote === undefined || database === undefined) return false;
  return remote.database?.id !== inventory.databaseByName(database)?.id;
}

function isReplaced(planned: PlannedAsset | undefined): boolean {
  return planned?.decision.action === "replace";
}

/** Whether the old object of a replacement is still there, set aside. */
function findReplacement(
  { kind }: Definition,
  { uuid, remote }: Target,
  known: KnownAsset | undefined,
  { inventory }: PlanContext,
): Pick<DecisionFacts, "replacement"> {
  if (inventory.byUuid(kind, setAsideUuid(uuid)) === undefined) return {};
  return { replacement: remote !== undefined && known?.supersetId === remote.id ? "done" : "interrupted" };
}

/** Ids as they will be after this deployment: undefined for what is created again. */
function lookUpIds({ planned, targets, inventory }: PlanContext): IdLookup {
  return (kind, uuid) => {
    const action = planned.get(assetKey(kind, uuid))?.decision.action;
    if (action === "create" || action === "replace") return undefined;
    const target = targets.get(assetKey(kind, uuid));
    return (target === undefined ? inventory.byUuid(kind, uuid) : target.remote)?.id;
  };
}

/** UUIDs of the target for those of the files, of the asset itself and of all it uses; databases go by their name. */
function mapUuids(
  { kind, uuid, references }: Definition,
  object: Target,
  targets: ReadonlyMap<string, Target>,
): UuidMap | undefined {
  const uuids: Record<string, string> = {};
  if (kind !== "database" && object.uuid !== uuid) uuids[uuid] = object.uuid;
  for (const reference of references) {
    const used = reference.kind === "database" ? undefined : targets.get(assetKey(reference.kind, reference.uuid));
    if (used !== undefined && used.uuid !== reference.uuid) uuids[reference.uuid] = used.uuid;
  }
  return Object.keys(uuids).length === 0 ? undefined : uuids;
}

/** Of two definitions of one object not even the state may have both. */
function refuseTwin(
  decision: Decision,
  definition: Definition,
  obstacle: string | undefined,
  { twins }: PlanContext,
): Decision {
  if (obstacle === undefined || !twins.has(definition) || decision.action !== "take") return decision;
  return { action: "refuse", reason: obstacle };
}

/** An asset cannot be written while something it uses is neither on the target nor about to be. */
function withholdIfOrphaned(decision: Decision, definition: Definition, context: PlanContext): Decision {
  if (!isWrite(decision.action)) return decision;
  for (const { kind, uuid } of definition.references) {
    const stated = kind === "database" ? context.databases.get(uuid)?.definition?.uuid : undefined;
    const used = context.planned.get(assetKey(kind, stated ?? uuid));
    if (used === undefined || used.decision.action === "create") continue;
    const there =
      kind === "database"
        ? used.decision.action !== "skip" || used.known !== undefined
        : used.object.remote !== undefined;
    if (!there) {
      return {
        action: "skip",
        reason: `it uses ${describeAsset(kind, used.definition.title)}, which is not on the target`,
      };
    }
  }
  return decision;
}
