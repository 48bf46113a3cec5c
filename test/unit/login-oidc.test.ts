import { createServer, type Server } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { BrowserSurroundings } from "../../provider/src/login/browser-surroundings";
import { connectionOf } from "../../provider/src/login/connection";
import { readSettings } from "../../provider/src/settings/read-settings";
import type { TokenSource } from "../../provider/src/superset/login";
import {
  CLI_CLIENT,
  RESOURCE,
  ROBOT_CLIENT,
  startIdentityProvider,
  type TestIdentityProvider,
} from "../support/identity-provider";
import { ScriptedPerson, type Visit } from "../support/scripted-person";

let provider: TestIdentityProvider;
let visits: Promise<Visit>[];

beforeAll(async () => {
  provider = await startIdentityProvider({
    clients: [
      {
        client_id: "fixed-port",
        application_type: "native",
        token_endpoint_auth_method: "none",
        redirect_uris: ["http://localhost:8080/callback"],
      },
      {
        client_id: "no-callback",
        application_type: "native",
        token_endpoint_auth_method: "none",
        redirect_uris: ["http://127.0.0.1/elsewhere"],
      },
    ],
  });
});
beforeEach(() => {
  visits = [];
  provider.setTokenLife(300);
  provider.tokenRequests.length = 0;
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
});
afterAll(() => provider.close());

/** A terminal before which somebody sits who logs in at once. */
function terminal(person = new ScriptedPerson("anna")): BrowserSurroundings {
  return {
    opensBrowser: true,
    isTerminal: true,
    async show(startUrl) {
      visits.push(person.open(startUrl.href));
    },
  };
}

function tokensOf(auth: Record<string, unknown>, browser?: BrowserSurroundings): TokenSource {
  const settings = readSettings({ url: "https://bi.example.com", role: "qa", auth: JSON.stringify(auth) }, "qa");
  const connection = connectionOf(settings, { stack: "qa", browser });
  if (!("tokens" in connection.auth)) throw new Error("no tokens");
  return connection.auth.tokens;
}

const oidc = (changes: Record<string, unknown> = {}) => ({
  deadlineSeconds: 5,
  provider: "oidc",
  issuer: provider.issuer,
  clientId: CLI_CLIENT,
  resource: RESOURCE,
  ...changes,
});

const claims = (token: string) =>
  JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as Record<string, unknown>;

const problem = (source: TokenSource) => source.current().catch((error: unknown) => error);

describe("a login in the browser", () => {
  it("gives a token of the person, with PKCE, state and nonce, on a free port", async () => {
    const { value } = await tokensOf(oidc(), terminal()).current();
    expect(claims(value)).toMatchObject({ sub: "anna", aud: RESOURCE, iss: provider.issuer });
    const [asked] = provider.tokenRequests;
    expect(asked?.get("code_verifier")).toMatch(/^[\w-]{43,}$/);
    expect(asked?.get("redirect_uri")).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/callback$/);
    expect(await visits[0]).toMatchObject({ status: 200, text: expect.stringContaining("You are logged in") });
  });

  it.each(["http://localhost/callback", "http://[::1]/callback"])("comes back to %s", async (redirectUri) => {
    const { value } = await tokensOf(oidc({ redirectUri }), terminal()).current();
    expect(claims(value).sub).toBe("anna");
  });

  it("comes back to http://localhost:8080/callback, by IPv4 and by IPv6", async () => {
    const auth = oidc({ clientId: "fixed-port", redirectUri: "http://localhost:8080/callback" });
    for (const host of ["127.0.0.1", "[::1]"]) {
      const person = new ScriptedPerson("anna");
      const browser = terminal(person);
      // The name leads to either address, as the system likes.
      const show = vi.fn(async (startUrl: URL) => {
        const answer = await fetch(new URL(`http://${host}:8080${startUrl.pathname}`), {
          redirect: "manual",
          headers: { host: "localhost:8080" },
        }).catch((error: unknown) => error);
        expect(answer).not.toBeInstanceOf(Error);
        visits.push(person.open(startUrl.href));
      });
      expect(claims((await tokensOf(auth, { ...browser, show }).current()).value).sub).toBe("anna");
    }
  });

  it("says which port is taken, and by which setting another is chosen", async () => {
    const other: Server = createServer().listen(8080, "::1");
    await new Promise((resolve) => other.once("listening", resolve));
    const auth = oidc({ clientId: "fixed-port", redirectUri: "http://localhost:8080/callback" });
    const error = await problem(tokensOf(auth, terminal()));
    other.close();
    expect(error).toMatchObject({ code: "auth/port-in-use", summary: expect.stringContaining("8080"), exitCode: 3 });
    expect(error).toMatchObject({ remedy: expect.stringContaining("redirectUri") });
    expect(visits).toEqual([]);
  });

  it("works with addresses alone, where nothing says who the issuer is", async () => {
    const addresses = { authorizationUrl: provider.authorizationUrl, tokenUrl: provider.tokenUrl };
    const { value } = await tokensOf(oidc({ issuer: undefined, ...addresses }), terminal()).current();
    expect(claims(value).sub).toBe("anna");
    const withIssuer = await tokensOf(oidc(addresses), terminal()).current();
    expect(claims(withIssuer.value).sub).toBe("anna");
  });

  it("is done once by all who ask, renewed with the refresh token, and done again where that has ended", async () => {
    const tokens = tokensOf(oidc(), terminal());
    const [first, second] = await Promise.all([tokens.current(), tokens.current()]);
    expect(second).toBe(first);
    vi.useFakeTimers({ toFake: ["Date"] });
    vi.setSystemTime(Date.now() + 250_000);
    const renewed = await tokens.current();
    expect(renewed.value).not.toBe(first.value);
    expect(provider.tokenRequests.map((form) => form.get("grant_type"))).toEqual([
      "authorization_code",
      "refresh_token",
    ]);
    expect(visits).toHaveLength(1);
    vi.useRealTimers();
    tokens.forget(renewed.value);
    provider.revokeAll();
    await tokens.current();
    expect(visits).toHaveLength(2);
  });

  it("is given up where nobody comes back, as with an address that is not registered", async () => {
    const error = await problem(tokensOf(oidc({ clientId: "no-callback", deadlineSeconds: 1 }), terminal()));
    expect(error).toMatchObject({
      code: "auth/login-timeout",
      remedy: expect.stringContaining("redirect URI"),
      exitCode: 3,
    });
    expect(await visits[0]).toMatchObject({ status: 400, url: expect.stringContaining(provider.issuer) });
  });
});

