import { afterEach, describe, expect, it, vi } from "vitest";
import { ProblemError } from "../../provider/src/core/errors";
import { redact } from "../../provider/src/core/redact";
import { connectionOf } from "../../provider/src/login/connection";
import { readPassword, readSettings } from "../../provider/src/settings/read-settings";
import { createStrategyLookup, formatStrategy } from "../../provider/src/settings/strategy";

const VALID = {
  url: "https://bi.example.com/superset/",
  role: "qa",
  auth: JSON.stringify({ username: "deployer", passwordEnv: "SUPERSET_SETTINGS_TEST" }),
};

/** The message about settings that cannot be used. */
function complaint(changes: Readonly<Record<string, string | undefined>>): string {
  const raw = Object.entries({ ...VALID, ...changes }).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  try {
    readSettings(Object.fromEntries(raw), "qa");
  } catch (error) {
    if (error instanceof ProblemError) return error.message;
    throw error;
  }
  return "no complaint";
}

afterEach(() => vi.unstubAllEnvs());

describe("settings of a stack", () => {
  it("have defaults that are safe for production", () => {
    expect(readSettings(VALID, "qa")).toMatchObject({
      url: "https://bi.example.com/superset",
      assets: "assets",
      strategy: { default: ["CREATE", "UPDATE"], kinds: {}, globs: {} },
      deleteScope: "stack",
      onDrift: "overwrite",
      adopt: true,
      takeOver: false,
      protect: [],
      retained: "null",
      timeoutSeconds: 60,
    });
  });

  it.each([
    ["value", "value"],
    ["null", "null"],
    ["", "null"],
  ])("retained columns: %j, as Pulumi hands it over", (retained, expected) => {
    expect(readSettings({ ...VALID, retained }, "qa").retained).toBe(expected);
  });

  it.each([
    ["an unknown key", { stratgy: "CREATE" }, 'superset:stratgy is not a setting; did you mean "strategy"?'],
    [
      "an unknown key inside",
      { auth: JSON.stringify({ username: "a", passwordEnv: "B", pasword: "c" }) },
      'superset:auth.pasword is not a setting; did you mean "password"?',
    ],
    ["a missing key", { url: undefined }, "superset:url is missing: Address of the Superset server"],
    ["a missing role", { role: undefined }, "superset:role is missing"],
    [
      "a wrong role",
      { role: "prod" },
      'superset:role: is none of development, qa, production; did you mean "production"?',
    ],
    ["a wrong word for retained columns", { retained: "drop" }, "superset:retained: is none of null, value"],
    [
      "a wrong word for the scope of deletes",
      { deleteScope: "sever" },
      'superset:deleteScope: is none of stack, server; did you mean "server"?',
    ],
    [
      "a wrong word for drift",
      { onDrift: "overwrit" },
      'superset:onDrift: is none of overwrite, keep, refuse; did you mean "overwrite"?',
    ],
    [
      "a wrong word for replacement",
      { replace: "inplace" },
      'superset:replace: is none of recreate, inPlace; did you mean "inPlace"?',
    ],
    [
      "a wrong login provider",
      { auth: JSON.stringify({ provider: "LDAP", username: "a", passwordEnv: "B" }) },
      'superset:auth.provider: is none of db, ldap, oidc, oidc-client, api-key, token, session; did you mean "ldap"?',
    ],
    ["a misspelt word for retained columns", { retained: "values" }, 'is none of null, value; did you mean "value"?'],
    [
      "deletes of what others made, on a production server",
      { role: "production", deleteScope: "server" },
      "superset:deleteScope: server would delete what people made on a production server",
    ],
    ["a wrong address", { url: "bi.example.com" }, "superset:url: is not an http(s) address"],
    [
      "a wrong flag",
      { strategy: "CREATE | DESTROY" },
      'superset:strategy: is not made of CREATE, UPDATE, REPLACE, DELETE: write for example "CREATE | UPDATE"',
    ],
    ["a misspelt flag", { strategy: "CREATE | UPDTE" }, 'did you mean "UPDATE"?'],
    [
      "no password at all",
      { auth: JSON.stringify({ username: "a" }) },
      "superset:auth: needs `password` (a secret) or `passwordEnv`",
    ],
    ["a missing user", { auth: JSON.stringify({ passwordEnv: "B" }) }, "superset:auth.username: "],
    ["text where a list belongs", { exclude: "charts/*" }, "superset:exclude: "],
    ["a broken list", { exclude: "[charts/*" }, "superset:exclude: "],
    ["a number of another kind", { timeoutSeconds: "soon" }, "superset:timeoutSeconds: "],
    [
      "a wrong database",
      { databases: JSON.stringify({ Shop: { uri: "sqlite://" } }) },
      "superset:databases.Shop.uri is not a setting",
    ],
  ])("refuse %s with key, stack and remedy", (_, changes, text) => {
    const message = complaint(changes);
    expect(message).toContain(text);
    expect(message).toContain("stack qa: The settings cannot be used: [settings/invalid]\n");
    expect(message).toContain("to do: Correct Pulumi.qa.yaml");
  });

  it("tell everything that is wrong at once", () => {
    const message = complaint({ url: undefined, role: "prod", stratgy: "CREATE" });
    for (const key of ["superset:url", "superset:role", "superset:stratgy"]) expect(message).toContain(key);
  });

  it.each(["CREATE|UPDATE", "create, update", '["CREATE","UPDATE"]', "UPDATE | CREATE | UPDATE"])(
    "understand the strategy %s",
    (text) => {
      const { strategy } = readSettings({ ...VALID, strategy: text }, "qa");
      expect(new Set(strategy.default)).toEqual(new Set(["CREATE", "UPDATE"]));
    },
  );

  it("understand a strategy by kind and by glob; the glob wins over the kind, the kind over the default", () => {
    const rules = { default: "CREATE", charts: "CREATE | UPDATE", "charts/tests/**": ["REPLACE", "DELETE"] };
    const lookup = createStrategyLookup(readSettings({ ...VALID, strategy: JSON.stringify(rules) }, "qa").strategy);
    expect(formatStrategy(lookup("dashboard", "dashboards/a.yaml"))).toBe("CREATE");
    expect(formatStrategy(lookup("chart", "charts/a.yaml"))).toBe("CREATE | UPDATE");
    expect(formatStrategy(lookup("chart", "charts/tests/a.yaml"))).toBe("REPLACE | DELETE");
  });

  it("refuse a strategy for something that is neither kind nor glob, and two globs that contradict each other", () => {
    expect(complaint({ strategy: JSON.stringify({ chart: "CREATE" }) })).toContain('"chart" is neither default');
    expect(complaint({ strategy: JSON.stringify({ charts: "CREATE | REWRITE" }) })).toContain("is not made of CREATE");
    const rules = { "charts/**": "CREATE", "**/a.yaml": "UPDATE" };
    const lookup = createStrategyLookup(readSettings({ ...VALID, strategy: JSON.stringify(rules) }, "qa").strategy);
    expect(() => lookup("chart", "charts/a.yaml")).toThrow("charts/** (CREATE) and **/a.yaml (UPDATE)");
  });

  it("accept an empty strategy, which changes nothing on the server", () => {
    expect(readSettings({ ...VALID, strategy: "" }, "qa").strategy.default).toEqual([]);
  });

  it("take a user name that looks like a number as text", () => {
    const auth = JSON.stringify({ username: "12345", passwordEnv: "B" });
    expect(readSettings({ ...VALID, auth }, "qa").auth).toMatchObject({ username: "12345" });
  });
});

