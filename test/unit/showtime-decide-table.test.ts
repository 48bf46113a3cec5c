import { describe, expect, it } from "vitest";
import type { Decision, Request } from "../../provider/src/showtime/decision";
import { type DecideInput, decide } from "../../provider/src/showtime/desired-state";
import type { EnvironmentFacts } from "../../provider/src/showtime/environment";
import { environment, HEAD, legacy, OLD, OTHER, pullRequest, settings } from "./showtime-support";

const SETTINGS = settings();

/** What may be there. */
const THERE = {
  nothing: [],
  legacy: [legacy()],
  same: [environment()],
  "same, other flags": [environment({ flags: "other" })],
  "same, other time": [environment({ timeToLive: "24h" })],
  "same, other size": [environment({ size: "large", timeToLive: "24h" })],
  "same, failed": [environment({ status: "failed" })],
  "same, failed, other flags": [environment({ status: "failed", flags: "other" })],
  "same, stopped": [environment({ status: "stopped" })],
  "same, begun": [environment({ status: "building", url: undefined })],
  "same, its task starts again": [environment({ status: "deploying" })],
  "same, stopping": [environment({ status: "stopping" })],
  other: [environment({ commit: OLD })],
  "other, other flags": [environment({ commit: OLD, flags: "other" })],
  "other, failed": [environment({ commit: OLD, status: "failed" })],
  "other, stopped": [environment({ commit: OLD, status: "stopped" })],
  two: [environment({ commit: OLD }), environment({ generation: 2, status: "deploying", url: undefined })],
  "other, same being removed": [environment({ commit: OLD, generation: 2 }), environment({ status: "stopping" })],
} satisfies Record<string, readonly EnvironmentFacts[]>;

type There = keyof typeof THERE;

interface Case {
  readonly request: Request;
  readonly isCommand: boolean;
  readonly isOpen: boolean;
  readonly state: "open" | "closed" | "merged";
  readonly isBlocked: boolean;
  readonly isFrozen: boolean;
  readonly mayTrigger: boolean;
  readonly isForced: boolean;
  readonly commit: string | undefined;
  readonly there: There;
  /** Environments of ours that are not being removed. */
  readonly live: readonly EnvironmentFacts[];
  readonly own: readonly EnvironmentFacts[];
}

const BOTH = [false, true];

function* cases(): Generator<Case> {
  for (const request of ["start", "stop", "sync"] as const)
    for (const state of ["open", "closed", "merged"] as const)
      for (const isCommand of BOTH)
        for (const isBlocked of BOTH)
          for (const isFrozen of BOTH)
            for (const mayTrigger of BOTH)
              for (const isForced of BOTH)
                for (const commit of [undefined, HEAD, OTHER])
                  for (const there of Object.keys(THERE) as There[]) {
                    const own = (THERE[there] as readonly EnvironmentFacts[]).filter(({ isLegacy }) => !isLegacy);
                    const live = own.filter(({ status }) => status !== "stopping");
                    const isOpen = state === "open";
                    const given = { request, state, isOpen, isCommand, isBlocked, isFrozen, mayTrigger, isForced };
                    yield { ...given, commit, there, own, live };
                  }
}

/** Without a command, a request is the label of its trigger. */
function inputOf(one: Case, moreLabels: readonly string[] = []): DecideInput {
  const labels = [
    ...(one.isCommand ? [] : [`🎪 trigger-${one.request}`]),
    ...(one.isBlocked ? ["🎪 🔒 showtime-blocked"] : []),
    ...(one.isFrozen ? ["🎪 🧊 showtime-freeze"] : []),
    ...moreLabels,
  ];
  return {
    request: one.request,
    isCommand: one.isCommand,
    options: { commit: one.commit, force: one.isForced },
    pullRequest: pullRequest({ state: one.state, labels }),
    environments: THERE[one.there],
    mayTrigger: one.mayTrigger,
    settings: SETTINGS,
  };
}

/** In short: what happens, with which commit, or with which code it is refused. */
function summarize(decision: Decision): string {
  if (decision.action === "refuse") return decision.code;
  if (decision.action !== "deploy") return decision.action;
  const name = { [HEAD]: "head", [OLD]: "old", [OTHER]: "other" }[decision.wanted.commit];
  return `deploy ${name}${decision.wanted.followsHead ? ", follows" : ""}`;
}

const wantedOf = ({ commit }: Case) => {
  if (commit === undefined) return "deploy head, follows";
  return commit === HEAD ? "deploy head" : "deploy other";
};

/** Whether the one environment is of the commit that is wanted. */
const isAtWanted = ({ live, commit }: Case) => live.length === 1 && live[0]?.commit === (commit ?? HEAD);
const statusOf = ({ live }: Case) => live[0]?.status;
const otherFlags = ({ live }: Case) => live[0]?.flags === "other";

