import { describe, expect, it } from "vitest";
import { readRequest } from "../../provider/src/showtime/desired-state";
import { parseLabel } from "../../provider/src/showtime/label-grammar";
import { describeLabel, LABEL_DEFINITIONS, LABEL_TABLE, readLabels } from "../../provider/src/showtime/labels";
import { OFFERED_TIMES } from "../../provider/src/showtime/time-to-live";

const trigger = (request: string) => ({ kind: "trigger", request });
const state = (kind: string, value?: string) => ({ kind: "state", state: kind, commit: "abc123f", value });

/** Every spelling of the document and of Superset Showtime, and what it says. */
const SPELLINGS: readonly [string, unknown][] = [
  ["🎪 trigger-start", trigger("start")],
  ["🎪 showtime-trigger-start", trigger("start")],
  ["🎪 ⚡ showtime-trigger-start", trigger("start")],
  ["🎪 ⚡️ showtime-trigger-start", trigger("start")],
  ["🎪 ⚡ trigger-start", trigger("start")],
  ["🎪 Trigger-Start", trigger("start")],
  ["🎪 trigger-stop", trigger("stop")],
  ["🎪 🛑 showtime-trigger-stop", trigger("stop")],
  ["🎪 trigger-sync", trigger("sync")],
  ["🎪 🔄 showtime-trigger-sync", trigger("sync")],
  ["🎪 🧊 showtime-freeze", { kind: "freeze" }],
  ["🎪 freeze", { kind: "freeze" }],
  ["🎪 🔒 showtime-blocked", { kind: "blocked" }],
  ["🎪 blocked", { kind: "blocked" }],
  ["🎪 ⌛ 48h", { kind: "time", text: "48h" }],
  ["🎪 ⌛️ close", { kind: "time", text: "close" }],
  ["🎪 conf-enable-ALERTS", { kind: "flag", flag: "ALERTS", isOn: true }],
  ["🎪 conf-enable-alerts", { kind: "flag", flag: "ALERTS", isOn: true }],
  ["🎪 conf-disable-SSH_TUNNELING", { kind: "flag", flag: "SSH_TUNNELING", isOn: false }],
  ["🎪 abc123f 🚦 building", state("status", "building")],
  ["🎪 🚦 abc123f running", state("status", "running")],
  ["🎪 ABC123F 🚦 running", state("status", "running")],
  ["🎪 🎯 abc123f", state("active")],
  ["🎪 abc123f 🎯", state("active")],
  ["🎪 🏗️ abc123f", state("building")],
  ["🎪 🏗 abc123f", state("building")],
  ["🎪 abc123f 📅 2024-01-15T14-30", state("created", "2024-01-15T14-30")],
  ["🎪 📅 abc123f 2024-01-15T14-30", state("created", "2024-01-15T14-30")],
  ["🎪 abc123f 🌐 52-1-2-3", state("address", "52-1-2-3")],
  ["🎪 abc123f 🌐 52.1.2.3:8080", state("address", "52.1.2.3:8080")],
  ["🎪 🌐 abc123f 52-1-2-3", state("address", "52-1-2-3")],
  ["🎪 abc123f ⌛ 24h", state("timeToLive", "24h")],
  ["🎪 ⌛ abc123f 24h", state("timeToLive", "24h")],
  ["🎪 abc123f 🤡 maxime", state("requester", "maxime")],
  ["🎪 🤡 abc123f maxime", state("requester", "maxime")],
];

const OTHERS = [
  "bug",
  "🎪",
  "🎪 party",
  "🎪 trigger-restart",
  "🎪 🛑 showtime-trigger-start",
  "🎪 ⚡ showtime-trigger-start please",
  "🎪 🚦 running",
  "🎪 abc123g 🚦 running",
  "🎪 abc123 🚦 running",
  "🎪 abc123f 🚦",
  "🎪 abc123f 🚦 running fast",
  "🎪 🎯 abc123f now",
  "🎪 abc123f",
  "🎪 ⌛",
  "🎪trigger-start",
  "trigger-start",
  "⚡ showtime-trigger-start",
  "🎪 constructor",
];

describe("the grammar of labels", () => {
  it.each(SPELLINGS)("reads %s", (name, expected) => {
    expect(parseLabel(name)).toEqual(expected);
  });

  it.each(OTHERS)("leaves %s alone", (name) => {
    expect(parseLabel(name)).toBeUndefined();
    const read = readLabels([name]);
    expect([read.state, read.all, read.invalid]).toEqual([[], [], []]);
  });
});

