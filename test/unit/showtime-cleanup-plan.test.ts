import { describe, expect, it } from "vitest";
import { type CleanupInput, planCleanup } from "../../provider/src/showtime/cleanup-plan";
import type { EnvironmentFacts, EnvironmentStatus, Leftover } from "../../provider/src/showtime/environment";
import { environment, HEAD, hoursAgo, legacy, NOW, OLD } from "./showtime-support";

type Given = Partial<Omit<CleanupInput, "pullRequests">> & { readonly pullRequests?: CleanupInput["pullRequests"] };

const OPEN = new Map([[7, { state: "open" as const }]]);
const CLOSED = new Map([[7, { state: "closed" as const }]]);
const NOT_FOUND = new Map([[7, undefined]]);

const STACK = { pullRequest: 7, updated: hoursAgo(30) };

function plan(given: Given) {
  return planCleanup({
    environments: [],
    stacks: [],
    leftovers: [],
    pullRequests: OPEN,
    settings: { takesOverShowtime: false },
    now: NOW,
    ...given,
  });
}

/** What is removed, in short: services, and whether the stack goes with them. */
const removed = (given: Given) =>
  plan(given).removals.map(({ environments, hasStack }) => [
    ...environments.map(({ service }) => service),
    ...(hasStack ? ["stack"] : []),
  ]);

const aged = (created: number, expires: number | undefined, more: Partial<EnvironmentFacts> = {}) =>
  environment({ created: hoursAgo(created), expires: expires === undefined ? undefined : hoursAgo(expires), ...more });

describe("cleanup, by default", () => {
  it.each([
    ["expired", aged(49, 1), OPEN, true],
    ["expired this moment", aged(48, 0), OPEN, true],
    ["not expired", aged(47, -1), OPEN, false],
    ["not expired, closed", aged(1, -47), CLOSED, true],
    ["not expired, merged", aged(1, -47), new Map([[7, { state: "merged" as const }]]), true],
    ["not expired, without a pull request", aged(1, -47), NOT_FOUND, true],
    ["living until the pull request is closed", aged(900, undefined), OPEN, false],
    ["living until it was closed", aged(900, undefined), CLOSED, true],
  ])("of an environment %s", (_, one, pullRequests, isRemoved) => {
    const { removals, kept, problems } = plan({ environments: [one], stacks: [STACK], pullRequests });
    expect(removals).toHaveLength(isRemoved ? 1 : 0);
    expect(kept).toHaveLength(isRemoved ? 0 : 1);
    expect(problems).toEqual([]);
    for (const { hasStack, reason } of removals) expect([hasStack, reason.length > 5]).toEqual([true, true]);
  });

  it("never removes anything of a pull request that could not be looked up, and tells it", () => {
    const leftover: Leftover = { kind: "image", id: "x", pullRequest: 7, commit: undefined, created: hoursAgo(99) };
    const found = plan({
      environments: [aged(99, 50), legacy({ expires: hoursAgo(9) })],
      stacks: [STACK],
      leftovers: [leftover],
      pullRequests: new Map(),
      settings: { takesOverShowtime: true },
      olderThan: { hours: 1 },
    });
    expect(found).toMatchObject({ removals: [], leftovers: [], labels: [] });
    expect(found.problems).toEqual([{ pullRequest: 7, reason: expect.stringContaining("could not be looked up") }]);
  });

  it("judges each pull request for itself, in their order", () => {
    const environments = [9, 8, 7].map((pullRequest) => aged(49, pullRequest === 8 ? -1 : 1, { pullRequest }));
    const pullRequests = new Map([7, 8, 9].map((number) => [number, { state: "open" as const }]));
    const { removals, kept } = plan({ environments, pullRequests });
    expect(removals.map(({ pullRequest }) => pullRequest)).toEqual([7, 9]);
    expect(kept.map(({ pullRequest }) => pullRequest)).toEqual([8]);
  });
});

describe("a stack without an environment", () => {
  it.each([
    [OPEN, 2, true],
    [OPEN, 0.5, false],
    [OPEN, undefined, false],
    [CLOSED, 0.5, true],
    [NOT_FOUND, undefined, true],
  ])("of %j, changed %s hours ago", (pullRequests, age, isRemoved) => {
    const updated = age === undefined ? undefined : hoursAgo(age);
    expect(removed({ stacks: [{ pullRequest: 7, updated }], pullRequests })).toEqual(isRemoved ? [["stack"]] : []);
  });
});

