import { resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import type { Access } from "../assets/access";
import type { AssetIdentity, AssetKind, Definition } from "../assets/definition";
import { orderByDependency } from "../assets/graph";
import { type Assets, readAssets } from "../assets/read-folder";
import { assetKey } from "../plan/asset-key";
import { mapDatabases } from "../plan/database-map";
import { findDefinition } from "../plan/find-definition";
import { formatMerged } from "../plan/merge-planned";
import { formatOrphans } from "../plan/orphans";
import { formatReplacements } from "../plan/replacement";
import { assertNoErrors, formatAdopted, formatFindings, formatSkipped } from "../plan/report";
import {
  assertSomethingLeft,
  assertUnprotected,
  formatDeleted,
  formatStaying,
  type VanishedAsset,
} from "../plan/vanished";
import type { Settings } from "../settings/schema";
import { planRules, type RulePlan } from "./access-resources";
import type { AssetResource } from "./asset-resource";
import { FolderAsset } from "./folder-asset";
import { FOLDER_TYPE } from "./known-resources";
import { type DeletionPlan, planDeletions } from "./plan-deletions";
import { recordPlan } from "./plan-record";
import { Planner } from "./planner";
import { type AddedPart, type PlannedPart, ProgramAssets, runForPeople } from "./program-assets";
import { type Registered, registerKept, registerPlanned } from "./register-folder";

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
  /** What the files named `access.yaml` declare, once the folder is read. */
  private access: Access = { assets: [], rules: [] };
  private rules: RulePlan | undefined;
  /** What the state has and no file any more, once the folder is planned. */
  private vanished: readonly VanishedAsset[] = [];
  private deletions: DeletionPlan | undefined;

  constructor(
    private readonly name: string,
    args: SupersetAssetsArgs = {},
    options: pulumi.ComponentResourceOptions = {},
  ) {
    super(FOLDER_TYPE, name, {}, options);
    this.part = runForPeople(() => this.addToProgram(args));
    this.registered = runForPeople(() => this.registerFolder());
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
      define: async (declared) => {
        const { definitions, access } = await readFolder(folder, planner.settings, declared, this);
        this.access = access;
        return definitions;
      },
      access: () => this.access.assets,
      check: (plan) => this.checkVanished(plan, planner),
    });
  }

  /** What the program declares is no longer the folder's, but has not vanished. */
  private async checkVanished({ own, all }: PlannedPart, planner: Planner): Promise<void> {
    const vanished = await planner.findVanished(all);
    this.vanished = vanished;
    assertSomethingLeft(own, vanished, pulumi.getStack());
    assertUnprotected(vanished, planner.isProtected, pulumi.getStack());
    const deletions = await planDeletions(all, vanished, planner);
    this.deletions = deletions;
    this.rules = await planRules(this.access, all, planner, this);
    for (const text of [
      formatReplacements(await planner.readReplaced(own)),
      formatAdopted(own),
      formatMerged(own),
      formatSkipped(own),
      formatStaying(vanished),
      formatDeleted(vanished),
      formatOrphans(deletions.orphans),
    ]) {
      if (text !== undefined) await pulumi.log.info(text, this);
    }
  }

  private async registerFolder(): Promise<ReadonlyMap<string, Registered>> {
    const plan = await (await this.part).planned;
    const planner = Planner.ofProgram();
    recordPlan(plan.own);
    const registered = registerPlanned(plan, await planner.known(), planner, this);
    registerKept(this.vanished, planner, this);
    this.rules?.register(registered);
    const written = plan.all.flatMap(({ definition: { kind, uuid } }) => {
      const own = registered.get(assetKey(kind, uuid))?.resource;
      return own ?? ProgramAssets.ofProgram().resourceOf(kind, uuid) ?? [];
    });
    this.deletions?.register(this.name, this, written);
    return registered;
  }
}

async function readFolder(
  folder: string,
  settings: Settings,
  declared: readonly AssetIdentity[],
  component: pulumi.Resource,
): Promise<Pick<Assets, "definitions" | "access">> {
  const path = resolve(folder);
  const { definitions, access, findings } = await readAssets(path, {
    ...(settings.include !== undefined && { include: settings.include }),
    exclude: settings.exclude,
    keepIds: !settings.fixCrossFilters,
    mappedDatabaseUuids: [...mapDatabases([], settings.databases).keys()],
    declared,
  });
  assertNoErrors(findings, folder);
  const warnings = formatFindings(findings, "warning");
  if (warnings !== undefined) await pulumi.log.warn(warnings, component);
  return { definitions: orderByDependency(definitions), access };
}
