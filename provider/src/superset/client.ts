import { z } from "zod";
import { ProblemError } from "../core/errors";
import { parseAnswer } from "./answers";
import type { Connection } from "./connection";
import { type RequestFacts, SupersetError } from "./errors";
import { Session } from "./session";
import { type ClientOptions, createTransport, type Transport } from "./transport";

export type { ClientOptions } from "./transport";

type WriteMethod = "POST" | "PUT" | "DELETE";

/** One signed-in user on one Superset server. Paths begin with `/api/v1/` and may carry a query. */
export interface SupersetClient {
  readonly connection: Connection;
  /** Logs in now instead of with the first request. */
  signIn(): Promise<void>;
  /**
   * The server's version, e.g. `6.1.0`; asked once, needs no login.
   *
   * @throws ProblemError `superset/too-old` below 6.0
   */
  version(): Promise<string>;
  /** Reads JSON; repeated on passing failures. */
  get<T>(path: string, schema: z.ZodType<T>): Promise<T>;
  /** Reads a file, 256 MB at most. */
  getBinary(path: string): Promise<Buffer>;
  /**
   * Changes something; never repeated blindly.
   *
   * @throws ProblemError `superset/outcome-unknown` where no answer came although the server may have done it
   */
  send<T>(method: WriteMethod, path: string, body: object | undefined, schema: z.ZodType<T>): Promise<T>;
}

const MEGABYTE = 1024 * 1024;
const MAX_JSON_BYTES = 64 * MEGABYTE;
const MAX_FILE_BYTES = 256 * MEGABYTE;
const LONG_SECONDS = 300;
const OLDEST_MAJOR = 6;

const VersionAnswer = z.object({ version_string: z.string() });

/**
 * Makes a client; nothing is sent yet.
 *
 * @throws ProblemError `connection/bad-url`, `connection/not-https`, `connection/ca-file`
 */
export function createSupersetClient(connection: Connection, options: ClientOptions = {}): SupersetClient {
  const transport = createTransport(connection, options);
  const target = { ...connection, url: transport.url };
  const session = new Session(transport, target);
  const seconds = target.timeoutSeconds ?? 60;
  let version: Promise<string> | undefined;

  const read = (path: string, maxBytes: number, timeoutSeconds: number) =>
    withToken(session, (token) =>
      transport.send({ method: "GET", path, headers: bearer(token), repeatable: true, maxBytes, timeoutSeconds }),
    );

  return {
    connection: target,
    async signIn() {
      await session.token();
    },
    version() {
      version ??= askVersion(transport, target, seconds).catch((error: unknown) => {
        version = undefined;
        throw error;
      });
      return version;
    },
    async get(path, schema) {
      const facts: RequestFacts = { method: "GET", path, write: false, connection: target };
      return parseAnswer((await read(path, MAX_JSON_BYTES, seconds)).data, schema, facts);
    },
    async getBinary(path) {
      return (await read(path, MAX_FILE_BYTES, Math.max(seconds, LONG_SECONDS))).data;
    },
    async send(method, path, body, schema) {
      const timeoutSeconds = path.includes("/import/") ? Math.max(seconds, LONG_SECONDS) : seconds;
      const request = { method, path, body, repeatable: false, maxBytes: MAX_JSON_BYTES, timeoutSeconds };
      const answer = await withToken(session, (token) =>
        withCsrf(session, (csrf) => transport.send({ ...request, headers: { ...bearer(token), "X-CSRFToken": csrf } })),
      );
      return parseAnswer(answer.data, schema, { method, path, write: true, connection: target });
    },
  };
}

function bearer(token: string): Record<string, string> {
  return { Authorization: `Bearer ${token}` };
}

/** Runs a request; a token that the server no longer accepts is replaced once. Nothing was done by then. */
async function withToken<T>(session: Session, run: (token: string) => Promise<T>): Promise<T> {
  const token = await session.token();
  try {
    return await run(token);
  } catch (error) {
    if (!(error instanceof SupersetError) || !isTokenRefusal(error)) throw error;
    session.forgetToken(token);
    return run(await session.token());
  }
}

/** 401, or 422 in the words of the JWT library, which alone says `msg` (superset-api 1.6). */
function isTokenRefusal(error: SupersetError): boolean {
  if (error.code === "superset/unauthorized") return true;
  return error.status === 422 && typeof error.body === "object" && error.body !== null && "msg" in error.body;
}

/** Runs a write; a CSRF token that the server no longer accepts is replaced once. Nothing was done by then. */
async function withCsrf<T>(session: Session, run: (csrf: string) => Promise<T>): Promise<T> {
  const csrf = await session.csrf();
  try {
    return await run(csrf);
  } catch (error) {
    if (!(error instanceof SupersetError) || !isCsrfRefusal(error)) throw error;
    await session.forgetCsrf(csrf);
    return run(await session.csrf());
  }
}

/** 400 for JSON bodies, but a redirect to the login page for multipart ones (superset-api 1.3). */
function isCsrfRefusal(error: SupersetError): boolean {
  if (error.status === 400) return /csrf/i.test(error.said ?? "");
  return error.status === 302 && /\/login\/?$/.test(error.location ?? "");
}

async function askVersion(transport: Transport, connection: Connection, timeoutSeconds: number): Promise<string> {
  const path = "/version";
  const facts: RequestFacts = { method: "GET", path, write: false, connection };
  const request = { method: "GET", path, repeatable: true, maxBytes: MEGABYTE, timeoutSeconds } as const;
  const version = parseAnswer((await transport.send(request)).data, VersionAnswer, facts).version_string;
  const major = Number(/^\d+/.exec(version)?.[0] ?? 0);
  // A build of the main branch calls itself 0.0.0.
  if (major === 0 || major >= OLDEST_MAJOR) return version;
  throw new ProblemError({
    code: "superset/too-old",
    summary: `Superset at ${connection.url} has version ${version}`,
    why: "single assets can be imported, and found by UUID, only in Superset 6.0 and later",
    remedy: "Upgrade the server to Superset 6.0 or later.",
    ...(connection.stack !== undefined && { place: { stack: connection.stack } }),
  });
}
