import type { AuthSettingsOf } from "../settings/auth";
import type { Grant, TokenGrants } from "../superset/renewing-tokens";
import type { BrowserSurroundings } from "./browser-surroundings";
import { type CallbackListener, listenForCallback } from "./callback-listener";
import { toGrant, tokenParameters } from "./grants";
import type { IdentityProvider } from "./identity-provider";
import { explainIdentityProvider } from "./identity-provider-errors";
import { assertNonce } from "./unknown-issuer";

type Settings = AuthSettingsOf<"oidc">;

/**
 * Tokens for a person, who logs in in the browser: authorization code with PKCE (S256), state and nonce. Where the
 * identity provider gives no refresh token, or ends it, the person logs in again.
 *
 * @param open finds the identity provider, once
 */
export function createBrowserGrants(
  settings: Settings,
  open: () => Promise<IdentityProvider>,
  surroundings: BrowserSurroundings,
  stack: string | undefined,
): TokenGrants {
  return {
    async logIn() {
      const provider = await open();
      const listener = await listenForCallback(settings.redirectUri);
      try {
        return await logIn(settings, provider, listener, surroundings);
      } catch (error) {
        throw explainIdentityProvider(error, { ...provider, stack });
      } finally {
        await listener.close();
      }
    },
    async refresh(refreshToken) {
      const { openid, configuration, host } = await open();
      try {
        return toGrant(await openid.refreshTokenGrant(configuration, refreshToken, tokenParameters(settings)));
      } catch (error) {
        if (error instanceof openid.ResponseBodyError && error.error === "invalid_grant") return undefined;
        throw explainIdentityProvider(error, { openid, host, stack });
      }
    },
  };
}

async function logIn(
  settings: Settings,
  { openid, configuration, host, seenNonce }: IdentityProvider,
  listener: CallbackListener,
  surroundings: BrowserSurroundings,
): Promise<Grant> {
  const verifier = openid.randomPKCECodeVerifier();
  const [state, nonce] = [openid.randomState(), openid.randomNonce()];
  const address = openid.buildAuthorizationUrl(configuration, {
    ...tokenParameters(settings),
    redirect_uri: listener.redirectUri.href,
    scope: settings.scope,
    code_challenge: await openid.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    state,
    nonce,
  });
  const { deadlineSeconds } = settings;
  const waiting = listener.wait({ address, state, deadlineSeconds });
  const [callback] = await Promise.all([waiting, surroundings.show(listener.startUrl, host, deadlineSeconds)]);
  // Of an issuer that nobody named nothing can be expected.
  if (seenNonce !== undefined) callback.url.searchParams.delete("iss");
  const hasIdToken = seenNonce === undefined && settings.scope.split(/\s+/).includes("openid");
  try {
    const tokens = await openid.authorizationCodeGrant(
      configuration,
      callback.url,
      {
        pkceCodeVerifier: verifier,
        expectedState: state,
        ...(hasIdToken && { expectedNonce: nonce, idTokenExpected: true }),
      },
      tokenParameters(settings),
    );
    if (seenNonce !== undefined) assertNonce(seenNonce, nonce, host);
    await callback.answer("You are logged in. You can close this window.");
    return toGrant(tokens);
  } catch (error) {
    await callback.answer("The login failed. The terminal says why.");
    throw error;
  }
}
