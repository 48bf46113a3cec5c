import { z } from "zod";
import { ProblemError } from "../core/errors";
import { registerSecret } from "../core/redact";
import { parseAnswer } from "./answers";
import type { Connection } from "./connection";
import { SupersetError } from "./errors";
import type { PasswordLogin } from "./login";
import type { Grant, TokenGrants } from "./renewing-tokens";
import type { Transport } from "./transport";

const MAX_BYTES = 1024 * 1024;

const Tokens = z.object({ access_token: z.string(), refresh_token: z.string().optional() });

/** Superset's own tokens, for a user's password. */
export function createPasswordTokens(transport: Transport, connection: Connection, login: PasswordLogin): TokenGrants {
  const { username, password, provider } = login;
  registerSecret(password);
  const timeoutSeconds = connection.timeoutSeconds ?? 60;

  const ask = async (path: string, body: object | undefined, bearer?: string): Promise<Grant> => {
    const headers = bearer === undefined ? {} : { Authorization: `Bearer ${bearer}` };
    // A second login does no harm, so it is repeated like a read.
    const request = { method: "POST", path, repeatable: true, maxBytes: MAX_BYTES, timeoutSeconds } as const;
    const answer = await transport.send({ ...request, headers, body });
    const facts = { method: "POST", path, write: false, connection };
    const { access_token, refresh_token } = parseAnswer(answer.data, Tokens, facts);
    return { accessToken: access_token, refreshToken: refresh_token };
  };

  return {
    async logIn() {
      try {
        return await ask("/api/v1/security/login", { username, password, provider, refresh: true });
      } catch (error) {
        throw error instanceof SupersetError ? explainLogin(error, connection, login) : error;
      }
    },
    async refresh(refreshToken) {
      try {
        return await ask("/api/v1/security/refresh", undefined, refreshToken);
      } catch (error) {
        if (!(error instanceof SupersetError) || error.status === undefined) throw error;
        // Told off with an answer: the refresh token has ended or the server has a new key.
        return undefined;
      }
    },
  };
}

/** Says what a refused login means, where it is known. */
function explainLogin(
  error: SupersetError,
  connection: Connection,
  { username, provider }: PasswordLogin,
): ProblemError {
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
      remedy: `Set \`superset:auth\` to the provider that the server uses (db or ldap). A server with single sign-on is used with the provider oidc, oidc-client, api-key or session (docs/auth.md), which a new stack gets with --login.`,
      ...place,
    });
  }
  return error;
}
