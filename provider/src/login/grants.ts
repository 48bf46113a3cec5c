import type { TokenEndpointResponse } from "openid-client" with { "resolution-mode": "import" };
import type { Grant } from "../superset/renewing-tokens";

/** What an identity provider gave, in the form in which tokens are kept. */
export function toGrant(answer: TokenEndpointResponse): Grant {
  return { accessToken: answer.access_token, refreshToken: answer.refresh_token, lifeSeconds: answer.expires_in };
}

/** For whom tokens are asked; identity providers know one of these words or the other. */
export function tokenParameters(settings: {
  readonly audience?: string | undefined;
  readonly resource?: string | undefined;
}): Record<string, string> {
  const { audience, resource } = settings;
  return { ...(audience !== undefined && { audience }), ...(resource !== undefined && { resource }) };
}
