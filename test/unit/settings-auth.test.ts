import * as pulumi from "@pulumi/pulumi";
import { afterEach, describe, expect, it, vi } from "vitest";
import { redact } from "../../provider/src/core/redact";
import { connectionOf } from "../../provider/src/login/connection";
import { isEncryptedKey } from "../../provider/src/resources/stack-config";
import { assertEncrypted } from "../../provider/src/settings/encrypted";
import { readSettings } from "../../provider/src/settings/read-settings";

const read = (auth: object) =>
  readSettings({ url: "https://bi.example.com", role: "qa", auth: JSON.stringify(auth) }, "qa");

function complaint(auth: object): string {
  try {
    read(auth);
  } catch (error) {
    return String(error);
  }
  return "no complaint";
}

const OIDC = { provider: "oidc", issuer: "https://sso.example.com/realms/data", clientId: "cli" };
const SESSION = {
  provider: "session",
  loginProvider: "keycloak",
  loginOrigin: "https://sso.example.com/",
  username: "robot",
};

afterEach(() => vi.unstubAllEnvs());

describe("the settings of a login", () => {
  it("stay valid without a provider", () => {
    expect(read({ username: "a", passwordEnv: "B" }).auth).toEqual({ provider: "db", username: "a", passwordEnv: "B" });
    expect(read({ provider: "ldap", username: "a", password: "long-enough" }).auth).toMatchObject({ provider: "ldap" });
  });

  it("have defaults that fit most identity providers", () => {
    expect(read(OIDC).auth).toMatchObject({
      scope: "openid profile email",
      redirectUri: "http://127.0.0.1/callback",
      deadlineSeconds: 180,
    });
    expect(read({ ...SESSION, passwordEnv: "P" }).auth).toMatchObject({ loginOrigin: "https://sso.example.com" });
  });

  it.each([
    ["a setting of another provider", { ...OIDC, username: "a" }, "superset:auth.username is not a setting"],
    [
      "a misspelt setting",
      { ...OIDC, clientID: "a" },
      'superset:auth.clientID is not a setting; did you mean "clientId"?',
    ],
    ["a misspelt setting of the default provider", { usrname: "a", passwordEnv: "B" }, 'did you mean "username"?'],
    ["a misspelt provider", { provider: "oidc-cleint", clientId: "a" }, 'session; did you mean "oidc-client"?'],
    ["no address", { provider: "oidc", clientId: "a" }, "needs `issuer`, or `authorizationUrl` and `tokenUrl`"],
    ["half of the addresses", { ...OIDC, tokenUrl: "https://sso.example.com/token" }, "belong together"],
    [
      "an address without a scheme",
      { ...OIDC, issuer: "sso.example.com" },
      "superset:auth.issuer: is not an http(s) address",
    ],
    ["plain http", { ...OIDC, issuer: "http://sso.example.com" }, "superset:auth.issuer: is plain http"],
    [
      "a callback elsewhere",
      { ...OIDC, redirectUri: "http://cli.example.com/x" },
      "superset:auth.redirectUri: does not lead to this machine",
    ],
    [
      "a client without secret",
      { ...OIDC, provider: "oidc-client" },
      "needs `clientSecret` (a secret) or `clientSecretEnv`",
    ],
    ["no key", { provider: "api-key" }, "needs `apiKey` (a secret) or `apiKeyEnv`"],
    ["no token", { provider: "token" }, "needs `token` (a secret) or `tokenEnv`"],
    ["a service user without password", SESSION, "needs `password` (a secret) or `passwordEnv`"],
    [
      "a path as a name",
      { ...SESSION, passwordEnv: "P", loginProvider: "../x" },
      "superset:auth.loginProvider: is no name",
    ],
  ])("refuse %s", (_, auth, text) => {
    expect(complaint(auth)).toContain(text);
  });

  it.each(["http://127.0.0.1/callback", "http://localhost:8080/callback", "http://[::1]:9000/"])(
    "accept the callback %s",
    (redirectUri) => expect(read({ ...OIDC, redirectUri }).auth).toMatchObject({ redirectUri }),
  );
});

describe("the secrets of a login", () => {
  it.each([
    ["apiKey", { provider: "api-key" }, "settings/api-key-missing"],
    ["token", { provider: "token" }, "settings/token-missing"],
    ["clientSecret", { ...OIDC, provider: "oidc-client" }, "settings/client-secret-missing"],
    ["password", SESSION, "settings/password-missing"],
  ])("%s comes from the environment, or is missed by name", (name, auth, code) => {
    const settings = read({ ...auth, [`${name}Env`]: "LOGIN_SECRET_TEST" });
    vi.stubEnv("LOGIN_SECRET_TEST", "");
    const connect = () => connectionOf(settings, { stack: "qa" });
    expect(connect).toThrow(expect.objectContaining({ code, exitCode: 2 }));
    expect(connect).toThrow(`superset:auth.${name}Env names it`);
    vi.stubEnv("LOGIN_SECRET_TEST", "canary-of-the-environment");
    connect();
    expect(redact("canary-of-the-environment")).toBe("[REDACTED]");
  });

  it.each(["apiKey", "token", "clientSecret", "password"])("%s must be encrypted", (name) => {
    const others = {
      apiKey: { provider: "api-key" },
      token: { provider: "token" },
      clientSecret: OIDC,
      password: SESSION,
    };
    const settings = read({ ...others[name as keyof typeof others], [name]: `canary-${name}` });
    pulumi.runtime.setAllConfig({ "superset:auth": "{}" });
    expect(() => assertEncrypted(settings, "qa", isEncryptedKey)).toThrow(/settings\/secret-in-clear/);
    // As an inline program of the Automation API is told, which has no environment of its own.
    pulumi.runtime.setAllConfig({ "superset:auth": "{}" }, ["superset:auth"]);
    expect(() => assertEncrypted(settings, "qa", isEncryptedKey)).not.toThrow();
    expect(redact(`canary-${name}`)).toBe("[REDACTED]");
  });
});

describe("another account for jobs that only look", () => {
  const auth = { username: "deployer", usernameEnv: "SUPERSET_QA_USERNAME", passwordEnv: "SUPERSET_QA_PASSWORD" };

  it("is the one that the environment names, where the settings let it", () => {
    vi.stubEnv("SUPERSET_QA_USERNAME", "reader");
    expect(read(auth).auth).toMatchObject({ username: "reader" });
    expect(read({ ...auth, usernameEnv: undefined }).auth).toMatchObject({ username: "deployer" });
  });

  it("is the usual one where it names none", () => {
    for (const value of [undefined, ""]) {
      vi.stubEnv("SUPERSET_QA_USERNAME", value);
      expect(read(auth).auth).toMatchObject({ username: "deployer" });
    }
  });
});
