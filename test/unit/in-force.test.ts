import { describe, expect, it } from "vitest";
import { findFirstRun, findInForce } from "../../provider/src/cli/in-force";
import type { Manifest } from "../../provider/src/cli/manifest";

const manifest = (id: string, more: Partial<Manifest> = {}): Manifest => ({
  version: 1,
  id,
  kind: "promotion",
  stack: "production",
  status: "done",
  author: "Ann",
  startedAt: id,
  target: { url: "https://bi.example.com", version: "6.1.0" },
  assets: [],
  bundle: "",
  ...more,
});
const rollback = (id: string, undoes: string, more: Partial<Manifest> = {}) =>
  manifest(id, { kind: "rollback", undoes, ...more });

/** As they happened. */
const inForce = (...manifests: Manifest[]) => [...findInForce(manifests.toReversed())];

describe("what a server still has of its promotions", () => {
  it("is all of them where none was rolled back", () => {
    expect(inForce(manifest("1"), manifest("2"))).toEqual(["1", "2"]);
  });

  it("is not the one that was rolled back, nor those after it", () => {
    expect(inForce(manifest("1"), manifest("2"), rollback("3", "2"))).toEqual(["1", "3"]);
    expect(inForce(manifest("1"), manifest("2"), manifest("3"), rollback("4", "2"))).toEqual(["1", "4"]);
  });

  it("is that of before where a rollback was rolled back", () => {
    expect(inForce(manifest("1"), rollback("2", "1"), rollback("3", "2"))).toEqual(["1", "3"]);
  });

  it("is unchanged by a rollback that failed, or one of a manifest that is gone", () => {
    expect(inForce(manifest("1"), rollback("2", "1", { status: "failed" }))).toEqual(["1", "2"]);
    expect(inForce(manifest("1"), rollback("2", "0"))).toEqual(["1", "2"]);
  });
});

describe("the manifest to go back to", () => {
  const first = (...manifests: Manifest[]) => findFirstRun(manifests.toReversed())?.id;
  const [one, two] = [{ commit: "aaa" }, { commit: "bbb" }];

  it("is the newest", () => {
    expect(first(manifest("1", one), manifest("2", two))).toBe("2");
    expect(first()).toBeUndefined();
  });

  it("is that of the first run where a promotion took several", () => {
    const failed = manifest("2", { ...two, status: "failed" });
    const killed = manifest("3", { ...two, status: "started" });
    expect(first(manifest("1", one), failed, killed, manifest("4", two))).toBe("2");
  });

  it("is the newest where the same commit was promoted again later, or another one failed before", () => {
    expect(first(manifest("1", one), manifest("2", one))).toBe("2");
    expect(first(manifest("1", { ...one, status: "failed" }), manifest("2", two))).toBe("2");
    expect(first(manifest("1", { status: "failed" }), manifest("2"))).toBe("2");
    expect(first(manifest("1", { ...one, status: "failed" }), rollback("2", "1", one))).toBe("2");
  });
});
