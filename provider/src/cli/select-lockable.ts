import { ProblemError } from "../core/errors";
import { plainLine } from "../core/plain-text";
import { describeAsset } from "../settings/strategy";
import type { Inventory, RemoteAsset } from "../superset/inventory";
import { locateAsset } from "./locate-assets";
import { selectObjects } from "./select-objects";
import type { LocatedAsset } from "./server-drift";
import type { StateAsset } from "./stack-state";

/** What of a stack is to be locked or unlocked. */
export interface LockSelection {
  /** Dashboards, charts and datasets, in the order of their paths. */
  readonly assets: readonly LocatedAsset[];
  /** No longer on the server. */
  readonly gone: readonly StateAsset[];
}

/**
 * Finds what people mean among what a stack has deployed.
 *
 * @param only globs, UUIDs or addresses; empty: everything
 * @throws ProblemError `select/…`; `lock/not-deployed`, `lock/database` for what cannot be locked
 */
export function selectLockable(
  only: readonly string[],
  state: readonly StateAsset[],
  inventory: Inventory,
  url: string,
): LockSelection {
  const located = state.map((asset) => ({ asset, remote: locateAsset(asset, inventory) }));
  const present = located.filter((entry): entry is LocatedAsset => entry.remote !== undefined);
  const chosen = only.length === 0 ? undefined : new Set(choose(only, present, inventory, url));
  const assets = present
    .filter(({ asset, remote }) => asset.kind !== "database" && (chosen?.has(remote) ?? true))
    .sort((one, other) => one.asset.path.localeCompare(other.asset.path, "en"));
  const isMeant = ({ kind }: StateAsset) => kind !== "database" && chosen === undefined;
  const gone = located.flatMap(({ asset, remote }) => (remote === undefined && isMeant(asset) ? [asset] : []));
  if (chosen !== undefined && assets.length === 0) throw onlyDatabases(only);
  return { assets, gone };
}

function choose(
  only: readonly string[],
  present: readonly LocatedAsset[],
  inventory: Inventory,
  url: string,
): readonly RemoteAsset[] {
  const objects = present.map(({ asset: { path, uuid }, remote }) => ({ remote, path, uuid }));
  const chosen = selectObjects(only, objects, inventory, url);
  const deployed = new Set(present.map(({ remote }) => remote));
  // An address may lead to anything on the server.
  const stranger = chosen.find((remote) => !deployed.has(remote));
  if (stranger !== undefined) throw notDeployed(stranger);
  return chosen;
}

function notDeployed({ kind, title }: RemoteAsset): ProblemError {
  return new ProblemError({
    code: "lock/not-deployed",
    summary: `${plainLine(describeAsset(kind, title))} is on the server, and this stack did not deploy it; nothing was written.`,
    remedy: "Name what the stack has: `pulumi-superset ids --stack <stack>` lists it.",
    exitCode: 2,
  });
}

function onlyDatabases(only: readonly string[]): ProblemError {
  return new ProblemError({
    code: "lock/database",
    summary: `--only ${only.join(" ")} names databases alone, which are not locked or unlocked; nothing was written.`,
    why: "a deployment never writes a database that is there, so nothing would set it back",
    remedy: "Name dashboards, charts or datasets.",
    exitCode: 2,
  });
}
