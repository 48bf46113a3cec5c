import { z } from "zod";
import { registerSecret } from "../core/redact";
import { parseAnswer } from "./answers";
import { type AuthStrategy, type Credentials, createStrategy } from "./auth-strategy";
import type { Connection } from "./connection";
import { SupersetError } from "./errors";
import type { Transport, TransportAnswer } from "./transport";

const MAX_BYTES = 1024 * 1024;
const ME = "/api/v1/me/";
const CSRF = "/api/v1/security/csrf_token/";

const CsrfAnswer = z.object({ result: z.string() });

/** Who we are on the server: the login and the CSRF token, in memory only. */
export class Session {
  readonly #transport: Transport;
  readonly #connection: Connection;
  readonly #strategy: AuthStrategy;
  #csrf: Promise<string> | undefined;
  /** Whether the server has accepted this login before. */
  #isAccepted = false;

  constructor(transport: Transport, connection: Connection) {
    this.#transport = transport;
    this.#connection = connection;
    this.#strategy = createStrategy(transport, connection);
  }

  /**
   * Logs in now. Superset's own tokens are good; of everything else only the server can tell, so it is asked once.
   *
   * @throws ProblemError `auth/…`, or what {@link SupersetError} tells
   */
  async signIn(): Promise<void> {
    await this.#strategy.apply();
    const { provider } = this.#connection.auth;
    if (provider !== "db" && provider !== "ldap") await this.run((credentials) => this.#get(ME, credentials));
  }

  /**
   * Runs a request as the user; credentials that the server no longer accepts are replaced once. Nothing was done by
   * then.
   */
  async run<T>(request: (credentials: Credentials) => Promise<T>): Promise<T> {
    const credentials = await this.#strategy.apply();
    try {
      const answer = await request(credentials);
      this.#isAccepted = true;
      return answer;
    } catch (error) {
      if (!isRefusal(error)) throw error;
      const isWorthRetry = this.#strategy.onUnauthorized(credentials, error, this.#isAccepted);
      if (!isWorthRetry) throw this.#strategy.explain(error);
    }
    const others = await this.#strategy.apply();
    try {
      return await request(others);
    } catch (error) {
      throw isRefusal(error) ? this.#strategy.explain(error) : error;
    }
  }

  /** The same for a write, which needs a CSRF token too; one that the server no longer accepts is replaced once. */
  async write<T>(request: (headers: Credentials) => Promise<T>): Promise<T> {
    return this.run(async (credentials) => {
      const send = (csrf: string) => request({ ...credentials, "X-CSRFToken": csrf });
      const csrf = await this.#csrfToken(credentials);
      try {
        return await send(csrf);
      } catch (error) {
        if (!(error instanceof SupersetError) || !isCsrfRefusal(error)) throw error;
        await this.#forgetCsrf(csrf);
        return send(await this.#csrfToken(credentials));
      }
    });
  }

  /** Fetched on first use; its session cookie is kept by the transport. */
  async #csrfToken(credentials: Credentials): Promise<string> {
    this.#csrf ??= this.#fetchCsrf(credentials).catch((error: unknown) => {
      this.#csrf = undefined;
      throw error;
    });
    return this.#csrf;
  }

  /** Makes the next write fetch a new CSRF token, unless that has happened meanwhile. */
  async #forgetCsrf(value: string): Promise<void> {
    const current = this.#csrf;
    if (current !== undefined && (await current) === value && this.#csrf === current) this.#csrf = undefined;
  }

  async #fetchCsrf(credentials: Credentials): Promise<string> {
    const { data } = await this.#get(CSRF, credentials);
    const facts = { method: "GET", path: CSRF, write: false, connection: this.#connection };
    const token = parseAnswer(data, CsrfAnswer, facts).result;
    registerSecret(token);
    return token;
  }

  #get(path: string, headers: Credentials): Promise<TransportAnswer> {
    const timeoutSeconds = this.#connection.timeoutSeconds ?? 60;
    return this.#transport.send({
      method: "GET",
      path,
      headers,
      repeatable: true,
      maxBytes: MAX_BYTES,
      timeoutSeconds,
    });
  }
}

/** 401, or 422 in the words of the JWT library, which alone says `msg` (superset-api 1.6). */
function isRefusal(error: unknown): error is SupersetError {
  if (!(error instanceof SupersetError)) return false;
  if (error.code === "superset/unauthorized") return true;
  return error.status === 422 && typeof error.body === "object" && error.body !== null && "msg" in error.body;
}

/** 400 for JSON bodies, but a redirect to the login page for multipart ones (superset-api 1.3). */
function isCsrfRefusal(error: SupersetError): boolean {
  if (error.status === 400) return /csrf/i.test(error.said ?? "");
  return error.status === 302 && /\/login\/?$/.test(error.location ?? "");
}
