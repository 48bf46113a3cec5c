import type { Access } from "../assets/access";
import { assetKey } from "../assets/asset-key";
import type { AssetIdentity, AssetKind, Definition } from "../assets/definition";
import { orderByDependency } from "../assets/graph";
import { Batcher } from "../core/batcher";
import { ProblemError } from "../core/errors";
import { assertNothingMissing, listMissing } from "../plan/access";
import { type ClaimSource, Claims } from "../plan/claims";
import { mapDatabases } from "../plan/database-map";
import { findSuccessions, type Succession } from "../plan/names";
import { listPaths } from "../plan/orphans";
import type { PlannedAsset } from "../plan/plan-assets";
import { assertNothingRefused } from "../plan/report";
import { formatUnusedSettings } from "../plan/unused-settings";
import type { VanishedAsset } from "../plan/vanished";
import { findMissingRights } from "./account-rights";
import type { AssetResource } from "./asset-resource";
import { endWithEngine } from "./engine-gone";
import { recordPlan } from "./plan-record";
import { Planner } from "./planner";
import * as pulumi from "./pulumi";
import { type ProgramContent, Removal, type RemovalHost } from "./removal";
import { reportPlan } from "./report-plan";
import { toRunError } from "./run-error";

/** A folder, or one asset that the program declares with arguments. */
export interface ProgramPart {
  readonly source: ClaimSource;
  /** What it declares, as far as that is known without reading. */
  readonly declares: readonly AssetIdentity[];
  /**
   * Reads and checks what it declares.
   *
   * @param declared what all parts declare, as far as that is known without reading
   */
  readonly define: (declared: readonly AssetIdentity[]) => Promise<readonly Definition[]>;
  /** Owners and roles of its assets, and rules, once it is defined. */
  readonly access?: () => Access;
  /**
   * Plans its rules about rows.
   *
   * @param all the plan of all that the program has declared so far
   * @returns what the target lacks for them, one line each
   */
  readonly planRules?: (all: readonly PlannedAsset[]) => Promise<readonly string[]>;
  /** Refuses what is planned, before anything is registered. */
  readonly check?: (plan: PlannedPart) => Promise<void>;
  /** Where what the program no longer declares may appear. */
  readonly host?: RemovalHost;
  /** Its resources, once it is planned; of a declared asset that is what {@link ProgramAssets.remember} was told. */
  readonly resources?: () => Promise<readonly AssetResource[]>;
}

/** The plan as one part sees it. */
export interface PlannedPart {
  /** Its own assets, in the order of dependency. */
  readonly own: readonly PlannedAsset[];
  /** All that the program has declared so far. */
  readonly all: readonly PlannedAsset[];
  /** What the state has and the program does not declare. */
  readonly vanished: readonly VanishedAsset[];
  /** How all that is registered goes on where it had another name or place. */
  readonly successions: ReadonlyMap<PlannedAsset, Succession>;
}

/** What becomes of a part. */
export interface AddedPart {
  readonly definitions: Promise<readonly Definition[]>;
  readonly planned: Promise<PlannedPart>;
}

interface WaitingPart {
  readonly part: ProgramPart;
  readonly settle: (definitions: Promise<readonly Definition[]>) => void;
}

/**
 * Everything that a program declares, in folders and with arguments. What it declares in one go is checked and planned
 * together, so that the parts may use each other, and nothing is written if any of it cannot be done.
 */
export class ProgramAssets {
  private declared: readonly AssetIdentity[] = [];
  private stated: readonly Definition[] = [];
  private access: Access = { assets: [], rules: [] };
  private removal: Removal | undefined;
  private readonly claims = new Claims();
  private readonly resources = new Map<string, AssetResource>();
  // The program's own lines run to their end first; then all that they declared is one batch.
  private readonly batches = new Batcher<WaitingPart, PlannedPart>({
    run: (parts) => this.planParts(parts),
    quietMs: 0,
    maxItems: Number.POSITIVE_INFINITY,
  });

  private constructor(private readonly planner: Planner) {
    planner.prepare();
  }

  private static readonly programs = new WeakMap<Planner, ProgramAssets>();

  /** What this program's run declares. */
  static ofProgram(): ProgramAssets {
    endWithEngine();
    const planner = Planner.ofProgram();
    const program = ProgramAssets.programs.get(planner) ?? new ProgramAssets(planner);
    ProgramAssets.programs.set(planner, program);
    return program;
  }

  /** Adds a part; it is planned together with all others that the program declares in the same go. */
  add(part: ProgramPart): AddedPart {
    let settle: WaitingPart["settle"] = () => undefined;
    const definitions = new Promise<readonly Definition[]>((resolve) => {
      settle = resolve;
    });
    const planned = this.batches.add({ part, settle });
    // Whoever uses them is told; without these lines Node would report the failure a second time.
    definitions.catch(() => undefined);
    planned.catch(() => undefined);
    return { definitions, planned };
  }

  /** Notes the resource of a declared asset, so that the assets of folders can wait for it. */
  remember({ kind, uuid }: AssetIdentity, resource: AssetResource): void {
    this.resources.set(assetKey(kind, uuid), resource);
  }

  /** The resource of an asset that the program declares with arguments. */
  resourceOf(kind: AssetKind, uuid: string): AssetResource | undefined {
    return this.resources.get(assetKey(kind, uuid));
  }

