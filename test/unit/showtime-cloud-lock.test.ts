import { chmodSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { removeStack, runDestroy } from "../../provider/src/cli/showtime/engine";
import { reconcileWith } from "../../provider/src/cli/showtime/job";
import { pretendBoard } from "../../provider/src/cli/showtime/pretended-board";
import { pretendHost } from "../../provider/src/cli/showtime/pretended-host";
import { makeWorkspace } from "../../provider/src/cli/showtime/workspace";
import { SOMEBODY } from "../../provider/src/cli/stack-lock";
import { makeTemporaryFolder } from "../../provider/src/core/temporary-folder";
import { NOW, settings } from "./showtime-support";

afterEach(() => {
  vi.unstubAllEnvs();
});

it("Pulumi Cloud's words about a stack in use are understood wherever the engine is run", async () => {
  const folder = makeTemporaryFolder("showtime-cloud-");
  const workspace = makeWorkspace("shop", 7);
  try {
    const pulumi = join(folder.path, "pulumi");
    writeFileSync(
      pulumi,
      "#!/bin/sh\necho 'error: [409] Conflict: Another update is currently in progress.' >&2\nexit 255\n",
    );
    chmodSync(pulumi, 0o755);
    vi.stubEnv("PATH", [folder.path, process.env.PATH].join(delimiter));
    const facts = { isThere: true, commits: [], hasPending: false, generation: 1, round: 0 };
    expect(await runDestroy(workspace, facts)).toEqual({ kind: "locked", holders: [SOMEBODY] });
    expect(await removeStack(workspace)).toEqual({ kind: "locked", holders: [SOMEBODY] });
  } finally {
    workspace.remove();
    folder.remove();
  }
});

describe("a stack that Pulumi Cloud says is in use", () => {
  const now = () => NOW;
  const start = { request: "start", isCommand: true } as const;

  /** The stack is locked until somebody takes it over, or for so many tries. */
  function makeParties(tries: number) {
    const board = pretendBoard(7, now);
    const asked: string[] = [];
    const wait = async () => void asked.push("waits");
    const host = pretendHost({ settings: settings(), seconds: 0, now, wait: () => Promise.resolve() });
    let left = tries;
    const openStack = async (number: number) => {
      const stack = await host.openStack(number);
      return {
        ...stack,
        deploy: async (wanted: Parameters<typeof stack.deploy>[0]) =>
          left-- > 0 ? ({ kind: "locked", holders: [SOMEBODY] } as const) : stack.deploy(wanted),
        async takeOver() {
          asked.push("takes over");
          left = 0;
        },
      };
    };
    const parties = {
      ...{ settings: settings(), board, now, wait, environment: { GITHUB_RUN_ID: "2" } },
      host: { ...host, openStack },
      putAssets: async () => ({ isDone: true, summary: "", problems: [] }),
    };
    return { parties, board, asked };
  }

  const claimOfRun = (runId: number) => ({ runId, runAttempt: 1, host: "runner", pid: 1 });

  it("is waited for while another job works", async () => {
    const { parties, board, asked } = makeParties(2);
    await board.claim(7, "a".repeat(40), claimOfRun(1), "");
    expect(await reconcileWith(parties, 7, start)).toMatchObject({ outcome: "deployed" });
    expect(asked).toEqual(["waits", "waits"]);
  });

  it("is waited for where the other job claimed while this one looked", async () => {
    const { parties, board, asked } = makeParties(2);
    const openStack = async (number: number) => {
      if (asked.length === 0) await board.claim(7, "a".repeat(40), claimOfRun(1), "");
      return parties.host.openStack(number);
    };
    const outcome = await reconcileWith({ ...parties, host: { ...parties.host, openStack } }, 7, start);
    expect(outcome).toMatchObject({ outcome: "deployed" });
    expect(asked).toEqual(["waits", "waits"]);
  });

  it("is taken over when the run of the other job has ended", async () => {
    const { parties, board, asked } = makeParties(Number.POSITIVE_INFINITY);
    await board.claim(7, "a".repeat(40), claimOfRun(1), "");
    const ended = { ...board, hasRunEnded: async () => true };
    expect(await reconcileWith({ ...parties, board: ended }, 7, start)).toMatchObject({ outcome: "deployed" });
    expect(asked).toEqual(["takes over"]);
  });

  it("is told where nobody claimed it: a person is at work there", async () => {
    const { parties, asked } = makeParties(Number.POSITIVE_INFINITY);
    await expect(reconcileWith(parties, 7, start)).rejects.toMatchObject({
      code: "stack/locked",
      summary: expect.stringContaining("somebody whom Pulumi Cloud does not name"),
    });
    expect(asked).not.toContain("takes over");
  });
});
