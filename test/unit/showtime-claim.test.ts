import { describe, expect, it } from "vitest";
import {
  type Claim,
  findEnded,
  isSameLock,
  judgeLock,
  listOpenClaims,
  readOwnClaim,
} from "../../provider/src/cli/showtime/claim";
import { type LockHolder, SOMEBODY } from "../../provider/src/cli/stack-lock";

const LOCKED = "2026-05-01T10:00:00Z";

const holder: LockHolder = { user: "runner", host: "runner-1", pid: 40, since: LOCKED };

/** A claim that was made so many seconds before the lock. */
function claim(
  id: string,
  { host = "runner-1", runId = 1, before = 10, state = undefined as string | undefined } = {},
): Claim {
  const created = new Date(Date.parse(LOCKED) - before * 1000);
  return { id, commit: "a".repeat(40), created, state, url: undefined, claim: { runId, runAttempt: 1, host, pid: 39 } };
}

/** A claim of somebody who ran the command by hand. */
function person(id: string): Claim {
  const made = claim(id);
  return { ...made, claim: { ...made.claim, runId: undefined } };
}

const first = claim("first");
const own = claim("own", { host: "runner-2", runId: 2, before: -30 });

describe("a lock", () => {
  it.each([
    ["is taken over when the one run that may hold it has ended", [first, own], ["first"], "take over"],
    ["is waited for while that run works", [first, own], [], "wait"],
    ["is waited for while one of several works", [first, claim("second"), own], ["first"], "wait"],
    ["is taken over when all of them have ended", [first, claim("second"), own], ["first", "second"], "take over"],
    [
      "is left to an older job that waits too, on whichever machine",
      [first, claim("older", { host: "runner-3", runId: 3, before: -10 }), own],
      ["first"],
      "wait",
    ],
    [
      "is ours when only younger jobs wait",
      [first, own, claim("younger", { host: "runner-3", runId: 3, before: -50 })],
      ["first"],
      "take over",
    ],
    ["of a machine without a claim is told: somebody runs Pulumi by hand", [own], [], "refuse"],
    [
      "of a machine whose claim is younger than the lock is told",
      [claim("late", { before: -120 }), own],
      ["late"],
      "refuse",
    ],
    ["of a person's machine is told", [person("person"), own], [], "refuse"],
    ["of a person's machine that is proven dead is taken over", [person("person"), own], ["person"], "take over"],
    [
      "may have been made a moment before its claim: clocks differ",
      [claim("skewed", { before: -30 }), own],
      ["skewed"],
      "take over",
    ],
  ])("%s", (_, claims, ended, expected) => {
    const turn = judgeLock({ holders: [holder], claims, own: "own", ended: new Set(ended) });
    expect(turn.kind).toBe(expected);
  });

  it("is waited for by who could not claim, as long as anybody works", () => {
    const situation = { holders: [holder], claims: [first, own], own: undefined };
    expect(judgeLock({ ...situation, ended: new Set(["first"]) }).kind).toBe("wait");
    expect(judgeLock({ ...situation, ended: new Set(["first", "own"]) }).kind).toBe("take over");
  });

  it("that nobody has is waited for while an older job may be about to take it", () => {
    expect(judgeLock({ holders: [], claims: [first, own], own: "own", ended: new Set() }).kind).toBe("wait");
    expect(judgeLock({ holders: [], claims: [first, own], own: "own", ended: new Set(["first"]) }).kind).toBe(
      "take over",
    );
  });

  it.each([
    ["is told where no job claimed", [own], [], "refuse"],
    [
      "is waited for while any job works, also a younger one and on another machine",
      [own, claim("a", { host: "b" })],
      [],
      "wait",
    ],
    ["is taken over when all jobs have ended", [first, own], ["first"], "take over"],
    ["is told where a person may be at it", [person("person"), own], [], "refuse"],
  ])("of Pulumi Cloud %s", (_, claims, ended, expected) => {
    const turn = judgeLock({ holders: [SOMEBODY], claims, own: "own", ended: new Set(ended) });
    expect(turn.kind).toBe(expected);
  });

  it("is another one when it was made at another time", () => {
    expect(isSameLock([holder], [{ ...holder }])).toBe(true);
    expect(isSameLock([holder], [{ ...holder, since: "2026-05-01T10:00:09Z" }])).toBe(false);
    expect(isSameLock([holder], [])).toBe(false);
  });
});

describe("claims", () => {
  it("are open until their job said how it ended, oldest first", () => {
    const ended = ["success", "failure", "error", "inactive"].map((state) => claim(state, { state }));
    const queued = claim("queued", { state: "queued" });
    const foreign = { ...claim("foreign"), claim: undefined };
    expect(listOpenClaims([own, queued, ...ended, foreign, first])).toEqual([first, queued, own]);
  });

  it("have ended with their runs; a person's machine is asked only where it is this one", async () => {
    const asked: number[] = [];
    const hasRunEnded = async (runId: number) => {
      asked.push(runId);
      return runId === 1;
    };
    const claims = [first, claim("runs", { runId: 7 }), person("elsewhere"), own];
    expect([...(await findEnded(claims, "own", hasRunEnded))]).toEqual(["first"]);
    expect(asked).toEqual([1, 7]);
  });

  it("name the run and its attempt", () => {
    expect(readOwnClaim({ GITHUB_RUN_ID: "12345678901", GITHUB_RUN_ATTEMPT: "2" })).toMatchObject({
      runId: 12345678901,
      runAttempt: 2,
      pid: process.pid,
    });
    expect(readOwnClaim({ GITHUB_RUN_ID: "; echo" })).toMatchObject({ runId: undefined });
  });
});
