import * as pulumi from "@pulumi/pulumi";
import type { Definition } from "../assets/definition";
import { applyDatabaseSettings, mapDatabases } from "../plan/database-map";
import type { KnownAsset } from "../plan/decide";
import { type PlanInput, type PlannedAsset, planAssets } from "../plan/plan-assets";
import { findVanished, type VanishedAsset } from "../plan/vanished";
import { connectionOf, readSettings, SETTINGS_NAMESPACE } from "../settings/read-settings";
import type { Settings } from "../settings/schema";
import { createSupersetClient, type SupersetClient } from "../superset/client";
import { fingerprintTarget } from "../superset/connection";
import { findDependents } from "../superset/delete";
import { type Inventory, loadInventory } from "../superset/inventory";
import { confirmAbsences } from "../superset/lookup";
import { FOLDER_TYPE, readKnownResources } from "./known-resources";

/** What a program knows before it registers anything: settings, target and state, each read once a run. */
export class Planner {
  readonly settings: Settings;
  readonly target: string;
  private readonly client: SupersetClient;
  private readonly facts: Promise<[Inventory, ReadonlyMap<string, KnownAsset>]>;

  private constructor() {
    const stack = pulumi.getStack();
    this.settings = readSettings(stackSettings(), stack);
    this.target = fingerprintTarget(this.settings.url);
    this.client = createSupersetClient(connectionOf(this.settings, stack));
    this.facts = this.readFacts(stack);
    // Whoever asks for the facts is told; without this line Node would report the failure a second time.
    this.facts.catch(() => undefined);
  }

  /** How many folders the program declares. */
  static folders = 0;

  private static instance: Planner | undefined;

  /** The planner of this program's run. */
  static ofProgram(): Planner {
    Planner.instance ??= new Planner();
    return Planner.instance;
  }

  /** What the state has, by kind and UUID. */
  async known(): Promise<ReadonlyMap<string, KnownAsset>> {
    return (await this.facts)[1];
  }

  /** What the target has. */
  async inventory(): Promise<Inventory> {
    return (await this.facts)[0];
  }

  /** Plans assets that belong together, in the order of dependency. */
  async plan(stated: readonly Definition[]): Promise<PlannedAsset[]> {
    const [inventory, known] = await this.facts;
    const definitions = applyDatabaseSettings(stated, this.settings.databases);
    const databases = mapDatabases(
      definitions.filter(({ kind }) => kind === "database"),
      this.settings.databases,
    );
    const expected = definitions.map(({ kind, uuid }) => ({ kind, uuid, database: databases.get(uuid)?.name }));
    await confirmAbsences(this.client, inventory, expected);
    const { settings, target } = this;
    const input: PlanInput = { definitions, databases, inventory, known, settings, target, environment: process.env };
    return planAssets(input);
  }

  /** What the state has and the folder no longer; nothing where several folders share the state, as none knows all. */
  async findVanished(planned: readonly PlannedAsset[]): Promise<VanishedAsset[]> {
    if (Planner.folders !== 1) return [];
    const known = [...(await this.known())].filter(([, { urn }]) => urn.includes(`::${FOLDER_TYPE}$`));
    const kept = new Set(planned.flatMap((asset) => asset.known ?? []));
    const definitions = planned.map(({ definition }) => definition);
    return findVanished(new Map(known), kept, definitions, new Set(this.settings.strategy));
  }

  /** What on the target uses an asset, by name. */
  async findUsers({ kind, known }: VanishedAsset): Promise<string[]> {
    const remote = (await this.inventory()).byUuid(kind, known.uuid);
    return remote === undefined ? [] : findDependents(this.client, remote);
  }

  private async readFacts(stack: string): Promise<[Inventory, ReadonlyMap<string, KnownAsset>]> {
    await this.client.version();
    return Promise.all([loadInventory(this.client), readKnownResources(stack)]);
  }
}

/** The settings as Pulumi has them, without the namespace; secrets are in clear in this process. */
function stackSettings(): Record<string, string> {
  const prefix = `${SETTINGS_NAMESPACE}:`;
  const entries = Object.entries(pulumi.runtime.allConfig()).filter(([key]) => key.startsWith(prefix));
  return Object.fromEntries(entries.map(([key, value]) => [key.slice(prefix.length), value]));
}
