import { describe, expect, it } from "vitest";
import type { AssetKind } from "../../provider/src/assets/definition";
import {
  type Action,
  type Decision,
  type DecisionFacts,
  decide,
  formatDecision,
  isWrite,
  type KnownAsset,
  parseAction,
} from "../../provider/src/plan/decide";
import { STRATEGY_FLAGS, type StrategyFlag } from "../../provider/src/settings/strategy";

const KNOWN: KnownAsset = {
  urn: "urn:pulumi:test::superset::pulumi-nodejs:dynamic/superset:Chart::charts/one",
  path: "charts/one.yaml",
  uuid: "33333333-3333-4333-8333-333333333333",
  title: "Revenue",
  supersetId: 7,
  origin: "created",
  checksum: "content-1",
  links: "links-1",
  target: "target-1",
  managed: false,
  changedOn: "2026-01-01",
  isForgetful: false,
};

const OBJECT = { uuid: KNOWN.uuid, id: KNOWN.supersetId };

/** Nothing differs from what was applied last. */
const SAME: DecisionFacts = {
  kind: "chart",
  strategy: new Set(STRATEGY_FLAGS),
  replace: "recreate",
  onDrift: "overwrite",
  checksum: KNOWN.checksum,
  links: KNOWN.links,
  target: KNOWN.target,
  managed: KNOWN.managed,
  object: OBJECT,
  known: KNOWN,
};

/** Everything in which an asset can differ from what was applied last, and the words that tell it. */
const DIFFERENCES: Readonly<Record<string, { readonly facts: Partial<DecisionFacts>; readonly words: string }>> = {
  target: { facts: { target: "target-2" }, words: "the stack's address changed" },
  definition: { facts: { checksum: "content-2" }, words: "definition" },
  managed: { facts: { managed: true }, words: "to be locked in the UI" },
  links: { facts: { links: "links-2" }, words: "another id" },
  missingLink: { facts: { links: undefined }, words: "is created again" },
  misplaced: { facts: { misplaced: true }, words: "in another database" },
  id: { facts: { object: { ...OBJECT, id: 8 } }, words: "another id now" },
};

/** What is known of the lock in the UI, which {@link KNOWN} was applied without. */
const LOCKS = [undefined, false, true] as const;

/** What of the target's content was read. */
const CONTENTS = ["not read", "as defined", "of somebody else"] as const;

const NEW_BUT_SAME = "on the target, not yet in this stack, with the same content";

const REPLACE = ["recreate", "inPlace"] as const;
const ON_DRIFT = ["overwrite", "keep", "refuse"] as const;

/** All subsets of a list. */
function subsets<T>(items: readonly T[]): T[][] {
  return items.reduceRight<T[][]>((sets, item) => sets.flatMap((set) => [set, [item, ...set]]), [[]]);
}

interface Case {
  readonly facts: DecisionFacts;
  readonly differences: readonly string[];
  readonly content: (typeof CONTENTS)[number];
}

/** Every combination of flags, kind, presence, state, policies, content read, lock, differences and obstacle. */
function* allCases(): Generator<Case> {
  // A database that is there is never written, whatever the policies say.
  for (const kind of ["database", "chart"] as const)
    for (const flags of subsets<StrategyFlag>(STRATEGY_FLAGS))
      for (const isPresent of [true, false])
        for (const known of [KNOWN, undefined])
          for (const obstacle of ["something stands against it", undefined])
            for (const replace of kind === "database" ? REPLACE.slice(0, 1) : REPLACE)
              for (const onDrift of kind === "database" ? ON_DRIFT.slice(0, 1) : ON_DRIFT)
                for (const content of CONTENTS)
                  for (const [isLocked, differences] of withLocks(kind, subsets(Object.keys(DIFFERENCES)))) {
                    const { known: _known, object: _object, ...same } = SAME;
                    const differing: Partial<DecisionFacts> = Object.assign(
                      {},
                      ...differences.map((name) => DIFFERENCES[name]?.facts),
                    );
                    const { object = OBJECT, ...others } = differing;
                    const facts: DecisionFacts = {
                      ...same,
                      ...others,
                      kind,
                      replace,
                      onDrift,
                      strategy: new Set(flags),
                      ...(isPresent && { object }),
                      ...(known && { known }),
                      ...(obstacle && { obstacle }),
                      ...(isLocked !== undefined && { isLocked }),
                      ...(content === "as defined" && { content: others.checksum ?? SAME.checksum }),
                      ...(content === "of somebody else" && { content: "content-3" }),
                    };
                    yield { facts, differences, content };
                  }
}

/** Nobody asks for the lock of a database. */
function withLocks<T>(kind: AssetKind, items: readonly T[]): [boolean | undefined, T][] {
  return LOCKS.slice(0, kind === "database" ? 1 : LOCKS.length).flatMap((isLocked) =>
    items.map((item): [boolean | undefined, T] => [isLocked, item]),
  );
}