describe("passwords", () => {
  it("come from the environment, or are missed with variable, key, stack and remedy", () => {
    const settings = readSettings(VALID, "qa");
    const connect = () => connectionOf(settings, { stack: "qa" });
    vi.stubEnv("SUPERSET_SETTINGS_TEST", "");
    expect(connect).toThrow("The environment variable SUPERSET_SETTINGS_TEST is not set");
    expect(connect).toThrow("stack qa: ");
    expect(connect).toThrow("pulumi config set --secret --path 'superset:auth.password'");
    vi.stubEnv("SUPERSET_SETTINGS_TEST", "pass-from-environment");
    expect(connect().auth).toMatchObject({ provider: "db", password: "pass-from-environment" });
  });

  it("are optional for a database, and win over the environment where they are a setting", () => {
    expect(readPassword({}, "superset:databases.Shop", "qa")).toBeUndefined();
    expect(readPassword({ password: "own", passwordEnv: "NOT_SET" }, "superset:databases.Shop", "qa")).toBe("own");
  });

  it("never stand in a text once they are read", () => {
    const databases = JSON.stringify({ Shop: { password: "database-canary" } });
    const headers = JSON.stringify({ "X-Proxy": "header-canary" });
    const auth = JSON.stringify({ username: "a", password: "login-canary" });
    vi.stubEnv("SUPERSET_SETTINGS_TEST", "environment-canary");
    readSettings({ ...VALID, auth, databases, headers }, "qa");
    connectionOf(readSettings(VALID, "qa"));
    const text = redact("database-canary header-canary login-canary environment-canary");
    expect(text).not.toContain("canary");
  });

  it("stay out of the complaint about the setting that holds them", () => {
    const auth = JSON.stringify({ username: "a", password: "canary-in-wrong-settings", provider: "oauth" });
    expect(complaint({ auth })).not.toContain("canary");
  });
});
