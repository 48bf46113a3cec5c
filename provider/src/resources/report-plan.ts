import { formatMerged } from "../plan/merge-planned";
import type { PlannedAsset } from "../plan/plan-assets";
import { formatReplacements } from "../plan/replacement";
import {
  formatAdopted,
  formatLocks,
  formatOtherServer,
  formatOverwritten,
  formatRecreated,
  formatSkipped,
} from "../plan/report";
import type { Planner } from "./planner";
import * as pulumi from "./pulumi";

/**
 * Tells what the engine's own lines do not: what is lost, taken over, made again or left as it is.
 *
 * @param component where the texts show
 */
export async function reportPlan(
  planned: readonly PlannedAsset[],
  planner: Planner,
  component: pulumi.Resource | undefined,
): Promise<void> {
  for (const text of [formatOtherServer(planned, planner.target), formatOverwritten(planned)]) {
    if (text !== undefined) await pulumi.log.warn(text, component);
  }
  for (const text of [
    formatReplacements(await planner.readReplaced(planned)),
    formatAdopted(planned),
    formatLocks(planned),
    formatRecreated(planned, planner.target),
    formatMerged(planned),
    formatSkipped(planned),
  ]) {
    if (text !== undefined) await pulumi.log.info(text, component);
  }
}
