import { describe, expect, it } from "vitest";
import type { RowLevelSecurityRule } from "../../provider/src/assets/access";
import {
  digestRule,
  findVanishedRules,
  formatExposed,
  formatStayingRules,
  type KnownRule,
  planRule,
  type RuleFacts,
} from "../../provider/src/plan/rules";
import { STRATEGY_FLAGS, type StrategyFlag } from "../../provider/src/settings/strategy";
import type { RemoteRule } from "../../provider/src/superset/row-level-security";

const ORDERS = "22222222-2222-4222-8222-222222222222";
const SALES = { id: 1, name: "Sales" };
const ALPHA = { id: 2, name: "Alpha" };
const TARGET = "target-1";

const RULE: RowLevelSecurityRule = {
  name: "Own region",
  path: "access.yaml",
  datasets: [{ uuid: ORDERS, path: "datasets/Shop/orders.yaml" }],
  roles: ["Sales"],
  clause: "region = 'x'",
  filterType: "Regular",
};

const REMOTE: RemoteRule = {
  id: 7,
  name: RULE.name,
  filterType: "Regular",
  clause: RULE.clause,
  groupKey: null,
  description: null,
  roles: [SALES],
  datasets: [{ id: 10, title: "orders" }],
};

const KNOWN: KnownRule = {
  urn: "urn:pulumi:test::superset::type::Own region",
  name: RULE.name,
  origin: "created",
  checksum: digestRule(RULE),
  target: TARGET,
};

const ALL = new Set<StrategyFlag>(STRATEGY_FLAGS);

function decide(facts: Partial<RuleFacts> = {}) {
  const datasets = [{ uuid: ORDERS, title: "orders", id: 10, isToBeCreated: false }];
  const roles = new Map([SALES, ALPHA].map((role) => [role.name, role]));
  return planRule({ rule: RULE, datasets, roles, strategy: ALL, target: TARGET, ...facts });
}

const changed: RowLevelSecurityRule = { ...RULE, clause: "region = 'y'" };

describe("the decision about a rule", () => {
  const cases: [
    what: string,
    facts: Partial<RuleFacts>,
    flag: StrategyFlag | undefined,
    action: string,
    reason: string,
  ][] = [
    ["new", {}, "CREATE", "create", "not on the target"],
    ["gone", { known: KNOWN }, "CREATE", "create", "gone from the target"],
    ["unchanged", { known: KNOWN, remote: REMOTE }, undefined, "keep", "unchanged"],
    ["there and the same", { remote: REMOTE }, undefined, "take", "on the target, not yet in this stack"],
    [
      "on another server now",
      { known: { ...KNOWN, target: "old" }, remote: REMOTE },
      undefined,
      "take",
      "the stack's address changed",
    ],
    [
      "changed on both sides alike",
      { rule: changed, known: KNOWN, remote: { ...REMOTE, clause: changed.clause } },
      undefined,
      "take",
      "definition changed",
    ],
    [
      "there and different",
      { rule: changed, remote: REMOTE },
      "UPDATE",
      "update",
      "on the target, not yet in this stack: clause",
    ],
    [
      "changed in its file",
      { rule: changed, known: KNOWN, remote: REMOTE },
      "UPDATE",
      "update",
      "definition changed: clause",
    ],
    [
      "changed on the server",
      { known: KNOWN, remote: { ...REMOTE, clause: "1 = 1" } },
      "UPDATE",
      "update",
      "changed on the server: clause",
    ],
  ];

  it.each(cases)("%s", (_what, facts, flag, action, reason) => {
    expect(decide(facts).decision).toEqual({ action, reason });
    // Only the flag that it needs matters: with it alone the same, without it nothing is written.
    const needed = new Set(flag === undefined ? [] : [flag]);
    expect(decide({ ...facts, strategy: needed }).decision).toEqual({ action, reason });
    if (flag === undefined) return;
    const others = STRATEGY_FLAGS.filter((other) => other !== flag);
    expect(decide({ ...facts, strategy: new Set(others) }).decision).toEqual({
      action: "skip",
      reason: `${reason}; the strategy (${others.join(" | ")}) has no ${flag}`,
    });
  });

  it("leaves a rule out that is skipped and not in the state", () => {
    const strategy = new Set<StrategyFlag>();
    expect(decide({ strategy }).registered).toBe(false);
    expect(decide({ strategy, known: KNOWN }).registered).toBe(true);
    expect(decide({ strategy, remote: REMOTE }).registered).toBe(true);
    expect(decide({ strategy, rule: changed, remote: REMOTE }).registered).toBe(false);
  });
});