/** The rules, the first that fits counts. */
const RULES: readonly (readonly [string, (one: Case) => boolean, (one: Case) => string])[] = [
  ["stop by somebody who may not", (c) => c.request === "stop" && !c.mayTrigger, () => "showtime/not-allowed"],
  ["stop, whatever else", (c) => c.request === "stop", () => "remove"],
  [
    "closed, with environments: they go",
    (c) => !c.isOpen && c.own.length > 0 && (c.request === "sync" || !c.isCommand),
    () => "remove",
  ],
  ["closed, nothing there, sync", (c) => !c.isOpen && c.request === "sync", () => "none"],
  ["start by somebody who may not", (c) => c.request === "start" && !c.mayTrigger, () => "showtime/not-allowed"],
  ["closed, start", (c) => !c.isOpen, () => "showtime/closed"],
  ["sync label by somebody who may not", (c) => !c.isCommand && !c.mayTrigger, () => "showtime/not-allowed"],
  ["blocked, start", (c) => c.isBlocked && c.request === "start", () => "showtime/blocked"],
  ["blocked, sync", (c) => c.isBlocked, () => "none"],
  ["nothing there, start", (c) => c.live.length === 0 && c.request === "start", wantedOf],
  ["nothing there, sync", (c) => c.live.length === 0, () => "none"],
  [
    "frozen, sync: other flags cannot be kept apart",
    (c) => c.request === "sync" && c.isFrozen && c.commit === undefined && otherFlags(c),
    () => "none",
  ],
  [
    "frozen, sync, an update was interrupted: what people use stays",
    (c) => c.request === "sync" && c.isFrozen && c.commit === undefined && c.live.length > 1,
    () => "deploy old",
  ],
  [
    "frozen, sync: what is broken is mended as it was",
    (c) =>
      c.request === "sync" &&
      c.isFrozen &&
      c.commit === undefined &&
      (c.isForced || statusOf(c) === "stopped" || statusOf(c) === "building" || statusOf(c) === "deploying"),
    (c) => (c.live[0]?.commit === OLD ? "deploy old" : "deploy head"),
  ],
  ["frozen, sync", (c) => c.request === "sync" && c.isFrozen && c.commit === undefined, () => "none"],
  ["an update was interrupted", (c) => c.live.length > 1, wantedOf],
  ["another commit", (c) => !isAtWanted(c), wantedOf],
  ["forced", (c) => c.isForced, wantedOf],
  ["other flags", otherFlags, wantedOf],
  ["failed, start", (c) => statusOf(c) === "failed" && c.request === "start", wantedOf],
  ["failed, sync", (c) => statusOf(c) === "failed", () => "none"],
  ["stopped or begun", (c) => statusOf(c) !== "running", wantedOf],
  ["runs as it is wanted", () => true, () => "none"],
];

const ALL = [...cases()];

describe("the table of what is to happen", () => {
  it.each(RULES.map(([name], index) => ({ name, index })))("$name", ({ index }) => {
    const hits = ALL.filter((one) => RULES.findIndex(([, fits]) => fits(one)) === index);
    expect(hits.length).toBeGreaterThan(0);
    const wrong = hits.flatMap((one) => {
      const [expected, found] = [RULES[index]?.[2](one), summarize(decide(inputOf(one)))];
      const { live, own, ...short } = one;
      return expected === found ? [] : [{ ...short, expected, found }];
    });
    expect(wrong.slice(0, 3)).toEqual([]);
  });

  it("has every case", () => {
    expect(ALL).toHaveLength(3 * 3 * 2 ** 5 * 3 * Object.keys(THERE).length);
  });

  it("never depends on labels that the tool wrote", () => {
    const written = ["🎪 0123456 🚦 running", "🎪 🎯 def456a", "🎪 abc123f ⌛ 1w", "🎪 def456a 🤡 mallory"];
    const dependent = ALL.filter(
      (one) => JSON.stringify(decide(inputOf(one))) !== JSON.stringify(decide(inputOf(one, written))),
    );
    expect(dependent).toEqual([]);
  });

  it("never depends on the order of what AWS lists", () => {
    const input = (environments: readonly EnvironmentFacts[], request: Request, isFrozen: boolean): DecideInput => ({
      request,
      isCommand: true,
      options: {},
      pullRequest: pullRequest({ labels: isFrozen ? ["🎪 freeze"] : [] }),
      environments,
      mayTrigger: true,
      settings: SETTINGS,
    });
    for (const request of ["start", "stop", "sync"] as const)
      for (const isFrozen of BOTH)
        for (const there of Object.values(THERE))
          expect(decide(input([...there].reverse(), request, isFrozen))).toEqual(
            decide(input(there, request, isFrozen)),
          );
  });

  it("says why, each time", () => {
    for (const one of ALL) {
      const decision = decide(inputOf(one));
      expect(decision.reason.length).toBeGreaterThan(10);
      if (decision.action === "refuse") expect(decision.remedy.length).toBeGreaterThan(10);
    }
  });
});
