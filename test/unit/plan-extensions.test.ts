import { describe, expect, it } from "vitest";
import type { Delivered } from "../../provider/src/delivery/target";
import {
  changesBackend,
  type ExtensionFacts,
  findVanishedExtensions,
  formatVanishedExtensions,
  type KnownExtension,
  planExtension,
} from "../../provider/src/plan/extensions";
import type { StrategyFlag } from "../../provider/src/settings/strategy";

const PLACE = "/srv/extensions";
const OLD = { manifest: "m1", frontend: "f1", backend: "b1", whole: "w1" };
const NEW = { manifest: "m2", frontend: "f2", backend: "b1", whole: "w2" };

const delivered = (more: Partial<Delivered> = {}): Delivered => ({
  ...{ id: "acme.panel", version: "1.0.0", checksum: "w1", file: "acme.panel.supx", state: "intact" },
  ...more,
});

const known = (more: Partial<KnownExtension> = {}): KnownExtension => ({
  ...{ urn: "urn:pulumi:test::superset::x::panel", extension: "acme.panel", version: "1.0.0", checksums: OLD },
  ...{ origin: "created", place: PLACE, isDrifted: false, restartRequired: false, isUnconfirmed: false },
  ...more,
});

const STACK = "organization/superset/production";

function decide(facts: Partial<ExtensionFacts>, flags: readonly StrategyFlag[] = ["CREATE", "UPDATE"]) {
  const declared = { extension: "acme.panel", path: "panel", version: "1.0.0", checksums: OLD };
  const surroundings = {
    strategy: new Set(flags),
    place: PLACE,
    deliverer: STACK,
    onDrift: "overwrite",
    canRestart: false,
  } as const;
  const { decision } = planExtension({ declared, ...surroundings, ...facts });
  return `${decision.action}: ${decision.reason}`;
}

const newer = { extension: "acme.panel", path: "panel", version: "1.1.0", checksums: NEW };

