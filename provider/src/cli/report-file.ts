import { writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { ProblemError } from "../core/errors";
import { isFolder } from "../core/files";
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

/**
 * Refuses a file that could not be written, before minutes of planning.
 *
 * @throws ProblemError `report/no-folder`
 */
export function assertReportable(file: string | undefined): void {
  if (file === undefined) return;
  const folder = dirname(resolve(file));
  if (isFolder(folder) && !isFolder(resolve(file))) return;
  throw new ProblemError({
    code: "report/no-folder",
    summary: isFolder(folder)
      ? `--report names the folder ${resolve(file)}.`
      : `There is no folder ${folder}, so --report cannot write into it.`,
    remedy: isFolder(folder) ? "Name a file." : "Make it, or name another file.",
    exitCode: 2,
  });
}

/**
 * Does something; where it is refused, the file of the plan says so.
 *
 * @param nameStack the stack, as far as it is known by then
 * @throws ProblemError `report/no-folder`; what the work fails with
 */
export async function withFailureReport<T>(
  file: string | undefined,
  nameStack: () => string,
  work: () => Promise<T>,
): Promise<T> {
  assertReportable(file);
  try {
    return await work();
  } catch (error) {
    if (error instanceof ProblemError) reportFailure(file, nameStack(), error.message);
    throw error;
  }
}

/** Reports leave this machine. */
export function writeReport(file: string, text: string): void {
  writeFileSync(file, redact(text));
}
