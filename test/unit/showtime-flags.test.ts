import { describe, expect, it } from "vitest";
import { digestFlags, readFlags, toFlagVariables } from "../../provider/src/showtime/flags";
import { readLabels } from "../../provider/src/showtime/labels";

const read = (body: string, ...labels: string[]) => readFlags(body, readLabels(labels));

describe("readFlags", () => {
  it.each([
    ["FEATURE_ALERTS=true", { ALERTS: true }],
    ["FEATURE_ALERTS=1", { ALERTS: true }],
    ["FEATURE_ALERTS=Yes", { ALERTS: true }],
    ["FEATURE_ALERTS=FALSE", { ALERTS: false }],
    ["FEATURE_ALERTS=0", { ALERTS: false }],
    ["FEATURE_ALERTS=no", { ALERTS: false }],
    ["SUPERSET_FEATURE_ALERTS=true", { ALERTS: true }],
    ["Please set `FEATURE_B2=yes`, and **FEATURE_A_C=no**.", { A_C: false, B2: true }],
    ["line one\r\nFEATURE_A=true\r\n", { A: true }],
    ["FEATURE_A=true FEATURE_A=1", { A: true }],
    ["MY_FEATURE_A=true", {}],
    ["FEATURE_A = true", {}],
    ["", {}],
  ])("reads %j", (body, flags) => {
    expect(read(body)).toEqual({ flags, ignored: [] });
  });

  it.each([
    ["FEATURE_A=perhaps", "FEATURE_A=perhaps is neither true nor false"],
    ["FEATURE_A=", "FEATURE_A= is neither true nor false"],
    ["FEATURE_alerts=true", "FEATURE_alerts=true names no feature flag: write its name in capitals"],
    ["FEATURE___proto__=true", "FEATURE___proto__=true names no feature flag: write its name in capitals"],
    ["FEATURE_A=true FEATURE_A=false", "FEATURE_A is both on and off in the text"],
    ["FEATURE_A=constructor", "FEATURE_A=constructor is neither true nor false"],
  ])("ignores %j, and says so", (body, message) => {
    expect(read(body)).toEqual({ flags: {}, ignored: [message] });
  });

  it("repeats no long text of others", () => {
    const { ignored } = read(`FEATURE_A=${"x".repeat(60_000)}`);
    expect(ignored[0]?.length).toBeLessThan(100);
  });

  it("lets labels win over the text", () => {
    expect(read("FEATURE_A=true FEATURE_B=true", "🎪 conf-disable-A", "🎪 conf-enable-C")).toEqual({
      flags: { A: false, B: true, C: true },
      ignored: [],
    });
    expect(read("FEATURE_A=true FEATURE_A=false", "🎪 conf-enable-A")).toEqual({ flags: { A: true }, ignored: [] });
  });
});

describe("digestFlags", () => {
  it("tells sets of flags apart, not orders", () => {
    const sets = [{}, { A: true }, { A: false }, { B: true }, { A: true, B: true }];
    expect(new Set(sets.map(digestFlags)).size).toBe(sets.length);
    expect(digestFlags({ B: true, A: false })).toBe(digestFlags({ A: false, B: true }));
  });

  it("is the same for no flags for ever, so that removing the last one is seen", () => {
    expect(digestFlags({})).toBe("none");
    expect(digestFlags({ A: true })).toBe("a771715c9d0ec9e5");
  });
});

it("flags become the variables that Superset reads", () => {
  expect(toFlagVariables({ B: false, A: true })).toEqual({ SUPERSET_FEATURE_A: "True", SUPERSET_FEATURE_B: "False" });
  expect(toFlagVariables({})).toEqual({});
});
