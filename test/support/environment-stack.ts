import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { stringify } from "yaml";
import type { EnvironmentArguments } from "../../provider/src/showtime/environment";
import { nameStack } from "../../provider/src/showtime/names";
import { ensurePulumi } from "../../scripts/lib/pulumi.mjs";
import type { AwsStandIn } from "./aws";
import { type CommandResult, collect, pulumiEnvironment, type StateResource } from "./pulumi-project";

const ROOT = resolve(import.meta.dirname, "../..");

/** The stack of a pull request, with the packaged program and the real engine. */
export interface EnvironmentStack {
  /** What the next commands declare; undefined: nothing. */
  declare(args: EnvironmentArguments | undefined): void;
  /** `pulumi up` without a preview of its own. */
  up(args?: readonly string[]): Promise<CommandResult>;
  outputs(): Readonly<Record<string, string>>;
  /** Resources of this project's own in the state. */
  resources(): StateResource[];
  state(): string;
  remove(): void;
}

/** Makes the stack of a pull request. The package must be built. */
export async function createEnvironmentStack(aws: AwsStandIn, pullRequest = 7): Promise<EnvironmentStack> {
  const { bin } = await ensurePulumi();
  const folder = mkdtempSync(join(tmpdir(), "environment-stack-"));
  const stack = nameStack(pullRequest);
  writeProgram(folder);
  const environment = {
    ...Object.fromEntries(
      Object.entries(process.env).filter(([key]) => !/^(VITEST|NODE_OPTIONS|PULUMI_|GITHUB_)/.test(key)),
    ),
    ...aws.environment,
    PATH: [bin, dirname(process.execPath), process.env.PATH].join(delimiter),
    ...pulumiEnvironment(folder),
  };
  const start = (args: string[]) =>
    spawn("pulumi", [...args, "--non-interactive", "--color", "never"], {
      cwd: folder,
      env: environment,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
  const pulumi = (...args: string[]) => collect(start(args));
  const settingsFile = join(folder, `Pulumi.${stack}.yaml`);
  const made = await pulumi("stack", "init", stack);
  if (made.code !== 0) throw new Error(made.output);
  const salt = readFileSync(settingsFile, "utf8");
  const readState = () => readFileSync(join(folder, `state/.pulumi/stacks/circus-showtime/${stack}.json`), "utf8");
  const readResources = (): StateResource[] => {
    const { checkpoint } = JSON.parse(readState()) as { checkpoint: { latest: { resources?: StateResource[] } } };
    return checkpoint.latest.resources ?? [];
  };
  const up = ["up", "--yes", "--skip-preview", "--stack", stack];
  return {
    declare: (args) =>
      writeFileSync(
        settingsFile,
        `${salt}${args === undefined ? "" : stringify({ config: { "showtime:environment": JSON.stringify(args) } })}`,
      ),
    up: (args = []) => pulumi(...up, ...args),
    outputs: () =>
      (readResources().find(({ type }) => type === "pulumi:pulumi:Stack")?.outputs ?? {}) as Record<string, string>,
    resources: () => readResources().filter(({ type }) => type.startsWith("pulumi-nodejs:")),
    state: readState,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function writeProgram(folder: string): void {
  mkdirSync(join(folder, "state"));
  mkdirSync(join(folder, "node_modules/@pulumi"), { recursive: true });
  symlinkSync(join(ROOT, "provider"), join(folder, "node_modules/pulumi-superset"));
  symlinkSync(join(ROOT, "node_modules/@pulumi/pulumi"), join(folder, "node_modules/@pulumi/pulumi"));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "program", private: true, main: "index.cjs" }));
  writeFileSync(join(folder, "index.cjs"), 'module.exports = require("pulumi-superset").declareEnvironment();\n');
  writeFileSync(
    join(folder, "Pulumi.yaml"),
    stringify({ name: "circus-showtime", runtime: { name: "nodejs", options: { typescript: false } } }),
  );
}
