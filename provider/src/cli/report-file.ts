import { writeFileSync } from "node:fs";
import { ProblemError } from "../core/errors";
import { redact } from "../core/redact";
import { setOutputs } from "./github/outputs";
import { formatPlanFailure, formatPlanReport, type PlanReport } from "./plan-report";

/** What a file of a plan is about. */
export interface ReportedPlan extends PlanReport {
  /** How many assets would be changed. */
  readonly changes: number;
  /** Of the plan. */
  readonly checksum: string;
}

/**
 * Writes a plan for people, and tells the later steps of a workflow how much it does.
 *
 * @param file undefined: nobody wants it
 */
export function reportPlan(file: string | undefined, plan: ReportedPlan): void {
  if (file === undefined) return;
  writeReport(file, formatPlanReport(plan));
  setOutputs({ changes: String(plan.changes), plan: plan.checksum });
}

/** Writes why there is no plan. */
export function reportFailure(file: string | undefined, stack: string, why: string): void {
  if (file !== undefined) writeReport(file, formatPlanFailure(stack, why));
}

/** Does something; where it is refused, the file of the plan says so. */
export async function withFailureReport<T>(
  file: string | undefined,
  stack: string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ProblemError) reportFailure(file, stack, error.message);
    throw error;
  }
}

/** Reports leave this machine. */
export function writeReport(file: string, text: string): void {
  writeFileSync(file, redact(text));
}
