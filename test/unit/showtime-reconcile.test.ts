import { afterEach, describe, expect, it, vi } from "vitest";
import { readOutlook, toLines } from "../../provider/src/cli/showtime/check-only";
import type { Host, HostRun } from "../../provider/src/cli/showtime/host";
import { reconcileWith } from "../../provider/src/cli/showtime/job";
import { exitCodeOf } from "../../provider/src/cli/showtime/outcome";
import type { Parties } from "../../provider/src/cli/showtime/parties";
import { type PretendedBoard, pretendBoard } from "../../provider/src/cli/showtime/pretended-board";
import { pretendHost } from "../../provider/src/cli/showtime/pretended-host";
import { ProblemError } from "../../provider/src/core/errors";
import { NOW, settings } from "./showtime-support";

const START = "🎪 ⚡ showtime-trigger-start";
const labelled = { isCommand: false };
const command = { isCommand: true, request: "start" } as const;

afterEach(() => vi.restoreAllMocks());

/** A pretended world; a test changes what it is about. */
function makeParties(change: { board?: Partial<PretendedBoard>; host?: (host: Host) => Partial<Host> } = {}) {
  vi.spyOn(process.stderr, "write").mockReturnValue(true);
  const now = () => NOW;
  const waits: number[] = [];
  const wait = async (milliseconds: number) => {
    if (milliseconds > 0) waits.push(milliseconds);
  };
  const world = pretendBoard(7, now);
  const board: PretendedBoard = { ...world, ...change.board };
  const pretended = pretendHost({ settings: settings(), seconds: 0, now, wait });
  const host: Host = { ...pretended, ...change.host?.(pretended) };
  const parties: Parties = {
    ...{ settings: settings(), board, host, now, wait, environment: {} },
    putAssets: async () => ({ isDone: true, summary: "", problems: [] }),
  };
  return { parties, board: world, waits };
}

/** A host whose first changes end so. */
const endingIn =
  (...runs: HostRun[]) =>
  (host: Host): Partial<Host> => ({
    async openStack(pullRequest) {
      const stack = await host.openStack(pullRequest);
      return { ...stack, deploy: async (wanted) => runs.shift() ?? stack.deploy(wanted) };
    },
  });

const holder = { user: "runner", host: "runner-1", pid: 40, since: NOW.toISOString() };
const locked: HostRun = { kind: "locked", holders: [holder] };

describe("what can go wrong on the way", () => {
  it("a failure while GitHub is told does not hide that it was deployed", async () => {
    const putComment = () => Promise.reject(new ProblemError({ code: "github/failed", summary: "No." }));
    const { parties } = makeParties({ board: { putComment } });
    const outcome = await reconcileWith(parties, 7, command);
    expect(outcome).toMatchObject({ outcome: "deployed", untold: ["No. [github/failed]"] });
    expect(exitCodeOf(outcome)).toBe(1);
  });

  it("a failed deploy is told in the comment and the deployment, and its trigger is done", async () => {
    const problem = new ProblemError({ code: "environment/crashed", summary: "It crashed." });
    const { parties, board } = makeParties({ host: endingIn({ kind: "failed", problem }) });
    await board.setLabel(START);
    expect(await reconcileWith(parties, 7, labelled)).toMatchObject({ outcome: "failed", problem });
    const { comment, deployments, labels } = await board.read(7);
    expect(comment?.body).toContain("It crashed. [environment/crashed]");
    expect(deployments.map(({ state }) => state)).toEqual(["failure"]);
    expect(labels).toEqual([]);
    // The reason stays, until something else happens.
    await reconcileWith(parties, 7, labelled);
    expect((await board.read(7)).comment?.body).toContain("It crashed.");
  });

  it("a missing image is found before a deployment is announced", async () => {
    const { parties, board } = makeParties({ host: () => ({ hasImage: async () => false }) });
    await expect(reconcileWith(parties, 7, command)).rejects.toThrow("[showtime/no-image]");
    expect(await board.read(7)).toMatchObject({ deployments: [], labels: [], comment: undefined });
  });

  it("a build that failed is told where the label was set", async () => {
    const { parties, board } = makeParties({ host: () => ({ hasImage: async () => false }) });
    await board.setLabel(START);
    expect(await reconcileWith(parties, 7, labelled)).toMatchObject({ outcome: "failed" });
    const { comment, labels, deployments } = await board.read(7);
    expect(comment?.body).toMatch(/Ephemeral environment: failed[\s\S]*\[showtime\/no-image\]/);
    expect([labels, deployments]).toEqual([[], []]);
  });

  it("Ctrl-C ends the deployment on GitHub", async () => {
    const { parties, board } = makeParties({ host: endingIn({ kind: "stopped" }) });
    const outcome = await reconcileWith(parties, 7, command);
    expect([outcome.outcome, exitCodeOf(outcome)]).toEqual(["stopped", 130]);
    expect((await board.read(7)).deployments.map(({ state }) => state)).toEqual(["error"]);
  });
});

