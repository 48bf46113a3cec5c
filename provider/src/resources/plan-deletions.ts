import { objectUuid } from "../identity/mapping";
import { collectFates } from "../plan/fates";
import { nameOfUrn } from "../plan/names";
import { findOrphans, remoteKey } from "../plan/orphans";
import type { PlannedAsset } from "../plan/plan-assets";
import { assertNoneUsed, type DeletedAsset } from "../plan/report";
import { describeRule } from "../plan/rules";
import { findRemainingUsers, listDeleted, type VanishedAsset } from "../plan/vanished";
import { readDatasources } from "../superset/datasources";
import { findDependents } from "../superset/delete";
import type { RemoteAsset } from "../superset/inventory";
import { listRules } from "../superset/row-level-security";
import { ORPHANS_TYPE, Orphans, toOrphansInputs } from "./orphans";
import type { Planner } from "./planner";
import * as pulumi from "./pulumi";

/** What a program deletes: nothing stands against it. */
export interface DeletionPlan {
  readonly orphans: readonly RemoteAsset[];
  /**
   * Registers the resource of the orphans, if there is one.
   *
   * @param assets resources of all that is written first
   */
  register(name: string, parent: pulumi.Resource | undefined, assets: readonly pulumi.Resource[]): void;
}

/**
 * Plans what is deleted. Deletes are the only decision that the engine asks nobody about before it acts: so it is made
 * here, before the first resource is registered.
 *
 * @param planned everything that the program declares
 * @throws ProblemError `delete/still-used` naming every object that something else uses
 */
export async function planDeletions(
  planned: readonly PlannedAsset[],
  vanished: readonly VanishedAsset[],
  planner: Planner,
): Promise<DeletionPlan> {
  const orphans = await readOrphans(planned, planner);
  const inventory = await planner.inventory();
  const fates = collectFates(planned, vanished, orphans, inventory);
  const deleted = listDeleted(vanished).map(({ kind, known }) => ({
    asset: { kind, title: known.title, isOrphan: false },
    remote: inventory.byUuid(kind, objectUuid(known)),
  }));
  const found = orphans.map((remote) => ({ asset: { ...remote, isOrphan: true }, remote }));
  const guards = await readGuards(orphans, planner);
  const used = [...deleted, ...found].map(async ({ asset, remote }) => {
    const dependents = remote === undefined ? [] : await findDependents(planner.client, remote);
    const users = findRemainingUsers(dependents, (user) => fates.of.get(remoteKey(user)));
    const rules = (asset.isOrphan && remote !== undefined && guards.get(remote)) || [];
    return { asset: asset satisfies DeletedAsset, users: [...users, ...rules] };
  });
  assertNoneUsed(await Promise.all(used), pulumi.getStack());
  const state = await planner.state();
  return {
    orphans,
    register: (name, parent, assets) => {
      const isKnown = state.some(({ urn, type }) => type === ORPHANS_TYPE && nameOfUrn(urn) === name);
      // Where a program registers nothing of ours, the engine configures the hooks with the settings of the last run.
      const isAlone = planned.length === 0 && deleted.length > 0;
      if (orphans.length === 0 && !isKnown && !isAlone) return;
      const inputs = toOrphansInputs(orphans, fates.leaving, planner.target);
      // What the files no longer show on a dashboard is off it only when that is written.
      new Orphans(name, inputs, { ...(parent && { parent }), dependsOn: orphans.length === 0 ? [] : [...assets] });
    },
  };
}

/** Reads what that takes only where something may be deleted. */
async function readOrphans(planned: readonly PlannedAsset[], planner: Planner): Promise<RemoteAsset[]> {
  const { settings, client, target, isProtected, strategyOf } = planner;
  const isWanted = settings.deleteScope === "server" && settings.strategy.default.includes("DELETE");
  if (!isWanted) return [];
  const [inventory, known] = [await planner.inventory(), await planner.known()];
  const datasources = await readDatasources(client);
  return findOrphans({ inventory, datasources, planned, known: known.values(), target, isProtected, strategyOf });
}

/** The rules on datasets: queries find them by the name of the table, and show all its rows when the dataset is gone. */
async function readGuards(
  orphans: readonly RemoteAsset[],
  { client }: Planner,
): Promise<ReadonlyMap<RemoteAsset, readonly string[]>> {
  const datasets = orphans.filter(({ kind }) => kind === "dataset");
  if (datasets.length === 0) return new Map();
  const rules = await listRules(client);
  return new Map(
    datasets.map((dataset) => {
      const own = rules.filter((rule) => rule.datasets.some(({ id }) => id === dataset.id));
      return [dataset, own.map(({ name }) => describeRule(name))];
    }),
  );
}
