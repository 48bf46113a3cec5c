import { appendFileSync } from "node:fs";
import { isWrite } from "../plan/decide";
import type { PlannedAsset } from "../plan/plan-assets";
import type { PlannedRule } from "../plan/rules";

/** Environment variable that names the file; `pulumi-superset deploy` sets it. */
export const PLAN_RECORD_VARIABLE = "PULUMI_SUPERSET_PLAN_RECORD";

/** One line of the record: what is about to be written. */
export interface PlanRecord {
  readonly name: string;
  readonly path: string;
  readonly title: string;
  readonly kind: string;
}

/**
 * Leaves a list of what is to be written for the deploy command: the engine says nothing about resources that it left
 * out because something before them failed (pulumi-dynamic, `--continue-on-error`).
 */
export function recordPlan(planned: readonly PlannedAsset[]): void {
  record(planned.filter(({ decision }) => isWrite(decision.action)).map(toRecord));
}

/** Adds the row-level security rules that are to be written to that list. */
export function recordRules(planned: readonly PlannedRule[]): void {
  const written = planned.filter(({ decision }) => isWrite(decision.action));
  record(written.map(({ rule: { name, path } }) => ({ name, path, title: name, kind: "row-level security rule" })));
}

function record(records: readonly PlanRecord[]): void {
  const file = process.env[PLAN_RECORD_VARIABLE];
  if (file === undefined || file === "") return;
  if (records.length > 0) appendFileSync(file, `${records.map((record) => JSON.stringify(record)).join("\n")}\n`);
}

function toRecord({ definition: { name, path, title, kind } }: PlannedAsset): PlanRecord {
  return { name, path, title, kind };
}
