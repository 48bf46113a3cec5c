import pc from "picocolors";
import { ProblemError } from "../../core/errors";
import { formatJson, plainLine } from "../../core/plain-text";
import { shortCommit } from "../../showtime/names";
import { formatMinute } from "../../showtime/time-to-live";

/** What became of a pull request's environment. */
export interface Outcome {
  readonly pullRequest: number;
  /** `locked`: somebody else is at work there, and it was not to be waited for. */
  readonly outcome: "deployed" | "removed" | "none" | "refused" | "locked" | "failed" | "stopped" | "planned";
  readonly reason: string;
  /** All 40 characters. */
  readonly commit?: string | undefined;
  readonly url?: string | undefined;
  readonly expires?: Date | undefined;
  readonly notes: readonly string[];
  /** Why it failed or was refused. */
  readonly problem?: ProblemError | undefined;
  /** What could not be told on GitHub, in words; it is as it is all the same. */
  readonly untold: readonly string[];
  /** What a dry run would do. */
  readonly plan?: string | undefined;
}

/** What the command ends with. */
export function exitCodeOf({ outcome, problem, untold }: Outcome): number {
  if (outcome === "stopped") return 130;
  if (outcome === "refused" || outcome === "locked") return 3;
  if (outcome === "failed") return problem?.exitCode ?? 1;
  return untold.length > 0 || problem !== undefined ? 1 : 0;
}

/**
 * Does a command's work, and prints what became of it for people, or for programs. Programs get one document in any case:
 * also where the work was refused, or failed, before anything was begun.
 *
 * @returns the exit code
 * @throws ProblemError where it is for people: the command line prints it
 */
export async function printOutcome(
  pullRequest: number,
  json: boolean | undefined,
  work: () => Promise<Outcome>,
): Promise<number> {
  const result = await work().catch((error: unknown) => {
    if (json && error instanceof ProblemError) return toOutcome(pullRequest, error);
    throw error;
  });
  process.stdout.write(`${json ? formatJson(toReport(result)) : formatOutcome(result)}\n`);
  return exitCodeOf(result);
}

/** What a problem means that came before there was an outcome. */
function toOutcome(pullRequest: number, problem: ProblemError): Outcome {
  const { code, exitCode, summary: reason } = problem;
  const ended = { 1: "failed", 2: "failed", 3: "refused", 130: "stopped" } as const;
  const outcome = code === "stack/locked" ? "locked" : ended[exitCode];
  return { pullRequest, outcome, reason, notes: [], problem, untold: [] };
}

/** One JSON document. */
export function toReport(result: Outcome) {
  const { pullRequest, outcome, reason, commit, url, expires, notes, problem, untold, plan } = result;
  return {
    version: 1,
    pullRequest,
    outcome,
    reason,
    commit: commit ?? null,
    url: url ?? null,
    expires: expires?.toISOString() ?? null,
    notes,
    error:
      problem === undefined
        ? null
        : {
            code: problem.code,
            summary: problem.summary,
            why: problem.why ?? null,
            remedy: problem.remedy ?? null,
          },
    untold,
    plan: plan ?? null,
    exitCode: exitCodeOf(result),
  };
}

const HEADLINES: { readonly [outcome in Outcome["outcome"]]: string } = {
  deployed: pc.green("deployed"),
  removed: pc.green("removed"),
  none: "nothing to do",
  refused: pc.red("refused"),
  locked: pc.yellow("left alone"),
  failed: pc.red("failed"),
  stopped: pc.yellow("stopped"),
  planned: "would deploy",
};

/** The lines that people read. */
export function formatOutcome(result: Outcome): string {
  const { pullRequest, outcome, reason, commit, url, expires, notes, problem, untold, plan } = result;
  const at = commit === undefined ? "" : ` at ${shortCommit(commit)}`;
  // What would be removed has no commit.
  const headline = outcome === "planned" && commit === undefined ? "would remove" : HEADLINES[outcome];
  const because = problem?.summary === reason ? "" : ` (${plainLine(reason)})`;
  const lines = [
    `#${pullRequest}${at}: ${headline}${because}`,
    ...(url === undefined ? [] : [`  address: ${url}`]),
    ...(expires === undefined ? [] : [`  expires: ${formatMinute(expires)}`]),
    ...notes.map((note) => `  to note: ${plainLine(note)}`),
    ...(problem === undefined ? [] : [`${pc.red("error:")} ${problem.message}`]),
    ...untold.map((text) => `${pc.red("not told on GitHub:")} ${text}`),
    ...(plan === undefined ? [] : [plan]),
  ];
  return lines.join("\n");
}
