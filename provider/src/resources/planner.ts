import * as pulumi from "@pulumi/pulumi";
import type { Definition } from "../assets/definition";
import { applyDatabaseSettings, mapDatabases } from "../plan/database-map";
import { type PlanInput, type PlannedAsset, planAssets } from "../plan/plan-assets";
import { connectionOf, readSettings, SETTINGS_NAMESPACE } from "../settings/read-settings";
import type { Settings } from "../settings/schema";
import { createSupersetClient } from "../superset/client";
import { fingerprintTarget } from "../superset/connection";
import { type Inventory, loadInventory } from "../superset/inventory";
import { type KnownResource, readKnownResources } from "./known-resources";

/** What a program knows before it registers anything: settings, target and state, each read once a run. */
export class Planner {
  readonly settings: Settings;
  readonly target: string;
  private readonly facts: Promise<[Inventory, ReadonlyMap<string, KnownResource>]>;

  private constructor() {
    const stack = pulumi.getStack();
    this.settings = readSettings(stackSettings(), stack);
    this.target = fingerprintTarget(this.settings.url);
    this.facts = this.readFacts(stack);
    // Whoever asks for the facts is told; without this line Node would report the failure a second time.
    this.facts.catch(() => undefined);
  }

  private static instance: Planner | undefined;

  /** The planner of this program's run. */
  static ofProgram(): Planner {
    Planner.instance ??= new Planner();
    return Planner.instance;
  }

  /** What the state has, by kind and UUID. */
  async known(): Promise<ReadonlyMap<string, KnownResource>> {
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
    const databases = mapDatabases(definitions.filter(({ kind }) => kind === "database"), this.settings.databases);
    const input: PlanInput = { definitions, databases, inventory, known, settings: this.settings, target: this.target };
    return planAssets(input);
  }

  private async readFacts(stack: string): Promise<[Inventory, ReadonlyMap<string, KnownResource>]> {
    const client = createSupersetClient(connectionOf(this.settings, stack));
    await client.version();
    return Promise.all([loadInventory(client), readKnownResources(stack)]);
  }
}

/** The settings as Pulumi has them, without the namespace; secrets are in clear in this process. */
function stackSettings(): Record<string, string> {
  const prefix = `${SETTINGS_NAMESPACE}:`;
  const entries = Object.entries(pulumi.runtime.allConfig()).filter(([key]) => key.startsWith(prefix));
  return Object.fromEntries(entries.map(([key, value]) => [key.slice(prefix.length), value]));
}
