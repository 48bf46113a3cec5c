import { describe, expect, it } from "vitest";
import { explainEngine } from "../../provider/src/cli/engine-failures";

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
