import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { run } from "./run.mjs";
import { ADMIN } from "./superset-config.mjs";

/** The stack that quickstart makes. */
export const STACK = "local";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const local = join(root, ".local");

/** Everything that quickstart writes is below `local`, which git ignores. */
export const PATHS = {
  root,
  local,
  project: join(local, "quickstart"),
  superset: join(local, "superset"),
  sampleData: join(local, "shop.db"),
  state: join(local, "state"),
  pulumiHome: join(local, "pulumi-home"),
  pulumiLog: join(local, "pulumi.log"),
};

/**
 * The settings of the local stack; provider/src/settings/schema.ts says what there is.
 * @param {{url: string}} options address of the local Superset
 */
export function stackSettings({ url }) {
  return {
    "superset:url": url,
    "superset:role": "development",
    "superset:auth": { username: ADMIN.username, passwordEnv: "SUPERSET_PASSWORD" },
    "superset:databases": { Shop: { sqlalchemyUri: `sqlite:///${PATHS.sampleData}` } },
  };
}

/**
 * The environment in which `pulumi` works on the local stack: no account, nothing outside of `.local`.
 * @param {string} bin the folder of the Pulumi CLI
 */
export function pulumiEnvironment(bin) {
  return {
    ...process.env,
    PATH: [bin, process.env.PATH].filter(Boolean).join(delimiter),
    PULUMI_HOME: PATHS.pulumiHome,
    PULUMI_BACKEND_URL: pathToFileURL(PATHS.state).href,
    PULUMI_STACK: STACK,
    // The local stack's settings hold no secret: Pulumi only insists on a passphrase.
    PULUMI_CONFIG_PASSPHRASE: "local",
    PULUMI_SKIP_UPDATE_CHECK: "1",
    // The package of stacks/foundation lies beside: its plugin is not needed.
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    SUPERSET_PASSWORD: ADMIN.password,
  };
}

/** Writes Pulumi.yaml and the stack's settings; an unchanged file is not touched. */
export function writeProject({ url }) {
  for (const folder of [PATHS.project, PATHS.state, PATHS.pulumiHome]) mkdirSync(folder, { recursive: true });
  const program = `${relative(PATHS.project, PATHS.root)}/`; // package.json there names the program
  const project = {
    name: "superset",
    description: "The sample assets on a Superset of this machine (made by npm run quickstart)",
    runtime: { name: "nodejs", options: { typescript: false } },
    main: program,
  };
  writeYaml(join(PATHS.project, "Pulumi.yaml"), project);
  const file = join(PATHS.project, `Pulumi.${STACK}.yaml`);
  writeYaml(file, { ...encryptionSalt(file), config: stackSettings({ url }) });
}

/**
 * Makes the stack if there is none.
 * @param {{bin: string}} options
 * @returns {Promise<boolean>} whether it was made
 */
export async function ensureStack({ bin }) {
  if (existsSync(join(PATHS.state, ".pulumi", "stacks", "superset", `${STACK}.json`))) return false;
  // PULUMI_STACK must not name a stack that is not there yet.
  const { PULUMI_STACK: _, ...env } = pulumiEnvironment(bin);
  await run("pulumi", ["stack", "init", STACK, "--non-interactive"], {
    cwd: PATHS.project,
    env,
    logFile: PATHS.pulumiLog,
  });
  return true;
}

/**
 * Runs `pulumi` on the local stack and keeps all it says in a log file.
 * @param {string[]} args
 * @param {{bin: string, log?: (text: string) => void}} options
 */
export function pulumi(args, { bin, log }) {
  return run("pulumi", [...args, "--non-interactive"], {
    cwd: PATHS.project,
    env: pulumiEnvironment(bin),
    logFile: PATHS.pulumiLog,
    onLine: log,
  });
}

/** Pulumi keeps it beside the settings; without it, it asks for the passphrase as if the stack were new. */
function encryptionSalt(file) {
  if (!existsSync(file)) return {};
  const salt = /^encryptionsalt: *"?([^"\s]+)"?/m.exec(readFileSync(file, "utf8"))?.[1];
  return salt ? { encryptionsalt: salt } : {};
}

/** Maps of maps and scalars: all that these files need. */
function writeYaml(file, entries) {
  const text = `# Written by npm run quickstart; changes are lost.\n${formatYaml(entries)}`;
  if (!existsSync(file) || readFileSync(file, "utf8") !== text) writeFileSync(file, text);
}

function formatYaml(entries, indent = "") {
  const lines = Object.entries(entries).map(([key, value]) => {
    if (typeof value === "object") return `${indent}${key}:\n${formatYaml(value, `${indent}  `)}`;
    // A JSON string is a YAML string, whatever it holds.
    const plain = typeof value !== "string" || /^[A-Za-z][\w ./-]*$/.test(value);
    return `${indent}${key}: ${plain ? value : JSON.stringify(value)}\n`;
  });
  return lines.join("");
}
