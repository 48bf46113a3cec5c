import { objectUuid } from "../identity/mapping";
import type { Inventory, RemoteAsset } from "../superset/inventory";
import { isWrite } from "./decide";
import { remoteKey } from "./orphans";
import type { PlannedAsset } from "./plan-assets";
import { setAsideUuid } from "./replacement";
import { type Fate, listDeleted, type VanishedAsset } from "./vanished";

/** What a run does with the objects of the server. */
export interface Fates {
  /** By {@link remoteKey}; what is missing is not this stack's. */
  readonly of: ReadonlyMap<string, Fate>;
  /** {@link remoteKey} of what goes only at the end of the run, after the orphans. */
  readonly leaving: readonly string[];
}

/** Gathers what becomes of all objects that a run touches or leaves on purpose. */
export function collectFates(
  planned: readonly PlannedAsset[],
  vanished: readonly VanishedAsset[],
  orphans: readonly RemoteAsset[],
  inventory: Inventory,
): Fates {
  const fates = new Map<string, Fate>();
  const leaving: string[] = [];
  const note = (remote: RemoteAsset | undefined, fate: Fate, isLast: boolean) => {
    if (remote === undefined) return;
    fates.set(remoteKey(remote), fate);
    if (isLast) leaving.push(remoteKey(remote));
  };
  for (const { definition, object, decision } of planned) {
    const { action } = decision;
    note(object.remote, isWrite(action) ? "written" : "left", action === "replace");
    // What an interrupted replacement has left goes when that is finished.
    if (isWrite(action)) note(inventory.byUuid(definition.kind, setAsideUuid(object.uuid)), "deleted", true);
  }
  for (const { kind, known } of listDeleted(vanished)) note(inventory.byUuid(kind, objectUuid(known)), "deleted", true);
  for (const orphan of orphans) note(orphan, "deleted", false);
  return { of: fates, leaving };
}
