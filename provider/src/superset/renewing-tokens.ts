import { z } from "zod";
import { parseJson } from "../core/parse-json";
import { registerSecret } from "../core/redact";
import type { AccessToken, TokenSource } from "./login";

const DEFAULT_LIFE_SECONDS = 15 * 60;
/** The share of a token's life after which it is renewed. */
const RENEW_AFTER = 0.8;

const TokenClaims = z.object({ iat: z.number(), exp: z.number() });

/** What a login, or a refresh, gave. */
export interface Grant {
  readonly accessToken: string;
  /** Absent where the one of before stays, or there is none. */
  readonly refreshToken?: string | undefined;
  /** Where the giver says it; else the token's own claims tell it. */
  readonly lifeSeconds?: number | undefined;
}

/** Where tokens come from. */
export interface TokenGrants {
  logIn(): Promise<Grant>;
  /** @returns undefined where the refresh token is no longer accepted: a login is due then */
  refresh?(refreshToken: string): Promise<Grant | undefined>;
}

/** Tokens that are renewed before they end. Callers at the same time share one login. */
export class RenewingTokens implements TokenSource {
  readonly #grants: TokenGrants;
  #access: AccessToken | undefined;
  #refreshToken: string | undefined;
  #renewing: Promise<AccessToken> | undefined;

  constructor(grants: TokenGrants) {
    this.#grants = grants;
  }

  async current(): Promise<AccessToken> {
    if (this.#access !== undefined && Date.now() < this.#access.renewAt) return this.#access;
    this.#renewing ??= this.#renew().finally(() => {
      this.#renewing = undefined;
    });
    return this.#renewing;
  }

  forget(value: string): void {
    if (this.#access?.value === value) this.#access = undefined;
  }

  async #renew(): Promise<AccessToken> {
    const refreshed = await this.#refresh();
    // A refresh token belongs to its login: another login has another, or none.
    if (refreshed === undefined) this.#refreshToken = undefined;
    return this.#keep(refreshed ?? (await this.#grants.logIn()));
  }

  async #refresh(): Promise<Grant | undefined> {
    return this.#refreshToken === undefined ? undefined : this.#grants.refresh?.(this.#refreshToken);
  }

  #keep({ accessToken, refreshToken, lifeSeconds }: Grant): AccessToken {
    registerSecret(accessToken);
    registerSecret(refreshToken);
    this.#refreshToken = refreshToken ?? this.#refreshToken;
    const life = lifeSeconds ?? readLife(accessToken);
    this.#access = { value: accessToken, renewAt: Date.now() + life * RENEW_AFTER * 1000 };
    return this.#access;
  }
}

/** Seconds a token lives, from its own claims: the clocks of server and client may differ. */
function readLife(token: string): number {
  const payload = Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8");
  const claims = TokenClaims.safeParse(parseJson(payload));
  return claims.success ? Math.max(claims.data.exp - claims.data.iat, 1) : DEFAULT_LIFE_SECONDS;
}
