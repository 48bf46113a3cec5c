import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder, fingerprint, publishFolder } from "./cache.mjs";
import { ensureSuperset, SUPERSET_PACKAGES } from "./python.mjs";
import { run } from "./run.mjs";
import { ADMIN, sqliteUri, supersetEnvironment, writeConfig } from "./superset-config.mjs";

/** The package has no `python -m superset`, and its `superset` script holds the path it was installed at. */
const SUPERSET_COMMAND = "from superset.cli.main import superset; superset()";

/**
 * An initialised SQLite metadata file to copy: a copy starts a fresh server in seconds, making one takes most of a minute.
 * @param {{log?: (text: string) => void}} [options]
 * @returns {Promise<string>} its path; do not write to it
 */
export async function ensureTemplate({ log = () => undefined } = {}) {
  const version = { packages: SUPERSET_PACKAGES, admin: ADMIN.username, format: 1 };
  const folder = join(cacheFolder(), "template", fingerprint(version));
  await publishFolder(
    folder,
    version,
    async (draft) => {
      const home = join(draft, "home");
      await initialiseMetadata({ uri: sqliteUri(join(draft, "metadata.db")), home, log });
      rmSync(home, { recursive: true });
    },
    { log },
  );
  return join(folder, "metadata.db");
}

/**
 * Makes an empty database a Superset metadata database with roles and the user admin/admin.
 * @param {{uri: string, home: string, extraConfig?: string[], log?: (text: string) => void}} options `uri`: SQLAlchemy address; `home`: a folder for configuration and log; `extraConfig`: lines for superset_config.py
 */
export async function initialiseMetadata({ uri, home, extraConfig = [], log = () => undefined }) {
  mkdirSync(home, { recursive: true });
  writeConfig({ home, metadataUri: uri, extraConfig });
  const superset = (title, ...args) => {
    log(title);
    return runSupersetCommand(home, args, { log });
  };
  await superset("creating Superset's tables", "db", "upgrade");
  const { username, password } = ADMIN;
  const person = ["--firstname", "Local", "--lastname", "Admin", "--email", "admin@example.com"];
  await superset(
    "creating the user admin",
    "fab",
    "create-admin",
    "--username",
    username,
    "--password",
    password,
    ...person,
  );
  await superset("creating roles and permissions", "init");
}

/**
 * Runs one of Superset's own commands, such as `superset init`, with the configuration in a folder.
 * @param {string} home with superset_config.py
 * @param {string[]} args
 * @param {{log?: (text: string) => void}} [options]
 */
export async function runSupersetCommand(home, args, { log = () => undefined } = {}) {
  const { python } = await ensureSuperset({ log });
  const logFile = join(home, "initialise.log");
  const env = supersetEnvironment(home);
  return run(python, ["-c", SUPERSET_COMMAND, ...args], { cwd: home, env, logFile, timeoutMs: 600_000 });
}
