import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, isAbsolute, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { SetupError } from "./errors.mjs";
import { identify, isAlive } from "./processes.mjs";

const STAMP = "stamp.json";

/** Where everything downloaded or built is kept between runs, outside of the project's tree. */
export function cacheFolder() {
  // The XDG specification says that relative paths are to be ignored.
  const base = process.env.XDG_CACHE_HOME ?? "";
  return join(isAbsolute(base) ? base : join(homedir(), ".cache"), "pulumi-superset");
}

/** A short stable name for anything that can be written as JSON. */
export function fingerprint(value) {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 12);
}

/**
 * Runs `fn` while no other process runs anything under the same name.
 * A lock whose holder is dead is taken over.
 * @template T
 * @param {string} name
 * @param {() => Promise<T> | T} fn
 * @param {{log?: (text: string) => void, timeoutMs?: number}} [options]
 * @returns {Promise<T>}
 */
export async function withLock(name, fn, { log = () => undefined, timeoutMs = 30 * 60_000 } = {}) {
  const lock = join(cacheFolder(), "locks", name.replaceAll(/[^\w.-]+/g, "-"));
  const token = randomBytes(8).toString("hex");
  await acquire(lock, token, { log, timeoutMs });
  try {
    return await fn();
  } finally {
    if (readHolder(lock)?.token === token) rmSync(lock, { recursive: true, force: true });
  }
}

/**
 * A folder that is complete or absent, never half made: it is built beside its
 * place, stamped, and moved there in one step. Built again only if the stamp differs.
 * @param {string} target folder to publish
 * @param {unknown} version what the folder's content depends on (anything JSON)
 * @param {(folder: string) => Promise<void>} build fills the given empty folder
 * @param {{log?: (text: string) => void, works?: () => Promise<boolean>}} [options]
 *   `works` asks whether a published folder is still usable (say, its interpreter is still installed)
 * @returns {Promise<string>} the target
 */
export async function publishFolder(target, version, build, { log = () => undefined, works = async () => true } = {}) {
  const ready = async () => readStamp(target) === JSON.stringify(version) && (await works());
  if (await ready()) return target;
  await withLock(
    `publish-${fingerprint(target)}`,
    async () => {
      if (await ready()) return; // another process built it while this one waited
      const draft = `${target}.draft-${process.pid}-${randomBytes(3).toString("hex")}`;
      removeAbandonedDrafts(target);
      mkdirSync(draft, { recursive: true });
      try {
        await build(draft);
        writeFileSync(join(draft, STAMP), `${JSON.stringify(version)}\n`);
        rmSync(target, { recursive: true, force: true });
        renameSync(draft, target);
      } finally {
        rmSync(draft, { recursive: true, force: true });
      }
    },
    { log },
  );
  return target;
}

async function acquire(lock, token, { log, timeoutMs }) {
  const deadline = Date.now() + timeoutMs;
  for (let told = false; !tryLock(lock, token); ) {
    const holder = readHolder(lock);
    if (!holder || !isAlive(holder)) {
      breakLock(lock, holder);
      continue;
    }
    if (!told) log(`waiting for process ${holder.pid}, which does the same`);
    told = true;
    if (Date.now() > deadline) {
      throw new SetupError(`Waited ${Math.round(timeoutMs / 60_000)} minutes for process ${holder.pid}.`, {
        why: "It holds a lock, so that two runs do not build the same thing at once, and did not finish.",
        remedy: `End process ${holder.pid} if it hangs, then try again. (The lock is ${lock})`,
      });
    }
    await sleep(200);
  }
}

/** Renaming a folder that already names its holder leaves no moment in which the lock has no owner. */
function tryLock(lock, token) {
  mkdirSync(dirname(lock), { recursive: true });
  const own = `${lock}.${token}`;
  mkdirSync(own, { recursive: true });
  writeFileSync(join(own, "holder.json"), JSON.stringify({ ...identify(process.pid), token }));
  try {
    renameSync(own, lock);
    return true;
  } catch (error) {
    if (!["ENOTEMPTY", "EEXIST", "EPERM"].includes(error.code)) throw error;
    return false;
  } finally {
    rmSync(own, { recursive: true, force: true });
  }
}

/** Two waiters may see the same dead holder: only the lock that was judged dead may be removed. */
function breakLock(lock, judged) {
  const aside = `${lock}.dead-${randomBytes(4).toString("hex")}`;
  try {
    renameSync(lock, aside);
  } catch (error) {
    if (error.code === "ENOENT") return; // somebody else was faster
    throw error;
  }
  if (readHolder(aside)?.token !== judged?.token && !existsSync(lock)) renameSync(aside, lock);
  else rmSync(aside, { recursive: true, force: true });
}

function readHolder(lock) {
  return readJson(join(lock, "holder.json"));
}

function readStamp(folder) {
  const stamp = readJson(join(folder, STAMP));
  return stamp === undefined ? undefined : JSON.stringify(stamp);
}

function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    // A cut-off file is as good as none: both mean that nobody finished writing it.
    if (["ENOENT", "ENOTDIR"].includes(error.code) || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Called under the lock of the target: any draft there is, was left by a process that died. */
function removeAbandonedDrafts(target) {
  const parent = dirname(target);
  if (!existsSync(parent)) return;
  const prefix = `${target}.draft-`;
  for (const name of readdirSync(parent)) {
    const path = join(parent, name);
    if (path.startsWith(prefix)) rmSync(path, { recursive: true, force: true });
  }
}
