import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import type { Definition } from "../assets/definition";
import { ProblemError } from "../core/errors";
import { applyTargets, mapDatabases } from "../plan/database-map";
import type { KnownAsset } from "../plan/decide";
import { type PlanInput, type PlannedAsset, planAssets } from "../plan/plan-assets";
import { findVanished, type VanishedAsset } from "../plan/vanished";
import { connectionOf, readSettings, SETTINGS_NAMESPACE } from "../settings/read-settings";
import type { Settings } from "../settings/schema";
import { createSupersetClient, type SupersetClient } from "../superset/client";
import { fingerprintTarget } from "../superset/connection";
import { type Dependent, findDependents } from "../superset/delete";
import { type Inventory, loadInventory } from "../superset/inventory";
import { confirmAbsences } from "../superset/lookup";
import { TYPE_TOKENS } from "./asset-resource";
import { FOLDER_TYPE, readKnownResources } from "./known-resources";

/** What a program knows before it registers anything: settings, target and state, each read once a run. */
export class Planner {
  readonly settings: Settings;
  readonly target: string;
  /** Files by what they declare. */
  private readonly claimed = new Map<string, string>();
  readonly client: SupersetClient;
  private readonly facts: Promise<[Inventory, ReadonlyMap<string, KnownAsset>]>;

  private constructor() {
    const stack = pulumi.getStack();
    this.settings = readSettings(stackSettings(), stack);
    assertEncrypted(this.settings, stack);
    this.target = fingerprintTarget(this.settings.url);
    this.client = createSupersetClient(connectionOf(this.settings, stack));
    this.facts = this.readFacts(stack);
    // Whoever asks for the facts is told; without this line Node would report the failure a second time.
    this.facts.catch(() => undefined);
  }

  /** How many folders the program declares. */
  folders = 0;

  /** By the stack's own resource, of which each run has another: a process of the Automation API may have several runs. */
  private static readonly runs = new WeakMap<object, Planner>();

  /** The planner of this program's run. */
  static ofProgram(): Planner {
    const run = pulumi.runtime.getStackResource() ?? Planner.runs;
    const planner = Planner.runs.get(run) ?? new Planner();
    Planner.runs.set(run, planner);
    return planner;
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
    const databases = mapDatabases(
      stated.filter(({ kind }) => kind === "database"),
      this.settings.databases,
    );
    const definitions = applyTargets(stated, databases);
    const expected = definitions.map(({ kind, uuid }) => ({ kind, uuid, database: databases.get(uuid)?.name }));
    await confirmAbsences(this.client, inventory, expected);
    const { settings, target } = this;
    const input: PlanInput = { definitions, databases, inventory, known, settings, target, environment: process.env };
    return planAssets(input);
  }

  /** What the state has and the folder no longer; nothing where several folders share the state, as none knows all. */
  async findVanished(planned: readonly PlannedAsset[]): Promise<VanishedAsset[]> {
    if (this.folders !== 1) return [];
    const known = [...(await this.known())].filter(([, { urn }]) => FOLDER_CHILD.test(urn));
    const kept = new Set(planned.flatMap((asset) => asset.known ?? []));
    const definitions = planned.map(({ definition }) => definition);
    return findVanished(new Map(known), kept, definitions, new Set(this.settings.strategy), this.target);
  }

  /**
   * Notes what a folder declares.
   *
   * @throws ProblemError `assets/declared-twice` where another file, or another folder of this program, declares the same
   */
  claim(definitions: readonly Definition[]): void {
    for (const { kind, uuid, name, path } of definitions) {
      const keys = [`${kind} with the UUID ${uuid}`, `resource ${TYPE_TOKENS[kind]} "${name}"`];
      const twice = keys.find((key) => this.claimed.has(key));
      if (twice !== undefined) {
        throw new ProblemError({
          code: "assets/declared-twice",
          summary: `It declares the same ${twice} as ${this.claimed.get(twice)}; nothing was written.`,
          remedy: "Leave one of the two out (superset:exclude), or rename it.",
          place: { file: path },
          exitCode: 3,
        });
      }
      for (const key of keys) this.claimed.set(key, path);
    }
  }

  /** What on the target uses an asset. */
  async findUsers({ kind, known }: VanishedAsset): Promise<Dependent[]> {
    const remote = (await this.inventory()).byUuid(kind, known.uuid);
    return remote === undefined ? [] : findDependents(this.client, remote);
  }

  private async readFacts(stack: string): Promise<[Inventory, ReadonlyMap<string, KnownAsset>]> {
    await this.client.version();
    return Promise.all([loadInventory(this.client), readKnownResources(stack)]);
  }
}

/**
 * What is not encrypted in the settings stands in clear in the state, as an input of Pulumi's provider.
 *
 * @throws ProblemError `settings/secret-in-clear`
 */
function assertEncrypted({ auth, databases, headers }: Settings, stack: string): void {
  const holders = {
    auth: auth.password !== undefined,
    databases: Object.values(databases).some(({ password }) => password !== undefined),
    headers: Object.keys(headers).length > 0,
  };
  const encrypted = new Set(readSecretKeys());
  const inClear = Object.entries(holders).find(
    ([key, holds]) => holds && !encrypted.has(`${SETTINGS_NAMESPACE}:${key}`),
  );
  if (inClear === undefined) return;
  const key = `${SETTINGS_NAMESPACE}:${inClear[0]}`;
  throw new ProblemError({
    code: "settings/secret-in-clear",
    summary: `${key} holds a secret in clear; Pulumi would store it in clear too.`,
    remedy: `Remove it from Pulumi.${stack}.yaml, change that secret, and set it encrypted: pulumi config set --secret --path '${key}.…'`,
    place: { stack },
    exitCode: 2,
  });
}

/** The engine tells programs which keys hold something encrypted. */
function readSecretKeys(): string[] {
  return z.array(z.string()).parse(JSON.parse(process.env.PULUMI_CONFIG_SECRET_KEYS || "[]"));
}

/** The URN of an asset in a folder, which may itself be part of something else. */
const FOLDER_CHILD = new RegExp(`(::|\\$)${FOLDER_TYPE}\\$`);

/** The settings as Pulumi has them, without the namespace; secrets are in clear in this process. */
function stackSettings(): Record<string, string> {
  const prefix = `${SETTINGS_NAMESPACE}:`;
  const entries = Object.entries(pulumi.runtime.allConfig()).filter(([key]) => key.startsWith(prefix));
  return Object.fromEntries(entries.map(([key, value]) => [key.slice(prefix.length), value]));
}
