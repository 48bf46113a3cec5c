import { describeUnknown, ProblemError } from "../../core/errors";
import { formatJson } from "../../core/plain-text";
import { openTarget } from "../../delivery/open-target";
import { type Level, NOTHING, type Tell, type UpsertResult, upsertExtensions } from "../../delivery/upsert";
import { sayWhenStopped } from "../stopping";
import { toReport } from "./findings-report";
import { formatLogLine, isTold } from "./log";
import { readUpsertSettings, type UpsertChoices, type UpsertSettings } from "./upsert-settings";

/** What `upsert` was called with. */
export interface UpsertOptions extends UpsertChoices {
  /** Whether what goes wrong is told by the exit code too. */
  readonly strict?: boolean;
  readonly logLevel: Lowercase<Level>;
  readonly json?: boolean;
}

/**
 * Brings bundles to their target, and tells it as a log: on stdout, or on stderr beside JSON.
 *
 * @returns the exit code: 0, but with `strict`
 */
export async function runUpsert(options: UpsertOptions): Promise<number> {
  const { strict = false, json = false, logLevel } = options;
  const least = logLevel.toUpperCase() as Uppercase<typeof logLevel>;
  const log = json ? process.stderr : process.stdout;
  const tell: Tell = (level, text) => {
    if (isTold(level, least)) log.write(`${formatLogLine(level, text)}\n`);
  };
  // What was begun is finished by the next start; each extension is whole at any moment.
  sayWhenStopped("Stopped; the same command does the rest.");
  const result = await upsert(options, tell);
  // As it is, without a level: whoever looks for it has one text.
  if (result.summary !== undefined && isTold("INFO", least)) log.write(`${result.summary}\n`);
  if (json) process.stdout.write(`${formatJson(toJson(result))}\n`);
  return strict ? judge(result) : 0;
}

/** What an upsert came to, and what is wrong with the settings. */
interface Ended extends UpsertResult {
  readonly warnings: readonly ProblemError[];
}

/** Nothing is thrown: a start of Superset must not fail for its extensions. */
async function upsert(options: UpsertChoices, tell: Tell): Promise<Ended> {
  try {
    const settings = readUpsertSettings(options, process.env);
    for (const { message } of settings.problems) tell("WARNING", message);
    return { ...(await run(settings, tell)), warnings: settings.problems };
  } catch (error) {
    const problem = error instanceof ProblemError ? error : unexpected(error);
    tell("WARNING", `${problem.message} Extension updates are skipped.`);
    return { ...NOTHING, warnings: [], problem };
  }
}

function run({ discovery, target, lockTimeoutMs, requiredKey }: UpsertSettings, tell: Tell): Promise<UpsertResult> {
  return upsertExtensions({
    ...{ discovery, target: openTarget(target), lockTimeoutMs, tell },
    ...(requiredKey !== undefined && { requiredKey }),
  });
}

/** The exit code of a run that may fail. */
function judge({ errors, problem, warnings }: Ended): number {
  const [warning] = warnings;
  if (problem !== undefined) return problem.exitCode;
  if (errors > 0) return 1;
  return warning?.exitCode ?? 0;
}

function toJson({ extensions, findings, problem, warnings, summary, ...counts }: Ended) {
  return {
    version: 1,
    ...counts,
    summary: summary ?? null,
    extensions: extensions.map(({ id, version, ...rest }) => ({ id: id ?? null, version: version ?? null, ...rest })),
    findings: findings.map(toReport),
    problems: [...warnings, ...(problem === undefined ? [] : [problem])].map(({ code, summary, remedy }) => ({
      ...{ code, summary, remedy: remedy ?? null },
    })),
  };
}

function unexpected(error: unknown): ProblemError {
  return new ProblemError({
    code: "extension/upsert-failed",
    summary: "The extensions could not be brought up to date.",
    why: describeUnknown(error),
    cause: error,
  });
}
