import { registerSecret } from "../core/redact";
import type { AuthSettingsOf } from "../settings/auth";
import { readSecret, SETTINGS_NAMESPACE } from "../settings/read-settings";
import type { Settings } from "../settings/schema";
import type { Connection } from "../superset/connection";
import type { Login, TokenSource } from "../superset/login";
import { RenewingTokens } from "../superset/renewing-tokens";
import { createBrowserGrants } from "./browser-login";
import { assertPersonThere, type BrowserSurroundings, browserNeedsCommand } from "./browser-surroundings";
import { createClientGrants } from "./client-credentials";
import { type IdentityProvider, openIdentityProvider } from "./identity-provider";
import { SocketTokens } from "./socket-tokens";
import { TOKEN_FOLDER_VARIABLE } from "./token-protocol";

const KEY = `${SETTINGS_NAMESPACE}:auth`;

/** What decides, besides the settings, how a process logs in. */
export interface LoginSurroundings {
  /** For error texts; the hooks do not know it. */
  readonly stack?: string | undefined;
  /**
   * What this process can do about a login in the browser. Program and hooks can do nothing: the command that runs
   * the engine hands them its tokens.
   */
  readonly browser?: BrowserSurroundings | undefined;
}

/**
 * The connection that the settings describe; nothing is sent yet.
 *
 * @throws ProblemError `settings/…-missing` if an environment variable that holds a secret is not set;
 *   `auth/browser-in-ci`, `auth/browser-needs-command` where a person would have to log in and cannot
 */
export function connectionOf(settings: Settings, surroundings: LoginSurroundings = {}): Connection {
  const { stack } = surroundings;
  return {
    url: settings.url,
    ...(stack !== undefined && { stack }),
    auth: loginOf(settings, surroundings),
    headers: settings.headers,
    ...(settings.caFile !== undefined && { caFile: settings.caFile }),
    timeoutSeconds: settings.timeoutSeconds,
  };
}

function loginOf(settings: Settings, surroundings: LoginSurroundings): Login {
  const { auth, caFile, url } = settings;
  const { stack } = surroundings;
  switch (auth.provider) {
    case "db":
    case "ldap": {
      const { provider, username } = auth;
      return { provider, username, password: readSecret(auth, "password", KEY, stack) ?? "" };
    }
    case "api-key":
      return { provider: "api-key", apiKey: readSecret(auth, "apiKey", KEY, stack) ?? "" };
    case "token":
      return { provider: "token", tokens: fixedToken(readSecret(auth, "token", KEY, stack) ?? "") };
    case "oidc-client": {
      const grants = createClientGrants(auth, identityProviderOf(auth, caFile, stack), stack);
      return { provider: "oidc-client", tokens: new RenewingTokens(grants) };
    }
    case "oidc":
      return { provider: "oidc", tokens: personTokens(auth, { caFile, url, surroundings }) };
    case "session": {
      const { provider, username, loginProvider, loginOrigin } = auth;
      const password = readSecret(auth, "password", KEY, stack) ?? "";
      const facts = { loginProvider, loginOrigin, username, password, stack };
      return {
        provider,
        username,
        async logIn(browser) {
          // With its parser for pages, which nobody else needs.
          const { logInByForms } = await import("./form-login.js");
          return logInByForms(browser, facts);
        },
      };
    }
  }
}

function personTokens(
  auth: AuthSettingsOf<"oidc">,
  { caFile, url, surroundings }: { caFile: string | undefined; url: string; surroundings: LoginSurroundings },
): TokenSource {
  const { stack, browser } = surroundings;
  const folder = process.env[TOKEN_FOLDER_VARIABLE];
  if (browser === undefined && folder !== undefined) return new SocketTokens(folder, url, stack);
  assertPersonThere(browser, process.env.CI, stack);
  if (browser === undefined) throw browserNeedsCommand(stack);
  return new RenewingTokens(createBrowserGrants(auth, identityProviderOf(auth, caFile, stack), browser, stack));
}

/** Asks the identity provider for its addresses on first use. */
function identityProviderOf(
  auth: AuthSettingsOf<"oidc" | "oidc-client">,
  caFile: string | undefined,
  stack: string | undefined,
): () => Promise<IdentityProvider> {
  const secret = readSecret(auth, "clientSecret", KEY, stack);
  let opened: Promise<IdentityProvider> | undefined;
  return () => {
    opened ??= openIdentityProvider({ settings: auth, secret, caFile, stack }).catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    return opened;
  };
}

function fixedToken(value: string): TokenSource {
  registerSecret(value);
  // Its end is not ours to know: the server says it.
  return { current: async () => ({ value, renewAt: Number.POSITIVE_INFINITY }), forget: () => undefined };
}
