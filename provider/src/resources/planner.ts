import type { AssetAccess } from "../assets/access";
import type { AssetKind, Definition } from "../assets/definition";
import { matchAny } from "../core/match-any";
import { connectionOf } from "../login/connection";
import type { KnownAsset } from "../plan/decide";
import type { PlannedAsset } from "../plan/plan-assets";
import { findVanished, type VanishedAsset } from "../plan/vanished";
import { assertEncrypted } from "../settings/encrypted";
import { readSettings } from "../settings/read-settings";
import type { Settings } from "../settings/schema";
import { createStrategyLookup, type StrategyLookup } from "../settings/strategy";
import { type Attachments, readAttachments } from "../superset/attachments";
import { createSupersetClient, type SupersetClient } from "../superset/client";
import { fingerprintTarget } from "../superset/connection";
import { type Inventory, loadInventory } from "../superset/inventory";
import { findKnownResources } from "./known-resources";
import { makePlan } from "./make-plan";
import * as pulumi from "./pulumi";
import { isEncryptedKey, stackSettings } from "./stack-config";
import { readStackOutputs, type StateResource } from "./stack-outputs";

type Facts = [Inventory, ReadonlyMap<string, KnownAsset>];

/** What a program knows before it registers anything: settings, target and state, each read once a run. */
export class Planner {
  readonly settings: Settings;
  readonly target: string;
  readonly strategyOf: StrategyLookup;
  readonly client: SupersetClient;
  private readonly stack = pulumi.getStack();
  private facts: Promise<Facts> | undefined;
  private resources: Promise<readonly StateResource[]> | undefined;

  private constructor() {
    const { stack } = this;
    this.settings = readSettings(stackSettings(), stack);
    assertEncrypted(this.settings, stack, isEncryptedKey);
    this.target = fingerprintTarget(this.settings.url);
    const { protect } = this.settings;
    this.isProtected = matchAny(protect);
    this.strategyOf = createStrategyLookup(this.settings.strategy);
    this.client = createSupersetClient(connectionOf(this.settings, { stack }));
  }

  /** Whether `superset:protect` names a file. */
  readonly isProtected: (path: string) => boolean;

  /** By the stack's own resource, of which each run has another: a process of the Automation API may have several runs. */
  private static readonly runs = new WeakMap<object, Planner>();

  /** The planner of this program's run. */
  static ofProgram(): Planner {
    const run = pulumi.getStackResource() ?? Planner.runs;
    const planner = Planner.runs.get(run) ?? new Planner();
    Planner.runs.set(run, planner);
    return planner;
  }

  /** Starts to read what the target has, while the program goes on: a program of extensions alone needs nothing of it. */
  prepare(): void {
    // Whoever asks for the facts is told; without this line Node would report the failure a second time.
    this.readOnce().catch(() => undefined);
  }

  /** What the state has, by kind and UUID. */
  async known(): Promise<ReadonlyMap<string, KnownAsset>> {
    return (await this.readOnce())[1];
  }

  /** All resources of the state. */
  state(): Promise<readonly StateResource[]> {
    this.resources ??= readStackOutputs(this.stack);
    return this.resources;
  }

  /** What the target has. */
  async inventory(): Promise<Inventory> {
    return (await this.readOnce())[0];
  }

  /**
   * Plans assets that belong together, in the order of dependency.
   *
   * @param access their owners and roles, as far as they are declared
   */
  async plan(stated: readonly Definition[], access: readonly AssetAccess[] = []): Promise<PlannedAsset[]> {
    const [inventory, known] = await this.readOnce();
    const { client, settings, target, strategyOf } = this;
    return makePlan(stated, access, { client, inventory, known, settings, target, strategyOf });
  }

  /** Whether an asset may be deleted because a new object takes its place. */
  mayReplace(kind: AssetKind, path: string): boolean {
    return this.settings.replace === "recreate" && this.strategyOf(kind, path).has("REPLACE");
  }

  /**
   * What the state has and the program no longer.
   *
   * @param planned everything that the program declares
   */
  async findVanished(planned: readonly PlannedAsset[]): Promise<VanishedAsset[]> {
    const known = await this.known();
    const { deleteScope } = this.settings;
    const keepsAdopted = (kind: AssetKind, path: string) => deleteScope === "server" || this.mayReplace(kind, path);
    return findVanished({ known, planned, strategyOf: this.strategyOf, target: this.target, keepsAdopted });
  }

  /** What hangs on the objects that are to be replaced; read before anything is written, so that it can be told. */
  async readReplaced(planned: readonly PlannedAsset[]): Promise<Attachments[]> {
    const attachments: Attachments[] = [];
    for (const { decision, object } of planned) {
      if (decision.action !== "replace" || object.remote === undefined) continue;
      attachments.push(await readAttachments(this.client, object.remote));
    }
    return attachments;
  }

  private readOnce(): Promise<Facts> {
    this.facts ??= this.readFacts();
    return this.facts;
  }

  private async readFacts(): Promise<Facts> {
    await this.client.version();
    const [inventory, state] = await Promise.all([loadInventory(this.client), this.state()]);
    return [inventory, findKnownResources(state)];
  }
}
