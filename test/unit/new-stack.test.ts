import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { draftLogin, type LoginOptions } from "../../provider/src/cli/login-options";
import {
  isComplete,
  listMissing,
  type NewLogin,
  toAuthSettings,
  usualVariable,
} from "../../provider/src/cli/new-login";
import {
  formatStackFile,
  guessRole,
  type NewStack,
  readAddress,
  toNewSettings,
} from "../../provider/src/cli/new-stack";
import { toRawSettings } from "../../provider/src/cli/project-files";
import { AUTH_PROVIDERS } from "../../provider/src/settings/auth-providers";
import { readSettings } from "../../provider/src/settings/read-settings";

const STACK: NewStack = {
  name: "superset-qa",
  url: "https://qa.example.com",
  role: "qa",
  login: {
    provider: "db",
    settings: { username: "no: 'body' #1" },
    secret: { name: "password", source: { kind: "variable", variable: "SUPERSET_QA_PASSWORD" } },
  },
};

/** What people give for a login, by its option. */
const GIVEN = {
  username: "deployer",
  issuer: "https://sso.example.com/realms/data",
  clientId: "superset-ci",
  loginProvider: "keycloak",
  loginOrigin: "https://sso.example.com",
};

/** A login that has all that its way asks for. */
function completeLogin(provider: NewLogin["provider"], source: "variable" | "secret"): NewLogin {
  const draft = draftLogin({ login: provider }, undefined);
  const settings = Object.fromEntries(listMissing(draft).map((key) => [key, GIVEN[key]]));
  const names = { "api-key": "apiKey", token: "token", "oidc-client": "clientSecret", oidc: "clientSecret" } as const;
  const name = provider in names ? names[provider as keyof typeof names] : "password";
  const value = {
    secret: { kind: "secret", value: "hidden-42" },
    variable: { kind: "variable", variable: "V" },
  } as const;
  return { provider, settings, secret: { name, source: value[source] } };
}

/** The settings in a text, as Pulumi hands them over. */
function readText(text: string): Record<string, string> {
  const { config } = parse(text) as { config: Record<string, unknown> };
  return toRawSettings(
    Object.fromEntries(Object.entries(config).map(([key, value]) => [key.replace("superset:", ""), value])),
  );
}

describe("the settings file of a new stack", () => {
  it("says what was chosen, whatever characters are in it", () => {
    const settings = readSettings(readText(formatStackFile(STACK)));
    expect(settings).toMatchObject({
      url: STACK.url,
      role: "qa",
      auth: { provider: "db", username: "no: 'body' #1", passwordEnv: "SUPERSET_QA_PASSWORD" },
      assets: "assets",
      onDrift: "overwrite",
    });
    const production = formatStackFile({ ...STACK, role: "production", assets: "bi/files", managed: false });
    expect(readSettings(readText(production))).toMatchObject({
      assets: "bi/files",
      onDrift: "refuse",
      managed: false,
    });
  });

  it.each(AUTH_PROVIDERS)("says how to log in with %s, and names the variable of the secret", (provider) => {
    const login = completeLogin(provider, "variable");
    const { auth } = readSettings(readText(formatStackFile({ ...STACK, login })));
    expect(auth).toMatchObject(toAuthSettings(login));
    expect(Object.values(auth)).toContain("V");
  });

  it.each(AUTH_PROVIDERS)("never holds the secret of %s, which Pulumi encrypts into it", (provider) => {
    const login = completeLogin(provider, "secret");
    const text = formatStackFile({ ...STACK, login });
    expect(text).not.toContain("hidden-42");
    expect(text).toContain(`--secret --path superset:auth.${login.secret?.name}\n`);
    const named = provider === "db" ? {} : { provider };
    expect(JSON.parse(readText(text).auth ?? "")).toEqual({ ...named, ...login.settings });
    expect(Object.values(readSettings(toNewSettings({ ...STACK, login })).auth)).toContain("hidden-42");
  });

  it("says that a person logs in in the browser, with which command", () => {
    const { secret: _, ...login } = completeLogin("oidc", "secret");
    const text = formatStackFile({ ...STACK, login });
    expect(text).toContain("# pulumi-superset pulumi preview --stack superset-qa");
    expect(text).not.toContain("encrypted");
  });

  it("is no wider than a terminal", () => {
    const lines = formatStackFile({ ...STACK, role: "production" }).split("\n");
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
  });
});

