import { isAxiosError, isCancel } from "axios";
import { z } from "zod";
import { describeUnknown, type ErrorText, ProblemError } from "../core/errors";
import { parseJson } from "../core/parse-json";
import { redact } from "../core/redact";
import type { Connection } from "./connection";
import { describeAccount } from "./login";
import { namePermission } from "./permission-names";

/** The code of a write of which nobody knows whether the server has done it. */
export const OUTCOME_UNKNOWN = "superset/outcome-unknown";

/** The request an error is about. */
export interface RequestFacts {
  readonly method: string;
  /** Path below the server's address, with its query. */
  readonly path: string;
  /** True where the request changes something: a lost answer then leaves the outcome unknown. */
  readonly write: boolean;
  readonly connection: Connection;
}

/** What came back, as far as errors care. */
export interface AnswerFacts {
  readonly status: number;
  readonly contentType: string;
  readonly location?: string | undefined;
  readonly text: string;
}

/** An error of one request to Superset. */
export class SupersetError extends ProblemError {
  readonly method: string;
  readonly path: string;
  /** HTTP status; undefined where no answer came. */
  readonly status: number | undefined;
  /** What Superset said, as plain text. */
  readonly said: string | undefined;
  /** Where a redirect pointed, without its query. */
  readonly location: string | undefined;
  // Private: an answer may repeat what was sent, so it must not be printed along with the error.
  readonly #body: unknown;

