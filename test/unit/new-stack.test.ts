import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import {
  formatStackFile,
  guessRole,
  type NewStack,
  passwordVariable,
  readAddress,
  toNewSettings,
} from "../../provider/src/cli/new-stack";
import { toRawSettings } from "../../provider/src/cli/project-files";
import { readSettings } from "../../provider/src/settings/read-settings";

const STACK: NewStack = {
  name: "superset-qa",
  url: "https://qa.example.com",
  role: "qa",
  username: "no: 'body' #1",
  password: { kind: "variable", variable: "SUPERSET_QA_PASSWORD" },
};

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
      auth: { provider: "db", username: STACK.username, passwordEnv: "SUPERSET_QA_PASSWORD" },
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

  it("never holds a password, which Pulumi encrypts into it", () => {
    const text = formatStackFile({ ...STACK, password: { kind: "secret", value: "hidden-42" } });
    expect(text).not.toContain("hidden-42");
    expect(readText(text).auth).toBe(JSON.stringify({ username: STACK.username }));
  });

  it("is no wider than a terminal", () => {
    const lines = formatStackFile({ ...STACK, role: "production" }).split("\n");
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
  });

  it("logs in with what was chosen", () => {
    const secret = { ...STACK, password: { kind: "secret", value: "12345678" } } as const;
    expect(readSettings(toNewSettings(secret)).auth).toMatchObject({ password: "12345678" });
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

  it("a stack has a password variable of its own", () => {
    expect(passwordVariable("superset-qa.eu")).toBe("SUPERSET_SUPERSET_QA_EU_PASSWORD");
  });
});
