import type { Access, RowLevelSecurityRule, RuleDataset } from "../assets/access";
import { assetKey } from "../assets/asset-key";
import { ProblemError } from "../core/errors";
import type { PlannedAsset } from "../plan/plan-assets";
import { setAsideUuid } from "../plan/replacement";
import {
  describeRule,
  findVanishedRules,
  formatExposed,
  formatSkippedRules,
  formatStayingRules,
  type PlannedRule,
  planRule,
  type TargetDataset,
  type VanishedRule,
} from "../plan/rules";
import type { SupersetClient } from "../superset/client";
import type { Inventory } from "../superset/inventory";
import { findRoles, type Role } from "../superset/people";
import { listRules, type RemoteRule, readRule } from "../superset/row-level-security";
import { findKnownRules } from "./known-rules";
import { recordRules } from "./plan-record";
import type { Planner } from "./planner";
import * as pulumi from "./pulumi";
import { RowLevelSecurity, toKeptRuleInputs, toRuleInputs } from "./row-level-security";

/** The resource of a dataset, by the UUID of its definition; undefined where it has none. */
type FindDataset = (uuid: string) => pulumi.Resource | undefined;

/** The rules of a folder, planned. */
export interface RulePlan {
  /** What the target lacks of it, one line each: unless there is none, nothing may be registered. */
  readonly missing: readonly string[];
  /** What the strategy leaves as it is, for people; undefined if that is nothing. */
  readonly skipped: string | undefined;
  /** Registers a resource for each rule, after the datasets that it filters. */
  register(findDataset: FindDataset): void;
}

/**
 * Plans the rules of a folder. It must run before the first resource is registered.
 *
 * @param planned the plan of the folder's assets
 * @param parent component of the folder
 */
export async function planRules(
  { rules }: Access,
  planned: readonly PlannedAsset[],
  planner: Planner,
  parent: pulumi.Resource,
): Promise<RulePlan> {
  if (rules.length === 0) return { missing: [], skipped: undefined, register: () => undefined };
  const known = findKnownRules(await planner.state());
  claimNames(rules, planner);
  const { target, settings } = planner;
  const strategy = new Set(settings.strategy.default);
  const inventory = await planner.inventory();
  const found = await readTarget(planner.client, rules);
  const assets = new Map(planned.map((asset) => [assetKey(asset.definition.kind, asset.definition.uuid), asset]));
  const plans = rules.map((rule) => {
    const datasets = rule.datasets.map((dataset) => describeDataset(dataset, assets, inventory));
    const remote = found.rules.get(rule.name);
    const own = known.get(rule.name);
    const facts = { rule, datasets, roles: found.roles, strategy, target };
    return planRule({ ...facts, ...(remote && { remote }), ...(own && { known: own }) });
  });
  recordRules(plans, pulumi.getStack());
  return {
    missing: plans.flatMap(({ missing }) => missing),
    skipped: formatSkippedRules(plans),
    register: (findDataset) => registerRules(plans, findDataset, parent, planner),
  };
}

/**
 * Finds the rules of the state that no file declares any more, and tells what becomes of them.
 *
 * @param declared all rules of the program
 * @param component where the texts show
 */
export async function planVanishedRules(
  declared: readonly RowLevelSecurityRule[],
  planner: Planner,
  component: pulumi.Resource | undefined,
): Promise<readonly VanishedRule[]> {
  const known = findKnownRules(await planner.state());
  if (known.size === 0) return [];
  const { target, settings } = planner;
  const strategy = new Set(settings.strategy.default);
  const vanished = findVanishedRules(known.values(), declared, await listRules(planner.client), strategy, target);
  const [exposed, staying] = [formatExposed(vanished), formatStayingRules(vanished)];
  if (exposed !== undefined) await pulumi.log.warn(exposed, component);
  if (staying !== undefined) await pulumi.log.info(staying, component);
  return vanished;
}

