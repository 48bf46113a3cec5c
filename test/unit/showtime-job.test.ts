import { describe, expect, it } from "vitest";
import { openBoard } from "../../provider/src/cli/showtime/board";
import { reconcileWith } from "../../provider/src/cli/showtime/job";
import type { Parties } from "../../provider/src/cli/showtime/parties";
import { pretendBoard } from "../../provider/src/cli/showtime/pretended-board";
import { pretendHost } from "../../provider/src/cli/showtime/pretended-host";
import { ProblemError } from "../../provider/src/core/errors";
import { openGithub } from "../../provider/src/github/client";
import { startGithub } from "../support/github-stand-in";
import { HEAD, NOW, OLD, settings } from "./showtime-support";

const now = () => NOW;
const wait = () => Promise.resolve();

/** A pull request on pretended places; `more` is what goes wrong. */
function makeParties(more: Partial<Parties> = {}) {
  const board = pretendBoard(7, now);
  const parties: Parties = {
    ...{ settings: settings(), board, now, wait, environment: {} },
    host: pretendHost({ settings: settings(), seconds: 0, now, wait }),
    putAssets: async () => ({ isDone: true, summary: "", problems: [] }),
    ...more,
  };
  const read = async () => {
    const { comment, labels, deployments } = await board.read(7);
    return { comment: comment?.body ?? "", labels, states: deployments.map(({ state }) => state) };
  };
  return { parties, board, read };
}

const start = { request: "start", isCommand: true } as const;
const problem = (code: string) => new ProblemError({ code, summary: `It is ${code}.`, remedy: "Wait." });

describe("how a change ended is told", () => {
  it("also where AWS answers no more", async () => {
    const host = pretendHost({ settings: settings(), seconds: 0, now, wait });
    let isOver = false;
    const { parties, read } = makeParties({
      host: {
        ...host,
        readEnvironments: async (number) => {
          if (isOver) throw problem("aws/denied");
          return host.readEnvironments(number);
        },
        openStack: async (number) => ({
          ...(await host.openStack(number)),
          async deploy() {
            isOver = true;
            return { kind: "failed", problem: problem("environment/crash-loop") };
          },
        }),
      },
    });
    const outcome = await reconcileWith(parties, 7, start);
    expect(outcome).toMatchObject({ outcome: "failed", problem: { code: "environment/crash-loop" } });
    const { comment, states } = await read();
    expect(comment).toContain("[environment/crash-loop]");
    expect(states).toEqual(["failure"]);
  });

  it("also where the login data for the assets may not be read", async () => {
    const { parties, read } = makeParties({ putAssets: () => Promise.reject(problem("aws/denied")) });
    const outcome = await reconcileWith(parties, 7, { ...start, options: { assets: true } });
    expect(outcome).toMatchObject({ outcome: "deployed", problem: { code: "showtime/assets-failed" } });
    const { comment, labels, states } = await read();
    expect(comment).toMatch(/running[\s\S]*\[showtime\/assets-failed\]/);
    expect(labels.some((name) => name.endsWith("🚦 running"))).toBe(true);
    expect(states).toEqual(["success"]);
  });
});

describe("who is stopped or fails before anything is made", () => {
  /** A host on which the engine cannot even begin. */
  const withoutEngine = (error: () => ProblemError): Partial<Parties> => {
    const host = pretendHost({ settings: settings(), seconds: 0, now, wait });
    const openStack = async (number: number) => ({
      ...(await host.openStack(number)),
      deploy: () => Promise.reject(error()),
    });
    return { host: { ...host, openStack } };
  };

  it("leaves no label of what nobody makes", async () => {
    const { parties, read } = makeParties(withoutEngine(() => problem("engine/no-passphrase")));
    await expect(reconcileWith(parties, 7, start)).rejects.toMatchObject({ code: "engine/no-passphrase" });
    expect(await read()).toEqual({ comment: "", labels: [], states: ["error"] });
  });

  it("begins nothing after Ctrl-C", async () => {
    const { parties, read } = makeParties();
    const host = { ...parties.host, hasImage: async () => process.emit("SIGINT") };
    await expect(reconcileWith({ ...parties, host }, 7, start)).rejects.toMatchObject({ exitCode: 130 });
    expect(await read()).toEqual({ comment: "", labels: [], states: [] });
  });
});

it("what a person's killed run left on GitHub is mended some hours later", async () => {
  const { parties, board, read } = makeParties();
  const claim = { runId: undefined, runAttempt: undefined, host: "laptop", pid: 1 };
  await board.claim(7, "a".repeat(40), claim, "");
  await board.setLabel("🎪 abc123f 🚦 building");
  const sync = { request: "sync", isCommand: false } as const;
  await reconcileWith(parties, 7, sync);
  expect((await read()).labels).toHaveLength(1);
  const later = () => new Date(NOW.getTime() + 3 * 3_600_000);
  await reconcileWith({ ...parties, now: later }, 7, sync);
  expect((await read()).labels).toEqual([]);
});

it("a pretended AWS is told wherever something is told", async () => {
  const { parties, read } = makeParties();
  for (const request of ["start", "sync", "stop"] as const) {
    const { notes } = await reconcileWith(parties, 7, { request, isCommand: true });
    expect(notes).toEqual([expect.stringContaining("AWS is pretended")]);
    expect((await read()).comment).toContain("AWS is pretended");
  }
});

it("a commit that is neither the newest nor running is looked up by its first characters", async () => {
  const github = await startGithub();
  try {
    github.openPullRequest({ number: 7, head: OLD });
    github.changePullRequest(7, { head: HEAD });
    const { parties } = makeParties({ board: openBoard(await openGithub(github.environment)) });
    const outcome = await reconcileWith(parties, 7, { ...start, options: { commit: OLD.slice(0, 7) } });
    expect(outcome).toMatchObject({ outcome: "deployed", commit: OLD });
    expect(github.deployments("pr-7")).toMatchObject([{ commit: OLD }]);
    const unknown = reconcileWith(parties, 7, { ...start, options: { commit: "fffffff" } });
    await expect(unknown).rejects.toMatchObject({ code: "showtime/no-commit", exitCode: 3 });
    expect(github.deployments("pr-7")).toHaveLength(1);
  } finally {
    await github.close();
  }
});
