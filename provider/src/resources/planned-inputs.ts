import { isWrite } from "../plan/decide";
import type { Succession } from "../plan/names";
import type { PlannedAsset } from "../plan/plan-assets";
import type { AssetResourceInputs } from "./asset-resource";

/**
 * What a resource sends to its hooks, and what it knows of an object that it takes over from another resource.
 *
 * @param all everything that the program declares
 */
export function toInputs(
  plan: PlannedAsset,
  { takesOverFrom }: Succession,
  all: readonly PlannedAsset[],
  target: string,
): AssetResourceInputs {
  const { definition, decision, known } = plan;
  const told = tellHooks(plan, all);
  if (known === undefined || known.target !== target) return { definition, plan, target, ...told };
  const { origin, checksum, links, managed, externalUrl, retained, columns, changedOn, applied } = known;
  const inherited = {
    origin,
    checksum,
    links,
    managed,
    ...(externalUrl !== undefined && { externalUrl }),
    ...(retained !== undefined && { retained }),
    ...(columns !== undefined && { columns }),
    ...(changedOn !== undefined && { changedOn }),
    // Long, and of use only where nothing is written.
    ...(takesOverFrom !== undefined && applied !== undefined && { __applied: applied }),
  };
  if (isWrite(decision.action) || takesOverFrom === undefined) {
    return { definition, plan, target, inherited, ...told };
  }
  // Only the state changes: the object and what is known of it go on under the new name.
  const reason = `taken over from ${takesOverFrom}${decision.action === "skip" ? `, left as it is: ${decision.reason}` : ""}`;
  return { definition, plan: { ...plan, decision: { action: "take", reason } }, target, inherited };
}

/** What the hooks need of this run to write, and nobody later. */
function tellHooks({ decision: { action }, object: { remote } }: PlannedAsset, all: readonly PlannedAsset[]) {
  return {
    ...(isWrite(action) && remote !== undefined && { basis: remote.changedOn }),
    ...(action === "replace" && { rewritten: listRewritten(all) }),
  };
}

/** What this run writes over what is there, as `kind:id`. */
function listRewritten(planned: readonly PlannedAsset[]): string[] {
  return planned.flatMap(({ object: { remote }, decision }) =>
    remote !== undefined && isWrite(decision.action) ? [`${remote.kind}:${remote.id}`] : [],
  );
}