/** What stays only because a flag is missing keeps its resource unchanged. */
export function registerKeptRules(vanished: readonly VanishedRule[], parent: pulumi.Resource | undefined): void {
  for (const { known, staysBecause } of vanished.filter(({ isKept }) => isKept)) {
    const inputs = toKeptRuleInputs(known, staysBecause ?? "");
    new RowLevelSecurity(inputs, { ...(parent && { parent }), aliases: [known.urn] });
  }
}

/** What the target has, as far as rules need it. */
interface RuleTarget {
  /** By name. */
  readonly rules: ReadonlyMap<string, RemoteRule>;
  readonly roles: ReadonlyMap<string, Role>;
}

async function readTarget(client: SupersetClient, rules: readonly RowLevelSecurityRule[]): Promise<RuleTarget> {
  const roles = await findRoles(
    client,
    rules.flatMap((rule) => rule.roles),
  );
  const found = new Map((await listRules(client)).map((rule) => [rule.name, rule]));
  const described = rules.flatMap(({ name, description }) => (description === undefined ? [] : [found.get(name)]));
  // Only the page of a single rule tells its description.
  const shown = await Promise.all(described.map((rule) => rule && readRule(client, rule.id)));
  for (const rule of shown) if (rule !== undefined) found.set(rule.name, rule);
  return { rules: found, roles };
}

function describeDataset(
  { uuid, path }: RuleDataset,
  planned: ReadonlyMap<string, PlannedAsset>,
  inventory: Inventory,
): TargetDataset {
  const plan = planned.get(assetKey("dataset", uuid));
  const remote = plan === undefined ? inventory.byUuid("dataset", uuid) : plan.object.remote;
  const action = plan?.decision.action;
  // One that is refused would be created too; what stands against it is told for itself.
  const isToBeCreated = action === "create" || action === "replace" || (action === "refuse" && remote === undefined);
  const targetUuid = plan?.object.uuid ?? uuid;
  const aside = inventory.byUuid("dataset", setAsideUuid(targetUuid));
  return {
    uuid: targetUuid,
    title: plan?.definition.title ?? remote?.title ?? path ?? uuid,
    ...(remote !== undefined && !isToBeCreated && { id: remote.id }),
    ...(aside !== undefined && { asideId: aside.id }),
    isToBeCreated,
  };
}

const claims = new WeakMap<Planner, Map<string, string>>();

/** Two folders of one program must not declare one rule: each would write over the other's. */
function claimNames(rules: readonly RowLevelSecurityRule[], planner: Planner): void {
  const claimed = claims.get(planner) ?? new Map<string, string>();
  claims.set(planner, claimed);
  for (const { name, path } of rules) {
    const other = claimed.get(name);
    if (other !== undefined) {
      throw new ProblemError({
        code: "assets/declared-twice",
        summary: `It declares the same ${describeRule(name)} as ${other} of another folder; nothing was written.`,
        remedy: "Leave one of the two out (superset:exclude), or rename it.",
        place: { file: path },
        exitCode: 3,
      });
    }
    claimed.set(name, path);
  }
}

function registerRules(
  plans: readonly PlannedRule[],
  findDataset: FindDataset,
  parent: pulumi.Resource,
  { target }: Planner,
): void {
  for (const plan of plans.filter(({ registered }) => registered)) {
    const used = plan.rule.datasets.map(({ uuid }) => findDataset(uuid));
    const isKnownHere = plan.known !== undefined && plan.known.target === target;
    const isAdopted = isKnownHere ? plan.known?.origin === "adopted" : plan.decision.action !== "create";
    new RowLevelSecurity(toRuleInputs(plan, target), {
      parent,
      dependsOn: used.filter((resource) => resource !== undefined),
      retainOnDelete: isAdopted,
      // It may have been under another component.
      aliases: plan.known === undefined ? [] : [plan.known.urn],
    });
  }
}
