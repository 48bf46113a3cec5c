import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { listAuthSecrets } from "../../provider/src/settings/auth";
import { isManaged, readSettings } from "../../provider/src/settings/read-settings";
import type { Settings } from "../../provider/src/settings/schema";

const ROOT = join(import.meta.dirname, "../..");

const STACKS = [
  { stack: "local", role: "development", managed: false, strategy: ["CREATE", "UPDATE", "DELETE"] },
  { stack: "qa", role: "qa", managed: false, strategy: ["CREATE", "UPDATE"] },
  { stack: "production", role: "production", managed: true, strategy: ["CREATE", "UPDATE"] },
];

interface SettingsFile {
  readonly config: Readonly<Record<string, unknown>>;
}

function readYaml<Content>(file: string): Content {
  return parse(readFileSync(join(ROOT, file), "utf8")) as Content;
}

/** The settings of a stack as Pulumi hands them over: JSON where a value has a structure. */
function readStack(stack: string, folder = "."): Settings {
  const { config } = readYaml<SettingsFile>(`${folder}/Pulumi.${stack}.yaml`);
  const entries = Object.entries(config).map(([key, value]) => {
    expect(key).toMatch(/^superset:/);
    return [key.replace("superset:", ""), typeof value === "object" ? JSON.stringify(value) : String(value)] as const;
  });
  return readSettings(Object.fromEntries(entries), stack);
}

describe("the example stacks", () => {
  it.each(STACKS)("$stack has sound settings", ({ stack, role, managed, strategy }) => {
    const settings = readStack(stack);
    expect(settings).toMatchObject({ role, strategy: { default: strategy } });
    expect(isManaged(settings)).toBe(managed);
  });

  it("of the example program has sound settings", () => {
    expect(readStack("local", "examples/three-brands")).toMatchObject({ role: "development", databases: {} });
  });

  it("hold no password", () => {
    for (const { stack } of STACKS) {
      const { auth, databases } = readStack(stack);
      expect(listAuthSecrets(auth)).toEqual([]);
      expect(Object.values(databases).map(({ password }) => password)).not.toContainEqual(expect.anything());
    }
  });

  it("share defaults that are settings, too", () => {
    const { name, config } = readYaml<{ name: string; config: Record<string, { default: unknown }> }>("Pulumi.yaml");
    expect(name).toBe("superset");
    const defaults = Object.entries(config).map(([key, declared]) => [key, String(declared.default)]);
    const required = { url: "https://bi.example.com", role: "qa", auth: '{"username":"u","passwordEnv":"P"}' };
    const bare = readSettings(required, "qa");
    expect(readSettings({ ...required, ...Object.fromEntries(defaults) }, "qa")).toEqual(bare);
  });
});
