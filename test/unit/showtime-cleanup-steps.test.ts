import stringWidth from "string-width";
import { describe, expect, it } from "vitest";
import { formatFindings, formatResults, toCleanupReport } from "../../provider/src/cli/showtime/cleanup-report";
import { type CleanupActions, runSteps, toSteps } from "../../provider/src/cli/showtime/cleanup-steps";
import { ProblemError } from "../../provider/src/core/errors";
import type { CleanupPlan } from "../../provider/src/showtime/cleanup-plan";
import type { EnvironmentFacts } from "../../provider/src/showtime/environment";

const environment = (service: string): EnvironmentFacts => ({
  service,
  serviceArn: service,
  pullRequest: 7,
  commit: undefined,
  isLegacy: false,
  generation: 1,
  status: "running",
  created: undefined,
  expires: undefined,
  timeToLive: undefined,
  requester: undefined,
  size: undefined,
  flags: undefined,
  url: undefined,
  taskDefinition: undefined,
  assets: false,
});

const PLAN: CleanupPlan = {
  removals: [
    { pullRequest: 7, environments: [environment("pr-7-abc123f")], hasStack: true, reason: "it expired" },
    {
      pullRequest: 8,
      environments: [environment("pr-8-aaaaaaa"), environment("pr-8-bbbbbbb")],
      hasStack: false,
      reason: "the pull request is closed",
    },
    { pullRequest: 9, environments: [], hasStack: true, reason: "a stack without an environment" },
  ],
  leftovers: [
    {
      leftover: {
        kind: "target group",
        id: "arn:aws:elasticloadbalancing:eu-central-1:1:targetgroup/shop-pr-6/0123",
        pullRequest: 6,
        commit: undefined,
        created: undefined,
      },
      reason: "its service is gone",
    },
  ],
  labels: [
    { pullRequest: 5, labels: ["🎪 abc123f 🚦 running", "🎪 🎯 abc123f"], reason: "the pull request is merged" },
  ],
  kept: [{ pullRequest: 10, reason: "it expires 2026-03-12 12:00 UTC" }],
  problems: [{ pullRequest: 11, reason: "the pull request could not be looked up: everything of it is kept" }],
};

const failure = new ProblemError({ code: "aws/throttled", summary: "AWS takes no more calls." });

/** Does nothing but note what it was asked. */
function fakeActions(changes: Partial<CleanupActions> = {}) {
  const asked: string[] = [];
  const actions: CleanupActions = {
    isStillDue: async () => true,
    async removePullRequest(pullRequest) {
      asked.push(`stack ${pullRequest}`);
      return "removed";
    },
    async removeEnvironment({ service }) {
      asked.push(service);
    },
    async removeLeftover({ id }) {
      asked.push(id);
      return "removed";
    },
    async removeLabels(pullRequest, labels) {
      asked.push(`${labels.length} labels of ${pullRequest}`);
    },
    ...changes,
  };
  return { asked, actions };
}