describe("an answer that is not the one", () => {
  /** Opens the login with a changed address of the step that matches. */
  const foul = (isStep: (url: URL) => boolean, change: (url: URL) => void) => {
    const person = new ScriptedPerson("anna");
    person.tamper = (url) => {
      if (isStep(url)) change(url);
      return url;
    };
    return terminal(person);
  };
  const isCallback = (url: URL) => url.pathname === "/callback";
  const isAuthorization = (url: URL) => url.pathname.endsWith("/openid-connect/auth");

  it("with another state is turned away, and the right one still counts", async () => {
    let isFirst = true;
    const person = new ScriptedPerson("anna");
    person.tamper = (url) => {
      if (isCallback(url) && isFirst) url.searchParams.set("state", "guessed");
      return url;
    };
    const show = async (startUrl: URL) => {
      const refused = await person.open(startUrl.href);
      expect(refused).toMatchObject({ status: 400, text: expect.stringContaining("not the answer") });
      expect(provider.tokenRequests).toEqual([]);
      isFirst = false;
      visits.push(person.open(startUrl.href));
    };
    expect(claims((await tokensOf(oidc(), { ...terminal(), show }).current()).value).sub).toBe("anna");
  });

  it("with another nonce is refused", async () => {
    const browser = foul(isAuthorization, (url) => url.searchParams.set("nonce", "of-another-login"));
    expect(await problem(tokensOf(oidc(), browser))).toMatchObject({ code: "auth/answer-mismatch" });
    expect(await visits[0]).toMatchObject({ text: expect.stringContaining("The login failed") });
  });

  it("with another nonce is refused where only addresses are known", async () => {
    const browser = foul(isAuthorization, (url) => url.searchParams.set("nonce", "of-another-login"));
    const auth = {
      issuer: undefined,
      authorizationUrl: provider.authorizationUrl,
      tokenUrl: provider.tokenUrl,
    };
    expect(await problem(tokensOf(oidc(auth), browser))).toMatchObject({ code: "auth/answer-mismatch" });
  });

  it("for another verifier is refused by the identity provider", async () => {
    const challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    const browser = foul(isAuthorization, (url) => url.searchParams.set("code_challenge", challenge));
    const error = await problem(tokensOf(oidc(), browser));
    expect(error).toMatchObject({ code: "auth/login-refused", why: expect.stringContaining("invalid_grant") });
  });

  it("from another issuer is refused", async () => {
    const browser = foul(isCallback, (url) => url.searchParams.set("iss", "https://evil.example.com"));
    expect(await problem(tokensOf(oidc(), browser))).toMatchObject({ code: "auth/answer-mismatch" });
  });

  it("with an error says what the identity provider said", async () => {
    const browser = foul(isAuthorization, (url) => url.searchParams.delete("code_challenge"));
    const error = await problem(tokensOf(oidc(), browser));
    expect(error).toMatchObject({ code: "auth/login-refused", why: expect.stringContaining("invalid_request") });
  });

  it("under another name of this machine finds nothing", async () => {
    const show = async (startUrl: URL) => {
      const port = startUrl.port;
      const answers = await Promise.all(
        [`http://127.0.0.1:${port}/favicon.ico`, `http://localhost:${port}/login`].map(async (url) =>
          fetch(url, { redirect: "manual" }).then(({ status }) => status),
        ),
      );
      expect(answers).toEqual([404, 404]);
      visits.push(new ScriptedPerson("anna").open(startUrl.href));
    };
    expect((await tokensOf(oidc(), { ...terminal(), show }).current()).value).toBeTruthy();
  });
});

