import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { connectionOf } from "../../provider/src/login/connection";
import { readSettings } from "../../provider/src/settings/read-settings";
import { createSupersetClient, type SupersetClient } from "../../provider/src/superset/client";
import { startFaultProxy } from "../support/fault-proxy";
import { CLI_CLIENT, RESOURCE, ROBOT_CLIENT, USER_PASSWORD } from "../support/identity-provider";
import { ScriptedPerson } from "../support/scripted-person";
import { useSuperset } from "../support/servers";
import { type SingleSignOn, startSingleSignOn } from "../support/sso-superset";

const Me = z.object({ result: z.object({ username: z.string() }) });
const Made = z.object({ id: z.number() });
const CSS = "/api/v1/css_template/";

let sso: SingleSignOn;
let url: (name: string) => string;

beforeAll(async () => {
  sso = await startSingleSignOn(["api-key", "request-loader", "fixed-key"]);
  url = (name) => sso.servers[name]?.url ?? "";
});
afterEach(() => sso.provider.setTokenLife(300));
afterAll(() => sso?.stop());

const shown: Promise<unknown>[] = [];
const terminal = {
  opensBrowser: true,
  isTerminal: true,
  show: async (startUrl: URL) => void shown.push(new ScriptedPerson("anna").open(startUrl.href)),
};

/** A client with the settings of a stack, in a process with a terminal. */
function open(address: string, auth: Record<string, unknown>): SupersetClient {
  const settings = readSettings({ url: address, role: "qa", auth: JSON.stringify(auth) }, "qa");
  return createSupersetClient(connectionOf(settings, { stack: "qa", browser: terminal }));
}

const robotSession = () => ({
  provider: "session",
  loginProvider: "keycloak",
  loginOrigin: sso.provider.issuer,
  username: "anna",
  password: USER_PASSWORD,
});
const person = () => ({
  provider: "oidc",
  issuer: sso.provider.issuer,
  clientId: CLI_CLIENT,
  resource: RESOURCE,
  deadlineSeconds: 10,
});
const robot = () => ({
  provider: "oidc-client",
  issuer: sso.provider.issuer,
  clientId: ROBOT_CLIENT.id,
  clientSecret: ROBOT_CLIENT.secret,
  resource: RESOURCE,
});

/** Reads and writes; answers who did. */
async function work(client: SupersetClient): Promise<string> {
  const { username } = (await client.get("/api/v1/me/", Me)).result;
  const { id } = await client.send("POST", CSS, { template_name: `login ${crypto.randomUUID()}`, css: "" }, Made);
  await client.send("DELETE", `${CSS}${id}`, undefined, z.unknown());
  return username;
}

const problem = (attempt: Promise<unknown>) => attempt.catch((error: unknown) => error);

describe("a service user, through the server's own pages", () => {
  test("reads and writes, and logs in again where the session has ended", async () => {
    const client = open(url("api-key"), robotSession());
    expect(await work(client)).toBe("anna");
    const before = sso.provider.requests.length;
    await sso.servers["api-key"]?.query("UPDATE ab_user SET active = false WHERE username = 'anna'");
    expect(await problem(client.get("/api/v1/me/", Me))).toMatchObject({ exitCode: 3 });
    await sso.servers["api-key"]?.query("UPDATE ab_user SET active = true WHERE username = 'anna'");
    expect(await work(client)).toBe("anna");
    expect(sso.provider.requests.length).toBeGreaterThan(before);
  });

  test("is refused with a wrong password, an unknown provider and a password page elsewhere", async () => {
    const attempt = (changes: object) => problem(open(url("api-key"), { ...robotSession(), ...changes }).signIn());
    const wrong = await attempt({ password: "wrong-password-of-anna" });
    expect(wrong).toMatchObject({ code: "auth/wrong-password", why: "the page says: Invalid username or password." });
    expect(String(wrong)).not.toContain("wrong-password-of-anna");
    expect(await attempt({ loginProvider: "okta" })).toMatchObject({ code: "auth/login-provider-unknown" });
    const elsewhere = await attempt({ loginOrigin: "https://sso.example.com" });
    expect(elsewhere).toMatchObject({ code: "auth/foreign-login-page" });
  });

  test("is not asked for a password by a server with single sign-on", async () => {
    const login = open(url("api-key"), { provider: "db", username: "admin", password: "admin-password" }).signIn();
    expect(await problem(login)).toMatchObject({
      code: "auth/provider-refused",
      remedy: expect.stringContaining("session"),
    });
  });
});

