import { join } from "node:path";
import { cacheFolder, fingerprint, publishFolder } from "./cache.mjs";
import { SetupError } from "./errors.mjs";
import { CommandError, run } from "./run.mjs";

const UV = "uv==0.13.9";
const PYTHON = "3.11";
const OLDEST_PYTHON = [3, 10];

/**
 * What a Superset environment is made of. The published package forgets `rich` and
 * `cachetools`, and breaks with flask-caching 2.4 and later.
 */
export const SUPERSET_PACKAGES = [
  "apache-superset==6.1.0",
  "flask-caching==2.3.1",
  "rich==15.0.0",
  "cachetools==8.0.1",
  "gunicorn==27.0.1",
  "psycopg2-binary==2.9.13",
];

/**
 * A Python environment with Superset in it.
 * @param {{log?: (text: string) => void}} [options]
 * @returns {Promise<{venv: string, python: string}>}
 */
export function ensureSuperset({ log = () => undefined } = {}) {
  return ensureEnvironment("superset", SUPERSET_PACKAGES, { log, title: "installing Superset, 660 MB the first time" });
}

/**
 * A Python environment of its own.
 * @param {string} name of its folder
 * @param {string[]} packages with their versions
 * @param {{log?: (text: string) => void, title?: string}} [options]
 * @returns {Promise<{venv: string, python: string}>}
 */
export async function ensureEnvironment(name, packages, { log = () => undefined, title = `installing ${name}` } = {}) {
  const version = { packages, python: PYTHON };
  const venv = join(cacheFolder(), name, fingerprint(version));
  const python = join(venv, "bin", "python");
  const works = () => runs(python, ["-c", "import sys"]);
  await publishFolder(
    venv,
    version,
    async (draft) => {
      const uv = await ensureUv({ log });
      await createEnvironment(uv, draft, { log });
      log(title);
      await run(uv, ["pip", "install", "--python", join(draft, "bin", "python"), ...packages], { onLine: log });
    },
    { log, works },
  );
  return { venv, python };
}

/**
 * Further Python packages for one kind of server, in a folder of their own: Superset's environment stays as it is.
 * @param {string[]} packages with their versions; what they need in turn has to be among them, or in Superset's environment
 * @param {{log?: (text: string) => void}} [options]
 * @returns {Promise<string>} folder for Python's search path
 */
export async function ensurePythonPackages(packages, { log = () => undefined } = {}) {
  const { python } = await ensureSuperset({ log });
  const folder = join(cacheFolder(), "python-packages", fingerprint(packages));
  return publishFolder(
    folder,
    packages,
    async (draft) => {
      const uv = await ensureUv({ log });
      await run(uv, ["pip", "install", "--python", python, "--no-deps", "--target", draft, ...packages], {
        onLine: log,
      });
    },
    { log },
  );
}

/** uv comes from the Python registry, so that nothing else than that has to be reachable. */
async function ensureUv({ log }) {
  const folder = join(cacheFolder(), "uv", fingerprint(UV));
  const uv = join(folder, "bin", "uv");
  await publishFolder(
    folder,
    UV,
    async (draft) => {
      const python = await findPython();
      log(`installing ${UV}`);
      await createPlainEnvironment(python, draft);
      await run(
        join(draft, "bin", "python"),
        ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary", ":all:", UV],
        { onLine: log },
      );
    },
    { log, works: () => runs(uv, ["--version"]) },
  );
  return uv;
}

/** `--relocatable`, because the folder is moved to its place when it is complete. */
async function createEnvironment(uv, folder, { log }) {
  const create = (python) =>
    run(uv, ["venv", "--relocatable", "--allow-existing", "--python", python, folder], { onLine: log });
  try {
    await create(PYTHON);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    const other = await findPython();
    log(`Python ${PYTHON} cannot be had, using ${other}`);
    await create(other);
  }
}

async function createPlainEnvironment(python, folder) {
  try {
    await run(python, ["-m", "venv", folder]);
  } catch (cause) {
    throw new SetupError("A Python environment could not be created.", {
      why: cause.message,
      remedy: `Debian and Ubuntu split the module off: install python3-venv. Elsewhere check that "${python} -m venv" works.`,
      cause,
    });
  }
}

async function findPython() {
  const check = `import sys; sys.exit(sys.version_info < (${OLDEST_PYTHON.join(", ")}))`;
  for (const name of ["python3", `python${PYTHON}`, "python3.12", "python3.10", "python"]) {
    if (await runs(name, ["-c", check])) return name;
  }
  throw new SetupError(`No Python ${OLDEST_PYTHON.join(".")} or later was found.`, {
    why: "Superset is a Python program; neither python3 nor python on the PATH is recent enough.",
    remedy: `Install Python ${PYTHON} (https://www.python.org/downloads/) and try again.`,
  });
}

async function runs(program, args) {
  try {
    await run(program, args, { timeoutMs: 30_000 });
    return true;
  } catch (error) {
    if (error instanceof CommandError) return false; // not there or not working: the caller has a next choice
    throw error;
  }
}