  constructor(text: ErrorText, request: RequestFacts, answer?: AnswerFacts) {
    const stack = request.connection.stack;
    super({ ...text, ...(stack !== undefined && { place: { stack, ...text.place } }) });
    this.method = request.method;
    this.path = request.path;
    this.status = answer?.status;
    const said = answer === undefined ? undefined : readMessage(answer.text);
    this.said = said && redact(said);
    const location = answer?.location?.split(/[?#]/)[0];
    this.location = location && redact(location);
    this.#body = answer === undefined ? undefined : parseJson(answer.text);
  }

  /** The answer's JSON; undefined where there was none. */
  get body(): unknown {
    return this.#body;
  }
}

const Messages = z.object({
  message: z.unknown(),
  msg: z.unknown(),
  errors: z
    .array(z.object({ message: z.string().optional() }))
    .optional()
    .catch(undefined),
});

/** What Superset said: `message`, `msg` or `errors[].message` of JSON, the title of a page; plain text, shortened. */
export function readMessage(text: string): string | undefined {
  const parsed = Messages.partial().safeParse(parseJson(text));
  if (!parsed.success) return stripHtml(/<title[^>]*>(.*?)<\/title>/is.exec(text)?.[1] ?? text) || undefined;
  const { message, msg, errors } = parsed.data;
  const said = errors?.flatMap((error) => error.message ?? []).join("; ") || (message ?? msg);
  if (said === undefined) return undefined;
  return stripHtml(typeof said === "string" ? said : JSON.stringify(said)) || undefined;
}

function stripHtml(html: string): string {
  const plain = html
    .replace(/<(style|script)[^>]*>.*?<\/\1>/gis, " ")
    .replace(/<\/?[a-z!][^>]*>/gi, " ")
    .replace(/\s+/g, " ")
    .trim();
  return plain.length > 1500 ? `${plain.slice(0, 1500)}…` : plain;
}

/** True for an answer that is a web page. */
export function isPage(answer: Pick<AnswerFacts, "contentType" | "text">): boolean {
  return answer.contentType.includes("html") || /^\s*<(!doctype|html)/i.test(answer.text.slice(0, 200));
}

/**
 * Turns anything that a request threw into the error that people see.
 *
 * @param thrown what axios (or an interceptor) threw
 * @param read reads the answer out of an axios response
 */
export function toSupersetError(thrown: unknown, request: RequestFacts, answer?: AnswerFacts): ProblemError {
  if (thrown instanceof ProblemError) return thrown;
  if (isCancel(thrown)) {
    return describe(request, "superset/cancelled", "was cancelled", undefined, "Run the command again.");
  }
  if (answer !== undefined) return fromAnswer(request, answer);
  return fromSilence(thrown, request);
}

const PAGE_REMEDY =
  "Is an identity-aware proxy in front (then give it its headers in `superset:headers`)? Is `superset:url` right, with its path if it has one?";

/** The error for a web page where JSON was due. */
export function pageInstead(request: RequestFacts, answer: AnswerFacts): SupersetError {
  const title = readMessage(answer.text);
  return describe(
    request,
    "superset/not-json",
    "was answered by an HTML page instead of Superset's API",
    title === undefined ? undefined : `the page says "${title.slice(0, 200)}"`,
    PAGE_REMEDY,
    answer,
  );
}

/** The error for an answer with a status of 300 or more. */
export function fromAnswer(request: RequestFacts, answer: AnswerFacts): SupersetError {
  const { status } = answer;
  const why = readMessage(answer.text);
  const tell = (code: string, what: string, remedy: string, reason = why) =>
    describe(request, code, what, reason, remedy, answer);
  if (status < 400 || (isPage(answer) && (status === 401 || status === 403))) {
    const target = answer.location?.split(/[?#]/)[0];
    return tell(
      "superset/login-page",
      "was answered by a login page instead of Superset's API",
      PAGE_REMEDY,
      target === undefined ? why : `it redirects to ${target}`,
    );
  }
  if (request.write && status >= 502 && status <= 504) return outcomeUnknown(request, why, answer);
  switch (status) {
    case 401:
      return tell("superset/unauthorized", "was not accepted: the login is not valid (any more)", "Run it again.");
    case 403:
      return tell(
        "superset/forbidden",
        `is not allowed for ${describeAccount(request.connection.auth)}`,
        forbiddenRemedy(request),
      );
    case 404:
      return tell("superset/not-found", "found nothing", "Is `superset:url` right, with its path if it has one?");
    case 413:
      return tell("superset/request-too-large", "is too large for the server", "Raise its proxy's limit for bodies.");
    case 429:
      return tell("superset/too-many-requests", "was refused: too many requests", "Wait a minute and run it again.");
    case 502:
    case 503:
    case 504:
      return tell("superset/unavailable", "failed: the server is not available", "Run it again when the server is up.");
    default:
      return status >= 500
        ? tell("superset/failed", "failed on the server", "The server's log has the cause.")
        : tell("superset/refused", "was refused", "Correct what Superset names.");
  }
}

function forbiddenRemedy({ method, path }: RequestFacts): string {
  const permission = namePermission(method, path);
  const role = permission === undefined ? "a role that may do this" : `a role with the permission "${permission}"`;
  return `Give the user ${role} (Admin can do everything that is needed here).`;
}

const CONNECTION_ERRORS: Readonly<Record<string, readonly [code: string, what: string, remedy: string]>> = {
  ECONNREFUSED: [
    "connection/refused",
    "did not reach it: the connection was refused",
    "Is the server up? Is `superset:url` right?",
  ],
  ENOTFOUND: ["connection/unknown-host", "did not reach it: the host's name is unknown", "Is `superset:url` right?"],
  EAI_AGAIN: [
    "connection/unknown-host",
    "did not reach it: the host's name could not be looked up",
    "Is the network up?",
  ],
  EHOSTUNREACH: ["connection/unreachable", "did not reach it: there is no way to the host", "Is the network (VPN) up?"],
  ENETUNREACH: ["connection/unreachable", "did not reach it: there is no way to the host", "Is the network (VPN) up?"],
};

function fromSilence(thrown: unknown, request: RequestFacts): SupersetError {
  const code = isAxiosError(thrown) ? (thrown.code ?? "") : "";
  const why = describeUnknown(thrown) || code;
  const known = CONNECTION_ERRORS[code];
  if (known !== undefined) return describe(request, known[0], known[1], why, known[2]);
  if (/CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS|ERR_SSL|EPROTO/.test(code)) {
    const remedy =
      "Name the file of your own certificate authority in `superset:caFile`. Checks cannot be switched off.";
    return describe(request, "connection/tls", "failed: the server's certificate is not trusted", why, remedy);
  }
  // Whatever else goes wrong may have happened after the server had done its work.
  if (request.write) return outcomeUnknown(request, why);
  if (/maxContentLength/.test(why)) {
    const remedy = "Is this a Superset server? Is a proxy in front of it?";
    return describe(
      request,
      "superset/response-too-large",
      "was answered with more than this program reads",
      why,
      remedy,
    );
  }
  if (code === "ETIMEDOUT" || code === "ECONNABORTED") {
    return describe(request, "connection/timeout", "was not answered in time", why, "Raise `superset:timeoutSeconds`.");
  }
  return describe(request, "connection/lost", "was cut off before the answer came", why, "Run it again.");
}

function outcomeUnknown(request: RequestFacts, why: string | undefined, answer?: AnswerFacts): SupersetError {
  const what = "has an unknown outcome: no answer of Superset came, though it may have done the work";
  return describe(request, OUTCOME_UNKNOWN, what, why, "Run it again: what is there already is found.", answer);
}

function describe(
  request: RequestFacts,
  code: string,
  what: string,
  why: string | undefined,
  remedy: string,
  answer?: AnswerFacts,
): SupersetError {
  const path = request.path.length > 160 ? `${request.path.slice(0, 160)}…` : request.path;
  const status = answer === undefined ? "" : ` (status ${answer.status})`;
  const summary = `${request.method} ${path} at ${request.connection.url} ${what}${status}`;
  return new SupersetError({ code, summary, ...(why !== undefined && { why }), remedy }, request, answer);
}
