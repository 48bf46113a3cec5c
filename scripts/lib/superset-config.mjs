import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** For servers on this machine only, which hold nothing but samples: nobody has to keep it secret. */
const LOCAL_SECRET_KEY = "pulumi-superset-local-only-not-a-secret";

/** The login of every server that these scripts prepare. */
export const ADMIN = { username: "admin", password: "admin" };

/**
 * Writes superset_config.py.
 * @param {{home: string, metadataUri: string, extraConfig?: string | string[]}} options `extraConfig`: lines of Python, appended
 * @returns {boolean} whether the file is other than before
 */
export function writeConfig({ home, metadataUri, extraConfig = [] }) {
  const file = join(home, "superset_config.py");
  const text = [
    `SECRET_KEY = ${python(LOCAL_SECRET_KEY)}`,
    `SQLALCHEMY_DATABASE_URI = ${python(metadataUri)}`,
    "TALISMAN_ENABLED = False  # it demands https",
    "PREVENT_UNSAFE_DB_CONNECTIONS = False  # the sample's data are in SQLite",
    ...[extraConfig].flat(),
    "",
  ].join("\n");
  mkdirSync(home, { recursive: true });
  const changed = readIfThere(file) !== text;
  // The address of the metadata may hold a password.
  if (changed) writeFileSync(file, text, { mode: 0o600 });
  return changed;
}

/** Where a machine forbids it, each start compiles some thousand modules anew: ten seconds of a processor. */
export const KEEP_BYTECODE = { PYTHONDONTWRITEBYTECODE: "" };

/** The environment that Superset's own commands need. */
export function supersetEnvironment(home, dataFolder = home) {
  return {
    ...process.env,
    FLASK_APP: "superset.app:create_app()",
    SUPERSET_CONFIG_PATH: join(home, "superset_config.py"),
    SUPERSET_HOME: dataFolder,
    PYTHONWARNINGS: "ignore",
    PYTHONUNBUFFERED: "1",
    ...KEEP_BYTECODE,
  };
}

/**
 * The SQLAlchemy address of a SQLite file, with patience: eight threads write to it.
 * @param {string} file absolute path
 */
export function sqliteUri(file) {
  return `sqlite:///${file}?timeout=30`;
}

/** JSON strings are Python strings, as long as they are ASCII. */
function python(text) {
  return JSON.stringify(text).replaceAll(
    /[^\x20-\x7e]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function readIfThere(file) {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
}
