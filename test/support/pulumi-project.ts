import { execFileSync, spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, relative, resolve } from "node:path";
import { inject } from "vitest";
import { stringify } from "yaml";
import type { TestServer } from "./servers";
import { startAtTerminal, type Terminal } from "./terminal";

export const ROOT = resolve(import.meta.dirname, "../..");

/** How one command ended. */
export interface CommandResult {
  readonly code: number;
  /** stdout and stderr as they came. */
  readonly output: string;
  readonly stdout: string;
}

/** What {@link createProject} needs. */
export interface ProjectOptions {
  readonly server: Pick<TestServer, "url" | "username">;
  /** Folder of the assets, absolute. */
  readonly assets: string;
  /** Further settings, without the namespace. They win. */
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly stack?: string;
  /**
   * Folder of another program than this repository's: it is copied, and finds this repository's packages unless it
   * brings its own.
   */
  readonly program?: string;
  /** Folder of this repository, or of a copy of it. */
  readonly root?: string;
}

/** A Pulumi project of its own: settings, state and home in a temporary folder, the program of this repository. */
export interface PulumiProject {
  readonly folder: string;
  readonly stack: string;
  /** `preview --diff`, which fails with code 7 on a change if `expectNoChanges`. */
  preview(options?: { expectNoChanges?: boolean; args?: string[] }): Promise<CommandResult>;
  /** A plain `pulumi up`, with its own preview first unless `skipPreview`. */
  up(options?: { skipPreview?: boolean; args?: string[] }): Promise<CommandResult>;
  refresh(args?: string[]): Promise<CommandResult>;
  /** The drift check of the documents: `pulumi refresh --preview-only --run-program --expect-no-changes`, with `--diff`. */
  checkDrift(): Promise<CommandResult>;
  destroy(args?: string[]): Promise<CommandResult>;
  /** Any other command of the Pulumi CLI. */
  pulumi(args: string[], options?: { env?: Record<string, string | undefined> }): Promise<CommandResult>;
  /** A command of `pulumi-superset` about this project's stack, as `--stack`. */
  superset(args: string[], env?: Record<string, string>): Promise<CommandResult>;
  /** A command of `pulumi-superset` in this project's folder, of whichever stack. */
  command(args: string[], env?: Record<string, string | undefined>): Promise<CommandResult>;
  /** The same at a terminal. */
  commandAtTerminal(args: string[], env?: Record<string, string | undefined>): Promise<Terminal>;
  /** Starts a command of `pulumi-superset` in this project's folder and gives its process. */
  startCommand(args: string[], env?: Record<string, string | undefined>): ReturnType<typeof spawn>;
  /** `pulumi-superset deploy`. */
  deploy(args?: string[], env?: Record<string, string>): Promise<CommandResult>;
  /** Starts `pulumi-superset deploy` and gives its process, the leader of a process group. */
  startDeploy(args?: string[], env?: Record<string, string>): ReturnType<typeof spawn>;
  /** Starts a command and gives its process, for tests that kill it: the leader of a process group. */
  start(args: string[], env?: Record<string, string>): ReturnType<typeof spawn>;
  /** Changes settings for the next command; `undefined` removes one. */
  configure(settings: Readonly<Record<string, unknown>>): void;
  /** The state as the backend has it. */
  state(): string;
  /** The resources in the state, without providers and components. */
  resources(): StateResource[];
  remove(): void;
}

export interface StateResource {
  readonly urn: string;
  readonly type: string;
  readonly id?: string;
  readonly inputs: Record<string, unknown>;
  readonly outputs: Record<string, unknown>;
}

/** The password that stacks of the tests name by their environment variable. */
export const PASSWORD_VARIABLE = "SUPERSET_TEST_PASSWORD";

/**
 * Set for what starts Pulumi, of which a whole run of the tests needs hundreds of processes: they load what they use, see
 * `light-pulumi.cjs`, and the engine ends before Go's collector is of any use.
 */
export const LIGHT_PULUMI = {
  NODE_OPTIONS: `--require ${JSON.stringify(join(import.meta.dirname, "light-pulumi.cjs"))}`,
  GOGC: "800",
};

/** What leads Pulumi to a home and a backend of its own, both inside this folder. */
export function pulumiEnvironment(folder: string) {
  return {
    PULUMI_HOME: join(folder, "home"),
    PULUMI_BACKEND_URL: `file://${join(folder, "state")}`,
    PULUMI_CONFIG_PASSPHRASE: "test",
    PULUMI_SKIP_UPDATE_CHECK: "1",
    ...LIGHT_PULUMI,
  };
}

/** Where its commands put temporary files, inside {@link PulumiProject.folder}. */
export const TEMPORARY = "tmp";