function labelOf({ facts, differences, content }: Case): string {
  const { kind, strategy, object, known, obstacle, replace, onDrift, isLocked } = facts;
  const words = [
    kind,
    `locked: ${isLocked}`,
    `[${[...strategy]}]`,
    object ? "present" : "absent",
    known ? "known" : "new",
    obstacle ?? "",
  ];
  return [...words, replace, onDrift, content, `differs: ${differences}`, "=>", formatDecision(decide(facts))].join(
    " ",
  );
}

/** Whether the target, as far as anybody knows, is not locked as the settings want. */
function needsLock({ isLocked, managed }: DecisionFacts): boolean {
  return (isLocked ?? false) !== managed;
}

/** The strategy table of the README, row by row. */
function expectedAction({ facts, differences, content }: Case): Action {
  const { kind, object, known, strategy } = facts;
  const differs = (name: string) => differences.includes(name);
  if (kind === "database" && object !== undefined) {
    if (known === undefined || differs("target")) return "use";
    if (differs("id")) return "take";
    return differs("definition") ? "skip" : "keep";
  }
  const orRefused = (action: Action): Action => (facts.obstacle === undefined ? action : "refuse");
  if (object === undefined) return strategy.has("CREATE") ? orRefused("create") : "skip";

  const isApplied = known !== undefined && !differs("target");
  const hasDrifted = isApplied && content === "of somebody else";
  if (hasDrifted && facts.onDrift !== "overwrite") return facts.onDrift === "keep" ? "skip" : "refuse";
  const isOtherContent = isApplied ? hasDrifted || differs("definition") : true;
  const needsContent = (isOtherContent && content !== "as defined") || differs("misplaced");
  const needsLinks = isApplied && !differs("definition") && (differs("links") || differs("missingLink"));
  const needsWrite = needsContent || needsLinks || needsLock(facts);
  const isRecorded = isOtherContent || (isApplied && (differs("id") || differs("managed")));
  if (!needsWrite) return isRecorded ? "take" : "keep";
  if (strategy.has("UPDATE")) return orRefused("update");
  if (!strategy.has("REPLACE")) return "skip";
  return orRefused(needsContent && facts.replace === "recreate" ? "replace" : "update");
}

/** Whether the reason of a skip names the flag that is missing, or the setting that keeps the asset. */
function namesWhatIsMissing({ facts }: Case, { action, reason }: Decision): boolean {
  const isDatabase = facts.kind === "database" && facts.object !== undefined;
  if (action !== "skip" || isDatabase || reason.includes("superset:onDrift")) return true;
  return reason.includes(facts.object ? "has no UPDATE" : "has no CREATE");
}

/** Whether the reason of a write names everything that differs. */
function namesDifferences({ facts, differences, content }: Case, { action, reason }: Decision): boolean {
  if (!isWrite(action) || facts.object === undefined || facts.known === undefined) return true;
  const { managed } = facts;
  const byHand = managed || differences.includes("target") ? "to be unlocked in the UI" : "somebody locked it";
  if (!managed && facts.isLocked && !reason.includes(byHand)) return false;
  return differences.every((name) => {
    if (name === "managed" && !needsLock(facts)) return true;
    const isDefined = content === "as defined";
    if (name === "id") return true;
    if (name === "definition" && (isDefined || differences.includes("target"))) return true;
    if (name === "target" && isDefined) return true;
    if (name === "links" && differences.includes("missingLink")) return true;
    if (/^(links|missingLink)$/.test(name) && /definition|target/.test(differences.join())) return true;
    return reason.includes(DIFFERENCES[name]?.words ?? "?");
  });
}

