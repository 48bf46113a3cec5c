import { describe, expect, it } from "vitest";
import type { Decision } from "../../provider/src/showtime/decision";
import { type DecideInput, decide } from "../../provider/src/showtime/desired-state";
import { digestFlags } from "../../provider/src/showtime/flags";
import { environment, HEAD, legacy, OLD, pullRequest, settings } from "./showtime-support";

const START = "🎪 ⚡ showtime-trigger-start";

interface Given extends Partial<Omit<DecideInput, "pullRequest">> {
  readonly pullRequest?: Parameters<typeof pullRequest>[0];
}

function decideOn({ pullRequest: facts, ...input }: Given): Decision {
  return decide({
    request: "sync",
    isCommand: false,
    options: {},
    environments: [],
    mayTrigger: true,
    settings: settings(),
    ...input,
    pullRequest: pullRequest(facts),
  });
}

function deployOn(input: Given) {
  const decision = decideOn(input);
  if (decision.action !== "deploy") throw new Error(`${decision.action}: ${decision.reason}`);
  return decision;
}

describe("an environment that is started", () => {
  it("is what the settings say, for the person who set the label, at the head", () => {
    const facts = { labels: [START], labelledBy: { [START]: "maxime" } };
    expect(deployOn({ request: "start", pullRequest: facts }).wanted).toEqual({
      commit: HEAD,
      flags: {},
      timeToLive: "48h",
      size: "small",
      requester: "maxime",
      assets: false,
      image: undefined,
      followsHead: true,
    });
  });

  it("is what options say, for who asks", () => {
    const options = { timeToLive: "24h", size: "large", image: "shop:1", assets: true, requester: "ada", commit: OLD };
    const { wanted, notes } = deployOn({ request: "start", isCommand: true, options });
    expect(wanted).toMatchObject({ ...options, followsHead: false });
    expect(notes).toEqual([expect.stringContaining("freeze to stay")]);
  });

  it("belongs to nobody rather than to the author, where nobody knows who asked", () => {
    expect(deployOn({ request: "start" }).wanted.requester).toBe("unknown");
  });

  it("overrides freeze", () => {
    const labels = [START, "🎪 🧊 showtime-freeze"];
    const decision = deployOn({
      request: "start",
      pullRequest: { labels },
      environments: [environment({ commit: OLD })],
    });
    expect(decision.wanted.commit).toBe(HEAD);
  });

  it.each([
    [{ timeToLive: "10hours" }, "showtime/time-to-live"],
    [{ size: "huge" }, "showtime/size"],
    [{ size: "constructor" }, "showtime/size"],
  ])("is refused with %j", (options, code) => {
    expect(decideOn({ request: "start", isCommand: true, options })).toMatchObject({ action: "refuse", code });
  });

  it("is left alone where it runs already, unless it is forced", () => {
    const given = { request: "start" as const, isCommand: true, environments: [environment()] };
    expect(decideOn(given).action).toBe("none");
    expect(deployOn({ ...given, options: { force: true } })).toMatchObject({ isForced: true, changes: [] });
  });
});

describe("what was said stays said", () => {
  const there = environment({
    commit: OLD,
    timeToLive: "24h",
    size: "large",
    requester: "maxime",
    assets: true,
    image: "shop:1",
  });

  it("when somebody pushes: who pushed is nobody's requester", () => {
    const facts = { labels: ["🎪 🔄 showtime-trigger-sync"], labelledBy: { "🎪 🔄 showtime-trigger-sync": "pusher" } };
    const { wanted, notes, changes } = deployOn({
      environments: [there],
      pullRequest: facts,
      options: { requester: "pusher" },
    });
    expect(wanted).toMatchObject({
      timeToLive: "24h",
      size: "large",
      requester: "maxime",
      assets: true,
      image: "shop:1",
    });
    expect(changes).toEqual(["commit"]);
    expect(notes).toEqual(["the image named earlier stays: shop:1"]);
  });

  it("until somebody says otherwise", () => {
    const options = { timeToLive: "48h", size: "small", requester: "ada", assets: false, image: "shop:2" };
    const { wanted, changes, notes } = deployOn({ request: "start", isCommand: true, options, environments: [there] });
    expect(wanted).toMatchObject(options);
    expect(changes).toEqual(["commit", "time to live", "size", "image", "assets"]);
    expect(notes).toEqual([]);
  });

  it("while a frozen environment is left at what people use, although its task is just being started again", () => {
    const environments = [environment({ commit: OLD }), environment({ generation: 2, status: "deploying" })];
    expect(deployOn({ environments, pullRequest: { labels: ["🎪 freeze"] } }).wanted.commit).toBe(HEAD);
  });

  it("of the newest generation", () => {
    const environments = [there, environment({ generation: 2, status: "deploying", requester: "ada" })];
    const decision = deployOn({ environments });
    expect(decision.wanted.requester).toBe("ada");
    expect(decision.reason).toContain("def456a, abc123f");
  });

  it("but a size that the settings lost is told", () => {
    const { wanted, notes } = deployOn({ environments: [environment({ commit: OLD, size: "huge" })] });
    expect(wanted.size).toBe("small");
    expect(notes).toEqual([expect.stringContaining("no size huge")]);
  });
});