describe("a server as it is installed", () => {
  test("refuses tokens of an identity provider; the error has the three ways to change that", async () => {
    const { url: plain } = await useSuperset();
    for (const auth of [person(), robot()]) {
      const error = await problem(open(plain, auth).signIn());
      expect(error).toMatchObject({
        code: "auth/token-refused",
        why: "The specified alg value is not allowed",
        exitCode: 3,
      });
      for (const way of ["FAB_API_KEY_ENABLED", "request_loader", "JWT_ALGORITHM", "session", "docs/auth.md"]) {
        expect(String(error)).toContain(way);
      }
      // The first request says the same where nobody signed in before.
      expect(await problem(open(plain, auth).get("/api/v1/chart/", Me))).toMatchObject({ code: "auth/token-refused" });
    }
  });

  test("does not know API keys, and says no to tokens that are none", async () => {
    const { url: plain } = await useSuperset();
    const key = open(plain, { provider: "api-key", apiKey: "sst_made-up-by-the-test" }).signIn();
    expect(await problem(key)).toMatchObject({
      code: "auth/api-key-refused",
      remedy: expect.stringContaining("FAB_API_KEY_ENABLED"),
    });
    const token = open(plain, { provider: "token", token: "made-up-by-the-test" }).signIn();
    expect(await problem(token)).toMatchObject({ code: "auth/token-refused", exitCode: 3 });
  });

  test("behind a proxy that takes the header away says so", async () => {
    const { url: plain } = await useSuperset();
    const proxy = await startFaultProxy(plain);
    proxy.answerWith("/api/v1/me/", 401, '{"msg":"Missing Authorization Header"}');
    expect(await problem(open(proxy.url, person()).signIn())).toMatchObject({ code: "auth/header-missing" });
    await proxy.close();
  });

  test("accepts its own token, as long as it lives", async () => {
    const { url: plain, username, password } = await useSuperset();
    const answer = await fetch(`${plain}/api/v1/security/login`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ username, password, provider: "db" }),
    });
    const { access_token: token } = (await answer.json()) as { access_token: string };
    const proxy = await startFaultProxy(plain);
    const client = open(proxy.url, { provider: "token", token });
    expect(await work(client)).toBe(username);
    proxy.answerWith("/api/v1/me/", 401, '{"msg":"Token has expired"}');
    expect(await problem(client.get("/api/v1/me/", Me))).toMatchObject({ code: "auth/token-ended" });
    await proxy.close();
  });
});

test("1. a server with API keys accepts one, until it is revoked", async () => {
  const owner = open(url("api-key"), robotSession());
  const Key = z.object({ result: z.object({ key: z.string(), uuid: z.string() }) });
  const { result } = await owner.send("POST", "/api/v1/security/api_keys/", { name: "deployments" }, Key);
  const client = open(url("api-key"), { provider: "api-key", apiKey: result.key });
  await client.signIn();
  expect(await work(client)).toBe("anna");
  await owner.send("DELETE", `/api/v1/security/api_keys/${result.uuid}`, undefined, z.unknown());
  const revoked = await problem(client.get("/api/v1/me/", Me));
  expect(revoked).toMatchObject({ code: "auth/api-key-refused", remedy: expect.stringContaining("revoked") });
});

