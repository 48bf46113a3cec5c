import { spawn } from "node:child_process";
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fingerprint, withLock } from "./cache.mjs";
import { SetupError } from "./errors.mjs";
import { endProcessGroup, identify, isAlive } from "./processes.mjs";
import { ensureSuperset } from "./python.mjs";
import { sqliteUri, supersetEnvironment, writeConfig } from "./superset-config.mjs";
import { ensureTemplate } from "./superset-metadata.mjs";

export { ADMIN } from "./superset-config.mjs";
export { ensureTemplate, initialiseMetadata, runSupersetCommand } from "./superset-metadata.mjs";

const START_TIMEOUT_MS = 180_000;
/** gunicorn waits for idle connections too; nobody waits for answers of a server that is being stopped. */
const GRACE = { graceMs: 2000 };

/**
 * @typedef {object} SupersetServer
 * @property {string} url like http://127.0.0.1:8088
 * @property {number} pid
 * @property {number} port
 * @property {string} logFile
 * @property {boolean} reused whether it ran before
 * @property {() => Promise<boolean>} stop
 */

/**
 * A running Superset on 127.0.0.1 that outlives this process. Reuses the one of this `home`
 * if it runs with the same configuration.
 * @param {object} options
 * @param {string} options.home folder for configuration, log and, without `metadataUri`, its metadata
 * @param {number} [options.port] default: the one used before if it is free, else any free one
 * @param {string} [options.metadataUri] SQLAlchemy address of initialised metadata; default: a copy of the template
 * @param {string} [options.dataFolder] SUPERSET_HOME; default: `home`
 * @param {string | string[]} [options.extraConfig] lines for superset_config.py
 * @param {(text: string) => void} [options.log]
 * @returns {Promise<SupersetServer>}
 */
export async function startSuperset({ home, port, metadataUri, dataFolder, extraConfig, log = () => undefined }) {
  const folder = resolve(home);
  const data = resolve(dataFolder ?? home);
  return withLock(
    lockName(folder),
    async () => {
      mkdirSync(data, { recursive: true });
      const uri = metadataUri ?? sqliteUri(await provideMetadata(folder, { log }));
      const changed = writeConfig({ home: folder, metadataUri: uri, extraConfig });
      const running = readRecord(folder);
      if (!changed && (await answers(running)) && (!port || port === running.port))
        return describe(folder, running, true);
      await endProcessGroup(running, GRACE);
      return describe(
        folder,
        await launch(folder, { port: port ?? (await portOfBefore(running)), fixed: Boolean(port), data, log }),
        false,
      );
    },
    { log },
  );
}

/**
 * @param {string} home as given to startSuperset
 * @returns {Promise<boolean>} false if no server was running
 */
export async function stopSuperset(home) {
  const folder = resolve(home);
  if (!existsSync(recordFile(folder))) return false;
  return withLock(lockName(folder), () => endProcessGroup(readRecord(folder), GRACE));
}

async function provideMetadata(home, { log }) {
  const file = join(home, "metadata.db");
  if (existsSync(file)) return file;
  const template = await ensureTemplate({ log });
  // In two steps, because half a copy must not look like a whole one at the next start.
  copyFileSync(template, `${file}.new`);
  renameSync(`${file}.new`, file);
  return file;
}

async function launch(home, { port, fixed, data, log }) {
  const { python } = await ensureSuperset({ log });
  const logFile = logOf(home);
  const logged = existsSync(logFile) ? statSync(logFile).size : 0;
  const child = spawnGunicorn(python, { home, data, port, logFile });
  log("waiting for Superset to answer");
  const identity = child.pid ? identify(child.pid) : undefined;
  // Already now, so that a server is not lost if this process is ended while it waits.
  writeRecord(home, { ...identity, port });
  const outcome = await untilHealthy(child, () => readLog(logFile, logged));
  if (outcome.url) {
    child.unref();
    return writeRecord(home, { ...identity, ...outcome });
  }
  await endProcessGroup(identity, GRACE);
  throw new SetupError(`Superset did not start${fixed ? ` on port ${port}` : ""}: ${outcome.reason}.`, {
    why: `its log ends with\n${readLog(logFile, logged).trimEnd().split("\n").slice(-15).join("\n")}`,
    remedy: `Read ${logFile}. A port in use is freed by whatever uses it, or choose another.`,
  });
}

/** Its own process group, so that stopping reaches the workers too. */
function spawnGunicorn(python, { home, data, port, logFile }) {
  const output = openSync(logFile, "a", 0o600);
  const args = [
    "-m",
    "gunicorn",
    "-w",
    "1",
    "--threads",
    "8",
    "-k",
    "gthread",
    "--timeout",
    "300",
    "--no-control-socket",
  ];
  const child = spawn(python, [...args, "-b", `127.0.0.1:${port}`, "superset.app:create_app()"], {
    cwd: home,
    env: supersetEnvironment(home, data),
    stdio: ["ignore", output, output],
    detached: true,
  });
  closeSync(output);
  return child;
}

/**
 * Takes the port from gunicorn's own log: with port 0 the system chooses, and whatever else
 * answers on a port that we wanted is not mistaken for our server.
 */
async function untilHealthy(child, log) {
  let ended;
  child.once("error", (error) => (ended = `its process could not be started (${error.message})`));
  child.once("exit", (code, signal) => (ended = `its process ended with ${signal ?? `exit code ${code}`}`));
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < deadline) {
    if (ended) return { reason: ended };
    const port = Number(/Listening at: http:\/\/127\.0\.0\.1:(\d+)/.exec(log())?.[1]);
    const url = `http://127.0.0.1:${port}`;
    if (port && (await isHealthy(url))) return { port, url };
    await sleep(200);
  }
  return { reason: `it did not answer within ${START_TIMEOUT_MS / 1000} s` };
}

async function answers(record) {
  return isAlive(record) && (await isHealthy(record.url));
}

async function isHealthy(url) {
  try {
    const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(5000), redirect: "error" });
    return response.ok;
  } catch {
    return false; // not up yet, or no longer: the caller waits until its deadline or starts another
  }
}

/** People have bookmarks and open tabs: the address stays, unless somebody else took the port. */
async function portOfBefore(record) {
  if (!record?.port) return 0;
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(0));
    probe.listen(record.port, "127.0.0.1", () => probe.close(() => resolve(record.port)));
  });
}

function describe(home, { url, pid, port }, reused) {
  return { url, pid, port, logFile: logOf(home), reused, stop: () => stopSuperset(home) };
}

function writeRecord(home, record) {
  writeFileSync(recordFile(home), `${JSON.stringify(record)}\n`);
  return record;
}

/** Stays after a stop: the port in it is used again. */
function readRecord(home) {
  try {
    return JSON.parse(readFileSync(recordFile(home), "utf8"));
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    if (!(error instanceof SyntaxError)) throw error;
    rmSync(recordFile(home)); // cut off while it was written: the process it named is unknown anyway
    return undefined;
  }
}

function readLog(file, from) {
  return readFileSync(file).subarray(from).toString("utf8");
}

const recordFile = (home) => join(home, "server.json");
const logOf = (home) => join(home, "superset.log");
const lockName = (home) => `superset-${fingerprint(home)}`;
