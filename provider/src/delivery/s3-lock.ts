import { randomUUID } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { deleteObject, isOvertaken, type Prefix, putText, readObject } from "../aws/s3";
import { describeUnknown } from "../core/errors";
import { lockLost } from "./problems";
import type { Lease } from "./target";

/** Times of a lock, in milliseconds. */
export interface LockTimes {
  /** Between two looks at a lock that somebody else holds. */
  readonly pollMs: number;
  /** Between two signs of life of a holder. */
  readonly renewMs: number;
  /** A holder without a sign of life for so long is dead. */
  readonly deadMs: number;
}

const TIMES: LockTimes = { pollMs: 500, renewMs: 5_000, deadMs: 15_000 };

/**
 * Takes a lock in a bucket: an object that its holder writes again and again. Who waits takes it over when it has not
 * changed for `deadMs` by the waiter's own clock, so clocks of different machines do not matter.
 *
 * A bucket cannot tell that a holder died, so two may believe that they hold it: one that was paused, and one that took
 * it over. The lock only spares needless work. What makes writing safe is that each write names what it replaces.
 *
 * @param timeoutMs milliseconds; 0 asks once
 * @returns undefined where somebody else held it all the time
 */
export async function acquireS3Lock(
  at: Prefix,
  name: string,
  object: string,
  timeoutMs: number,
  times = TIMES,
): Promise<Lease | undefined> {
  const until = performance.now() + timeoutMs;
  const owner = randomUUID();
  let seen: { etag: string; since: number } | undefined;
  for (;;) {
    const held = await readObject(at, object);
    const now = performance.now();
    if (held?.etag !== seen?.etag) seen = held && { etag: held.etag, since: now };
    if (seen === undefined || now - seen.since >= times.deadMs) {
      const etag = await write(at, object, `${owner} 0\n`, seen?.etag);
      if (etag !== undefined) return toLease({ at, name, object, owner, times }, etag);
    }
    const left = until - performance.now();
    if (left <= 0) return undefined;
    await setTimeout(Math.min(times.pollMs, left));
  }
}

/** The new ETag; undefined where somebody else was faster. */
async function write(at: Prefix, object: string, text: string, etag: string | undefined): Promise<string | undefined> {
  try {
    return await putText(at, object, text, etag);
  } catch (error) {
    if (!isOvertaken(error)) throw error;
    // A request that was sent twice, because its first answer was lost, is refused by its own work.
    const there = await readObject(at, object);
    return there?.text === text ? there.etag : undefined;
  }
}

interface Holding {
  readonly at: Prefix;
  readonly name: string;
  readonly object: string;
  readonly owner: string;
  readonly times: LockTimes;
}

function toLease({ at, name, object, owner, times }: Holding, first: string): Lease {
  let etag: string | undefined = first;
  let confirmed = performance.now();
  let isReleased = false;
  let count = 0;
  let trouble = "";
  let renewal = Promise.resolve();
  const renew = async () => {
    const asked = performance.now();
    count += 1;
    try {
      etag = etag && (await write(at, object, `${owner} ${count}\n`, etag));
      if (etag !== undefined) confirmed = asked;
    } catch (error) {
      // The network may come back in time; `assertHeld` tells when it did not.
      trouble = describeUnknown(error);
    }
  };
  const timer = setInterval(() => {
    renewal = renewal.then(renew);
  }, times.renewMs);
  timer.unref();
  return {
    name,
    assertHeld() {
      if (isReleased) throw lockLost(name, "The lock was given back already.");
      if (etag === undefined) throw lockLost(name, "Somebody else took the lock over.");
      if (performance.now() - confirmed >= times.deadMs)
        throw lockLost(name, `The lock could not be renewed for so long that somebody else may have it. ${trouble}`);
    },
    async release() {
      if (isReleased) return;
      isReleased = true;
      clearInterval(timer);
      await renewal;
      try {
        if (etag !== undefined) await deleteObject(at, object, etag);
      } catch (error) {
        if (!isOvertaken(error)) throw error;
      }
    },
  };
}