describe.each([
  ["2. a server that checks tokens with the identity provider's keys", "request-loader"],
  ["3. a server that trusts one fixed key", "fixed-key"],
] as const)("%s", (_, name) => {
  test("has no user of that name, until there is one", async () => {
    const error = await problem(open(url(name), person()).signIn());
    expect(error).toMatchObject({ code: "auth/user-unknown", summary: expect.stringContaining("anna"), exitCode: 3 });
    for (const username of ["anna", ROBOT_CLIENT.id]) await open(url(name), { ...robotSession(), username }).signIn();
  });

  test("accepts the token of a person, which is renewed in a long run", async () => {
    sso.provider.setTokenLife(2);
    sso.provider.tokenRequests.length = 0;
    const client = open(url(name), person());
    await client.signIn();
    const grants = () => sso.provider.tokenRequests.map((form) => form.get("grant_type"));
    while (grants().length < 3) expect(await work(client)).toBe("anna");
    expect(new Set(grants().slice(1))).toEqual(new Set(["refresh_token"]));
  });

  test("accepts the token of a client, which is replaced where the server no longer does", async () => {
    sso.provider.tokenRequests.length = 0;
    const proxy = await startFaultProxy(url(name));
    const client = open(proxy.url, robot());
    expect(await work(client)).toBe(ROBOT_CLIENT.id);
    proxy.answerWith("/api/v1/me/", 401, '{"msg":"Token has expired"}', { times: 1 });
    expect(await work(client)).toBe(ROBOT_CLIENT.id);
    proxy.answerWith(`POST ${CSS}`, 422, '{"msg":"The specified alg value is not allowed"}', { times: 1 });
    expect(await work(client)).toBe(ROBOT_CLIENT.id);
    expect(sso.provider.tokenRequests).toHaveLength(3);
    await proxy.close();
  });

  /** Waits until the token that this client has is refused. */
  const waitForEnd = async (client: SupersetClient) => {
    const source = client.connection.auth;
    if (!("tokens" in source)) throw new Error("no tokens");
    const fixed = open(url(name), { provider: "token", token: (await source.tokens.current()).value });
    const code = name === "fixed-key" ? "auth/token-ended" : "auth/token-refused";
    const ended = () => problem(fixed.get("/api/v1/me/", Me));
    await vi.waitFor(async () => expect(await ended()).toMatchObject({ code, exitCode: 3 }), { timeout: 20_000 });
  };

  test("refuses a token that has ended", async () => {
    sso.provider.setTokenLife(1);
    await waitForEnd(open(url(name), robot()));
  });

  test("is asked again with another token where the first one ended on the way", async () => {
    const proxy = await startFaultProxy(url(name));
    const client = open(proxy.url, robot());
    sso.provider.setTokenLife(2);
    sso.provider.tokenRequests.length = 0;
    const { release } = proxy.hold("/api/v1/me/");
    const first = client.get("/api/v1/me/", Me);
    await vi.waitFor(() => expect(proxy.requests).toHaveLength(1), { timeout: 20_000 });
    await waitForEnd(client);
    sso.provider.setTokenLife(300);
    release();
    expect((await first).result.username).toBe(ROBOT_CLIENT.id);
    await proxy.close();
  });

  test("refuses a token for somebody else", async () => {
    const error = await problem(open(url(name), { ...robot(), resource: "https://other.test/api" }).signIn());
    expect(error).toMatchObject({ code: "auth/token-refused" });
  });
});

test("2. keeps Superset's own tokens, 3. does not", async () => {
  const ask = async (name: string) => {
    const owner = open(url(name), robotSession());
    await owner.signIn();
    return problem(open(url(name), { provider: "token", token: await ownToken(name) }).signIn());
  };
  expect(await ask("request-loader")).toBeUndefined();
  expect(await ask("fixed-key")).toMatchObject({ code: "auth/token-refused" });
});

/** A token as Superset itself makes them, for the admin. */
async function ownToken(name: string): Promise<string> {
  const { createHmac } = await import("node:crypto");
  const [row] = (await sso.servers[name]?.query("SELECT id FROM ab_user WHERE username = 'admin'")) ?? [];
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    fresh: true,
    iat: now,
    jti: crypto.randomUUID(),
    type: "access",
    sub: String(row?.id),
    nbf: now,
    exp: now + 900,
  };
  const parts = [{ alg: "HS256", typ: "JWT" }, claims].map((part) =>
    Buffer.from(JSON.stringify(part)).toString("base64url"),
  );
  const key = "pulumi-superset-local-only-not-a-secret";
  return `${parts.join(".")}.${createHmac("sha256", key).update(parts.join(".")).digest("base64url")}`;
}
