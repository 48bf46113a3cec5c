import { z } from "zod";
import { ProblemError } from "../core/errors";
import { parseAnswer } from "./answers";
import type { Connection } from "./connection";
import type { RequestFacts } from "./errors";
import { Session } from "./session";
import { type ClientOptions, createTransport, type Transport } from "./transport";

export type { ClientOptions } from "./transport";

type WriteMethod = "POST" | "PUT" | "DELETE";

/** One signed-in user on one Superset server. Paths begin with `/api/v1/` and may carry a query. */
export interface SupersetClient {
  readonly connection: Connection;
  /** Logs in now instead of with the first request, and finds out whether the server accepts it. */
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
    session.run((headers) =>
      transport.send({ method: "GET", path, headers, repeatable: true, maxBytes, timeoutSeconds }),
    );

  return {
    connection: target,
    signIn: () => session.signIn(),
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
      const answer = await session.write((headers) => transport.send({ ...request, headers }));
      return parseAnswer(answer.data, schema, { method, path, write: true, connection: target });
    },
  };
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
