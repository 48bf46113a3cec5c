import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { ADMIN } from "../scripts/lib/superset.mjs";
import { runMeasured } from "./run-measured.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const CLI = join(ROOT, "provider", "bin", "pulumi-superset.cjs");
const STACK = "bench";

/**
 * A Pulumi project with one stack in a folder of its own, over a file backend.
 * @param {object} options
 * @param {string} options.folder made new
 * @param {string} options.bin folder of the Pulumi CLI
 * @param {string} [options.main] folder of the program; default: this repository
 * @param {Record<string, unknown>} [options.settings] without the namespace
 */
export async function createStack({ folder, bin, main = ROOT, settings = {} }) {
  mkdirSync(join(folder, "state"), { recursive: true });
  const runtime = { name: "nodejs", options: { typescript: false } };
  // JSON is YAML.
  const project = { name: "superset", runtime, main: `${relative(folder, main)}/` };
  writeFileSync(join(folder, "Pulumi.yaml"), JSON.stringify(project));
  const env = environment(folder, bin);
  const run = (command, args) => runMeasured(command, args, { cwd: folder, env });
  await run("pulumi", ["stack", "init", STACK, "--non-interactive"]);
  const settingsFile = join(folder, `Pulumi.${STACK}.yaml`);
  const salt = readFileSync(settingsFile, "utf8").match(/^encryptionsalt: (.*)$/m)?.[1];
  writeSettings(settingsFile, settings, { encryptionsalt: salt });
  const common = ["--stack", STACK, "--non-interactive", "--color", "never"];
  const stateFile = join(folder, "state", ".pulumi", "stacks", "superset", `${STACK}.json`);
  return {
    preview: () => run("pulumi", ["preview", ...common]),
    /** A plain `pulumi up`, its own preview included. */
    up: () => run("pulumi", ["up", "--yes", ...common]),
    /** Fails if anything differs from the state. The drift check of the documents runs the program as well. */
    refresh: ({ program = false } = {}) => {
      const flags = program ? ["--run-program"] : [];
      return run("pulumi", ["refresh", "--yes", "--skip-preview", "--expect-no-changes", ...flags, ...common]);
    },
    deploy: () => run(process.execPath, [CLI, "deploy", "--stack", STACK, "--cwd", folder]),
    /** Another command of ours, in the project's folder. */
    command: (...args) => run(process.execPath, [CLI, ...args]),
    /** Settings of another stack of the same project, which is never deployed to. */
    addSettings: (name, others) => writeSettings(join(folder, `Pulumi.${name}.yaml`), others),
    stateBytes: () => statSync(stateFile).size,
    resources: () => JSON.parse(readFileSync(stateFile, "utf8")).checkpoint.latest.resources,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function writeSettings(file, settings, others = {}) {
  const config = Object.fromEntries(Object.entries(settings).map(([key, value]) => [`superset:${key}`, value]));
  writeFileSync(file, JSON.stringify({ ...others, config }, null, 2));
}

function environment(folder, bin) {
  const inherited = Object.entries(process.env).filter(([key]) => !/^(PULUMI_|NODE_OPTIONS$)/.test(key));
  return {
    ...Object.fromEntries(inherited),
    PATH: [bin, dirname(process.execPath), process.env.PATH].join(delimiter),
    PULUMI_HOME: join(folder, "home"),
    PULUMI_BACKEND_URL: `file://${join(folder, "state")}`,
    PULUMI_CONFIG_PASSPHRASE: "bench",
    PULUMI_SKIP_UPDATE_CHECK: "1",
    // The package of stacks/foundation lies beside: its plugin is not needed.
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    SUPERSET_BENCH_PASSWORD: ADMIN.password,
  };
}
