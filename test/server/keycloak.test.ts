import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { connectionOf } from "../../provider/src/login/connection";
import { readSettings } from "../../provider/src/settings/read-settings";
import { createSupersetClient } from "../../provider/src/superset/client";
import { CLI_CLIENT, ROBOT_CLIENT, USER_PASSWORD } from "../support/identity-provider";
import { type Keycloak, startKeycloak } from "../support/keycloak";
import { ScriptedPerson } from "../support/scripted-person";
import { type SingleSignOn, startServers } from "../support/sso-superset";

/** Folder of an unpacked Keycloak. Without it these tests are left out (CONTRIBUTING.md). */
const DISTRIBUTION = process.env.KEYCLOAK_HOME;

const Me = z.object({ result: z.object({ username: z.string() }) });

describe.skipIf(DISTRIBUTION === undefined)("with a real Keycloak", () => {
  let sso: SingleSignOn<Keycloak>;
  let url: string;

  beforeAll(async () => {
    sso = await startServers(["request-loader"], (redirects) => startKeycloak(DISTRIBUTION ?? "", redirects));
    url = sso.servers["request-loader"]?.url ?? "";
  });
  afterAll(() => sso?.stop());

  const terminal = {
    opensBrowser: true,
    isTerminal: true,
    show: async (startUrl: URL) => void new ScriptedPerson("anna").open(startUrl.href),
  };
  const open = (auth: object) => {
    const settings = readSettings({ url, role: "qa", auth: JSON.stringify(auth) }, "qa");
    return createSupersetClient(connectionOf(settings, { stack: "qa", browser: terminal }));
  };
  const session = (password = USER_PASSWORD) => ({
    provider: "session",
    loginProvider: "keycloak",
    loginOrigin: new URL(sso.provider.issuer).origin,
    username: "anna",
    password,
  });
  const problem = (attempt: Promise<unknown>) => attempt.catch((error: unknown) => error);

  test("a service user logs in through its pages; a wrong password is told in its words", async () => {
    const client = open(session());
    expect((await client.get("/api/v1/me/", Me)).result.username).toBe("anna");
    const wrong = await problem(open(session("wrong-password-of-anna")).signIn());
    expect(wrong).toMatchObject({
      code: "auth/wrong-password",
      why: expect.stringContaining("Invalid username or password"),
    });
  });

  test("a person logs in in the browser, and the token is renewed without asking for offline_access", async () => {
    const client = open({ provider: "oidc", issuer: sso.provider.issuer, clientId: CLI_CLIENT, deadlineSeconds: 20 });
    expect((await client.get("/api/v1/me/", Me)).result.username).toBe("anna");
    const { auth } = client.connection;
    if (auth.provider !== "oidc") throw new Error("another login");
    const first = (await auth.tokens.current()).value;
    auth.tokens.forget(first);
    expect((await auth.tokens.current()).value).not.toBe(first);
  });

  test("a client logs in with its secret, under the name of its service account", async () => {
    const robot = { provider: "oidc-client", issuer: sso.provider.issuer, clientId: ROBOT_CLIENT.id };
    const known = await problem(open({ ...robot, clientSecret: ROBOT_CLIENT.secret }).signIn());
    expect(known).toMatchObject({
      code: "auth/user-unknown",
      summary: expect.stringContaining("service-account-robot"),
    });
    const wrong = await problem(open({ ...robot, clientSecret: "wrong-secret-of-the-robot" }).signIn());
    expect(wrong).toMatchObject({ code: "auth/client-refused", why: expect.stringContaining("unauthorized_client") });
  });
});