describe("cleanup", () => {
  it("removes stacks as a whole, orphans by themselves, then leftovers, then labels", async () => {
    const { asked, actions } = fakeActions();
    const results = await runSteps(toSteps(PLAN, actions), 1);
    expect(asked).toEqual([
      "stack 7",
      "pr-8-aaaaaaa",
      "pr-8-bbbbbbb",
      "stack 9",
      "arn:aws:elasticloadbalancing:eu-central-1:1:targetgroup/shop-pr-6/0123",
      "2 labels of 5",
    ]);
    expect(results.map(({ outcome }) => outcome)).toEqual(Array(5).fill("removed"));
  });

  it("goes on after a failure, leaves a locked stack to the next time, and tells both", async () => {
    const { asked, actions } = fakeActions({
      removePullRequest: async (pullRequest) => {
        if (pullRequest === 7) throw failure;
        return "locked";
      },
    });
    const results = await runSteps(toSteps(PLAN, actions), 2);
    expect(results.map(({ outcome }) => outcome)).toEqual(["failed", "removed", "locked", "removed", "removed"]);
    expect(asked).toContain("2 labels of 5");
    expect(formatResults(results, 2)).toBe(
      [
        "#7, pr-7-abc123f, its stack: AWS takes no more calls. [aws/throttled]",
        "#9, its stack: somebody is at work there; the next cleanup looks again.",
        "5 things removed.",
      ].join("\n"),
    );
  });

  it("leaves alone what is not due any more, and says so", async () => {
    const { asked, actions } = fakeActions({ isStillDue: async ({ pullRequest }) => pullRequest !== 7 });
    const results = await runSteps(toSteps(PLAN, actions), 1);
    expect(asked).not.toContain("stack 7");
    expect(formatResults(results, 0)).toMatch(/^#7, .*: it is not due any more, and stays\.\n4 things removed\.$/);
  });

  it("tries each of several orphans, and does not call it done when one failed", async () => {
    const tried: string[] = [];
    const { actions } = fakeActions({
      removeEnvironment: async ({ service }) => {
        tried.push(service);
        if (service === "pr-8-aaaaaaa") throw failure;
      },
    });
    const [, second] = await runSteps(toSteps(PLAN, actions), 1);
    expect(tried).toEqual(["pr-8-aaaaaaa", "pr-8-bbbbbbb"]);
    expect(second).toMatchObject({ outcome: "failed", problem: failure });
  });

  it("does not take Ctrl-C, or a bug, for a failure of one part", async () => {
    for (const error of [
      new ProblemError({ code: "cli/stopped", summary: "Stopped.", exitCode: 130 }),
      new Error("bug"),
    ]) {
      const { actions } = fakeActions({ removePullRequest: () => Promise.reject(error) });
      await expect(runSteps(toSteps(PLAN, actions), 1)).rejects.toBe(error);
    }
  });

  it("shows what goes and what stays, with reasons, in 80 columns", () => {
    const steps = toSteps(PLAN, fakeActions().actions).flat();
    const text = formatFindings(
      { plan: PLAN, steps, definitions: ["🎪 🎯 0000000"], notes: ["2 images in x left alone."] },
      80,
    );
    expect(text.split("\n")).toEqual([
      "PR  DO       WHAT                         WHY",
      "5   remove   2 labels of what was         the pull request is merged",
      "6   remove   target group shop-pr-6/0123  its service is gone",
      "7   remove   pr-7-abc123f, its stack      it expired",
      "8   remove   pr-8-aaaaaaa, pr-8-bbbbbbb   the pull request is closed",
      "9   remove   its stack                    a stack without an environment",
      "10  keep     -                            it expires 2026-03-12 12:00 UTC",
      "11  unclear  -                            the pull request could not be looked",
      "                                          up: everything of it is kept",
      "1 definition of labels that nothing has any more.",
      "To note: 2 images in x left alone.",
    ]);
    expect(text.split("\n").every((line) => stringWidth(line) <= 80)).toBe(true);
  });

  it("tells programs the same, and what became of each", async () => {
    const { actions } = fakeActions({ removePullRequest: () => Promise.reject(failure) });
    const phases = toSteps(PLAN, actions);
    const findings = { plan: PLAN, steps: phases.flat(), definitions: [], notes: ["2 images in x left alone."] };
    const planned = JSON.parse(toCleanupReport(findings, true, []));
    expect(planned).toMatchObject({ version: 1, dryRun: true, kept: PLAN.kept, problems: PLAN.problems });
    expect(planned.notes).toEqual(findings.notes);
    expect(planned.removals).toHaveLength(5);
    expect(planned.removals[0]).toMatchObject({
      pullRequest: 7,
      reason: "it expired",
      outcome: "planned",
      problem: null,
    });
    const done = JSON.parse(toCleanupReport(findings, false, await runSteps(phases, 1)));
    expect(done.removals[0]).toMatchObject({ outcome: "failed", problem: { code: "aws/throttled" } });
    expect(done.removals[1]).toMatchObject({ outcome: "removed" });
  });
});
