import { resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import picomatch from "picomatch";
import type { AssetKind, Definition } from "../assets/definition";
import { orderByDependency } from "../assets/graph";
import { type Assets, readAssets } from "../assets/read-folder";
import { ProblemError } from "../core/errors";
import { assetKey } from "../plan/asset-key";
import { mapDatabases } from "../plan/database-map";
import { isWrite, type KnownAsset } from "../plan/decide";
import { findSuccessions, type Succession } from "../plan/names";
import type { PlannedAsset } from "../plan/plan-assets";
import {
  assertNoErrors,
  assertNoneUsed,
  assertNothingRefused,
  formatAdopted,
  formatFindings,
  formatSkipped,
} from "../plan/report";
import {
  assertUnprotected,
  type Fate,
  findRemainingUsers,
  formatDeleted,
  formatStaying,
  type VanishedAsset,
} from "../plan/vanished";
import type { Settings } from "../settings/schema";
import { formatStrategy } from "../settings/strategy";
import { planRules } from "./access-resources";
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
    // At once: Pulumi registers no outputs by itself right after the constructor, and takes only the first ones. A failure
    // is told by `resources`.
    const strategy = this.registered.then(
      () => formatStrategy(new Set(Planner.ofProgram().settings.strategy)),
      () => undefined,
    );
    this.registerOutputs({ strategy });
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
    const { definitions, access } = await readFolder(args.folder ?? planner.settings.assets, planner.settings, this);
    planner.claim(definitions);
    const planned = await planner.plan(definitions);
    assertNothingRefused(planned, pulumi.getStack());
    const vanished = await planner.findVanished(planned);
    assertSomethingLeft(planned, vanished);
    assertUnprotected(vanished, matchProtected(planner.settings), pulumi.getStack());
    await assertDeletable(vanished, planned, planner);
    const rules = await planRules(access, planned, planner, this);
    for (const text of [
      formatAdopted(planned),
      formatSkipped(planned),
      formatStaying(vanished),
      formatDeleted(vanished),
    ]) {
      if (text !== undefined) await pulumi.log.info(text, this);
    }
    recordPlan(planned);
    const registered = registerPlanned(planned, await planner.known(), planner, this);
    rules.register(registered);
    return registered;
  }
}

interface Registered {
  readonly planned: PlannedAsset;
  readonly resource: AssetResource;
}

async function readFolder(
  folder: string,
  settings: Settings,
  component: pulumi.Resource,
): Promise<Pick<Assets, "definitions" | "access">> {
  const path = resolve(folder);
  const { definitions, access, findings } = await readAssets(path, {
    ...(settings.include !== undefined && { include: settings.include }),
    exclude: settings.exclude,
    mappedDatabaseUuids: [...mapDatabases([], settings.databases).keys()],
  });
  assertNoErrors(findings, folder);
  const warnings = formatFindings(findings, "warning");
  if (warnings !== undefined) await pulumi.log.warn(warnings, component);
  return { definitions: orderByDependency(definitions), access };
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
  return withoutStacks(() => {
    for (const [plan, succession] of successions) {
      const { definition } = plan;
      const used = definition.references.map(({ kind, uuid }) => registered.get(assetKey(kind, uuid))?.resource);
      const released = [...successions].flatMap(
        ([
          {
            definition: { uuid },
          },
          { takesOverFrom },
        ]) => (takesOverFrom === definition.name ? [uuid] : []),
      );
      const inputs = { ...toInputs(plan, succession, planner.target), ...(released.length > 0 && { released }) };
      const resource = new AssetResource(definition.kind, definition.name, inputs, {
        parent,
        dependsOn: [...new Set(used.filter((candidate) => candidate !== undefined))],
        // Where no glob protects it, the option of the folder does, if that is set.
        ...(isProtected(definition.path) && { protect: true }),
        retainOnDelete: staysOnDelete(plan, planner),
        aliases: succession.alias === undefined ? [] : [succession.alias],
      });
      registered.set(assetKey(definition.kind, definition.uuid), { planned: plan, resource });
    }
    return registered;
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

/** An empty folder is more likely a wrong path or glob than the wish to delete all there is. */
function assertSomethingLeft(planned: readonly PlannedAsset[], vanished: readonly VanishedAsset[]): void {
  const deleted = vanished.filter(({ staysBecause }) => staysBecause === undefined);
  if (planned.length > 0 || deleted.length === 0) return;
  throw new ProblemError({
    code: "delete/everything",
    summary: `The folder holds no asset, and all ${deleted.length} that this stack made would be deleted; nothing was written.`,
    remedy: "Correct superset:assets, superset:include or superset:exclude. To delete everything: pulumi destroy",
    place: { stack: pulumi.getStack() },
    exitCode: 3,
  });
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
  const inventory = await planner.inventory();
  const fates = new Map<string, Fate>();
  const note = (kind: AssetKind, uuid: string, fate: Fate) => {
    const id = inventory.byUuid(kind, uuid)?.id;
    if (id !== undefined) fates.set(`${kind}:${id}`, fate);
  };
  for (const { definition, decision } of planned)
    note(definition.kind, definition.uuid, isWrite(decision.action) ? "written" : "left");
  const deleted = vanished.filter(({ staysBecause }) => staysBecause === undefined);
  for (const { kind, known } of deleted) note(kind, known.uuid, "deleted");
  const used = deleted.map(async (asset) => {
    const users = await planner.findUsers(asset);
    return { asset, users: findRemainingUsers(users, ({ kind, id }) => fates.get(`${kind}:${id}`)) };
  });
  assertNoneUsed(await Promise.all(used), pulumi.getStack());
}

function toInputs(plan: PlannedAsset, { takesOverFrom }: Succession, target: string): AssetResourceInputs {
  const { definition, decision, known } = plan;
  if (known === undefined || known.target !== target) return { definition, plan, target };
  const { origin, checksum, links, managed, externalUrl } = known;
  const inherited = { origin, checksum, links, managed, ...(externalUrl !== undefined && { externalUrl }) };
  if (isWrite(decision.action) || takesOverFrom === undefined) return { definition, plan, target, inherited };
  // Only the state changes: the object and what is known of it go on under the new name.
  const reason = `taken over from ${takesOverFrom}${decision.action === "skip" ? `, left as it is: ${decision.reason}` : ""}`;
  return { definition, plan: { ...plan, decision: { action: "take", reason } }, target, inherited };
}

/** Without DELETE, and for everything that was there before this stack, Pulumi only forgets. */
function staysOnDelete({ known, decision }: PlannedAsset, { settings, target }: Planner): boolean {
  const isKnownHere = known !== undefined && known.target === target;
  const adopted = isKnownHere ? known.origin === "adopted" : decision.action !== "create";
  return adopted || !settings.strategy.includes("DELETE");
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
