import { z } from "zod";
import { ProblemError } from "../core/errors";
import { registerSecret } from "../core/redact";
import { parseAnswer } from "./answers";
import type { Connection } from "./connection";
import { parseJson, type RequestFacts, SupersetError } from "./errors";
import type { Transport, TransportRequest } from "./transport";

const MAX_BYTES = 1024 * 1024;
const DEFAULT_LIFE_SECONDS = 15 * 60;
/** The share of a token's life after which it is renewed. */
const RENEW_AFTER = 0.8;

const Tokens = z.object({ access_token: z.string(), refresh_token: z.string().optional() });
const TokenClaims = z.object({ iat: z.number(), exp: z.number() });
const CsrfAnswer = z.object({ result: z.string() });

interface AccessToken {
  readonly value: string;
  readonly renewAt: number;
}

/** Who we are on the server: access token, refresh token and CSRF token, in memory only. */
export class Session {
  readonly #transport: Transport;
  readonly #connection: Connection;
  #access: AccessToken | undefined;
  #refreshToken: string | undefined;
  #signingIn: Promise<string> | undefined;
  #csrf: Promise<string> | undefined;

  constructor(transport: Transport, connection: Connection) {
    this.#transport = transport;
    this.#connection = connection;
    registerSecret(connection.auth.password);
  }

  /**
   * A valid access token; signs in, or renews the token, where that is due. Callers at the same time share one login.
   *
   * @throws ProblemError `auth/wrong-password`, `auth/provider-refused`, or what {@link SupersetError} tells
   */
  async token(): Promise<string> {
    if (this.#access !== undefined && Date.now() < this.#access.renewAt) return this.#access.value;
    this.#signingIn ??= this.#renew().finally(() => {
      this.#signingIn = undefined;
    });
    return this.#signingIn;
  }

  /** Drops an access token that the server refused, unless it has been replaced meanwhile. */
  forgetToken(value: string): void {
    if (this.#access?.value !== value) return;
    this.#access = undefined;
    // The refresh token comes from the same key: a server that no longer knows one does not know the other.
    this.#refreshToken = undefined;
  }

  /** The CSRF token, fetched on first use; its session cookie is kept by the transport. */
  async csrf(): Promise<string> {
    this.#csrf ??= this.#fetchCsrf().catch((error: unknown) => {
      this.#csrf = undefined;
      throw error;
    });
    return this.#csrf;
  }

  /** Makes the next write fetch a new CSRF token, unless that has happened meanwhile. */
  async forgetCsrf(value: string): Promise<void> {
    const current = this.#csrf;
    if (current !== undefined && (await current) === value && this.#csrf === current) this.#csrf = undefined;
  }

  async #renew(): Promise<string> {
    if (this.#refreshToken === undefined) return this.#login();
    try {
      return this.#keep(await this.#ask("/api/v1/security/refresh", undefined, this.#refreshToken));
    } catch (error) {
      if (!(error instanceof SupersetError) || error.status === undefined) throw error;
      // Told off with an answer: the refresh token has ended or the server has a new key.
      this.#refreshToken = undefined;
      return this.#login();
    }
  }

  async #login(): Promise<string> {
    const { provider, username, password } = this.#connection.auth;
    try {
      return this.#keep(await this.#ask("/api/v1/security/login", { username, password, provider, refresh: true }));
    } catch (error) {
      throw error instanceof SupersetError ? explainLogin(error, this.#connection) : error;
    }
  }

  async #ask(path: string, body: object | undefined, bearer?: string): Promise<z.infer<typeof Tokens>> {
    const headers = bearer === undefined ? {} : { Authorization: `Bearer ${bearer}` };
    // A second login does no harm, so it is repeated like a read.
    const answer = await this.#transport.send({ ...this.#request("POST", path), headers, body });
    return parseAnswer(answer.data, Tokens, this.#facts("POST", path));
  }

  #keep(tokens: z.infer<typeof Tokens>): string {
    registerSecret(tokens.access_token);
    registerSecret(tokens.refresh_token);
    this.#refreshToken = tokens.refresh_token ?? this.#refreshToken;
    const renewAt = Date.now() + readLife(tokens.access_token) * RENEW_AFTER * 1000;
    this.#access = { value: tokens.access_token, renewAt };
    return tokens.access_token;
  }

  async #fetchCsrf(): Promise<string> {
    const headers = { Authorization: `Bearer ${await this.token()}` };
    const path = "/api/v1/security/csrf_token/";
    const answer = await this.#transport.send({ ...this.#request("GET", path), headers });
    const token = parseAnswer(answer.data, CsrfAnswer, this.#facts("GET", path)).result;
    registerSecret(token);
    return token;
  }

  #request(method: "GET" | "POST", path: string): TransportRequest {
    const timeoutSeconds = this.#connection.timeoutSeconds ?? 60;
    return { method, path, repeatable: true, maxBytes: MAX_BYTES, timeoutSeconds };
  }

  #facts(method: string, path: string): RequestFacts {
    return { method, path, write: false, connection: this.#connection };
  }
}

/** Seconds a token lives, from its own claims: the clocks of server and client may differ. */
function readLife(token: string): number {
  const payload = Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8");
  const claims = TokenClaims.safeParse(parseJson(payload));
  return claims.success ? Math.max(claims.data.exp - claims.data.iat, 1) : DEFAULT_LIFE_SECONDS;
}

/** Says what a refused login means, where it is known. */
export function explainLogin(error: SupersetError, connection: Connection): ProblemError {
  const { username, provider } = connection.auth;
  const place = connection.stack === undefined ? {} : { place: { stack: connection.stack } };
  const why = error.said === undefined ? {} : { why: error.said };
  if (error.code === "superset/unauthorized") {
    return new ProblemError({
      code: "auth/wrong-password",
      summary: `Superset at ${connection.url} does not accept the password of the user "${username}" (provider ${provider})`,
      ...why,
      remedy: "Check the user and the password in the setting `superset:auth` of this stack.",
      ...place,
    });
  }
  if (error.status === 400 && /authentication provider|must be one of/i.test(error.said ?? "")) {
    return new ProblemError({
      code: "auth/provider-refused",
      summary: `Superset at ${connection.url} does not let users of the provider "${provider}" log in through its API`,
      ...why,
      remedy: `Set \`superset:auth\` to the provider that the server uses (db or ldap). A server with single sign-on needs AUTH_API_LOGIN_ALLOW_MULTIPLE_PROVIDERS = True and a user with a local password.`,
      ...place,
    });
  }
  return error;
}
