import type { ProblemError } from "../core/errors";
import { registerSecret } from "../core/redact";
import type { Connection } from "./connection";
import type { SupersetError } from "./errors";
import type { AccessToken, ApiKeyLogin, BearerLogin, CookieLogin, TokenSource } from "./login";
import type { PageBrowser } from "./pages";
import { createPasswordTokens } from "./password-tokens";
import { explainApiKey, explainBearer, explainCookie } from "./refusals";
import { RenewingTokens } from "./renewing-tokens";
import type { Transport } from "./transport";

/** What a request must carry, besides cookies. */
export type Credentials = Readonly<Record<string, string>>;

/** One way to prove who we are. */
export interface AuthStrategy {
  /** What the next request must carry; logs in, or renews, where that is due. */
  apply(): Promise<Credentials>;
  /**
   * The server refused these credentials; nothing was done by then.
   *
   * @param wasAccepted whether the server has accepted this login before
   * @returns whether the next {@link apply} gives others, with which the request is worth another try
   */
  onUnauthorized(refused: Credentials, error: SupersetError, wasAccepted: boolean): boolean;
  /** Says what a refusal means that stays. */
  explain(error: SupersetError): ProblemError;
}

/** The strategy of a connection; nothing is sent yet. */
export function createStrategy(transport: Transport, connection: Connection): AuthStrategy {
  const { auth } = connection;
  switch (auth.provider) {
    case "db":
    case "ldap":
      return new BearerStrategy(new RenewingTokens(createPasswordTokens(transport, connection, auth)), {
        isWorthRetry: () => true,
        explain: (error) => error,
      });
    case "api-key":
      return new ApiKeyStrategy(auth, connection);
    case "session":
      return new CookieStrategy(auth, transport, connection);
    default:
      return new BearerStrategy(auth.tokens, {
        isWorthRetry: (error, isDue) => canBeRenewed(auth, error, isDue),
        explain: (error) => explainBearer(error, connection, auth.provider),
      });
  }
}

/**
 * A token that has ended can be renewed; one that the server cannot check is no better when it is new. A server with a
 * request_loader says the same of both.
 *
 * @param isDue whether the login was accepted before, or its token came to its end on the way
 */
function canBeRenewed({ provider }: BearerLogin, { status, said = "" }: SupersetError, isDue: boolean): boolean {
  if (provider === "token") return false;
  return isDue || (status === 401 && !/loading the user/i.test(said));
}

interface BearerRules {
  isWorthRetry(error: SupersetError, isDue: boolean): boolean;
  explain(error: SupersetError): ProblemError;
}

/** A token with each request. */
class BearerStrategy implements AuthStrategy {
  readonly explain: AuthStrategy["explain"];
  readonly #used = new WeakMap<Credentials, AccessToken>();

  constructor(
    private readonly tokens: TokenSource,
    private readonly rules: BearerRules,
  ) {
    this.explain = rules.explain;
  }

  async apply(): Promise<Credentials> {
    const token = await this.tokens.current();
    const credentials = bearer(token.value);
    this.#used.set(credentials, token);
    return credentials;
  }

  onUnauthorized(refused: Credentials, error: SupersetError, wasAccepted: boolean): boolean {
    const { value = "", renewAt = Number.POSITIVE_INFINITY } = this.#used.get(refused) ?? {};
    if (!this.rules.isWorthRetry(error, wasAccepted || Date.now() >= renewAt)) return false;
    this.tokens.forget(value);
    return true;
  }
}

/** The same key with each request. */
class ApiKeyStrategy implements AuthStrategy {
  readonly #credentials: Credentials;

  constructor(
    { apiKey }: ApiKeyLogin,
    private readonly connection: Connection,
  ) {
    registerSecret(apiKey);
    this.#credentials = bearer(apiKey);
  }

  async apply(): Promise<Credentials> {
    return this.#credentials;
  }

  onUnauthorized(): boolean {
    return false;
  }

  explain(error: SupersetError): ProblemError {
    return explainApiKey(error, this.connection);
  }
}

/** The session cookie, which the transport keeps. */
class CookieStrategy implements AuthStrategy {
  #session: Promise<Credentials> | undefined;
  #current: Credentials | undefined;

  constructor(
    private readonly login: CookieLogin,
    private readonly browser: PageBrowser,
    private readonly connection: Connection,
  ) {}

  async apply(): Promise<Credentials> {
    this.#session ??= this.#logIn().catch((error: unknown) => {
      this.#session = undefined;
      throw error;
    });
    return this.#session;
  }

  onUnauthorized(refused: Credentials): boolean {
    if (this.#current === refused) this.#session = undefined;
    return true;
  }

  explain(error: SupersetError): ProblemError {
    return explainCookie(error, this.connection);
  }

  /** An object of its own for each session, by which one is told from the next. */
  async #logIn(): Promise<Credentials> {
    this.browser.forgetCookies();
    await this.login.logIn(this.browser);
    this.#current = {};
    return this.#current;
  }
}

function bearer(token: string): Credentials {
  return { Authorization: `Bearer ${token}` };
}