describe("the decision about one asset", () => {
  it("follows the strategy table in every combination, says why, and is read back by the hooks as it was written", () => {
    let count = 0;
    const wrong: string[] = [];
    for (const entry of allCases()) {
      count += 1;
      const decision = decide(entry.facts);
      const isRight =
        decision.action === expectedAction(entry) &&
        namesWhatIsMissing(entry, decision) &&
        namesDifferences(entry, decision) &&
        parseAction(formatDecision(decision)) === decision.action;
      if (!isRight) wrong.push(labelOf(entry));
    }
    expect(wrong.slice(0, 20)).toEqual([]);
    // Databases, and charts with 3 policies of drift, 2 of replacement and 3 states of the lock; 16 strategies, 128 sets of differences, 3
    // contents; present, known and obstacle yes or no.
    expect(count).toBe((1 + 3 * 2 * 3) * 16 * 128 * 3 * 2 * 2 * 2);
  }, 60_000);

  it("is the same for all kinds but databases", () => {
    const decisions = (kind: AssetKind) =>
      [SAME, { ...SAME, checksum: "content-2" }].map((facts) => decide({ ...facts, kind }));
    expect(decisions("dataset")).toEqual(decisions("chart"));
    expect(decisions("dashboard")).toEqual(decisions("chart"));
  });

  it("leaves nothing of the old content where REPLACE is done in place, and only there", () => {
    const other = { ...SAME, checksum: "content-2" };
    const replaced = decide({ ...other, strategy: new Set(["REPLACE"]), replace: "inPlace" });
    expect(replaced).toEqual({ action: "update", reason: "definition changed, replaced in place", exact: true });
    expect(decide({ ...other, strategy: new Set(["UPDATE", "REPLACE"]), replace: "inPlace" })).not.toHaveProperty(
      "exact",
    );
  });

  it("links again what uses a replaced asset, even where the strategy writes nothing else", () => {
    const facts = { ...SAME, strategy: new Set<StrategyFlag>(["DELETE"]), links: undefined, usesReplaced: true };
    expect(decide(facts)).toEqual({ action: "update", reason: "something it uses is replaced" });
    expect(decide({ ...facts, managed: true }).action).toBe("skip");
  });

  it("goes on with an interrupted replacement, whatever the strategy says by then", () => {
    const { object: _object, ...absent } = SAME;
    for (const facts of [SAME, absent]) {
      const decision = decide({ ...facts, strategy: new Set(), replacement: "interrupted" });
      expect(decision).toMatchObject({ action: "replace" });
    }
  });

  it("deletes what a replacement left behind, and writes nothing else", () => {
    expect(decide({ ...SAME, replacement: "done" })).toMatchObject({ action: "take" });
  });

  it("tells an asset that vanished from one that was never there", () => {
    const { object: _object, known: _known, ...absent } = SAME;
    expect(decide(absent).reason).toBe("not on the target");
    expect(decide({ ...absent, known: KNOWN }).reason).toBe("gone from the target");
  });

  it("says how a lock in the UI changes", () => {
    expect(decide({ ...SAME, managed: true }).reason).toBe("to be locked in the UI");
    expect(decide({ ...SAME, known: { ...KNOWN, managed: true } }).reason).toBe("to be unlocked in the UI");
  });

  it.each([
    // applied, present on the target, wanted: what is done
    [undefined, undefined, false, `take: ${NEW_BUT_SAME}`],
    [undefined, undefined, true, "update: to be locked in the UI"],
    [undefined, false, false, `take: ${NEW_BUT_SAME}`],
    [undefined, false, true, "update: to be locked in the UI"],
    [undefined, true, false, "update: to be unlocked in the UI"],
    [undefined, true, true, `take: ${NEW_BUT_SAME}`],
    [false, undefined, false, "keep: unchanged"],
    [false, undefined, true, "update: to be locked in the UI"],
    [false, false, false, "keep: unchanged"],
    [false, false, true, "update: to be locked in the UI"],
    [false, true, false, "update: somebody locked it"],
    [false, true, true, "take: it is locked in the UI already"],
    [true, undefined, false, "update: to be unlocked in the UI"],
    [true, undefined, true, "keep: unchanged"],
    [true, false, false, "take: it is unlocked in the UI already"],
    [true, false, true, "update: somebody unlocked it"],
    [true, true, false, "update: to be unlocked in the UI"],
    [true, true, true, "keep: unchanged"],
  ])("of a lock that was applied as %s, is %s and is to be %s: %s", (applied, isLocked, managed, expected) => {
    const { known: _known, ...unknown } = SAME;
    const decision = decide({
      ...(applied === undefined ? { ...unknown, content: SAME.checksum } : SAME),
      ...(applied !== undefined && { known: { ...KNOWN, managed: applied } }),
      ...(isLocked !== undefined && { isLocked }),
      managed,
    });
    expect(formatDecision(decision)).toBe(expected);
    expect(decision.resetsLock === true).toBe(expected.includes("somebody"));
  });

  it("says what became of the lock where somebody changed the content, too", () => {
    const facts = { ...SAME, known: { ...KNOWN, managed: true }, managed: true, isLocked: false, content: "content-3" };
    for (const onDrift of ON_DRIFT) expect(decide({ ...facts, onDrift }).reason).toContain("somebody unlocked it");
    expect(decide(facts)).toMatchObject({ action: "update", overwrites: true, resetsLock: true });
    expect(decide({ ...facts, strategy: new Set() })).not.toHaveProperty("resetsLock");
  });

  it("says what differs of an asset that is taken over, and writes nothing where that is nothing", () => {
    const { known: _known, ...unknown } = SAME;
    expect(decide({ ...unknown, content: "content-1" })).toEqual({
      action: "take",
      reason: NEW_BUT_SAME,
    });
    expect(decide({ ...unknown, content: "content-3" }).reason).toContain("with other content");
    expect(decide({ ...unknown, content: "content-1", managed: true }).action).toBe("update");
  });

  it("is nothing that a hook obeys where the text is no decision", () => {
    expect(parseAction("destroy: everything")).toBeUndefined();
    expect(parseAction(undefined)).toBeUndefined();
  });
});
