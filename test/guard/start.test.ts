import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { expect, it } from "vitest";

const MAIN = resolve(__dirname, "../../provider/dist/cli/main.js");

const PROGRAM = `
require(${JSON.stringify(MAIN)}).main(["node", "pulumi-superset", "--help"]).then(() => {
  const names = Object.keys(require.cache).flatMap((file) => /.*node_modules[/\\\\](@[^/\\\\]+[/\\\\][^/\\\\]+|[^/\\\\]+)/.exec(file)?.[1] ?? []);
  process.stderr.write(JSON.stringify([...new Set(names)].sort()));
});`;

it("the command line starts at once: --help loads what it prints with, and no command's own packages", () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["-e", PROGRAM], { encoding: "utf8" });
  expect(status).toBe(0);
  expect(stdout).toContain("Usage: pulumi-superset");
  expect(JSON.parse(stderr)).toEqual(["commander", "picocolors", "picomatch"]);
});
