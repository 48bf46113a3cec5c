import {
  accessSync,
  chmodSync,
  constants,
  copyFileSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { delimiter, join } from "node:path";
import { cacheFolder, publishFolder } from "./cache.mjs";
import { download, UnreachableError, verifySha256 } from "./download.mjs";
import { SetupError } from "./errors.mjs";
import { buildGoProgram, downloadGoModule } from "./go-build.mjs";
import { run } from "./run.mjs";

const VERSION = "3.245.0";
/** The last version whose Node language host is in a module that is published; it works with the engine above. */
const LANGUAGE_HOST_VERSION = "3.64.0";
const OLDEST_ON_PATH = [3, 245];
const RELEASES = "https://get.pulumi.com/releases/sdk";
/** A newer engine tells its language host what `runtime.options` of Pulumi.yaml says; this one knows arguments only. */
const LANGUAGE_HOST = `#!/bin/sh
if grep -qs 'typescript: *false' Pulumi.yaml; then set -- -typescript=false "$@"; fi
exec "$(dirname "$0")/host/pulumi-language-nodejs" "$@"
`;
const PROGRAMS = ["pulumi", "pulumi-language-nodejs", "pulumi-resource-pulumi-nodejs"];

/**
 * The Pulumi CLI with its Node.js host: the one on the PATH, else downloaded, else built from Go modules.
 * @param {{log?: (text: string) => void, releases?: string}} [options] `releases`: where to download from
 * @returns {Promise<{bin: string, version: string}>} the folder to put first on the PATH, and its version
 */
export async function ensurePulumi({ log = () => undefined, releases = RELEASES } = {}) {
  const installed = await installedPulumi();
  if (installed) return installed;
  const target = join(cacheFolder(), "pulumi", `${VERSION}+${LANGUAGE_HOST_VERSION}`);
  const bin = join(target, "bin");
  const works = async () => (await versionOf(join(bin, "pulumi"))) !== undefined;
  await publishFolder(
    target,
    { version: VERSION, languageHost: LANGUAGE_HOST_VERSION },
    (draft) => provide(draft, { log, releases }),
    { log, works },
  );
  return { bin, version: VERSION };
}

async function installedPulumi() {
  const folder = (process.env.PATH ?? "").split(delimiter).find((path) => path && isExecutable(join(path, "pulumi")));
  if (!folder || !PROGRAMS.every(isOnPath)) return undefined;
  const version = await versionOf(join(folder, "pulumi"));
  if (!version) return undefined;
  const [major, minor] = version.split(".").map(Number);
  const recent = major === OLDEST_ON_PATH[0] && minor >= OLDEST_ON_PATH[1];
  return recent ? { bin: folder, version } : undefined;
}

async function provide(draft, { log, releases }) {
  const bin = join(draft, "bin");
  mkdirSync(bin, { recursive: true });
  try {
    await install(draft, bin, { log, releases });
  } catch (error) {
    if (!(error instanceof UnreachableError)) throw error;
    log("not reachable, building Pulumi from Go modules");
    await build(bin, { log });
  }
}

/** What the official installer does, with a pinned version and a checked sum. */
async function install(draft, bin, { log, releases }) {
  const name = `pulumi-v${VERSION}-${platformName()}.tar.gz`;
  const archive = join(draft, name);
  const sums = join(draft, "checksums.txt");
  log(`downloading ${name}`);
  await download(`${releases}/pulumi-${VERSION}-checksums.txt`, sums);
  const sum = readFileSync(sums, "utf8")
    .split("\n")
    .map((line) => line.trim().split(/\s+\*?/))
    .find(([, file]) => file === name)?.[0];
  if (!sum) throw new UnreachableError(`No checksum of ${name} is published.`);
  await download(`${releases}/${name}`, archive);
  await verifySha256(archive, sum);
  await run("tar", ["-xzf", archive, "-C", bin, "--strip-components=1"]);
  rmSync(archive);
  rmSync(sums);
}

async function build(bin, { log }) {
  const sdk = "github.com/pulumi/pulumi/sdk/v3";
  await buildGoProgram({
    module: "github.com/pulumi/pulumi/pkg/v3",
    version: `v${VERSION}`,
    package: "cmd/pulumi",
    output: join(bin, "pulumi"),
    linkerFlags: ["-X", `${sdk}/go/common/version.Version=v${VERSION}`],
    log,
  });
  await buildGoProgram({
    module: sdk,
    version: `v${LANGUAGE_HOST_VERSION}`,
    package: "nodejs/cmd/pulumi-language-nodejs",
    output: join(bin, "host", "pulumi-language-nodejs"),
    log,
  });
  writeFileSync(join(bin, "pulumi-language-nodejs"), LANGUAGE_HOST, { mode: 0o755 });
  const source = await downloadGoModule(sdk, `v${VERSION}`);
  const script = join(bin, "pulumi-resource-pulumi-nodejs");
  copyFileSync(join(source, "nodejs", "dist", "pulumi-resource-pulumi-nodejs"), script);
  chmodSync(script, 0o755); // files of the module cache are read-only and not executable
}

/** @returns {Promise<string | undefined>} like "3.245.0"; undefined if it cannot be run */
async function versionOf(program) {
  try {
    const { stdout } = await run(program, ["version"], {
      env: { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "1" },
      timeoutMs: 30_000,
    });
    return /\d+\.\d+\.\d+/.exec(stdout)?.[0];
  } catch {
    return undefined; // a program that cannot tell its version is not one to use: the caller gets another
  }
}

function isOnPath(name) {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => folder && isExecutable(join(folder, name)));
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false; // not there and not allowed come to the same: the search goes on
  }
}

function platformName() {
  const system = { linux: "linux", darwin: "darwin" }[process.platform];
  const machine = { x64: "x64", arm64: "arm64" }[process.arch];
  if (system && machine) return `${system}-${machine}`;
  throw new SetupError(`Pulumi cannot be installed automatically on ${process.platform} ${process.arch}.`, {
    why: "Superset itself runs on Linux and macOS only.",
    remedy: "On Windows, use WSL 2. Elsewhere, put `pulumi` 3.245 or later on the PATH.",
  });
}
