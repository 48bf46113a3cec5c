import { describe, expect, it } from "vitest";
import { ASSET_KINDS } from "../../provider/src/assets/definition";
import {
  type Action,
  type DecisionFacts,
  decide,
  formatDecision,
  type KnownAsset,
  parseAction,
} from "../../provider/src/plan/decide";
import { STRATEGY_FLAGS, type StrategyFlag } from "../../provider/src/settings/strategy";

const KNOWN: KnownAsset = {
  urn: "urn:pulumi:test::superset::pulumi-nodejs:dynamic/superset:Chart::charts/one",
  uuid: "33333333-3333-4333-8333-333333333333",
  title: "Revenue",
  origin: "created",
  checksum: "content-1",
  links: "links-1",
  target: "target-1",
  managed: false,
  retained: false,
};

/** Everything in which an asset can differ from what was applied last, and the words that tell it. */
const DIFFERENCES: Readonly<Record<string, { readonly facts: Partial<DecisionFacts>; readonly words: string }>> = {
  target: { facts: { target: "target-2" }, words: "the stack's address changed" },
  definition: { facts: { checksum: "content-2" }, words: "definition changed" },
  managed: { facts: { managed: true }, words: "to be locked in the UI" },
  externalUrl: { facts: { externalUrl: "https://git.example.com/a" }, words: "external link changed" },
  links: { facts: { links: "links-2" }, words: "another id" },
  missingLink: { facts: { links: undefined }, words: "is created again" },
};

/** All subsets of a list. */
function subsets<T>(items: readonly T[]): T[][] {
  return items.reduceRight<T[][]>((sets, item) => sets.flatMap((set) => [set, [item, ...set]]), [[]]);
}

interface Case {
  readonly facts: DecisionFacts;
  readonly differences: readonly string[];
  readonly label: string;
}

/** Every combination of flags, kind, presence, state, differences and obstacle. */
function allCases(): Case[] {
  const cases: Case[] = [];
  for (const kind of ASSET_KINDS)
    for (const flags of subsets<StrategyFlag>(STRATEGY_FLAGS))
      for (const present of [true, false])
        for (const known of [KNOWN, undefined])
          for (const obstacle of ["something stands against it", undefined])
            for (const differences of subsets(Object.keys(DIFFERENCES))) {
              const facts: DecisionFacts = {
                kind,
                strategy: new Set(flags),
                checksum: KNOWN.checksum,
                links: KNOWN.links,
                target: KNOWN.target,
                managed: KNOWN.managed,
                present,
                ...(known && { known }),
                ...(obstacle && { obstacle }),
                ...Object.assign({}, ...differences.map((name) => DIFFERENCES[name]?.facts)),
              };
              const state = known ? "known" : "new";
              const label = [
                kind,
                `[${flags}]`,
                present ? "present" : "absent",
                state,
                obstacle ?? "",
                `differs: ${differences}`,
              ].join(" ");
              cases.push({ facts, differences, label });
            }
  return cases;
}

/** The strategy table of the README, row by row. */
function expectedAction({ facts, differences }: Case): Action {
  const { kind, present, known, obstacle, strategy } = facts;
  if (kind === "database" && present) {
    if (known === undefined || differences.includes("target")) return "use";
    return differences.includes("definition") ? "skip" : "keep";
  }
  if (present && known !== undefined && differences.length === 0) return "keep";
  if (!strategy.has(present ? "UPDATE" : "CREATE")) return "skip";
  // What stands against writing matters only where something is to be written.
  if (obstacle !== undefined) return "refuse";
  return present ? "update" : "create";
}

const CASES = allCases();

describe("the decision about one asset", () => {
  it("follows the strategy table in every combination", () => {
    const wrong = CASES.filter((entry) => decide(entry.facts).action !== expectedAction(entry));
    expect(wrong.map(({ facts, label }) => `${label} => ${formatDecision(decide(facts))}`)).toEqual([]);
    // 4 kinds, 8 strategies, 64 sets of differences; present, known and obstacle yes or no.
    expect(CASES).toHaveLength(4 * 8 * 64 * 2 * 2 * 2);
  });

  it("names the missing flag wherever one is the reason", () => {
    const silent = CASES.filter(({ facts }) => {
      const { action, reason } = decide(facts);
      const isAboutFlags = action === "skip" && !(facts.kind === "database" && facts.present);
      return isAboutFlags && !reason.includes(facts.present ? "has no UPDATE" : "has no CREATE");
    });
    expect(silent.map(({ label }) => label)).toEqual([]);
  });

  it("names everything that differs", () => {
    const silent = CASES.filter(({ facts, differences }) => {
      const { action, reason } = decide(facts);
      if (!facts.present || facts.known === undefined || facts.kind === "database" || action === "refuse") return false;
      const isToldInstead = (name: string) =>
        (name === "links" && differences.includes("missingLink")) ||
        (/^(links|missingLink)$/.test(name) && differences.includes("definition"));
      const told = differences.filter((name) => !isToldInstead(name));
      return !told.every((name) => reason.includes(DIFFERENCES[name]?.words ?? "?"));
    });
    expect(silent.map(({ label }) => label)).toEqual([]);
  });

  it("tells an asset that vanished from one that was never there", () => {
    const strategy = new Set<StrategyFlag>(["CREATE"]);
    const absent = {
      kind: "chart",
      strategy,
      checksum: "c",
      links: "-",
      target: "t",
      managed: false,
      present: false,
    } as const;
    expect(decide(absent).reason).toBe("not on the target");
    expect(decide({ ...absent, known: KNOWN }).reason).toBe("gone from the target");
  });

  it("says how a lock in the UI changes", () => {
    const present = {
      kind: "chart",
      strategy: new Set(STRATEGY_FLAGS),
      checksum: KNOWN.checksum,
      links: KNOWN.links,
      target: KNOWN.target,
    } as const;
    expect(decide({ ...present, present: true, managed: true, known: KNOWN }).reason).toBe("to be locked in the UI");
    expect(decide({ ...present, present: true, managed: false, known: { ...KNOWN, managed: true } }).reason).toBe(
      "to be unlocked in the UI",
    );
  });

  it("is read back by the hooks as it was written", () => {
    const read = CASES.filter(({ facts }) => parseAction(formatDecision(decide(facts))) !== decide(facts).action);
    expect(read).toEqual([]);
    expect(parseAction("destroy: everything")).toBeUndefined();
    expect(parseAction(undefined)).toBeUndefined();
  });
});