describe("a lock", () => {
  it("of a run that works is waited for; then everything is read and decided anew", async () => {
    const { parties, board, waits } = makeParties({ host: endingIn(locked, locked) });
    const claim = { runId: 1, runAttempt: 1, host: "runner-1", pid: 39 };
    await board.claim(7, "a".repeat(40), claim, "");
    const wait = parties.wait;
    const reading = vi.spyOn(parties.board, "read");
    const changing = {
      ...parties,
      wait: async (milliseconds: number, signal: AbortSignal) => {
        await wait(milliseconds, signal);
        await board.push();
      },
    };
    const outcome = await reconcileWith(changing, 7, command);
    expect(outcome).toMatchObject({ outcome: "deployed", commit: (await board.read(7)).head });
    expect(waits).toEqual([2000, 3000]);
    expect(reading.mock.calls.length).toBeGreaterThanOrEqual(3);
  });

  it("of a run that has ended is looked at twice, and taken over once", async () => {
    const takeOver = vi.fn(async () => undefined);
    const { parties, board } = makeParties({
      board: { hasRunEnded: async () => true },
      host: (host) => {
        const ending = endingIn(locked, locked)(host);
        return { openStack: async (number) => ({ ...(await (ending.openStack ?? host.openStack)(number)), takeOver }) };
      },
    });
    await board.claim(7, "a".repeat(40), { runId: 1, runAttempt: 1, host: "runner-1", pid: 39 }, "");
    expect(await reconcileWith(parties, 7, command)).toMatchObject({ outcome: "deployed" });
    expect(takeOver).toHaveBeenCalledTimes(1);
  });

  it("of a person's machine is told at once, and our claim is ended", async () => {
    const { parties, board } = makeParties({ host: endingIn(locked) });
    await expect(reconcileWith(parties, 7, command)).rejects.toThrow("[stack/locked]");
    expect((await board.read(7)).deployments.map(({ state }) => state)).toEqual(["error"]);
  });

  it("is left alone by who does not wait", async () => {
    const { parties } = makeParties({ host: endingIn(locked) });
    expect(await reconcileWith(parties, 7, { ...command, waits: false })).toMatchObject({ outcome: "locked" });
  });
});

