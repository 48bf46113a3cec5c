import { redact } from "./redact";

/** Where an error comes from: whichever parts are known. */
export interface ErrorPlace {
  /** Path of the asset file as people know it, relative to the assets folder. */
  readonly file?: string;
  /** Line in the file, from 1. */
  readonly line?: number;
  /** Column in the file, from 1. */
  readonly column?: number;
  /** The asset, as `kind title`. */
  readonly asset?: string;
  /** The Pulumi stack. */
  readonly stack?: string;
}

/** What an error says to a person. */
export interface ErrorText {
  /** Stable code, e.g. `auth/wrong-password`; scripts may rely on it. */
  readonly code: string;
  /** What happened, one sentence. */
  readonly summary: string;
  /** Why, in the words of the one who knows (the server, the parser). */
  readonly why?: string;
  /** What to do about it. */
  readonly remedy?: string;
  readonly place?: ErrorPlace;
  readonly cause?: unknown;
  /** Exit code of the CLI: 1 failed, 2 bad usage, 3 refused, 130 stopped by the person. Default 1. */
  readonly exitCode?: 1 | 2 | 3 | 130;
}

/** The one base of all errors that people see. Its texts are redacted when it is made. */
export class ProblemError extends Error {
  readonly code: string;
  readonly summary: string;
  readonly why: string | undefined;
  readonly remedy: string | undefined;
  readonly place: ErrorPlace;
  readonly exitCode: 1 | 2 | 3 | 130;

  constructor(text: ErrorText) {
    const summary = redact(text.summary);
    const why = text.why === undefined ? undefined : redact(text.why);
    const remedy = text.remedy === undefined ? undefined : redact(text.remedy);
    super(formatProblem({ ...text, summary, ...(why && { why }), ...(remedy && { remedy }) }));
    this.name = new.target.name;
    this.code = text.code;
    this.summary = summary;
    this.why = why;
    this.remedy = remedy;
    this.place = text.place ?? {};
    this.exitCode = text.exitCode ?? 1;
    // The cause may carry a request with credentials: only its redacted message is kept.
    if (text.cause !== undefined) this.cause = redact(describeUnknown(text.cause));
  }
}

/** The message of anything that was thrown. */
export function describeUnknown(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** One problem as the lines a person reads: place, what, why, what to do. */
export function formatProblem(text: Pick<ErrorText, "code" | "summary" | "why" | "remedy" | "place">): string {
  const place = text.place === undefined ? "" : formatPlace(text.place);
  // A summary may be followed by a list; the code belongs to its first line.
  const [headline, ...list] = text.summary.split("\n");
  const lines = [`${place === "" ? "" : `${place}: `}${headline} [${text.code}]`, ...list];
  if (text.why) lines.push(`  why: ${text.why}`);
  if (text.remedy) lines.push(`  to do: ${text.remedy}`);
  return lines.join("\n");
}

/** `charts/a.yaml:3:5 (chart Sales, stack qa)` with the parts that are known. */
export function formatPlace(place: ErrorPlace): string {
  const position = [place.file, place.line, place.column].filter((part) => part !== undefined).join(":");
  const stack = place.stack === undefined ? undefined : `stack ${place.stack}`;
  const subject = [place.asset, stack].filter((part) => part !== undefined).join(", ");
  if (position === "") return subject;
  return subject === "" ? position : `${position} (${subject})`;
}
