import { generateKeyPairSync } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import Provider, { type ClientMetadata, type Configuration } from "oidc-provider";

/** The resource that access tokens in JWT form are asked for, as their `aud`. */
export const RESOURCE = "https://superset.test/api";

const PROTOCOL = "/protocol/openid-connect";

/** Every user of the tests' identity provider has this password. */
export const USER_PASSWORD = "password-of-a-person";

/** A client for people in the CLI: public, PKCE, any port of this machine. */
export const CLI_CLIENT = "superset-cli";
/** A client with a secret, for runs without a person. */
export const ROBOT_CLIENT = { id: "robot", secret: "secret-of-the-robot-client" };
/** The client of a Superset server. */
export const SUPERSET_CLIENT = { id: "superset", secret: "secret-of-the-superset-client" };

/** A real OpenID provider in this process. */
export interface TestIdentityProvider {
  readonly issuer: string;
  readonly authorizationUrl: string;
  readonly tokenUrl: string;
  /** Its public key in PEM, as a server is told it. */
  readonly publicKey: string;
  /** Method and path of what was asked. */
  readonly requests: string[];
  /** What the token endpoint was asked for, as forms. */
  readonly tokenRequests: URLSearchParams[];
  /** Every token that it gave out. */
  readonly issued: string[];
  /** Changes how long access tokens live from now on, in seconds. */
  setTokenLife(seconds: number): void;
  /** Ends all refresh tokens and sessions. */
  revokeAll(): void;
  close(): Promise<void>;
}

interface Options {
  /** Redirect URIs of the Superset servers that log in with it. */
  readonly supersetUrls?: readonly string[];
  /** Further clients. */
  readonly clients?: readonly ClientMetadata[];
}

/** Starts it on a free port of this machine. */
export async function startIdentityProvider({
  supersetUrls = [],
  clients = [],
}: Options = {}): Promise<TestIdentityProvider> {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const requests: string[] = [];
  const tokenRequests: URLSearchParams[] = [];
  const issued: string[] = [];
  let tokenLife = 300;
  let handle: (request: IncomingMessage, response: ServerResponse) => void = (_, response) => void response.end();
  const server = createServer((request, response) => handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const issuer = `http://127.0.0.1:${port}`;
  const start = () => {
    const provider = new Provider(issuer, {
      ...configuration(() => tokenLife),
      jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), use: "sig", alg: "RS256", kid: "test" }] },
      clients: [...ownClients(supersetUrls), ...clients],
    });
    provider.use(async (context, next) => {
      requests.push(`${context.method} ${context.path}`);
      await next();
      if (context.path !== `${PROTOCOL}/token`) return;
      tokenRequests.push(new URLSearchParams(context.oidc?.body as Record<string, string>));
      const { access_token, refresh_token, id_token } = context.body as Record<string, string | undefined>;
      issued.push(...[access_token, refresh_token, id_token].filter((token) => token !== undefined));
    });
    const callback = provider.callback();
    handle = (request, response) => {
      if (!request.url?.startsWith("/interaction/")) return void callback(request, response);
      interact(provider, request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
    };
  };
  start();
  return {
    issuer,
    authorizationUrl: `${issuer}${PROTOCOL}/auth`,
    tokenUrl: `${issuer}${PROTOCOL}/token`,
    publicKey: publicKey.export({ type: "spki", format: "pem" }).toString(),
    requests,
    tokenRequests,
    issued,
    setTokenLife(seconds) {
      tokenLife = seconds;
    },
    // What it gave out is in its memory only.
    revokeAll: start,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function configuration(tokenLife: () => number): Configuration {
  return {
    cookies: { keys: ["key-of-the-test-cookies"] },
    pkce: { required: (_, client) => client.clientId === CLI_CLIENT },
    scopes: ["openid", "profile", "email", "offline_access"],
    claims: { profile: ["preferred_username", "name"], email: ["email"] },
    conformIdTokenClaims: false,
    ttl: {
      AccessToken: () => tokenLife(),
      ClientCredentials: () => tokenLife(),
      Interaction: 600,
      Session: 600,
      Grant: 600,
      IdToken: 600,
      RefreshToken: 600,
    },
    rotateRefreshToken: true,
    issueRefreshToken: async (_, client) => client.grantTypeAllowed("refresh_token"),
    // Where Keycloak has them, so that settings for it can be tried as they are.
    routes: {
      authorization: `${PROTOCOL}/auth`,
      token: `${PROTOCOL}/token`,
      userinfo: `${PROTOCOL}/userinfo`,
      jwks: `${PROTOCOL}/certs`,
    },
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        useGrantedResource: () => false,
        getResourceServerInfo: (_, audience) => ({
          scope: "openid profile email offline_access",
          accessTokenFormat: "jwt",
          accessTokenTTL: tokenLife(),
          audience,
          jwt: { sign: { alg: "RS256" } },
        }),
      },
    },
    extraTokenClaims: (_, token) => ({
      preferred_username: "accountId" in token ? token.accountId : token.clientId,
    }),
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => ({ sub: id, preferred_username: id, name: id, email: `${id}@example.com` }),
    }),
    async loadExistingGrant(context) {
      const { client, session } = context.oidc;
      const grant = new context.oidc.provider.Grant({
        clientId: client?.clientId ?? "",
        accountId: session?.accountId ?? "",
      });
      grant.addOIDCScope("openid profile email offline_access");
      grant.addResourceScope(RESOURCE, "openid profile email offline_access");
      await grant.save();
      return grant;
    },
  };
}

