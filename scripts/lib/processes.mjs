import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * A process by more than its id: ids are given out again, so a recorded one may
 * belong to a stranger by the time it is read.
 * @typedef {{pid: number, started?: string}} ProcessIdentity
 */

/**
 * @param {number} pid
 * @returns {ProcessIdentity}
 */
export function identify(pid) {
  const started = startTime(pid);
  return started ? { pid, started } : { pid };
}

/**
 * Whether exactly this process (not another with the same id) still runs.
 * @param {ProcessIdentity | undefined} identity
 */
export function isAlive(identity) {
  if (!identity || !Number.isInteger(identity.pid) || identity.pid <= 0) return false;
  try {
    process.kill(identity.pid, 0);
  } catch (error) {
    if (error.code === "ESRCH") return false;
    if (error.code !== "EPERM") throw error; // EPERM: it lives and belongs to somebody else
  }
  if (isZombie(identity.pid)) return false;
  return !identity.started || identity.started === startTime(identity.pid);
}

/**
 * Ends a process that leads its own group: asks first, then kills the whole group.
 * @param {ProcessIdentity} identity
 * @param {{graceMs?: number}} [options]
 * @returns {Promise<boolean>} false if it was not running
 */
export async function endProcessGroup(identity, { graceMs = 10_000 } = {}) {
  if (!isAlive(identity)) return false;
  signal(identity.pid, "SIGTERM");
  const deadline = Date.now() + graceMs;
  while (isAlive(identity) && Date.now() < deadline) await sleep(50);
  if (isAlive(identity)) signal(-identity.pid, "SIGKILL");
  while (isAlive(identity)) await sleep(20);
  return true;
}

function signal(pid, name) {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (error.code !== "ESRCH") throw error; // it ended in between, which is what we want
  }
}

/** Boot id and start tick on Linux; elsewhere there is no cheap source, and the id alone must do. */
function startTime(pid) {
  const fields = statFields(pid);
  if (!fields) return undefined;
  const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  return `${boot}/${fields[19]}`;
}

function isZombie(pid) {
  return statFields(pid)?.[0] === "Z";
}

/** Fields of /proc/<pid>/stat after the command name, which may itself contain spaces and brackets. */
function statFields(pid) {
  if (process.platform !== "linux") return undefined;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch (error) {
    if (error.code === "ENOENT" || error.code === "ESRCH") return undefined;
    throw error;
  }
}