describe("a run with nothing to do", () => {
  it("mends what somebody left wrong on GitHub, and does what a killed run may not have done", async () => {
    const { parties, board } = makeParties({ board: { hasRunEnded: async () => true } });
    await reconcileWith(parties, 7, command);
    const right = await board.read(7);
    await board.putLabels(7, { add: ["🎪 def456a 🚦 building"], remove: [right.labels[0] ?? ""] });
    await board.putComment(right, "### 🎪 Ephemeral environment: building\n");
    await board.claim(7, right.head, { runId: 1, runAttempt: 1, host: "runner-1", pid: 39 }, "");
    expect(await reconcileWith(parties, 7, labelled)).toMatchObject({
      outcome: "deployed",
      reason: "the run before ended before it was done",
      untold: [],
    });
    const mended = await board.read(7);
    expect([...mended.labels].sort()).toEqual([...right.labels].sort());
    expect(mended.comment?.body).toContain("Ephemeral environment: running");
    expect(mended.deployments.map(({ state }) => state)).toEqual(["success", "inactive", "inactive"]);
    expect(await reconcileWith(parties, 7, labelled)).toMatchObject({ outcome: "none" });
  });

  it("writes nothing where all is right, and nothing while somebody is at work", async () => {
    const { parties, board } = makeParties();
    await reconcileWith(parties, 7, command);
    const before = await board.read(7);
    await reconcileWith(parties, 7, labelled);
    expect(await board.read(7)).toBe(before);
    await board.claim(7, before.head, { runId: 1, runAttempt: 1, host: "runner-1", pid: 39 }, "");
    await board.putLabels(7, { add: ["🎪 def456a 🚦 building"], remove: [] });
    const busy = await board.read(7);
    await reconcileWith(parties, 7, labelled);
    expect(await board.read(7)).toBe(busy);
  });
});

describe("who set a label", () => {
  const mayWrite = async (login: string) => login === "ann";
  const start = async (setter: string | undefined, event?: { label: string; sender: string }) => {
    const made = makeParties({ board: { mayWrite } });
    await made.board.setLabel(START);
    const facts = await made.board.read(7);
    const read = async () => ({ ...facts, labelledBy: setter === undefined ? {} : { [START]: setter } });
    const parties = { ...made.parties, board: { ...made.parties.board, read } };
    return reconcileWith(parties, 7, { ...labelled, event });
  };

  it.each([
    ["ann", undefined, "deployed"],
    ["bob", undefined, "refused"],
    ["bob", { label: START, sender: "ann" }, "refused"],
    [undefined, { label: START, sender: "ann" }, "deployed"],
    [undefined, { label: "bug", sender: "ann" }, "refused"],
    [undefined, { label: START, sender: "bob" }, "refused"],
    [undefined, undefined, "refused"],
  ])("is asked: %s, with the event %j, is %s", async (setter, event, expected) => {
    expect(await start(setter, event)).toMatchObject({ outcome: expected });
  });

  it("is not asked in vain: where GitHub does not answer nothing is done", async () => {
    const failing = () => Promise.reject(new ProblemError({ code: "github/failed", summary: "No." }));
    const { parties, board } = makeParties({ board: { mayWrite: failing } });
    await board.setLabel(START);
    await expect(reconcileWith(parties, 7, labelled)).rejects.toThrow("[github/failed]");
    expect((await board.read(7)).labels).toEqual([START]);
  });
});

describe("sync --check-only", () => {
  it("tells what to build, and that a commit is there already", async () => {
    const { parties, board } = makeParties({ host: () => ({ hasImage: async () => false }) });
    await board.setLabel(START);
    const { head } = await board.read(7);
    expect(toLines(await readOutlook(parties, 7, labelled)).split("\n")).toEqual([
      "action=deploy",
      "build_needed=true",
      "sync_needed=true",
      "reason=there is no environment",
      "pr_number=7",
      `target_sha=${head}`,
      `image_tag=pr-7-${head.slice(0, 7)}-ci`,
      "platform=linux/amd64",
      "is_fork=false",
      "assets=false",
      "",
    ]);
  });

  it("builds nothing for a pull request that asks for nothing", async () => {
    const { parties } = makeParties({ host: () => ({ hasImage: async () => false }) });
    expect(await readOutlook(parties, 7, labelled)).toMatchObject({
      action: "none",
      build_needed: false,
      sync_needed: false,
    });
  });

  it("leaves a commit that was built and is outdated to its own run", async () => {
    const { parties, board } = makeParties();
    await board.setLabel(START);
    const outcome = await reconcileWith(parties, 7, { ...labelled, built: "f".repeat(40) });
    expect(outcome).toMatchObject({ outcome: "none" });
    expect((await board.read(7)).labels).toEqual([START]);
  });
});
