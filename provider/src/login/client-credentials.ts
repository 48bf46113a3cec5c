import type { AuthSettingsOf } from "../settings/auth";
import type { TokenGrants } from "../superset/renewing-tokens";
import { toGrant, tokenParameters } from "./grants";
import type { IdentityProvider } from "./identity-provider";
import { explainIdentityProvider } from "./identity-provider-errors";

/**
 * Tokens for a client of the identity provider, which has a secret of its own.
 *
 * @param open finds the identity provider, once
 */
export function createClientGrants(
  settings: AuthSettingsOf<"oidc-client">,
  open: () => Promise<IdentityProvider>,
  stack: string | undefined,
): TokenGrants {
  return {
    async logIn() {
      const { openid, configuration, host } = await open();
      const parameters = {
        ...tokenParameters(settings),
        ...(settings.scope !== undefined && { scope: settings.scope }),
      };
      try {
        return toGrant(await openid.clientCredentialsGrant(configuration, parameters));
      } catch (error) {
        throw explainIdentityProvider(error, { openid, host, stack });
      }
    },
  };
}