describe("the time to live", () => {
  const label = "🎪 ⌛ 24h";

  it("of a label wins over the one said earlier, an option over the label", () => {
    const given = { environments: [environment()], pullRequest: { labels: [label] } };
    expect(deployOn(given)).toMatchObject({ wanted: { timeToLive: "24h" }, changes: ["time to live"] });
    const options = { timeToLive: "12h" };
    expect(deployOn({ ...given, request: "start", isCommand: true, options }).wanted.timeToLive).toBe("12h");
  });

  it.each(["72h", "1w", "close"])("of %s is cut to what the settings allow, and that is told", (text) => {
    const given = { request: "start" as const, pullRequest: { labels: [`🎪 ⌛ ${text}`] } };
    const { wanted, notes } = deployOn(given);
    expect(wanted.timeToLive).toBe("48h");
    expect(notes).toEqual([expect.stringContaining(`cut from ${text} to 48h`)]);
    const generous = deployOn({ ...given, settings: settings({ maxAge: "close" }) });
    expect([generous.wanted.timeToLive, generous.notes]).toEqual([text, []]);
  });

  it("that was always too long is cut once, not at each sync", () => {
    const decision = decideOn({ environments: [environment()], pullRequest: { labels: ["🎪 ⌛ 1w"] } });
    expect(decision).toMatchObject({ action: "none", notes: [expect.stringContaining("cut from 1w")] });
  });

  it("that is none is told, and changes nothing", () => {
    const decision = decideOn({ environments: [environment()], pullRequest: { labels: ["🎪 ⌛ 10hours"] } });
    expect(decision).toMatchObject({ action: "none", notes: [expect.stringContaining("10hours")] });
  });

  it("is the same in days and in hours", () => {
    expect(decideOn({ environments: [environment({ timeToLive: "2d" })] }).action).toBe("none");
  });

  it("counts for a frozen environment too, and its commit stays", () => {
    const labels = [label, "🎪 🧊 showtime-freeze"];
    const decision = deployOn({ environments: [environment({ commit: OLD })], pullRequest: { labels } });
    expect(decision).toMatchObject({
      wanted: { commit: OLD, timeToLive: "24h", followsHead: false },
      changes: ["time to live"],
    });
  });
});

describe("feature flags", () => {
  it("that are changed roll the environment, the last one that is removed too", () => {
    const on = digestFlags({ ALERTS: true });
    const body = "FEATURE_ALERTS=true";
    expect(decideOn({ environments: [environment({ flags: on })], pullRequest: { body } }).action).toBe("none");
    expect(deployOn({ environments: [environment()], pullRequest: { body } })).toMatchObject({
      wanted: { flags: { ALERTS: true } },
      changes: ["feature flags"],
    });
    expect(deployOn({ environments: [environment({ flags: on })] })).toMatchObject({
      wanted: { flags: {} },
      changes: ["feature flags"],
    });
  });

  it("that say nothing, or two things, are told", () => {
    const labels = ["🎪 conf-enable-A", "🎪 conf-disable-A"];
    const { notes } = deployOn({ request: "start", pullRequest: { labels, body: "FEATURE_B=perhaps" } });
    expect(notes).toEqual([
      expect.stringContaining("A is both enabled and disabled"),
      expect.stringContaining("A is both enabled and disabled"),
      expect.stringContaining("FEATURE_B=perhaps"),
    ]);
  });

  it("let a sync try again what failed", () => {
    const environments = [environment({ status: "failed" })];
    expect(decideOn({ environments }).reason).toContain("tried again when it changes");
    expect(deployOn({ environments, pullRequest: { body: "FEATURE_A=1" } }).wanted.flags).toEqual({ A: true });
  });
});

describe("others", () => {
  it("may push: only who sets a trigger needs permission", () => {
    const environments = [environment({ commit: OLD })];
    expect(decideOn({ environments, mayTrigger: false }).action).toBe("deploy");
  });

  it("name services of Superset Showtime when they stop", () => {
    expect(decideOn({ request: "stop", environments: [legacy()] })).toMatchObject({
      action: "remove",
      reason: expect.stringContaining("pr-7-abc123f-service"),
    });
  });
});

describe("what a run left that ended without a word", () => {
  const isInterrupted = true;
  const FROZEN = ["🎪 🧊 showtime-freeze"];

  it("is finished although the services look as they should", () => {
    const environments = [environment()];
    expect(decideOn({ environments }).action).toBe("none");
    expect(deployOn({ environments, isInterrupted }).wanted.commit).toBe(HEAD);
    expect(deployOn({ environments, isInterrupted, pullRequest: { labels: FROZEN } }).wanted.commit).toBe(HEAD);
  });

  it("stays at the commit that people use while it is frozen", () => {
    const environments = [environment({ commit: OLD })];
    expect(deployOn({ environments, isInterrupted, pullRequest: { labels: FROZEN } }).wanted.commit).toBe(OLD);
  });

  it("is removed where nothing runs any more", () => {
    expect(decideOn({ isInterrupted })).toMatchObject({ action: "remove" });
    expect(decideOn({ isInterrupted, environments: [environment({ status: "stopping" })] }).action).toBe("remove");
    expect(decideOn({ isInterrupted, pullRequest: { state: "closed" } })).toMatchObject({ action: "remove" });
  });

  it("waits while the pull request is blocked", () => {
    const blocked = { labels: ["🎪 🔒 showtime-blocked"] };
    expect(decideOn({ environments: [environment()], isInterrupted, pullRequest: blocked }).action).toBe("none");
  });
});
