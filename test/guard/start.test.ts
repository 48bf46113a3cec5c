import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { expect, it } from "vitest";

const MAIN = resolve(__dirname, "../../provider/dist/cli/main.js");

const PACKAGE = resolve(__dirname, "../../provider");

/** Loads the package as programs do, and tells which packages that loads. */
const LIBRARY = `
require(${JSON.stringify(PACKAGE)});
process.stderr.write(JSON.stringify(Object.keys(require.cache)));`;

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

it("a program loads of Pulumi what it runs with: not the compiler, nor npm's own library, which its index loads", () => {
  const { status, stderr } = spawnSync(process.execPath, ["-e", LIBRARY], { encoding: "utf8" });
  expect(status).toBe(0);
  const files = JSON.parse(stderr) as string[];
  expect(files.join("\n")).toMatch(/@pulumi[/\\]pulumi[/\\]resource\.js/);
  expect(files.filter((file) => /node_modules[/\\](typescript|@npmcli)[/\\]/.test(file))).toEqual([]);
});
