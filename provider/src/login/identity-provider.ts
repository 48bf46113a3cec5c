import type * as OpenidClient from "openid-client" with { "resolution-mode": "import" };
import { ProblemError } from "../core/errors";
import { registerSecret } from "../core/redact";
import type { AuthSettingsOf } from "../settings/auth";
import { isSafeAddress } from "../superset/connection";
import { createWebFetch, type WebFetch } from "../superset/web-fetch";
import { explainIdentityProvider } from "./identity-provider-errors";
import { type SeenNonce, withoutIdToken } from "./unknown-issuer";

/** The library for logins; loaded only where somebody logs in with it. */
export type OpenId = typeof OpenidClient;

/** An identity provider and our client there. */
export interface IdentityProvider {
  readonly openid: OpenId;
  readonly configuration: OpenidClient.Configuration;
  /** For messages. */
  readonly host: string;
  /** Where only addresses are known: then nothing says who may have issued an answer, and its nonce is seen here. */
  readonly seenNonce: SeenNonce | undefined;
}

/** What is needed to speak with it. */
export interface IdentityProviderFacts {
  readonly settings: Pick<AuthSettingsOf<"oidc">, "issuer" | "tokenUrl" | "clientId"> & {
    readonly authorizationUrl?: string | undefined;
  };
  readonly secret: string | undefined;
  readonly caFile: string | undefined;
  readonly stack: string | undefined;
}

/**
 * Finds the identity provider's addresses, or takes those of the settings.
 *
 * @throws ProblemError `auth/…`
 */
export async function openIdentityProvider(facts: IdentityProviderFacts): Promise<IdentityProvider> {
  registerSecret(facts.secret);
  const openid = await import("openid-client");
  const { issuer, tokenUrl } = facts.settings;
  const host = new URL(issuer ?? tokenUrl ?? "").host;
  const fetch = createWebFetch(facts.caFile, (url) => assertSafe(url, facts.stack));
  try {
    if (tokenUrl === undefined) {
      return { openid, configuration: await discover(openid, facts, fetch), host, seenNonce: undefined };
    }
    const seenNonce = issuer === undefined ? {} : undefined;
    const ask = seenNonce === undefined ? fetch : withoutIdToken(fetch, seenNonce);
    return { openid, configuration: configure(openid, facts, tokenUrl, ask), host, seenNonce };
  } catch (error) {
    throw explainIdentityProvider(error, { openid, host, stack: facts.stack });
  }
}

async function discover(openid: OpenId, facts: IdentityProviderFacts, fetch: WebFetch) {
  const { settings, secret } = facts;
  const server = new URL(settings.issuer ?? "");
  const options = { execute: insecureOnLoopback(openid, server), [openid.customFetch]: fetch };
  const found = await openid.discovery(server, settings.clientId, undefined, openid.None(), options);
  // Only now it is known how the client shows its secret.
  return prepare(openid, found.serverMetadata(), facts.settings.clientId, secret, fetch);
}

function configure(openid: OpenId, { settings, secret }: IdentityProviderFacts, tokenUrl: string, fetch: WebFetch) {
  const metadata = {
    issuer: settings.issuer ?? new URL(tokenUrl).origin,
    token_endpoint: tokenUrl,
    ...(settings.authorizationUrl !== undefined && { authorization_endpoint: settings.authorizationUrl }),
  };
  return prepare(openid, metadata, settings.clientId, secret, fetch);
}

function prepare(
  openid: OpenId,
  server: OpenidClient.ServerMetadata,
  clientId: string,
  secret: string | undefined,
  fetch: WebFetch,
): OpenidClient.Configuration {
  const configuration = new openid.Configuration(server, clientId, undefined, showSecret(openid, server, secret));
  for (const allow of insecureOnLoopback(openid, new URL(server.token_endpoint ?? server.issuer))) allow(configuration);
  configuration[openid.customFetch] = fetch;
  return configuration;
}

/** In a header, as the standard wants it, unless the provider takes it in the body only. */
function showSecret(openid: OpenId, server: OpenidClient.ServerMetadata, secret: string | undefined) {
  if (secret === undefined) return openid.None();
  const methods = server.token_endpoint_auth_methods_supported ?? ["client_secret_basic"];
  return methods.includes("client_secret_basic") ? openid.ClientSecretBasic(secret) : openid.ClientSecretPost(secret);
}

/** The library wants https everywhere; {@link assertSafe} still looks at every address. */
function insecureOnLoopback(openid: OpenId, { protocol, href }: URL) {
  return protocol === "http:" && isSafeAddress(href) ? [openid.allowInsecureRequests] : [];
}

/** What the identity provider says of itself may be wrong, too. */
function assertSafe(url: string, stack: string | undefined): void {
  if (isSafeAddress(url)) return;
  throw new ProblemError({
    code: "auth/not-https",
    summary: `The identity provider names an address with plain http: ${new URL(url).origin}`,
    why: "the login and the tokens would cross the network unencrypted",
    remedy: "Correct the identity provider; plain http is accepted for this machine only.",
    ...(stack !== undefined && { place: { stack } }),
  });
}