describe("where nobody can log in", () => {
  const alternatives = ["oidc-client", "api-key", "token", "session"];

  it("CI is refused at once, with what works there", () => {
    vi.stubEnv("CI", "true");
    const error = catchProblem(() => tokensOf(oidc(), terminal()));
    expect(error).toMatchObject({ code: "auth/browser-in-ci", exitCode: 3, place: { stack: "qa" } });
    for (const name of alternatives) expect(String(error)).toContain(name);
    expect(catchProblem(() => tokensOf(oidc()))).toMatchObject({ code: "auth/browser-in-ci" });
  });

  it("a process without terminal is refused, unless the address is only to be printed", async () => {
    const silent = { ...terminal(), isTerminal: false };
    expect(catchProblem(() => tokensOf(oidc(), silent))).toMatchObject({ code: "auth/browser-in-ci", exitCode: 3 });
    const printed = await tokensOf(oidc(), { ...silent, opensBrowser: false }).current();
    expect(claims(printed.value).sub).toBe("anna");
  });

  it("a plain run of Pulumi is refused, with the commands that work", () => {
    const error = catchProblem(() => tokensOf(oidc()));
    expect(error).toMatchObject({ code: "auth/browser-needs-command", exitCode: 3 });
    for (const name of ["pulumi-superset deploy --stack qa", "pulumi-superset pulumi", ...alternatives]) {
      expect(String(error)).toContain(name);
    }
  });
});

describe("a client of the identity provider", () => {
  const client = (changes: Record<string, unknown> = {}) => ({
    provider: "oidc-client",
    issuer: provider.issuer,
    clientId: ROBOT_CLIENT.id,
    clientSecretEnv: "ROBOT_SECRET",
    resource: RESOURCE,
    ...changes,
  });
  beforeEach(() => vi.stubEnv("ROBOT_SECRET", ROBOT_CLIENT.secret));

  it("gets tokens with its secret, also in CI, and new ones before they end", async () => {
    vi.stubEnv("CI", "true");
    const tokens = tokensOf(client());
    const first = await tokens.current();
    expect(claims(first.value)).toMatchObject({ sub: ROBOT_CLIENT.id, aud: RESOURCE });
    vi.useFakeTimers({ toFake: ["Date"] });
    vi.setSystemTime(Date.now() + 250_000);
    expect((await tokens.current()).value).not.toBe(first.value);
    expect(provider.tokenRequests.map((form) => form.get("grant_type"))).toEqual([
      "client_credentials",
      "client_credentials",
    ]);
  });

  it("with a wrong secret is told so, without the secret", async () => {
    vi.stubEnv("ROBOT_SECRET", "wrong-secret-of-the-robot");
    const error = await problem(tokensOf(client()));
    expect(error).toMatchObject({ code: "auth/client-refused", why: expect.stringContaining("invalid_client") });
    expect(String(error)).not.toContain("wrong-secret");
  });

  it("without its secret is told which variable is missing", () => {
    vi.stubEnv("ROBOT_SECRET", "");
    const error = catchProblem(() => tokensOf(client()));
    expect(error).toMatchObject({ code: "settings/client-secret-missing", exitCode: 2 });
    expect(String(error)).toContain("ROBOT_SECRET");
  });

  it("at an address that is no identity provider is told what to look at", async () => {
    const error = await problem(tokensOf(client({ issuer: `${provider.issuer}/nothing` })));
    expect(error).toMatchObject({ code: "auth/identity-provider-failed", remedy: expect.stringContaining("issuer") });
  });
});

function catchProblem(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}
