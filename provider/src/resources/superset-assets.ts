import { resolve } from "node:path";
import type { Access } from "../assets/access";
import { assetKey } from "../assets/asset-key";
import type { AssetIdentity, AssetKind, Definition } from "../assets/definition";
import { orderByDependency } from "../assets/graph";
import { type Assets, readAssets } from "../assets/read-folder";
import { mapDatabases } from "../plan/database-map";
import { findDefinition } from "../plan/find-definition";
import { assertNoErrors, formatFindings } from "../plan/report";
import { assertSomethingLeft } from "../plan/vanished";
import type { Settings } from "../settings/schema";
import { planRules, type RulePlan } from "./access-resources";
import type { AssetResource } from "./asset-resource";
import { FolderAsset } from "./folder-asset";
import { FOLDER_TYPE } from "./known-resources";
import { MAY_EMPTY_VARIABLE } from "./plan-record";
import { Planner } from "./planner";
import { type AddedPart, type PlannedPart, ProgramAssets, runForPeople } from "./program-assets";
import * as pulumi from "./pulumi";
import { type Registered, registerPlanned } from "./register-folder";

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

  constructor(name: string, args: SupersetAssetsArgs = {}, options: pulumi.ComponentResourceOptions = {}) {
    super(FOLDER_TYPE, name, {}, options);
    this.part = runForPeople(() => this.addToProgram(name, args));
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

  private addToProgram(name: string, args: SupersetAssetsArgs): AddedPart {
    const planner = Planner.ofProgram();
    const folder = args.folder ?? planner.settings.assets;
    return ProgramAssets.ofProgram().add({
      source: "folder",
      declares: [],
      define: async (declared) => {
        const { definitions, access } = await readFolder(folder, planner.settings, declared, this);
        this.access = access;
        return definitions;
      },
      access: () => this.access,
      planRules: async (all) => {
        this.rules = await planRules(this.access, all, planner, this);
        return this.rules.missing;
      },
      check: (plan) => this.checkPlan(plan),
      host: { name, component: this },
      resources: () => this.resources,
    });
  }

  private async checkPlan({ own, vanished }: PlannedPart): Promise<void> {
    // A folder may hold nothing but rules.
    const mayEmpty = process.env[MAY_EMPTY_VARIABLE] === "true";
    if (this.access.rules.length === 0 && !mayEmpty) assertSomethingLeft(own, vanished, pulumi.getStack());
    const skipped = this.rules?.skipped;
    if (skipped !== undefined) await pulumi.log.info(skipped, this);
  }

  private async registerFolder(): Promise<ReadonlyMap<string, Registered>> {
    const plan = await (await this.part).planned;
    const planner = Planner.ofProgram();
    const registered = registerPlanned(plan, planner, this);
    const program = ProgramAssets.ofProgram();
    this.rules?.register(
      (uuid) => registered.get(assetKey("dataset", uuid))?.resource ?? program.resourceOf("dataset", uuid),
    );
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
