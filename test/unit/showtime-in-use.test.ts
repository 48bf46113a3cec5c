import { expect, it } from "vitest";
import { toRows } from "../../provider/src/cli/showtime/environment-rows";
import { reconcileWith } from "../../provider/src/cli/showtime/job";
import { pretendBoard } from "../../provider/src/cli/showtime/pretended-board";
import { pretendHost } from "../../provider/src/cli/showtime/pretended-host";
import { judgeEnvironments } from "../../provider/src/showtime/cleanup-verdict";
import type { EnvironmentFacts } from "../../provider/src/showtime/environment";
import { findActive, findUsed } from "../../provider/src/showtime/in-use";
import { viewLabels } from "../../provider/src/showtime/label-view";
import { environment, HEAD, legacy, NOW, OLD, settings } from "./showtime-support";

const older = (facts: Partial<EnvironmentFacts> = {}) => environment({ commit: OLD, generation: 1, ...facts });
const newer = (facts: Partial<EnvironmentFacts> = {}) => environment({ commit: HEAD, generation: 2, ...facts });
const unanswered = { status: "deploying", url: undefined } as const;

/** Which of the two people use, if any; the one that is told of otherwise. */
const CASES: [string, EnvironmentFacts, EnvironmentFacts, "older" | "newer" | undefined, "older" | "newer"][] = [
  ["both run", older(), newer(), "newer", "newer"],
  ["the newer one never answered", older(), newer(unanswered), "older", "older"],
  [
    "the older one's task is just being started again",
    older({ status: "deploying" }),
    newer(unanswered),
    "older",
    "older",
  ],
  ["the newer one failed after it answered", older(), newer({ status: "failed" }), "older", "older"],
  ["the older one is being removed", older({ status: "stopping" }), newer(unanswered), undefined, "newer"],
  ["neither runs", older({ status: "stopped" }), newer({ status: "failed", url: undefined }), undefined, "newer"],
];

it.each(CASES)("%s: one decision", (_, one, other, used, active) => {
  const both = [legacy(), one, other];
  const named = { older: one, newer: other };
  expect(findUsed(both)).toBe(used && named[used]);
  expect(findActive(both)).toBe(named[active]);
});

it("labels, tables, cleanup, comment and commands name the same one", async () => {
  const both = [older({ status: "deploying", url: "http://52.9.9.9:8080" }), newer(unanswered)];
  expect(viewLabels(both)).toContain("🎪 🎯 abc123f");
  const types = toRows(both).map(({ facts, type }) => [facts.generation, type]);
  expect(types).toEqual([
    [2, "building"],
    [1, "active"],
  ]);
  expect(judgeEnvironments(both, { now: new Date("2024-01-16T20:00:00Z") })).toMatchObject([
    { remove: true, environments: [{ generation: 2 }] },
    { remove: false, environments: [{ generation: 1 }] },
  ]);

  const now = () => NOW;
  const wait = () => Promise.resolve();
  const board = pretendBoard(7, now);
  await board.setLabel("🎪 🔒 showtime-blocked");
  const host = {
    ...pretendHost({ settings: settings(), seconds: 0, now, wait }),
    readEnvironments: async () => both,
  };
  const parties = {
    ...{ settings: settings(), board, host, now, wait, environment: {} },
    putAssets: async () => ({ isDone: true, summary: "", problems: [] }),
  };
  const outcome = await reconcileWith(parties, 7, { request: "sync", isCommand: true });
  expect(outcome).toMatchObject({ outcome: "none", commit: OLD, url: "http://52.9.9.9:8080" });
  expect((await board.read(7)).comment?.body).toContain("<http://52.9.9.9:8080/>");
});
