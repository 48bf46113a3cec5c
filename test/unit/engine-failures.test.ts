import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { explainEngine } from "../../provider/src/cli/engine-failures";
import { isRefusal } from "../../provider/src/cli/refusals";

describe("what a failure of the Pulumi CLI means", () => {
  it("is told with what to do where there is no such stack", () => {
    expect(explainEngine("Previewing\nerror: no stack named 'acme/nope' found\n")).toMatchObject({
      code: "stack/missing",
      summary: 'There is no stack "acme/nope".',
      remedy: expect.stringContaining("`pulumi stack init acme/nope`"),
      exitCode: 2,
    });
  });

  it("is told with what to do where nobody is logged in", () => {
    const words = "PULUMI_ACCESS_TOKEN must be set for login during non-interactive CLI sessions";
    expect(explainEngine(`error: ${words}\n`)).toMatchObject({
      code: "engine/no-login",
      why: words,
      remedy: expect.stringContaining("`pulumi login`"),
    });
  });

  it("is told with what to do where the passphrase of the secrets is missing", () => {
    const words =
      "passphrase must be set with PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE environment variables";
    expect(explainEngine(`error: could not create secrets manager for new stack: ${words}\n`)).toMatchObject({
      code: "engine/no-passphrase",
      why: words,
    });
  });

  it("is left to its own words elsewhere, even where they look alike", () => {
    expect(explainEngine("error: connection refused")).toBeUndefined();
    expect(explainEngine(`  chart "error: no stack named 'x' found" failed`)).toBeUndefined();
  });
});

describe("a plan that the program refuses", () => {
  /** The codes of all errors of these folders that end a command with 3. */
  const codes = ["plan", "resources"].flatMap((layer) => {
    const folder = join(import.meta.dirname, "../../provider/src", layer);
    const files = readdirSync(folder).filter((name) => name.endsWith(".ts"));
    const texts = files.map((name) => readFileSync(join(folder, name), "utf8"));
    return texts.flatMap((text) =>
      [...text.matchAll(/code: "([^"]+)",(?:(?!code: )[\s\S])*?exitCode: 3/g)].map(([, code = ""]) => code),
    );
  });

  it.each([...new Set(codes)])("is known by %s, in colour too", (code) => {
    const output = `  pulumi:pulumi:Stack (bi-qa):\n    error: Error: stack qa: 2 assets; nothing was written: [${code}]`;
    expect(isRefusal(`${output}\n      charts/a.yaml: it is locked\n`)).toBe(true);
    expect(isRefusal(`\u001b[31m${output}\u001b[0m\n`)).toBe(true);
  });

  it("is no other failure, and no title that looks alike", () => {
    expect(codes).toContain("plan/refused");
    expect(isRefusal("error: the login was refused [auth/wrong-password]\n")).toBe(false);
    expect(isRefusal('chart "[plan/refused] of 2024" failed\n')).toBe(false);
  });
});
