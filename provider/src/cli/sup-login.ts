import { registerSecret } from "../core/redact";
import type { AuthProvider, SecretName } from "../settings/auth-providers";
import { isComplete, type NewLogin } from "./new-login";
import type { SupInstance } from "./sup-config";

/** Where `sup` listens for the browser. */
const SUP_REDIRECT = "http://localhost:8080/callback";

/** The ways that an instance can describe, the first one wins. */
const PROVIDERS = ["db", "token", "oidc-client", "oidc"] as const satisfies readonly AuthProvider[];

/** The way to log in for which an instance says everything; undefined where there is none. */
export function findProvider(instance: SupInstance): AuthProvider | undefined {
  return PROVIDERS.find((provider) => isComplete(toLogin(instance, provider)));
}

/**
 * What an instance of `~/.sup/config.yml` says for a way to log in; something may be missing. Its secret is announced to
 * the redaction.
 */
export function toLogin(instance: SupInstance, provider: AuthProvider): NewLogin {
  const { username, password, access_token: token, oauth_scope: scope } = instance;
  const { oauth_authorization_url: authorizationUrl, oauth_token_url: tokenUrl } = instance;
  const { oauth_client_id: clientId, oauth_client_secret: clientSecret } = instance;
  switch (provider) {
    case "db":
    case "ldap":
      return makeLogin(provider, { username }, "password", password);
    case "session":
      // The instance's password is one of Superset: no identity provider is to see it.
      return makeLogin(provider, { username });
    case "token":
      return makeLogin(provider, {}, "token", token);
    case "api-key":
      return makeLogin(provider, {});
    case "oidc-client":
      return makeLogin(provider, { tokenUrl, clientId, scope }, "clientSecret", clientSecret);
    case "oidc": {
      const hasBoth = authorizationUrl !== undefined && tokenUrl !== undefined;
      const client = clientId === undefined ? {} : { clientId, redirectUri: SUP_REDIRECT };
      const addresses = hasBoth ? { authorizationUrl, tokenUrl } : {};
      return makeLogin(provider, { ...addresses, ...client, scope }, "clientSecret", clientSecret);
    }
  }
}

function makeLogin(
  provider: AuthProvider,
  settings: Readonly<Record<string, string | undefined>>,
  name?: SecretName,
  value?: string,
): NewLogin {
  registerSecret(value);
  const entries = Object.entries(settings).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const secret = name && value ? { name, source: { kind: "secret", value } as const } : undefined;
  return { provider, settings: Object.fromEntries(entries), ...(secret && { secret }) };
}
