import type { PageBrowser } from "./pages";

/** How a client proves to one server who it is. */
export type Login = PasswordLogin | BearerLogin | ApiKeyLogin | CookieLogin;

/** A user with a password, looked up in Superset's own table (`db`) or in a directory (`ldap`). */
export interface PasswordLogin {
  readonly provider: "db" | "ldap";
  readonly username: string;
  readonly password: string;
}

/** Tokens that somebody else gives out: an identity provider, or whoever set the fixed one. */
export interface BearerLogin {
  readonly provider: "token" | "oidc" | "oidc-client";
  readonly tokens: TokenSource;
}

/** A key that a user of Superset made (`sst_…`). */
export interface ApiKeyLogin {
  readonly provider: "api-key";
  readonly apiKey: string;
}

/** A login through Superset's own pages, which leaves a session cookie. */
export interface CookieLogin {
  readonly provider: "session";
  readonly username: string;
  /** Goes through the pages; the browser keeps the cookies. */
  logIn(browser: PageBrowser): Promise<void>;
}

/** An access token and how long it is worth keeping. */
export interface AccessToken {
  readonly value: string;
  /** Milliseconds since 1970; another one is due then. */
  readonly renewAt: number;
}

/** Gives access tokens, in memory only. */
export interface TokenSource {
  /** A token that is valid for a while yet. */
  current(): Promise<AccessToken>;
  /** Makes the next {@link current} give another token than one that the server refused. */
  forget(value: string): void;
}

/** Who it is, for error texts. */
export function describeAccount(login: Login): string {
  switch (login.provider) {
    case "api-key":
      return "the user of the API key";
    case "token":
      return "the user of the token";
    case "oidc":
      return "the user who logged in";
    case "oidc-client":
      return "the user of the client";
    default:
      return `the user "${login.username}"`;
  }
}
