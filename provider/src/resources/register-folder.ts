import { assetKey } from "../assets/asset-key";
import { ASSET_KINDS, type AssetKind } from "../assets/definition";
import type { KnownAsset } from "../plan/decide";
import { nameOfUrn, type Succession } from "../plan/names";
import type { PlannedAsset } from "../plan/plan-assets";
import type { VanishedAsset } from "../plan/vanished";
import { AssetResource } from "./asset-resource";
import { FOLDER_TYPE } from "./known-resources";
import { toInputs } from "./planned-inputs";
import type { Planner } from "./planner";
import { type PlannedPart, ProgramAssets } from "./program-assets";
import type * as pulumi from "./pulumi";

/** An asset of a folder with its resource. */
export interface Registered {
  readonly planned: PlannedAsset;
  readonly resource: AssetResource;
}

/** Registers the resources of a folder's assets, each after what it uses. */
export function registerPlanned(
  { own, all, successions }: PlannedPart,
  planner: Planner,
  parent: pulumi.Resource,
): ReadonlyMap<string, Registered> {
  const registered = new Map<string, Registered>();
  const program = ProgramAssets.ofProgram();
  const isProtected = planner.isProtected;
  const released = listReleased(successions);
  return withoutStacks(() => {
    for (const plan of own) {
      const succession = successions.get(plan);
      if (succession === undefined) continue;
      const { definition } = plan;
      const find = (kind: AssetKind, uuid: string) =>
        registered.get(assetKey(kind, uuid))?.resource ?? program.resourceOf(kind, uuid);
      const used = definition.references.map(
        ({ kind, uuid }) => find(kind, uuid) ?? find(kind, findMappedDatabase(plan, all) ?? uuid),
      );
      const inputs = {
        ...toInputs(plan, succession, all, planner.target),
        ...released.get(definition.name),
      };
      const resource = new AssetResource(definition.kind, definition.name, inputs, {
        parent,
        dependsOn: [...new Set(used.filter((dependency) => dependency !== undefined))],
        // Where no glob protects it, the option of the folder does, if that is set.
        ...(isProtected(definition.path) && { protect: true }),
        retainOnDelete: isForgotten(plan, planner),
        aliases: succession.alias === undefined ? [] : [succession.alias],
      });
      registered.set(assetKey(definition.kind, definition.uuid), { planned: plan, resource });
    }
    return registered;
  });
}

/** A database whose UUID only the settings know is that of the file with the name that they give. */
function findMappedDatabase({ database }: PlannedAsset, all: readonly PlannedAsset[]): string | undefined {
  if (database === undefined) return undefined;
  return all.find(({ definition, database: name }) => definition.kind === "database" && name === database)?.definition
    .uuid;
}

/** Objects that other resources take over, by the name of the resource that has them now. */
function listReleased(successions: ReadonlyMap<PlannedAsset, Succession>): ReadonlyMap<string, { released: string[] }> {
  const byName = new Map<string, { released: string[] }>();
  for (const [{ object }, { takesOverFrom }] of successions) {
    if (takesOverFrom === undefined) continue;
    const entry = byName.get(takesOverFrom) ?? { released: [] };
    entry.released.push(object.remote?.uuid ?? object.uuid);
    byName.set(takesOverFrom, entry);
  }
  return byName;
}

/**
 * What the program no longer declares, and what stays only because a flag is missing, keeps its resource unchanged.
 *
 * @param folder a folder of the program, if it has one
 */
export function registerKept(
  vanished: readonly VanishedAsset[],
  planner: Planner,
  folder: pulumi.Resource | undefined,
): void {
  const isProtected = planner.isProtected;
  const kept: AssetResource[] = [];
  withoutStacks(() => {
    for (const kind of ASSET_KINDS) {
      const below = [...kept];
      for (const { known, staysBecause } of vanished.filter((asset) => asset.isKept && asset.kind === kind)) {
        const inputs = { kept: known, kind, reason: staysBecause ?? "", target: planner.target };
        // What uses what is not known any more: a later delete goes by the kinds.
        const options = { ...placeKept(known, folder), dependsOn: below, protect: isProtected(known.path) };
        kept.push(new AssetResource(kind, nameOfUrn(known.urn), inputs, options));
      }
    }
  });
}

/** The engine shall see the resource of the state: the types of its parents, which may be gone, are part of its URN. */
function placeKept({ urn }: KnownAsset, folder: pulumi.Resource | undefined): pulumi.CustomResourceOptions {
  const parent = urn.includes(`${FOLDER_TYPE}$`) ? folder : undefined;
  return { ...(parent && { parent }), aliases: [urn] };
}

/**
 * Pulumi notes a call stack for every property of every resource, which takes a fifth of a preview of some hundred
 * resources, and tells nothing here: all of them come from the same line.
 */
function withoutStacks<T>(register: () => T): T {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return register();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/**
 * Whether Pulumi only forgets the resource: what was there before this stack is not deleted, unless a new object takes its
 * place. Everything else the hooks decide by the strategy.
 */
function isForgotten({ definition, known, decision }: PlannedAsset, planner: Planner): boolean {
  const isKnownHere = known !== undefined && known.target === planner.target;
  const isAdopted = isKnownHere ? known.origin === "adopted" : decision.action !== "create";
  return isAdopted && !planner.mayReplace(definition.kind, definition.path);
}
