import { resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import picomatch from "picomatch";
import type { AssetIdentity, AssetKind, Definition } from "../assets/definition";
import { orderByDependency } from "../assets/graph";
import { readAssets } from "../assets/read-folder";
import { ProblemError } from "../core/errors";
import { assetKey } from "../plan/asset-key";
import { mapDatabases } from "../plan/database-map";
import { isWrite, type KnownAsset } from "../plan/decide";
import { findDefinition } from "../plan/find-definition";
import { findSuccessions, type Succession } from "../plan/names";
import type { PlannedAsset } from "../plan/plan-assets";
import { assertNoErrors, assertNoneUsed, formatAdopted, formatFindings, formatSkipped } from "../plan/report";
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
import { AssetResource, type AssetResourceInputs } from "./asset-resource";
import { FolderAsset } from "./folder-asset";
import { FOLDER_TYPE } from "./known-resources";
import { recordPlan } from "./plan-record";
import { Planner } from "./planner";
import { type AddedPart, type PlannedPart, ProgramAssets, runForPeople } from "./program-assets";

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
  private readonly part: Promise<AddedPart>;
  private readonly registered: Promise<ReadonlyMap<string, Registered>>;

  constructor(name: string, args: SupersetAssetsArgs = {}, options: pulumi.ComponentResourceOptions = {}) {
    super(FOLDER_TYPE, name, {}, options);
    this.part = runForPeople(() => this.addToProgram(args));
    this.registered = runForPeople(() => this.registerFolder());
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

  /** A database of the folder, by path, UUID or name, for datasets that the program declares. */
  database(wanted: string): FolderAsset<"database"> {
    return this.find("database", wanted);
  }

  /** A dataset of the folder, by path (`datasets/Shop/orders`), UUID or name, for charts that the program declares. */
  dataset(wanted: string): FolderAsset<"dataset"> {
    return this.find("dataset", wanted);
  }

  /** A chart of the folder, by path, UUID or title, for dashboards that the program declares. */
  chart(wanted: string): FolderAsset<"chart"> {
    return this.find("chart", wanted);
  }

  /** A dashboard of the folder, by path, UUID or title. */
  dashboard(wanted: string): FolderAsset<"dashboard"> {
    return this.find("dashboard", wanted);
  }

  private find<Kind extends AssetKind>(kind: Kind, wanted: string): FolderAsset<Kind> {
    const definition = runForPeople(async () => findDefinition(kind, wanted, await (await this.part).definitions));
    const resource = Promise.all([definition, this.registered]).then(
      ([{ uuid }, entries]) => entries.get(assetKey(kind, uuid))?.resource,
    );
    return new FolderAsset(kind, definition, resource);
  }

  private addToProgram(args: SupersetAssetsArgs): AddedPart {
    const planner = Planner.ofProgram();
    planner.folders += 1;
    const folder = args.folder ?? planner.settings.assets;
    return ProgramAssets.ofProgram().add({
      source: "folder",
      declares: [],
      define: (declared) => readDefinitions(folder, planner.settings, declared, this),
      check: (plan) => this.checkVanished(plan, planner),
    });
  }

  /** What the program declares is no longer the folder's, but has not vanished. */
  private async checkVanished({ own, all }: PlannedPart, planner: Planner): Promise<void> {
    const vanished = await planner.findVanished(all);
    assertSomethingLeft(own, vanished);
    assertUnprotected(vanished, matchProtected(planner.settings), pulumi.getStack());
    await assertDeletable(vanished, all, planner);
    for (const text of [formatAdopted(own), formatSkipped(own), formatStaying(vanished), formatDeleted(vanished)]) {
      if (text !== undefined) await pulumi.log.info(text, this);
    }
  }

  private async registerFolder(): Promise<ReadonlyMap<string, Registered>> {
    const { own } = await (await this.part).planned;
    const planner = Planner.ofProgram();
    recordPlan(own);
    return registerPlanned(own, await planner.known(), planner, this);
  }
}

interface Registered {
  readonly planned: PlannedAsset;
  readonly resource: AssetResource;
}

async function readDefinitions(
  folder: string,
  settings: Settings,
  declared: readonly AssetIdentity[],
  component: pulumi.Resource,
): Promise<Definition[]> {
  const path = resolve(folder);
  const { definitions, findings } = await readAssets(path, {
    ...(settings.include !== undefined && { include: settings.include }),
    exclude: settings.exclude,
    mappedDatabaseUuids: [...mapDatabases([], settings.databases).keys()],
    declared,
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
  const program = ProgramAssets.ofProgram();
  const isProtected = matchProtected(planner.settings);
  const successions = findSuccessions(
    planned.filter((candidate) => candidate.registered),
    known.values(),
  );
  return withoutStacks(() => {
    for (const [plan, succession] of successions) {
      const { definition } = plan;
      const used = definition.references.map(
        ({ kind, uuid }) => registered.get(assetKey(kind, uuid))?.resource ?? program.resourceOf(kind, uuid),
      );
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

/** What a resource sends to its hooks, and what it knows of an object that it takes over from another resource. */
export function toInputs(plan: PlannedAsset, { takesOverFrom }: Succession, target: string): AssetResourceInputs {
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