describe("cleanup --older-than 48h", () => {
  const olderThan = { hours: 48 };

  it.each([
    ["old and expired", aged(49, 1), true, true],
    ["old, not expired", aged(49, -1), true, false],
    ["old, without an end", aged(49, undefined), true, false],
    ["young and expired", aged(47, 1), false, false],
    ["young, not expired", aged(47, -1), false, false],
    ["of unknown age, expired", environment({ created: undefined, expires: hoursAgo(1) }), false, false],
  ])("of one that is %s", (_, one, alone, respecting) => {
    expect(removed({ environments: [one], olderThan })).toHaveLength(alone ? 1 : 0);
    expect(removed({ environments: [one], olderThan, respectTimeToLive: true })).toHaveLength(respecting ? 1 : 0);
  });

  it("still removes what belongs to a closed pull request", () => {
    expect(removed({ environments: [aged(1, -47)], olderThan, pullRequests: CLOSED })).toHaveLength(1);
  });

  it("--respect-ttl alone is what cleanup does anyway", () => {
    expect(removed({ environments: [aged(2, 1)], respectTimeToLive: true })).toHaveLength(1);
    expect(removed({ environments: [aged(99, -1)], respectTimeToLive: true })).toEqual([]);
  });
});

describe("two environments of one pull request", () => {
  const [oldName, newName] = ["pr-7-abc123f", "pr-7-def456a"];
  const pair = (older: Partial<EnvironmentFacts>, newer: Partial<EnvironmentFacts>) => [
    aged(20, -28, { commit: OLD, generation: 1, ...older }),
    aged(5, -43, { commit: HEAD, generation: 2, ...newer }),
  ];
  const young = { created: hoursAgo(0.5) };
  const [expired, building] = [{ expires: hoursAgo(1) }, { status: "building" as EnvironmentStatus, url: undefined }];

  it.each<[string, Partial<EnvironmentFacts>, Partial<EnvironmentFacts>, string[][]]>([
    ["both run: the next sync decides", {}, {}, []],
    ["both run, the old one's time is over", expired, {}, [[oldName]]],
    ["both run, the time of the one people use is over", {}, expired, [[oldName, newName, "stack"]]],
    ["the old one failed", { status: "failed" }, {}, [[oldName]]],
    ["the old one was scaled to zero", { status: "stopped" }, {}, [[oldName]]],
    ["the new one was never finished", {}, building, [[newName]]],
    ["the new one answered, its task starts again", {}, { status: "deploying" }, []],
    ["the new one answers just now", { status: "failed" }, { status: "deploying", ...young }, [[oldName]]],
    ["the new one failed", {}, { status: "failed" }, [[newName]]],
    ["the new one failed just now", {}, { status: "failed", ...young }, []],
    ["the new one is being made", {}, { ...building, ...young }, []],
    ["the new one is being made, the old one's time is over", expired, { ...building, ...young }, []],
    ["the new one was never finished, the old one's time is over", expired, building, [[oldName, newName, "stack"]]],
    ["the old one is being removed", { status: "stopping", ...expired }, {}, []],
    ["both are being removed", { status: "stopping", ...expired }, { status: "stopping", ...expired }, []],
    ["neither runs, and the newer one's time is not over", { status: "failed" }, { status: "failed" }, [[oldName]]],
  ])("%s", (_, older, newer, expected) => {
    const environments = pair(older, newer);
    expect(removed({ environments, stacks: [STACK] })).toEqual(expected);
    expect(
      removed({ environments: [...environments].reverse(), stacks: [STACK] }).map((names) => names.sort()),
    ).toEqual(expected.map((names) => [...names].sort()));
  });

  it("go together when the pull request is closed", () => {
    const environments = pair({ status: "stopping" }, { ...building, ...young });
    expect(removed({ environments, stacks: [STACK], pullRequests: CLOSED })).toEqual([[oldName, newName, "stack"]]);
  });
});

