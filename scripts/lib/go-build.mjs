import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SetupError } from "./errors.mjs";
import { run } from "./run.mjs";

/**
 * Builds one program out of a published Go module. `go install pkg@version` refuses modules
 * with replace directives, so a throw-away module requires it instead.
 * @param {{module: string, version: string, package: string, output: string,
 *   linkerFlags?: string[], log?: (text: string) => void}} options `package` is a path below the module
 */
export async function buildGoProgram({
  module,
  version,
  package: path,
  output,
  linkerFlags = [],
  log = () => undefined,
}) {
  await requireGo();
  const folder = mkdtempSync(join(tmpdir(), "pulumi-superset-go-"));
  const importPath = `${module}/${path}`;
  try {
    writeFileSync(join(folder, "go.mod"), `module throwaway\n\ngo 1.23\n\nrequire ${module} ${version}\n`);
    // A blank import keeps the requirement through `go mod tidy`; the tag keeps the file out of builds.
    writeFileSync(join(folder, "deps.go"), `//go:build deps\n\npackage deps\n\nimport _ "${importPath}"\n`);
    const go = (args, step) =>
      run("go", args, { cwd: folder, env: goEnvironment(), onLine: (line) => log(line || step) });
    log(`go mod tidy (${module})`);
    await go(["mod", "tidy"], "go mod tidy");
    log(`go build ${path} ${version}, minutes the first time`);
    await go(["build", "-ldflags", ["-s", "-w", ...linkerFlags].join(" "), "-o", output, importPath], "go build");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Downloads a Go module (checked against Go's checksum database).
 * @returns {Promise<string>} the folder with its read-only source
 */
export async function downloadGoModule(module, version) {
  await requireGo();
  const { stdout } = await run("go", ["mod", "download", "-json", `${module}@${version}`], {
    cwd: tmpdir(),
    env: goEnvironment(),
  });
  return JSON.parse(stdout).Dir;
}

/** A workspace file above the temporary folder would be obeyed otherwise. */
function goEnvironment() {
  return { ...process.env, GOWORK: "off" };
}

async function requireGo() {
  try {
    await run("go", ["version"]);
  } catch (cause) {
    throw new SetupError("Pulumi can be had neither by download nor by building it.", {
      why: "Its download address cannot be reached from here, and building it needs Go, which is not on the PATH.",
      remedy:
        "Any one of: install the Pulumi CLI (https://www.pulumi.com/docs/install/) so that `pulumi` is on the PATH;\n" +
        "allow this machine to reach get.pulumi.com; or install Go 1.25.8 or later (https://go.dev/doc/install).",
      cause,
    });
  }
}
