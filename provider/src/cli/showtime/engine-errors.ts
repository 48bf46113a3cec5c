import { existsSync, readFileSync } from "node:fs";
import { stripVTControlCharacters } from "node:util";
import { z } from "zod";
import { ProblemError } from "../../core/errors";
import { parseJson } from "../../core/parse-json";
import { explainEngine } from "../engine-failures";
import type { EngineRun } from "../pulumi-engine";

const eventSchema = z.object({
  diagnosticEvent: z.object({ urn: z.string().optional(), message: z.string(), severity: z.string() }).optional(),
});

/** Colours, as the engine writes them into its events. */
const MARKUP = /<\{%.*?%\}>/g;

/** A problem as {@link ProblemError} writes it, anywhere in the engine's words. */
const PROBLEM =
  /(?:^|(?:\w*Error|[Ee]rror): |\n)([^\n]+?) \[([a-z][a-z-]*\/[a-z-]+)\]((?:\n(?! {2}(?:why|to do): )(?! {4}at ).+)*)(?:\n {2}why: ((?:.|\n)*?))?(?:\n {2}to do: ([^\n]*))?(?=\n {4}at |\n\n|\n*$)/;

/**
 * Why a run of the engine failed, in the words of the hook that failed; those of the engine where none did.
 *
 * @param log what `--event-log` wrote
 */
export function explainRun(run: EngineRun, log: string): ProblemError {
  const messages = readErrors(log);
  for (const message of messages) {
    const problem = parseProblem(message);
    if (problem !== undefined) return problem;
  }
  const explained = explainEngine(run.output);
  if (explained !== undefined) return explained;
  const words = messages.find((message) => message.trim() !== "") ?? lastLines(run.output);
  return new ProblemError({
    code: "engine/failed",
    summary: run.signal === undefined ? "Pulumi's engine failed." : `Pulumi's engine was ended by ${run.signal}.`,
    why: words.trim(),
    remedy: "Run this again: it finds what is there and does the rest.",
  });
}

/** Reads a problem out of an error that the engine tells of a hook. */
export function parseProblem(message: string): ProblemError | undefined {
  const [, summary, code, list = "", why, remedy] = PROBLEM.exec(message) ?? [];
  if (summary === undefined || code === undefined) return undefined;
  return new ProblemError({
    code,
    summary: `${summary}${list}`,
    ...(why !== undefined && { why: why.trim() }),
    ...(remedy !== undefined && { remedy }),
  });
}

/** The errors of a log, of resources first: the engine's last one only counts them. */
function readErrors(file: string): string[] {
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  const events = text.split("\n").flatMap((line) => {
    const { data } = eventSchema.safeParse(parseJson(line));
    return data?.diagnosticEvent?.severity === "error" ? [data.diagnosticEvent] : [];
  });
  const clean = (message: string) => stripVTControlCharacters(message.replace(MARKUP, ""));
  const isAboutResource = (urn: string | undefined) => urn !== undefined && !urn.includes("pulumi:pulumi:Stack");
  return [...events]
    .sort((left, right) => Number(isAboutResource(right.urn)) - Number(isAboutResource(left.urn)))
    .map(({ message }) => clean(message));
}

const LAST_LINES = 20;

function lastLines(output: string): string {
  return stripVTControlCharacters(output).trim().split("\n").slice(-LAST_LINES).join("\n");
}
