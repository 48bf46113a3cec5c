import { resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import picomatch from "picomatch";
import { ASSET_KINDS, type AssetKind, type Definition } from "../assets/definition";
import { orderByDependency } from "../assets/graph";
import { readAssets } from "../assets/read-folder";
import { ProblemError } from "../core/errors";
import { assetKey } from "../plan/asset-key";
import { mapDatabases } from "../plan/database-map";
import { isWrite, type KnownAsset, objectUuid } from "../plan/decide";
import { formatMerged } from "../plan/merge-planned";
import { findSuccessions, nameOfUrn, type Succession } from "../plan/names";
import type { PlannedAsset } from "../plan/plan-assets";
import { formatReplacements } from "../plan/replacement";
import {
  assertNoErrors,
  assertNoneUsed,
  assertNothingRefused,
  formatAdopted,
  formatFindings,
  formatSkipped,
} from "../plan/report";
import {
  assertSomethingLeft,
  assertUnprotected,
  type Fate,
  findRemainingUsers,
  formatDeleted,
  formatStaying,
  listDeleted,
  type VanishedAsset,
} from "../plan/vanished";
import type { Settings } from "../settings/schema";
import type { RemoteAsset } from "../superset/inventory";
import { AssetResource, type AssetResourceInputs } from "./asset-resource";
import { FOLDER_TYPE } from "./known-resources";
import { recordPlan } from "./plan-record";
import { Planner } from "./planner";
import { toRunError } from "./run-error";

/** Arguments of {@link SupersetAssets}. */
export interface SupersetAssetsArgs {
  /** Folder of the asset files, relative to the program. Default: the setting `superset:assets`. */
  readonly folder?: string;
}

/**
 * A folder of Superset export files, each asset one resource.
 *
 * The folder is read and checked, and every asset is planned, before the first resource is registered: if anything
 * cannot be done, nothing is.
 *
 * @example
 * const assets = new SupersetAssets("assets");
 * export const dashboards = assets.urls("dashboard");
 */
export class SupersetAssets extends pulumi.ComponentResource {
  /** The resources by kind and path, once the folder is planned. */
  readonly resources: Promise<readonly AssetResource[]>;
  private readonly registered: Promise<ReadonlyMap<string, Registered>>;

  constructor(name: string, args: SupersetAssetsArgs = {}, options: pulumi.ComponentResourceOptions = {}) {
    super(FOLDER_TYPE, name, {}, options);
    this.registered = runForPeople(() => this.registerFolder(args));
    this.resources = this.registered.then((entries) => [...entries.values()].map(({ resource }) => resource));
    this.registerOutputs();
  }

  /** Page addresses of all assets of a kind on this server, by title (with the path, where several have one title). */
  urls(kind: AssetKind): pulumi.Output<Record<string, string>> {
    const chosen = this.registered.then((entries) => {
      const ofKind = [...entries.values()].filter(({ planned }) => planned.definition.kind === kind);
      const titles = ofKind.map(({ planned }) => planned.definition.title);
      const keyOf = ({ title, path }: Definition) =>
        titles.indexOf(title) === titles.lastIndexOf(title) ? title : `${title} (${path})`;
      return pulumi.all(
        Object.fromEntries(ofKind.map(({ planned, resource }) => [keyOf(planned.definition), resource.url])),
      );
    });
    return pulumi.output(chosen);
  }

  private async registerFolder(args: SupersetAssetsArgs): Promise<ReadonlyMap<string, Registered>> {
    const planner = Planner.ofProgram();
    planner.folders += 1;
    const definitions = await readDefinitions(args.folder ?? planner.settings.assets, planner.settings, this);
    planner.claim(definitions);
    const planned = await planner.plan(definitions);
    assertNothingRefused(planned, pulumi.getStack());
    const vanished = await planner.findVanished(planned);
    assertSomethingLeft(planned, vanished, pulumi.getStack());
    assertUnprotected(vanished, matchProtected(planner.settings), pulumi.getStack());
    await assertDeletable(vanished, planned, planner);
    const replaced = await planner.readReplaced(planned);
    for (const text of [
      formatReplacements(replaced),
      formatAdopted(planned),
      formatMerged(planned),
      formatSkipped(planned),
      formatStaying(vanished),
      formatDeleted(vanished),
    ]) {
      if (text !== undefined) await pulumi.log.info(text, this);
    }
    recordPlan(planned);
    const registered = registerPlanned(planned, await planner.known(), planner, this);
    registerKept(vanished, planner, this);
    return registered;
  }
}

interface Registered {
  readonly planned: PlannedAsset;
  readonly resource: AssetResource;
}

async function readDefinitions(folder: string, settings: Settings, component: pulumi.Resource): Promise<Definition[]> {
  const path = resolve(folder);
  const { definitions, findings } = await readAssets(path, {
    ...(settings.include !== undefined && { include: settings.include }),
    exclude: settings.exclude,
    mappedDatabaseUuids: [...mapDatabases([], settings.databases).keys()],
  });
  assertNoErrors(findings, folder);
  const warnings = formatFindings(findings, "warning");
  if (warnings !== undefined) await pulumi.log.warn(warnings, component);
  return orderByDependency(definitions);
}

function registerPlanned(
  planned: readonly PlannedAsset[],
  known: ReadonlyMap<string, KnownAsset>,
  planner: Planner,
  parent: pulumi.Resource,
): ReadonlyMap<string, Registered> {
  const registered = new Map<string, Registered>();
  const isProtected = matchProtected(planner.settings);
  const successions = findSuccessions(
    planned.filter((candidate) => candidate.registered),
    known.values(),
  );
  const released = listReleased(successions);
  const rewritten = listRewritten(planned);
  return withoutStacks(() => {
    for (const [plan, succession] of successions) {
      const { definition } = plan;
      const used = definition.references.map(({ kind, uuid }) => registered.get(assetKey(kind, uuid))?.resource);
      const inputs = {
        ...toInputs(plan, succession, planner.target),
        ...released.get(definition.name),
        ...(plan.decision.action === "replace" && { rewritten }),
      };
      const resource = new AssetResource(definition.kind, definition.name, inputs, {
        parent,
        dependsOn: [...new Set(used.filter((dependency) => dependency !== undefined))],
        protect: isProtected(definition.path),
        // What was there before this stack, Pulumi only forgets. Everything else the hooks decide by the strategy.
        retainOnDelete: isAdopted(plan, planner.target),
        aliases: succession.alias === undefined ? [] : [succession.alias],
      });
      registered.set(assetKey(definition.kind, definition.uuid), { planned: plan, resource });
    }
    return registered;
  });
}

/** What this run writes over what is there, as `kind:id`. */
function listRewritten(planned: readonly PlannedAsset[]): string[] {
  return planned.flatMap(({ object: { remote }, decision }) =>
    remote !== undefined && isWrite(decision.action) ? [`${remote.kind}:${remote.id}`] : [],
  );
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

/** What no file states any more, and what stays only because a flag is missing, keeps its resource unchanged. */
function registerKept(vanished: readonly VanishedAsset[], planner: Planner, parent: pulumi.Resource): void {
  const isProtected = matchProtected(planner.settings);
  const kept: AssetResource[] = [];
  withoutStacks(() => {
    for (const kind of ASSET_KINDS) {
      const below = [...kept];
      for (const { known, staysBecause } of vanished.filter((asset) => asset.isKept && asset.kind === kind)) {
        const inputs = { kept: known, kind, reason: staysBecause ?? "", target: planner.target };
        // What uses what is not known any more: a later delete goes by the kinds.
        const options = { parent, dependsOn: below, protect: isProtected(known.path) };
        kept.push(new AssetResource(kind, nameOfUrn(known.urn), inputs, options));
      }
    }
  });
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

function matchProtected({ protect }: Settings): (path: string) => boolean {
  return protect.length === 0 ? () => false : picomatch([...protect]);
}

/** Deletes are the only decision that the engine asks nobody about before it acts: so it is made here. */
async function assertDeletable(
  vanished: readonly VanishedAsset[],
  planned: readonly PlannedAsset[],
  planner: Planner,
): Promise<void> {
  const fates = new Map<string, Fate>();
  const note = (remote: RemoteAsset | undefined, fate: Fate) => {
    if (remote !== undefined) fates.set(`${remote.kind}:${remote.id}`, fate);
  };
  const inventory = await planner.inventory();
  for (const { object, decision } of planned) note(object.remote, isWrite(decision.action) ? "written" : "left");
  const deleted = listDeleted(vanished);
  for (const { kind, known } of deleted) note(inventory.byUuid(kind, objectUuid(known)), "deleted");
  const used = deleted.map(async (asset) => {
    const users = await planner.findUsers(asset);
    return { asset, users: findRemainingUsers(users, ({ kind, id }) => fates.get(`${kind}:${id}`)) };
  });
  assertNoneUsed(await Promise.all(used), pulumi.getStack());
}

function toInputs(plan: PlannedAsset, { takesOverFrom }: Succession, target: string): AssetResourceInputs {
  const { definition, decision, known } = plan;
  if (known === undefined || known.target !== target) return { definition, plan, target };
  const { origin, checksum, links, managed, externalUrl, retained, columns } = known;
  const inherited = {
    origin,
    checksum,
    links,
    managed,
    ...(externalUrl !== undefined && { externalUrl }),
    ...(retained !== undefined && { retained }),
    ...(columns !== undefined && { columns }),
  };
  if (isWrite(decision.action) || takesOverFrom === undefined) return { definition, plan, target, inherited };
  // Only the state changes: the object and what is known of it go on under the new name.
  const reason = `taken over from ${takesOverFrom}${decision.action === "skip" ? `, left as it is: ${decision.reason}` : ""}`;
  return { definition, plan: { ...plan, decision: { action: "take", reason } }, target, inherited };
}

/** Whether an object was there before this stack. */
function isAdopted({ known, decision }: PlannedAsset, target: string): boolean {
  const isKnownHere = known !== undefined && known.target === target;
  return isKnownHere ? known.origin === "adopted" : decision.action !== "create";
}

/** Problems of people end the program with their text; anything else is a bug and keeps its stack. */
async function runForPeople<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ProblemError) throw toRunError(error);
    throw error;
  }
}