describe("what happens to an extension", () => {
  it.each<[string, Partial<ExtensionFacts>]>([
    ["create: not on the target", {}],
    ["create: gone from the target", { known: known() }],
    ["create: gone from the target", { known: known(), delivered: delivered({ state: "missing" }) }],
    ["create: not on the target", { known: known({ place: "/elsewhere" }) }],
    ["keep: unchanged", { known: known(), delivered: delivered() }],
    ["take: on the target, not yet in this stack, with the same content", { delivered: delivered() }],
    [
      "take: delivered by this stack, whose state lost it, with the same content",
      { delivered: delivered({ deliveredBy: STACK }) },
    ],
    [
      "take: on the target, not yet in this stack, with the same content",
      { delivered: delivered({ deliveredBy: "organization/superset/qa" }) },
    ],
    [
      "update: delivered by this stack, whose state lost it: version 1.0.0 -> 1.1.0",
      { declared: newer, delivered: delivered({ deliveredBy: STACK }) },
    ],
    [
      "take: the stack's target changed, with the same content",
      { known: known({ place: "/elsewhere" }), delivered: delivered() },
    ],
    ["update: version 1.0.0 -> 1.1.0 (frontend changed)", { declared: newer, known: known(), delivered: delivered() }],
    [
      "update: on the target, not yet in this stack: version 1.0.0 -> 1.1.0",
      { declared: newer, delivered: delivered() },
    ],
    [
      "take: the target has the changed bundle already",
      { declared: newer, known: known(), delivered: delivered({ version: "1.1.0", checksum: "w2" }) },
    ],
    [
      "update: changed on the target since it was delivered",
      { known: known(), delivered: delivered({ state: "changed" }) },
    ],
    [
      "update: rolled back since the last deployment (version 0.9.0 -> 1.0.0)",
      {
        known: known(),
        delivered: delivered({
          ...{ version: "0.9.0", checksum: "w0" },
          rolledBackFrom: { version: "1.0.0", checksum: "w1" },
        }),
      },
    ],
    [
      "update: delivered by somebody else since the last deployment (another build of version 1.0.0)",
      { known: known(), delivered: delivered({ checksum: "w9" }) },
    ],
    ["update: put there by somebody else", { known: known(), delivered: delivered({ state: "foreign" }) }],
    ["update: its signature changed", { known: known(), delivered: delivered({ signature: "c2ln" }) }],
    ["take: it is again as it was delivered", { known: known({ isDrifted: true }), delivered: delivered() }],
    ["take: the server did not show it yet", { known: known({ isUnconfirmed: true }), delivered: delivered() }],
    ["keep: unchanged", { known: known({ restartRequired: true }), delivered: delivered() }],
    [
      "take: its backend waits for a restart",
      { known: known({ restartRequired: true }), delivered: delivered(), canRestart: true },
    ],
  ])("%s", (expected, facts) => {
    expect(decide(facts)).toBe(expected);
  });

  it("goes by the flags; REPLACE allows what UPDATE does", () => {
    const change = { declared: newer, known: known(), delivered: delivered() };
    expect(decide({}, ["UPDATE"])).toBe("skip: not on the target; the strategy (UPDATE) has no CREATE");
    expect(decide(change, ["CREATE"])).toMatch(/^skip: version .* has no UPDATE$/);
    expect(decide(change, ["REPLACE"])).toBe("update: version 1.0.0 -> 1.1.0 (frontend changed)");
  });

  it("leaves or refuses what was changed on the target, as onDrift says; a new version is no drift", () => {
    const drifted = { known: known(), delivered: delivered({ state: "changed" }) } as const;
    expect(decide({ ...drifted, onDrift: "keep" })).toMatch(/^skip: .*superset:onDrift keeps it$/);
    expect(decide({ ...drifted, onDrift: "refuse" })).toMatch(/^refuse: /);
    const change = { declared: newer, known: known(), delivered: delivered(), onDrift: "refuse" } as const;
    expect(decide(change)).toMatch(/^update: /);
  });

  it("is refused for what stands against it only where it would be written", () => {
    expect(decide({ obstacle: "it is not signed" })).toBe("refuse: it is not signed");
    expect(decide({ obstacle: "it is not signed", known: known(), delivered: delivered() })).toBe("keep: unchanged");
  });
});

it.each([
  ["new code", OLD, undefined, undefined, true],
  ["no code at all", { manifest: "m", whole: "w" }, undefined, undefined, false],
  ["the same code as before", NEW, delivered(), known(), false],
  ["other code than before", { ...NEW, backend: "b2" }, delivered(), known(), true],
  ["no code any more", { manifest: "m", whole: "w" }, delivered(), known(), true],
  ["code in the place of nobody knows what", NEW, delivered({ checksum: "w9" }), known(), true],
  ["code in the place of a changed file", OLD, delivered({ state: "changed" }), known(), true],
])("a restart: %s", (_title, checksums, there, before, expected) => {
  expect(changesBackend(checksums, there, before)).toBe(expected);
});

it("removes what is no longer declared only where this stack put it there, and the strategy has DELETE", () => {
  const all = [
    known({ extension: "acme.own" }),
    known({ extension: "acme.adopted", origin: "adopted" }),
    known({ extension: "acme.elsewhere", place: "/elsewhere" }),
    known({ extension: "acme.declared" }),
  ];
  const judge = (flags: readonly StrategyFlag[]) =>
    findVanishedExtensions(all, new Set(["acme.declared"]), new Set(flags), PLACE);
  expect(formatVanishedExtensions(judge(["CREATE", "DELETE"]))).toEqual([
    "No longer declared, and left on the target:\n  extension acme.adopted stays, forgotten by this stack: it was there before this stack\n  extension acme.elsewhere stays, forgotten by this stack: it is on the target that this stack had before",
    "No longer declared, and removed from the target:\n  extension acme.own",
  ]);
  expect(judge(["CREATE"]).filter(({ isKept }) => isKept)).toMatchObject([{ known: { extension: "acme.own" } }]);
});