export async function createProject(options: ProjectOptions): Promise<PulumiProject> {
  const stack = options.stack ?? "test";
  const root = options.root ?? ROOT;
  const folder = mkdtempSync(join(tmpdir(), "pulumi-superset-project-"));
  mkdirSync(join(folder, "state"));
  mkdirSync(join(folder, TEMPORARY));
  writeProgram(folder, root, options.program);
  let settings: Record<string, unknown> = {
    url: options.server.url,
    role: "development",
    assets: options.assets,
    auth: { username: options.server.username, passwordEnv: PASSWORD_VARIABLE },
    databases: { Shop: { sqlalchemyUri: `sqlite:///${inject("sampleData")}` } },
    ...options.settings,
  };
  const settingsFile = join(folder, `Pulumi.${stack}.yaml`);
  const writeSettings = () => {
    const salt = existsSync(settingsFile)
      ? /^encryptionsalt:.*$/m.exec(readFileSync(settingsFile, "utf8"))?.[0]
      : undefined;
    const entries = Object.entries(settings).filter(([, value]) => value !== undefined);
    const config = Object.fromEntries(entries.map(([key, value]) => [`superset:${key}`, value]));
    writeFileSync(settingsFile, `${salt === undefined ? "" : `${salt}\n`}${stringify({ config })}`);
  };
  writeSettings();
  const environment = projectEnvironment(folder);
  const start = (args: string[], env: Record<string, string | undefined> = {}) =>
    spawn("pulumi", args, {
      cwd: folder,
      env: { ...environment, ...env },
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
  const program = join(root, "provider/bin/pulumi-superset.cjs");
  const startCommand = (args: string[], cwd: string, env: Record<string, string | undefined> = {}) =>
    spawn(process.execPath, [program, ...args], {
      cwd,
      env: { ...environment, ...env },
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
  const startSuperset = ([command = "", ...args]: string[], env: Record<string, string> = {}) =>
    startCommand([command, "--stack", stack, "--cwd", folder, ...args], root, env);
  const startDeploy = (args: string[] = [], env: Record<string, string> = {}) =>
    startSuperset(["deploy", ...args], env);
  const readState = () => readFileSync(join(folder, "state/.pulumi/stacks/superset", `${stack}.json`), "utf8");
  const pulumi: PulumiProject["pulumi"] = (args, { env } = {}) => collect(start(args, env));
  const always = ["--stack", stack, "--non-interactive", "--color", "never"];

  const made = await pulumi(["stack", "init", stack, "--non-interactive"]);
  if (made.code !== 0) throw new Error(made.output);
  writeSettings();

  return {
    folder,
    stack,
    pulumi,
    start,
    preview: ({ expectNoChanges = false, args = [] } = {}) =>
      pulumi(["preview", "--diff", ...always, ...(expectNoChanges ? ["--expect-no-changes"] : []), ...args]),
    up: ({ skipPreview = true, args = [] } = {}) =>
      pulumi(["up", "--yes", ...(skipPreview ? ["--skip-preview"] : []), ...always, ...args]),
    refresh: (args = []) => pulumi(["refresh", "--yes", "--run-program", "--skip-preview", ...always, ...args]),
    checkDrift: () =>
      pulumi(["refresh", "--preview-only", "--run-program", "--expect-no-changes", "--diff", ...always]),
    destroy: (args = []) => pulumi(["destroy", "--yes", "--run-program", "--skip-preview", ...always, ...args]),
    superset: (args, env = {}) => collect(startSuperset(args, env)),
    command: (args, env = {}) => collect(startCommand(args, folder, env)),
    commandAtTerminal: (args, env = {}) =>
      startAtTerminal([process.execPath, program, ...args], { cwd: folder, env: { ...environment, ...env } }),
    deploy: (args = [], env = {}) => collect(startDeploy(args, env)),
    startDeploy,
    startCommand: (args, env = {}) => startCommand(args, folder, env),
    configure(changes) {
      settings = { ...settings, ...changes };
      writeSettings();
    },
    state: readState,
    resources() {
      const { checkpoint } = JSON.parse(readState()) as { checkpoint: { latest: { resources?: StateResource[] } } };
      return (checkpoint.latest.resources ?? []).filter(({ type }) => type.startsWith("pulumi-nodejs:"));
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Makes Pulumi's project: with this repository's program, or with a copy of another one. */
function writeProgram(folder: string, root: string, program: string | undefined): void {
  const typescript = program !== undefined && existsSync(join(program, "index.ts"));
  const main = program === undefined ? { main: `${relative(folder, root)}/` } : {};
  writeFileSync(
    join(folder, "Pulumi.yaml"),
    stringify({ name: "superset", runtime: { name: "nodejs", options: { typescript } }, ...main }),
  );
  if (program === undefined) return;
  cpSync(program, folder, { recursive: true, verbatimSymlinks: true });
  if (existsSync(join(folder, "node_modules"))) return;
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "program", private: true }));
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  // A package that was installed is compiled; this one may not be yet.
  execFileSync(process.execPath, [join(ROOT, "provider/build.cjs")]);
}

function projectEnvironment(folder: string): Record<string, string> {
  const inherited = Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return {
    ...Object.fromEntries(inherited.filter(([key]) => !/^(VITEST|NODE_OPTIONS|PULUMI_)/.test(key))),
    PATH: [inject("pulumiFolder"), dirname(process.execPath), process.env.PATH].join(delimiter),
    ...pulumiEnvironment(folder),
    TMPDIR: join(folder, TEMPORARY),
    // The package of stacks/foundation lies beside: its plugin is not needed.
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    [PASSWORD_VARIABLE]: "admin",
  };
}

/** Waits for the end of a process and gathers what it printed. */
export function collect(child: ReturnType<typeof spawn>): Promise<CommandResult> {
  return new Promise((done, fail) => {
    let output = "";
    let stdout = "";
    child.stdout?.on("data", (chunk: Buffer) => {
      output += chunk.toString();
      stdout += chunk.toString();
    });
    child.stderr?.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
    child.on("error", fail);
    child.on("close", (code) => done({ code: code ?? 1, output, stdout }));
  });
}