describe("readLabels", () => {
  it("keeps what belongs to the tool apart, by the names that GitHub has", () => {
    const names = [
      "bug",
      "🎪 Trigger-Start",
      "🎪 🧊 showtime-freeze",
      "🎪 🔒 showtime-blocked",
      "🎪 abc123f 🚦 running",
    ];
    expect(readLabels(names)).toMatchObject({
      start: ["🎪 Trigger-Start"],
      stop: [],
      sync: [],
      freeze: ["🎪 🧊 showtime-freeze"],
      blocked: ["🎪 🔒 showtime-blocked"],
      state: ["🎪 abc123f 🚦 running"],
    });
  });

  it("lets stop remove every label of the tool, but not the guard that a person set", () => {
    const names = SPELLINGS.map(([name]) => name);
    const guards = ["🎪 🔒 showtime-blocked", "🎪 blocked"];
    expect(readLabels([...names, ...OTHERS]).all).toEqual(names.filter((name) => !guards.includes(name)));
  });

  it.each(["10hours", "0h", "48", "2 days", "-1h"])("does not take %s for a time, and says so", (text) => {
    const read = readLabels([`🎪 ⌛ ${text}`]);
    expect(read.timeToLive).toBeUndefined();
    expect(read.invalid).toEqual([{ label: `🎪 ⌛ ${text}`, why: expect.stringContaining("no time to live") }]);
    expect(read.all).toHaveLength(1);
  });

  it("counts the shortest of several times, and says so of the others", () => {
    const read = readLabels(["🎪 ⌛ close", "🎪 ⌛ 1w", "🎪 ⌛ 24H", "🎪 ⌛ 72h"]);
    expect(read.timeToLive).toEqual({ label: "🎪 ⌛ 24H", text: "24h" });
    expect(read.invalid.map(({ label }) => label).sort()).toEqual(["🎪 ⌛ 1w", "🎪 ⌛ 72h", "🎪 ⌛ close"]);
  });

  it("ignores a flag that is both enabled and disabled, and says so", () => {
    const read = readLabels(["🎪 conf-enable-A", "🎪 conf-disable-A", "🎪 conf-enable-B", "🎪 conf-disable-C"]);
    expect(read.flags).toEqual({ B: true, C: false });
    expect(read.invalid.map(({ label }) => label)).toEqual(["🎪 conf-enable-A", "🎪 conf-disable-A"]);
    expect(read.invalid[0]?.why).toContain("A is both enabled and disabled");
  });

  it.each(["", "1A", "A-B", "A B", "_A", `A${"B".repeat(100)}`])("does not take %j for a flag", (flag) => {
    const read = readLabels([`🎪 conf-enable-${flag}`]);
    expect(read.flags).toEqual({});
    expect(read.invalid).toHaveLength(1);
  });
});

describe("readRequest", () => {
  const [start, stop, sync] = ["🎪 trigger-start", "🎪 trigger-stop", "🎪 trigger-sync"];

  it.each([
    [[], "sync"],
    [["🎪 🧊 showtime-freeze"], "sync"],
    [[sync], "sync"],
    [[start], "start"],
    [[start, sync], "start"],
    [[stop], "stop"],
    [[start, stop], "stop"],
    [[start, stop, sync], "stop"],
  ])("of %j is %s", (names, expected) => {
    expect(readRequest(readLabels(names))).toBe(expected);
    expect(readRequest(readLabels([...names].reverse()))).toBe(expected);
  });
});

describe("the labels that are offered", () => {
  it("are read as what they are written for, and GitHub takes them", () => {
    for (const { name, color, description } of LABEL_DEFINITIONS) {
      expect(parseLabel(name), name).toBeDefined();
      expect(name.length).toBeLessThanOrEqual(50);
      expect(color).toMatch(/^[0-9a-f]{6}$/);
      expect(description.length).toBeLessThanOrEqual(100);
      expect(describeLabel(name)).toEqual({ color, description });
    }
    const all = readLabels(LABEL_DEFINITIONS.map(({ name }) => name));
    expect([all.start, all.stop, all.sync, all.freeze, all.blocked].map((names) => names.length)).toEqual([
      1, 1, 1, 1, 1,
    ]);
    expect(LABEL_DEFINITIONS).toHaveLength(5 + OFFERED_TIMES.length);
  });

  it("are spelled as in the document's reference", () => {
    expect(LABEL_DEFINITIONS.slice(0, 4).map(({ name }) => name)).toEqual([
      "🎪 ⚡ showtime-trigger-start",
      "🎪 🛑 showtime-trigger-stop",
      "🎪 🔄 showtime-trigger-sync",
      "🎪 🧊 showtime-freeze",
    ]);
  });

  it("have a look in every spelling, the status by colour", () => {
    for (const [name] of SPELLINGS) {
      const { color, description } = describeLabel(name);
      expect(color).toMatch(/^[0-9a-f]{6}$/);
      expect(description).not.toBe("");
      expect(description.length).toBeLessThanOrEqual(100);
    }
    const colors = ["running", "failed", "building"].map((status) => describeLabel(`🎪 abc123f 🚦 ${status}`).color);
    expect(new Set(colors).size).toBe(3);
    expect(describeLabel("🎪 abc123f 🎯").description).toContain("abc123f");
  });

  it("are explained in a table, whose examples and other spellings are all read", () => {
    const fill = (pattern: string) =>
      pattern
        .replace("{sha}", "abc123f")
        .replace("{ttl}", "24h")
        .replace("{FLAG}", "ALERTS")
        .replace("{ip with hyphens}", "52-1-2-3")
        .replace(/\{[\w:]+\}/, "x");
    for (const { pattern, example, alsoRead } of LABEL_TABLE) {
      const expected = parseLabel(example)?.kind;
      expect(expected, example).toBeDefined();
      for (const other of [pattern, ...alsoRead]) expect(parseLabel(fill(other))?.kind, other).toBe(expected);
    }
    const kinds = new Set(LABEL_TABLE.map(({ example }) => parseLabel(example)?.kind));
    expect(kinds).toEqual(new Set(["trigger", "freeze", "blocked", "time", "flag", "state"]));
  });
});
