import { assetKey } from "../assets/asset-key";
import { ProblemError } from "../core/errors";
import { objectUuid } from "../identity/mapping";
import { setAsideUuid } from "../plan/replacement";
import { findReasonToStay } from "../plan/vanished";
import { describeAsset } from "../settings/strategy";
import type { AssetOutputs } from "./asset-state";
import { removeSetAside } from "./replace-asset";
import type { Session } from "./session";

/**
 * Removes an asset from the server, unless another resource of this run has taken it over, it was there before this
 * stack, or something else still uses it.
 *
 * @throws ProblemError `delete/still-used` with the names of what uses it
 */
export async function deleteAsset(outputs: AssetOutputs, session: Session): Promise<void> {
  const { kind, title } = outputs;
  const object = objectUuid(outputs);
  // A renamed or moved file, whose new resource holds the same object; or a replaced object, set aside.
  if (session.run.declared.has(assetKey(kind, object))) {
    const inventory = await session.inventory();
    const isAside = inventory.byUuid(kind, setAsideUuid(object)) !== undefined;
    if (isAside) await removeSetAside(session.client, inventory, { kind, uuid: object, title });
    return;
  }
  const asset = describeAsset(outputs.kind, outputs.title);
  const strategy = session.strategyOf(outputs.kind, outputs.path ?? "");
  const reason = findReasonToStay(outputs, strategy, session.target);
  if (reason !== undefined) {
    console.log(`${asset} stays on the server: ${reason}.`);
    return;
  }
  const outcome = await session.delete(kind, object);
  if (outcome instanceof ProblemError) throw outcome;
  if (typeof outcome === "string") return;
  const { users } = outcome;
  throw new ProblemError({
    code: "delete/still-used",
    summary: `${asset} was not deleted: ${users.map(({ name }) => name).join(", ")} still use${users.length === 1 ? "s" : ""} it.`,
    remedy: "Remove or repoint what uses it, or put its file back; then run `pulumi up` again.",
  });
}