describe("services of Superset Showtime", () => {
  const takesOver = { takesOverShowtime: true };
  const name = "pr-7-abc123f-service";

  it("are shown and kept where the settings do not say that they are ours", () => {
    for (const pullRequests of [OPEN, CLOSED, NOT_FOUND]) {
      const found = plan({ environments: [legacy({ expires: hoursAgo(9) })], pullRequests, olderThan: { hours: 1 } });
      expect(found.removals).toEqual([]);
      expect(found.kept).toEqual([{ pullRequest: 7, reason: expect.stringContaining("takesOverShowtime") }]);
    }
  });

  it.each([
    ["expired", hoursAgo(1), OPEN, true],
    ["not expired", hoursAgo(-1), OPEN, false],
    ["that do not say when they expire", undefined, OPEN, false],
    ["of a closed pull request", undefined, CLOSED, true],
    ["of no pull request", undefined, NOT_FOUND, true],
  ])("that are ours: %s", (_, expires, pullRequests, isRemoved) => {
    const found = plan({ environments: [legacy({ expires })], pullRequests, settings: takesOver });
    expect(found.removals.map(({ environments, hasStack }) => [environments[0]?.service, hasStack])).toEqual(
      isRemoved ? [[name, false]] : [],
    );
    for (const { reason } of found.kept) expect(reason).toContain(`${name} of Superset Showtime: `);
    expect(found.kept).toHaveLength(isRemoved ? 0 : 1);
  });

  it("say nothing about our own environment of the same pull request", () => {
    const environments = [legacy({ expires: hoursAgo(1) }), aged(5, -43)];
    expect(removed({ environments, stacks: [STACK], settings: takesOver })).toEqual([[name]]);
  });
});

describe("leftovers", () => {
  const leftover = (more: Partial<Leftover> = {}): Leftover => ({
    kind: "image",
    id: "pr-7-abc123f-ci",
    pullRequest: 7,
    commit: "abc123f",
    created: hoursAgo(2),
    ...more,
  });

  it.each([
    ["old", leftover(), OPEN, [], true],
    ["young", leftover({ created: hoursAgo(0.9) }), OPEN, [], false],
    ["young, of a closed pull request", leftover({ created: hoursAgo(0.9) }), CLOSED, [], false],
    ["old, of no pull request", leftover(), NOT_FOUND, [], true],
    ["of unknown age", leftover({ created: undefined }), OPEN, [], false],
    ["of unknown age, closed", leftover({ created: undefined }), CLOSED, [], true],
    ["old, of another commit than what runs", leftover(), OPEN, [environment()], true],
    ["old, of what runs", leftover(), OPEN, [environment({ commit: OLD })], false],
    ["old, of no commit, with something running", leftover({ commit: undefined }), OPEN, [environment()], false],
  ])("%s", (_, one, pullRequests, environments, isRemoved) => {
    const found = plan({ leftovers: [one], pullRequests, environments });
    expect(found.leftovers.map((other) => other.leftover)).toEqual(isRemoved ? [one] : []);
    expect(found.kept.some(({ reason }) => reason.startsWith("image pr-7-abc123f-ci: "))).toBe(!isRemoved);
  });
});

describe("labels of pull requests that are over", () => {
  const labels = ["bug", "🎪 abc123f 🚦 running", "🎪 🎯 abc123f", "🎪 ⌛ 24h", "🎪 🔒 showtime-blocked"];
  const withLabels = (state: "open" | "closed") => new Map([[7, { state, labels }]]);

  it("are removed where they show a state", () => {
    expect(plan({ pullRequests: withLabels("closed") }).labels).toEqual([
      { pullRequest: 7, labels: labels.slice(1, 3), reason: "the pull request is closed" },
    ]);
    expect(plan({ pullRequests: withLabels("open") }).labels).toEqual([]);
  });

  it("stay as long as there is a service: what fails to go away is not hidden", () => {
    expect(plan({ pullRequests: withLabels("closed"), environments: [legacy()] }).labels).toEqual([]);
    expect(plan({ pullRequests: withLabels("closed"), environments: [aged(1, -47)] }).labels).toEqual([]);
    const settings = { takesOverShowtime: true };
    expect(plan({ pullRequests: withLabels("closed"), environments: [legacy()], settings }).labels).toEqual([]);
  });
});