function ownClients(supersetUrls: readonly string[]): ClientMetadata[] {
  return [
    {
      client_id: CLI_CLIENT,
      application_type: "native",
      token_endpoint_auth_method: "none",
      grant_types: ["authorization_code", "refresh_token"],
      redirect_uris: ["http://127.0.0.1/callback", "http://localhost/callback", "http://[::1]/callback"],
    },
    {
      client_id: ROBOT_CLIENT.id,
      client_secret: ROBOT_CLIENT.secret,
      grant_types: ["client_credentials"],
      redirect_uris: [],
      response_types: [],
    },
    {
      client_id: SUPERSET_CLIENT.id,
      client_secret: SUPERSET_CLIENT.secret,
      grant_types: ["authorization_code"],
      redirect_uris: [...(supersetUrls.length > 0 ? supersetUrls : ["http://127.0.0.1:1/none"])],
    },
  ];
}

/** Its login page: one form, which asks again after a wrong password. */
async function interact(provider: Provider, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { uid, prompt } = await provider.interactionDetails(request, response);
  // Clients on people's machines must ask each time; these people always agree.
  if (prompt.name === "consent") return provider.interactionFinished(request, response, { consent: {} });
  const form = request.method === "POST" ? await readBody(request) : undefined;
  const username = form?.get("username") ?? "";
  if (form !== undefined && form.get("password") === USER_PASSWORD && form.get("csrf") === uid) {
    return provider.interactionFinished(request, response, { login: { accountId: username } });
  }
  response.writeHead(200, { "Content-Type": "text/html; charset=utf-8" });
  response.end(loginPage(uid, form !== undefined));
}

function loginPage(uid: string, isWrong: boolean): string {
  return `<!doctype html><title>Sign in</title>
    ${isWrong ? '<div role="alert">Invalid username or password.</div>' : ""}
    <form action="/search"><input name="q"></form>
    <form method="post" action="/interaction/${uid}?step=1&amp;lang=en">
      <input type="hidden" name="csrf" value="${uid}">
      <label>User <input name="username" autofocus></label>
      <label>Password <input type="password" name="password"></label>
      <input type="checkbox" name="remember">
      <button type="submit" name="action" value="login">Sign in</button>
    </form>`;
}

async function readBody(request: IncomingMessage): Promise<URLSearchParams> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return new URLSearchParams(Buffer.concat(chunks).toString());
}