describe("what differs on the server", () => {
  const differences = (remote: Partial<RemoteRule>, rule: Partial<RowLevelSecurityRule> = {}) =>
    decide({ rule: { ...RULE, ...rule }, remote: { ...REMOTE, ...remote } }).decision.reason.split(": ")[1];

  it.each<[string, Partial<RemoteRule>, Partial<RowLevelSecurityRule>, string | undefined]>([
    ["clause", { clause: "1 = 1" }, {}, "clause"],
    ["type", { filterType: "Base" }, {}, "type (Base -> Regular)"],
    ["a group key that is not declared", { groupKey: "g" }, {}, "group key"],
    ["a group key that is declared", {}, { groupKey: "g" }, "group key"],
    ["the same group key", { groupKey: "g" }, { groupKey: "g" }, undefined],
    ["a description that is not declared", { description: "theirs" }, {}, undefined],
    ["a description that is declared", { description: "theirs" }, { description: "ours" }, "description"],
    ["an empty description", { description: null }, { description: "" }, undefined],
    ["roles", { roles: [ALPHA] }, {}, "roles (+ Sales, - Alpha)"],
    ["roles in another order", { roles: [ALPHA, SALES] }, { roles: ["Sales", "Alpha"] }, undefined],
    ["a dataset too many", { datasets: [...REMOTE.datasets, { id: 11, title: "users" }] }, {}, "datasets (- users)"],
    ["a dataset too few", { datasets: [] }, {}, "datasets (+ orders)"],
  ])("%s", (_what, remote, rule, expected) => {
    expect(differences(remote, rule)).toBe(expected);
  });

  it("the old object of a replaced dataset has the rule as long as it is there, which is no difference", () => {
    const datasets = [{ uuid: ORDERS, title: "orders", id: 10, asideId: 9, isToBeCreated: false }];
    const remote = { ...REMOTE, datasets: [...REMOTE.datasets, { id: 9, title: "orders (replaced 1a2b3c4d)" }] };
    expect(decide({ known: KNOWN, datasets, remote }).decision.action).toBe("keep");
    expect(decide({ known: KNOWN, datasets, remote: REMOTE }).decision.action).toBe("keep");
    expect(decide({ known: KNOWN, remote }).decision.action).toBe("update");
  });

  it("a dataset that is created again in this run has to be put into the rule again", () => {
    const datasets = [{ uuid: ORDERS, title: "orders", isToBeCreated: true }];
    const { decision, missing } = decide({ datasets, known: KNOWN, remote: REMOTE });
    expect(decision).toEqual({ action: "update", reason: "a dataset is created again: datasets (+ orders, - orders)" });
    expect(missing).toEqual([]);
  });
});

describe("what the target lacks for a rule", () => {
  const facts: Partial<RuleFacts> = {
    rule: { ...RULE, roles: ["Sales", "Nix"] },
    datasets: [{ uuid: ORDERS, title: "orders", isToBeCreated: false }],
  };

  it("is named where the rule is to be written", () => {
    expect(decide(facts).missing).toEqual([
      '  no role "Nix": row-level security rule "Own region" (access.yaml)',
      '  no dataset "orders": row-level security rule "Own region" (access.yaml)',
    ]);
  });

  it("is nobody's trouble where nothing is to be written", () => {
    expect(decide({ ...facts, strategy: new Set() }).missing).toEqual([]);
  });
});

describe("a rule without a file", () => {
  const vanished = (known: Partial<KnownRule>, strategy: Iterable<StrategyFlag> = ALL, remotes = [REMOTE]) =>
    findVanishedRules([{ ...KNOWN, ...known }], [], remotes, new Set(strategy), TARGET);

  it.each<[string, Partial<KnownRule>, StrategyFlag[], RegExp]>([
    ["adopted", { origin: "adopted" }, ["DELETE"], /was there before this stack/],
    ["without DELETE", {}, ["CREATE", "UPDATE"], /the strategy \(CREATE \| UPDATE\) has no DELETE/],
    ["of another server", { target: "old" }, ["DELETE"], /on the server that this stack had before/],
  ])("stays: %s", (_what, known, strategy, reason) => {
    const found = vanished(known, strategy);
    expect(formatStayingRules(found)).toMatch(reason);
    expect(formatExposed(found)).toBeUndefined();
  });

  it.each<[string, Partial<RemoteRule>, string]>([
    ["a Regular rule", {}, "on orders, for Sales: region = 'x'"],
    ["a Base rule", { filterType: "Base" }, "on orders, for everybody but Sales: region = 'x'"],
    ["a Base rule for all", { filterType: "Base", roles: [] }, "on orders, for everybody: region = 'x'"],
    ["a rule without datasets", { datasets: [] }, "on no dataset, for Sales: region = 'x'"],
  ])("is deleted, and what becomes visible is told: %s", (_what, remote, text) => {
    const found = vanished({}, ALL, [{ ...REMOTE, ...remote }]);
    expect(formatExposed(found)).toContain(`row-level security rule "Own region" ${text}`);
    expect(formatStayingRules(found)).toBeUndefined();
  });

  it("is not spoken of where it is gone already, or declared", () => {
    expect(formatExposed(vanished({}, ALL, []))).toBeUndefined();
    expect(findVanishedRules([KNOWN], [RULE], [REMOTE], ALL, TARGET)).toEqual([]);
  });
});

it("a rule's digest tells every part of it, and not the order of its lists", () => {
  const variants: Partial<RowLevelSecurityRule>[] = [
    {},
    { clause: "x" },
    { filterType: "Base" },
    { groupKey: "g" },
    { description: "d" },
    { roles: ["Alpha"] },
    { datasets: [] },
    { name: "other" },
  ];
  expect(new Set(variants.map((variant) => digestRule({ ...RULE, ...variant }))).size).toBe(variants.length);
  const two = [{ uuid: ORDERS }, { uuid: "1" }];
  expect(digestRule({ ...RULE, roles: ["A", "B"], datasets: two })).toBe(
    digestRule({ ...RULE, roles: ["B", "A"], datasets: [...two].reverse() }),
  );
  expect(digestRule({ ...RULE, path: "elsewhere/access.yaml" } as RowLevelSecurityRule)).toBe(digestRule(RULE));
});