  private async planParts(waiting: readonly WaitingPart[]): Promise<PlannedPart[]> {
    return runForPeople(async () => {
      const parts = waiting.map(({ part }) => part);
      const declared = [...this.declared, ...parts.flatMap(({ declares }) => declares)];
      const defined = await Promise.all(
        waiting.map(({ part, settle }) => {
          const definitions = runForPeople(() => part.define(declared));
          settle(definitions);
          return definitions;
        }),
      );
      await this.claim(parts, defined);
      const stated = orderByDependency([...this.stated, ...defined.flat()]);
      const access = joinAccess([this.access, ...parts.flatMap((part) => part.access?.() ?? [])]);
      const all = await this.planner.plan(stated, access.assets);
      await assertAccess(parts, all);
      assertNothingRefused(pick(all, defined.flat()), pulumi.getStack());
      await this.judgeRights(pick(all, defined.flat()));
      const host = parts.find((part) => part.host !== undefined)?.host ?? { name: "program" };
      await reportPlan(pick(all, defined.flat()), this.planner, host.component);
      const removal = await this.removeRest({ planned: all, rules: access.rules }, host);
      const vanished = removal?.vanished ?? [];
      const registered = all.filter((asset) => asset.registered);
      const successions = findSuccessions(registered, (await this.planner.known()).values());
      const plans = defined.map((own) => ({ own: pick(all, own), all, vanished, successions }));
      for (const [index, plan] of plans.entries()) await parts[index]?.check?.(plan);
      recordPlan(pick(all, defined.flat()), await removal?.deleted(), pulumi.getStack());
      if (this.stated.length === 0 && this.removal !== undefined) this.registerRest(this.removal, parts);
      this.declared = declared;
      this.stated = stated;
      this.access = access;
      return plans;
    });
  }

  /** Who only looks needs no account that may write. */
  private async judgeRights(planned: readonly PlannedAsset[]): Promise<void> {
    const missing = await findMissingRights(planned, this.planner.client);
    if (missing === undefined) return;
    if (!pulumi.isDryRun()) throw missing;
    await pulumi.log.warn(`\`up\` would be refused with this account. ${missing.message}`);
  }

  /** What the state has beyond what the program declares in its first go; undefined where that was judged before. */
  private async removeRest(content: ProgramContent, host: RemovalHost): Promise<Removal | undefined> {
    if (this.removal !== undefined) {
      this.removal.assertNoneLate(content);
      return undefined;
    }
    this.removal = await Removal.plan(content, this.planner, host);
    return this.removal;
  }

  /** Registers what the program does not declare, once the parts of its first go are planned. */
  private registerRest(removal: Removal, parts: readonly ProgramPart[]): void {
    removal.registerKept();
    // Where a part cannot be registered, whoever declares it is told.
    this.listResources(parts).then(
      (written) => removal.registerOrphans(written),
      () => undefined,
    );
  }

  /** The resources of parts, which are registered only once their plan is known. */
  private async listResources(parts: readonly ProgramPart[]): Promise<readonly AssetResource[]> {
    const registered = parts.map(
      async ({ resources, declares }) =>
        (await resources?.()) ?? declares.flatMap(({ kind, uuid }) => this.resourceOf(kind, uuid) ?? []),
    );
    return (await Promise.all(registered)).flat();
  }

  /** Refuses what stands there twice, and names settings that nothing fits. */
  private async claim(parts: readonly ProgramPart[], defined: readonly (readonly Definition[])[]): Promise<void> {
    const { settings } = this.planner;
    const all = [...this.stated, ...defined.flat()];
    const databases = mapDatabases(all, settings.databases);
    for (const [index, { source }] of parts.entries()) this.claims.claim(defined[index] ?? [], source, databases);
    // A program that declares more later is not judged by its first lines twice.
    const others = await this.listOthers();
    const unused = this.stated.length === 0 ? formatUnusedSettings(all, settings, others) : undefined;
    if (unused !== undefined) await pulumi.log.warn(unused);
  }

  /** Where DELETE looks at the whole server, all that is there can be protected. */
  private async listOthers(): Promise<readonly string[]> {
    if (this.planner.settings.deleteScope !== "server") return [];
    const inventory = await this.planner.inventory();
    return inventory.all().flatMap((asset) => listPaths(asset, inventory));
  }
}

function joinAccess(parts: readonly Access[]): Access {
  return { assets: parts.flatMap(({ assets }) => assets), rules: parts.flatMap(({ rules }) => rules) };
}

/**
 * Plans the rules of all parts, so that what the target lacks is told at once.
 *
 * @throws ProblemError `access/missing` naming every person, role and dataset that the target lacks
 */
async function assertAccess(parts: readonly ProgramPart[], all: readonly PlannedAsset[]): Promise<void> {
  const missing = listMissing(all.flatMap(({ access }) => access ?? []));
  for (const part of parts) missing.push(...((await part.planRules?.(all)) ?? []));
  assertNothingMissing([...new Set(missing)], pulumi.getStack());
}

function pick(planned: readonly PlannedAsset[], definitions: readonly Definition[]): PlannedAsset[] {
  const keys = new Set(definitions.map(({ kind, uuid }) => assetKey(kind, uuid)));
  return planned.filter(({ definition: { kind, uuid } }) => keys.has(assetKey(kind, uuid)));
}

/** Problems of people end the program with their text; anything else is a bug and keeps its stack. */
export async function runForPeople<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ProblemError) throw toRunError(error);
    throw error;
  }
}
