import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isStateLabel } from "../../provider/src/showtime/label-grammar";
import { compareLabels, viewLabels } from "../../provider/src/showtime/label-view";
import { environment, HEAD, legacy, OLD } from "./showtime-support";

describe("viewLabels", () => {
  it("writes the labels of the document's reference", () => {
    expect(viewLabels([environment({ commit: OLD })])).toEqual([
      "🎪 abc123f 🚦 running",
      "🎪 abc123f 📅 2024-01-15T14-30",
      "🎪 abc123f 🌐 52.1.2.3:8080",
      "🎪 abc123f ⌛ 48h",
      "🎪 abc123f 🤡 maxime",
      "🎪 🎯 abc123f",
    ]);
  });

  it("shows the first environment as the active one while it is built", () => {
    const labels = viewLabels([environment({ status: "building", url: undefined })]);
    expect(labels).toContain("🎪 🎯 def456a");
    expect(labels.filter((name) => /🌐|🏗/.test(name))).toEqual([]);
  });

  it("points at the one that people use, and at the one that is built next to it", () => {
    const pair = [environment({ commit: OLD }), environment({ generation: 2, status: "building", url: undefined })];
    for (const environments of [pair, [...pair].reverse()]) {
      const labels = viewLabels(environments);
      expect(labels).toEqual(
        expect.arrayContaining(["🎪 abc123f 🚦 running", "🎪 def456a 🚦 building", "🎪 🎯 abc123f", "🎪 🏗️ def456a"]),
      );
      expect(labels.filter((name) => /🎯|🏗/.test(name))).toHaveLength(2);
    }
  });

  it("points at the one whose task is just being started again", () => {
    const labels = viewLabels([environment({ commit: OLD }), environment({ generation: 2, status: "deploying" })]);
    expect(labels.filter((name) => /🎯|🏗/.test(name))).toEqual(["🎪 🎯 def456a"]);
  });

  it("points at the newest that runs, unless it is known where the address leads", () => {
    const pair = [environment({ commit: OLD }), environment({ generation: 2 })];
    expect(viewLabels(pair).filter((name) => name.includes("🎯"))).toEqual(["🎪 🎯 def456a"]);
    expect(viewLabels(pair, OLD).filter((name) => name.includes("🎯"))).toEqual(["🎪 🎯 abc123f"]);
    expect(viewLabels(pair, "0123456").filter((name) => name.includes("🎯"))).toEqual(["🎪 🎯 def456a"]);
  });

  it.each(["failed", "stopped", "stopping"] as const)("points at nothing where all that there is has %s", (status) => {
    expect(viewLabels([environment({ status })]).filter((name) => /🎯|🏗/.test(name))).toEqual([]);
  });

  it("has one status for a commit: that of its newest generation", () => {
    const labels = viewLabels([
      environment({ generation: 3, status: "running" }),
      environment({ generation: 2, status: "failed" }),
      environment({ generation: 4, status: "stopping" }),
    ]);
    expect(labels.filter((name) => name.includes("🚦"))).toEqual(["🎪 def456a 🚦 stopping"]);
  });

  it("gives services of Superset Showtime no labels, and nothing none", () => {
    expect(viewLabels([legacy()])).toEqual([]);
    expect(viewLabels([])).toEqual([]);
  });

  it("names the host of a stable address, and leaves out what does not fit", () => {
    const addressOf = (url: string) => viewLabels([environment({ url })]).filter((name) => name.includes("🌐"));
    expect(addressOf("https://pr-7.shop.example/")).toEqual(["🎪 def456a 🌐 pr-7.shop.example"]);
    expect(addressOf("https://pr-7.shop.example:8443")).toEqual(["🎪 def456a 🌐 pr-7.shop.example:8443"]);
    expect(addressOf(`https://pr-7.${"long-name.".repeat(4)}example`)).toEqual([]);
    expect(addressOf("nonsense")).toEqual([]);
  });

  it("cuts a login that is too long", () => {
    const [label = ""] = viewLabels([environment({ requester: "x".repeat(39) })]).filter((name) => name.includes("🤡"));
    expect(label).toMatch(/^🎪 def456a 🤡 x+…$/u);
    expect(label).toHaveLength(50);
  });

  it("writes nothing that GitHub refuses or that it would not read itself", () => {
    const facts = fc.record({
      requester: fc.string({ unit: "grapheme" }),
      url: fc.oneof(fc.webUrl(), fc.string()),
      timeToLive: fc.constantFrom("48h", "close", "9999h"),
      status: fc.constantFrom("building", "deploying", "running", "updating", "failed", "stopping", "stopped"),
      generation: fc.nat(5),
      commit: fc.constantFrom(HEAD, OLD),
    });
    fc.assert(
      fc.property(fc.array(facts), (list) => {
        const labels = viewLabels(list.map((one) => environment(one as Parameters<typeof environment>[0])));
        expect(labels.filter((name) => name.length > 50 || !isStateLabel(name))).toEqual([]);
        expect(new Set(labels).size).toBe(labels.length);
      }),
    );
  });
});

describe("compareLabels", () => {
  const wanted = ["🎪 abc123f 🚦 running", "🎪 🏗️ def456a"];

  it("adds what is missing and removes what is stale, of the tool's own alone", () => {
    const present = [
      "bug",
      "🎪 party",
      "🎪 abc123f 🚦 building",
      "🎪 🚦 0123456 failed",
      "🎪 trigger-start",
      "🎪 🧊 showtime-freeze",
      "🎪 ⌛ 24h",
      "🎪 conf-enable-ALERTS",
      "🎪 🔒 showtime-blocked",
    ];
    expect(compareLabels(present, wanted)).toEqual({
      add: wanted,
      remove: ["🎪 abc123f 🚦 building", "🎪 🚦 0123456 failed"],
    });
  });

  it("compares as GitHub does: what is there in another case is there", () => {
    expect(compareLabels(["🎪 ABC123F 🚦 Running", "🎪 🏗 def456a"], wanted)).toEqual({ add: [], remove: [] });
  });

  it("replaces other spellings by the one", () => {
    const { add, remove } = compareLabels(["🎪 🚦 abc123f running"], wanted.slice(0, 1));
    expect([add, remove]).toEqual([["🎪 abc123f 🚦 running"], ["🎪 🚦 abc123f running"]]);
  });

  it("has nothing to do after it was followed", () => {
    const present = ["bug", "🎪 abc123f 🚦 building", "🎪 🏗 def456a"];
    const { add, remove } = compareLabels(present, wanted);
    const after = [...present.filter((name) => !remove.includes(name)), ...add];
    expect(compareLabels(after, wanted)).toEqual({ add: [], remove: [] });
  });
});
