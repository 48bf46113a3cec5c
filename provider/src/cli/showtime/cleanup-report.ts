import pc from "picocolors";
import { count, formatJson } from "../../core/plain-text";
import type { CleanupPlan, Judged } from "../../showtime/cleanup-plan";
import type { CleanupResult, CleanupStep } from "./cleanup-steps";
import { type Column, formatTable } from "./tables";

/** All that cleanup found. */
export interface CleanupFindings {
  readonly plan: CleanupPlan;
  readonly steps: readonly CleanupStep[];
  /** State labels of the repository that no pull request has. */
  readonly definitions: readonly string[];
  /** What was left alone without being judged, and why. */
  readonly notes: readonly string[];
}

interface Row extends Judged {
  readonly what: string;
  readonly verdict: "remove" | "keep" | "unclear";
}

const PAINTS = { remove: pc.red, keep: pc.green, unclear: pc.yellow } as const;

const COLUMNS_OF_PLAN: readonly Column<Row>[] = [
  { head: "PR", cell: ({ pullRequest }) => String(pullRequest), paint: () => pc.bold },
  { head: "DO", cell: ({ verdict }) => verdict, paint: ({ verdict }) => PAINTS[verdict] },
  { head: "WHAT", cell: ({ what }) => what, narrowest: 24 },
  { head: "WHY", cell: ({ reason }) => reason, narrowest: 24, wraps: true },
];

/** What goes and what stays, for people. */
export function formatFindings({ plan, steps, definitions, notes }: CleanupFindings, width: number): string {
  const rows: Row[] = [
    ...steps.map(({ pullRequest, what, reason }) => ({ pullRequest, what, reason, verdict: "remove" as const })),
    ...plan.kept.map((judged) => ({ ...judged, what: "", verdict: "keep" as const })),
    ...plan.problems.map((judged) => ({ ...judged, what: "", verdict: "unclear" as const })),
  ].sort((left, right) => left.pullRequest - right.pullRequest);
  const unused =
    definitions.length === 0 ? [] : [`${count(definitions.length, "definition")} of labels that nothing has any more.`];
  const below = [...unused, ...notes.map((note) => `To note: ${note}`)];
  if (rows.length > 0) return [...formatTable({ rows, columns: COLUMNS_OF_PLAN, width }), ...below].join("\n");
  return below.length > 0 ? below.join("\n") : "There is nothing to remove, and nothing that stays.";
}

/** What became of it, for people. */
export function formatResults(results: readonly CleanupResult[], definitions: number): string {
  const removed = results.filter(({ outcome }) => outcome === "removed").length + definitions;
  const told = results.flatMap(({ step, outcome, problem }) => {
    const subject = `#${step.pullRequest}, ${step.what}`;
    if (outcome === "locked")
      return [pc.yellow(`${subject}: somebody is at work there; the next cleanup looks again.`)];
    if (outcome === "kept") return [pc.yellow(`${subject}: it is not due any more, and stays.`)];
    return problem === undefined ? [] : [pc.red(`${subject}: ${problem.message}`)];
  });
  return [...told, `${count(removed, "thing")} removed.`].join("\n");
}

/** The same for programs; `results` is absent where nothing was to be done. */
export function toCleanupReport(
  { plan, steps, definitions, notes }: CleanupFindings,
  dryRun: boolean,
  results: readonly CleanupResult[],
): string {
  const told = new Map(results.map((result) => [result.step, result]));
  return formatJson({
    version: 1,
    dryRun,
    removals: steps.map((step) => {
      const { pullRequest, what, reason } = step;
      const result = told.get(step);
      const problem = result?.problem;
      return {
        ...{ pullRequest, what, reason, outcome: result?.outcome ?? "planned" },
        problem:
          problem === undefined ? null : { code: problem.code, summary: problem.summary, why: problem.why ?? null },
      };
    }),
    labelDefinitions: definitions,
    kept: plan.kept,
    problems: plan.problems,
    notes,
  });
}
