import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { askPulumi } from "../../provider/src/cli/pulumi-engine";
import { sayWhenStopped } from "../../provider/src/cli/stopping";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "engine-"));
  vi.stubEnv("PATH", [folder, process.env.PATH].join(delimiter));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

/** A `pulumi` that does this and nothing else. */
function install(script: string): void {
  writeFileSync(join(folder, "pulumi"), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, "pulumi"), 0o755);
}

describe("Pulumi", () => {
  it("that is stopped when something is written already is not said to have written nothing", async () => {
    // Pulumi does not end before the terminal has sent Ctrl-C to both.
    install("kill -INT $PPID; sleep 0.5; exit 1");
    await expect(askPulumi(["stack", "export"], folder)).rejects.toMatchObject({
      code: "cli/stopped",
      summary: expect.stringContaining("nothing was written"),
    });
    sayWhenStopped("Stopped; everything is written.");
    await expect(askPulumi(["stack", "export"], folder)).rejects.toMatchObject({
      code: "cli/stopped",
      summary: "Stopped; everything is written.",
    });
  });

  it("that ends before it has read what it was sent is told by its own words", async () => {
    install("exec 0<&-; echo 'error: no passphrase'; exit 1");
    const state = "x".repeat(4 * 1024 * 1024);
    await expect(askPulumi(["stack", "import"], folder, state)).rejects.toMatchObject({
      code: "engine/failed",
      why: "error: no passphrase",
    });
  });
});