describe("the login that options and an instance of sup describe", () => {
  const url = "https://bi.example.com";
  const user = { url, username: "anna", password: "hidden-1" };
  const token = { url, access_token: "hidden-2" };
  const client = {
    url,
    oauth_token_url: "https://sso.example.com/token",
    oauth_client_id: "robot",
    oauth_client_secret: "hidden-3",
  };
  const person = {
    url,
    oauth_token_url: "https://sso.example.com/token",
    oauth_authorization_url: "https://sso.example.com/auth",
    oauth_client_id: "superset-cli",
    oauth_scope: "openid",
  };
  const read = (options: LoginOptions, source?: Parameters<typeof draftLogin>[1]) =>
    toAuthSettings(draftLogin(options, source));

  it.each([
    ["user and password", user, { provider: "db", username: "anna", password: "hidden-1" }],
    ["a token", token, { provider: "token", token: "hidden-2" }],
    [
      "a client with its secret",
      client,
      {
        provider: "oidc-client",
        tokenUrl: "https://sso.example.com/token",
        clientId: "robot",
        clientSecret: "hidden-3",
      },
    ],
    [
      "a client for people",
      person,
      {
        provider: "oidc",
        authorizationUrl: "https://sso.example.com/auth",
        tokenUrl: "https://sso.example.com/token",
        clientId: "superset-cli",
        redirectUri: "http://localhost:8080/callback",
        scope: "openid",
      },
    ],
  ])("an instance with %s needs no option", (_, source, auth) => {
    const login = draftLogin({}, source);
    expect(toAuthSettings(login)).toEqual(auth);
    expect(isComplete(login)).toBe(true);
    expect(readSettings({ url, role: "qa", auth: JSON.stringify(auth) }).auth).toMatchObject(auth);
  });

  it("gives the secret of an instance to its own account and identity provider only", () => {
    expect(read({ username: "anna" }, user)).toMatchObject({ password: "hidden-1" });
    expect(read({ login: "ldap" }, user)).toEqual({ provider: "ldap", username: "anna", password: "hidden-1" });
    expect(read({ resource: "https://bi.example.com/api" }, client)).toMatchObject({ clientSecret: "hidden-3" });
    const others: [LoginOptions, typeof user | typeof client][] = [
      [{ username: "bert" }, user],
      [{ login: "session", loginProvider: "keycloak", loginOrigin: "https://evil.example.com" }, user],
      [{ clientId: "other" }, client],
      [{ issuer: "https://evil.example.com" }, client],
      [{ login: "api-key" }, client],
    ];
    for (const [options, source] of others) {
      const login = draftLogin(options, source);
      expect(JSON.stringify(login)).not.toContain("hidden");
      expect(login.settings).toMatchObject(
        Object.fromEntries(Object.entries(options).filter(([key]) => key !== "login")),
      );
    }
  });

  it("an identity provider that is named takes the place of the instance's addresses", () => {
    const { issuer } = GIVEN;
    const auth = { issuer, clientId: "superset-cli", redirectUri: "http://localhost:8080/callback", scope: "openid" };
    expect(read({ issuer }, person)).toEqual({ provider: "oidc", ...auth });
  });

  it("asks for what is missing, and db is the way where nothing names one", () => {
    expect(draftLogin({}, undefined)).toEqual({ provider: "db", settings: {} });
    expect(listMissing(draftLogin({ login: "session", username: "a" }, undefined))).toEqual([
      "loginProvider",
      "loginOrigin",
    ]);
    expect(listMissing(draftLogin({ login: "token" }, undefined))).toEqual([]);
    const half = draftLogin({}, { url, oauth_client_id: "superset-cli" });
    expect([half.provider, listMissing(half)]).toEqual(["oidc", ["issuer"]]);
  });

  it.each<[string, LoginOptions, string[]]>([
    ["an option of another login", { login: "api-key", username: "a" }, ["api-key", "--username"]],
    ["an option of single sign-on without it", { clientId: "a" }, ["db", "--client-id"]],
    ["an origin for a client", { login: "oidc", loginOrigin: "https://a.example.com" }, ["oidc", "--login-origin"]],
    ["an address that is none", { login: "oidc", issuer: "sso.example.com" }, ["--issuer", "not an http(s) address"]],
    ["an address in clear", { login: "oidc", issuer: "http://sso.example.com" }, ["--issuer", "plain http"]],
    ["an empty user", { username: "" }, ["--username"]],
  ])("%s is bad usage", (_, options, words) => {
    for (const word of words) expect(() => draftLogin(options, undefined)).toThrow(word);
    expect(() => draftLogin(options, undefined)).toThrow(expect.objectContaining({ exitCode: 2 }));
  });

  it("a secret in the place of its variable's name is refused, and not repeated", () => {
    expect(() => draftLogin({ secretEnv: "hunter-2" }, undefined)).toThrow(
      expect.objectContaining({ exitCode: 2, message: expect.not.stringContaining("hunter") }),
    );
  });
});

describe("what follows from a name or an address", () => {
  it.each([
    ["qa", "qa"],
    ["superset-qa", "qa"],
    ["staging2", "qa"],
    ["production", "production"],
    ["eu_prod", "production"],
    ["local", "development"],
    ["products", "development"],
    ["aqaba", "development"],
  ])("%s is for %s", (name, role) => {
    expect(guessRole(name)).toBe(role);
  });

  it.each([
    ["https://bi.example.com/", "https://bi.example.com"],
    ["bi.example.com", "https://bi.example.com"],
    ["localhost:8088", "http://localhost:8088"],
    ["https://bi.example.com/superset/welcome/", "https://bi.example.com"],
    ["https://example.com/bi/login/?next=/", "https://example.com/bi"],
    ["https://bi.example.com/dashboard/list/?pageIndex=0", "https://bi.example.com"],
    ["https://bi.example.com/superset/dashboard/7/?native_filters_key=x", "https://bi.example.com"],
    ["https://example.com/superset", "https://example.com/superset"],
    ["ftp://example.com", "ftp://example.com"],
  ])("%s is the server %s", (text, url) => {
    expect(readAddress(text)).toBe(url);
  });

  it.each([
    ["password", "SUPERSET_SUPERSET_QA_EU_PASSWORD"],
    ["apiKey", "SUPERSET_SUPERSET_QA_EU_API_KEY"],
    ["token", "SUPERSET_SUPERSET_QA_EU_TOKEN"],
    ["clientSecret", "SUPERSET_SUPERSET_QA_EU_CLIENT_SECRET"],
  ] as const)("a stack has a variable of its own for its %s", (secret, variable) => {
    expect(usualVariable("superset-qa.eu", secret)).toBe(variable);
  });
});
