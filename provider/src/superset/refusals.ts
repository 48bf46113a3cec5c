import { ProblemError } from "../core/errors";
import type { Connection } from "./connection";
import type { SupersetError } from "./errors";
import type { BearerLogin } from "./login";

/** What a server can be told so that it accepts an identity provider's tokens, and what works without a change of it. */
const SERVER_REMEDIES = `Change the server in one of three ways; docs/auth.md ("Servers that accept your tokens") has the exact settings:
    1. FAB_API_KEY_ENABLED = True: a user makes an API key, and this stack logs in with the provider api-key
    2. a request_loader in CUSTOM_SECURITY_MANAGER: checks tokens with the public keys of the identity provider
    3. JWT_ALGORITHM = "RS256" and JWT_PUBLIC_KEY: trusts one fixed key; the server's own tokens end
  Or leave it as it is: the provider session logs a service user in through the server's own login pages.`;

/** Says what it means that the server does not accept a token. */
export function explainBearer(
  error: SupersetError,
  connection: Connection,
  provider: BearerLogin["provider"],
): ProblemError {
  const said = error.said ?? "";
  const user = /loading the user (\S+)/i.exec(said)?.[1];
  if (user !== undefined) return userUnknown(connection, said, user);
  if (/missing/i.test(said) && error.status === 401) return headerMissing(connection, said);
  if (provider === "token" && /expired|revoked/i.test(said)) {
    return tell(connection, {
      code: "auth/token-ended",
      summary: `The token for Superset at ${connection.url} is no longer valid`,
      why: said,
      remedy: "Set a new one. A fixed token cannot be renewed: oidc-client, api-key and session can.",
    });
  }
  return tell(connection, {
    code: "auth/token-refused",
    summary: `Superset at ${connection.url} does not accept ${provider === "token" ? "this token" : "tokens of your identity provider"}`,
    why: said,
    remedy: SERVER_REMEDIES,
  });
}

function userUnknown(connection: Connection, said: string, user: string): ProblemError {
  return tell(connection, {
    code: "auth/user-unknown",
    summary: `Superset at ${connection.url} accepts the token, but has no user ${user}`,
    why: said,
    remedy: `Create the user ${user} in Superset (Settings, List Users) with a role that may deploy; or, for a person, log in once in the browser, where the server registers users by itself.`,
  });
}

function headerMissing(connection: Connection, said: string): ProblemError {
  return tell(connection, {
    code: "auth/header-missing",
    summary: `Superset at ${connection.url} did not get the Authorization header of the request`,
    why: said,
    remedy: "A proxy in front of it takes the header away: let it pass for /api/, or use the provider session.",
  });
}

/** Says what it means that the server does not accept an API key. */
export function explainApiKey(error: SupersetError, connection: Connection): ProblemError {
  const said = error.said ?? "";
  if (/missing/i.test(said) && error.status === 401) return headerMissing(connection, said);
  const isKnownKind = error.status === 401;
  return tell(connection, {
    code: "auth/api-key-refused",
    summary: isKnownKind
      ? `Superset at ${connection.url} does not accept the API key`
      : `Superset at ${connection.url} does not know API keys`,
    why: said,
    remedy: isKnownKind
      ? "It was revoked, has ended, or belongs to another server: let the user make a new one."
      : "Set FAB_API_KEY_ENABLED = True on the server and run `superset init` there once (docs/auth.md); a key begins with sst_.",
  });
}

/** Says what it means that a login through the server's pages is not accepted. */
export function explainCookie(error: SupersetError, connection: Connection): ProblemError {
  return tell(connection, {
    code: "auth/session-refused",
    summary: `Superset at ${connection.url} does not accept the session that it gave at the login`,
    why: error.said ?? "",
    remedy: "Is `superset:url` the address under which people use the server? Its cookies are valid there only.",
  });
}

function tell(
  { stack }: Connection,
  text: { code: string; summary: string; why: string; remedy: string },
): ProblemError {
  return new ProblemError({ ...text, exitCode: 3, ...(stack !== undefined && { place: { stack } }) });
}
