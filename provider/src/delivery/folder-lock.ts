import { constants, statSync } from "node:fs";
import { type FileHandle, mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout } from "node:timers/promises";
import { lockLost, lockTrouble } from "./problems";
import type { Lease } from "./target";

/** Between two tries; a delivery takes longer. */
const POLL_MS = 50;

/**
 * Takes a lock that the kernel keeps (an open file description lock; on other systems than Linux their own kind). It
 * belongs to the open file: the kernel drops it when its holder ends in whatever way, and not before. There is no time
 * after which it runs out, because nothing can keep a paused process from the rename that it was about to do.
 *
 * The library can also wait by itself, but each wait takes one of the few threads that files are read with: some locks
 * that are held elsewhere would stop their holders too.
 *
 * @param timeoutMs milliseconds; 0 asks once
 * @returns undefined where somebody else held it all the time
 * @throws ProblemError `delivery/lock-trouble` where the file system has no locks
 */
export async function acquireFolderLock(name: string, path: string, timeoutMs: number): Promise<Lease | undefined> {
  const until = performance.now() + timeoutMs;
  for (;;) {
    const handle = await tryOnce(path);
    if (handle !== undefined) return toLease(name, path, handle);
    const left = until - performance.now();
    if (left <= 0) return undefined;
    await setTimeout(Math.min(POLL_MS, left));
  }
}

async function tryOnce(path: string): Promise<FileHandle | undefined> {
  let handle: FileHandle | undefined;
  try {
    const { tryLock } = await import("fs-native-extensions");
    await mkdir(dirname(path), { recursive: true });
    // Not through a link: what it leads to is somewhere else.
    handle = await open(path, constants.O_RDWR | constants.O_CREAT | constants.O_APPEND | (constants.O_NOFOLLOW ?? 0));
    if (tryLock(handle.fd) && (await isStillThere(path, handle))) return handle;
  } catch (error) {
    await handle?.close();
    throw lockTrouble(path, error);
  }
  await handle.close();
  return undefined;
}

/** A lock on a file that was removed keeps nobody out. */
async function isStillThere(path: string, handle: FileHandle): Promise<boolean> {
  return statSync(path, { throwIfNoEntry: false })?.ino === (await handle.stat()).ino;
}

async function toLease(name: string, path: string, handle: FileHandle): Promise<Lease> {
  const { ino } = await handle.stat();
  let isReleased = false;
  return {
    name,
    assertHeld() {
      if (isReleased) throw lockLost(name, "The lock was given back already.");
      if (statSync(path, { throwIfNoEntry: false })?.ino !== ino)
        throw lockLost(name, `Somebody removed ${path}, so another may hold the lock too.`);
    },
    async release() {
      if (isReleased) return;
      isReleased = true;
      await handle.close();
    },
  };
}
