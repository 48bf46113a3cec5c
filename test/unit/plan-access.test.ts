import { describe, expect, it } from "vitest";
import type { AssetAccess } from "../../provider/src/assets/access";
import { assertNothingMissing, describeAccessChange, findLacking, listMissing } from "../../provider/src/plan/access";
import type { Directory } from "../../provider/src/superset/people";

const ALICE = { id: 1, name: "Alice Test" };
const BOB = { id: 2, name: "Bob Test" };
const DEPLOYER = { id: 9, name: "Deployer" };
const SALES = { id: 1, name: "Sales" };
const ALPHA = { id: 2, name: "Alpha" };

function directory(isAdmin = true): Directory {
  return {
    people: new Map([
      ["alice@example.com", ALICE],
      ["alice", ALICE],
      ["bob", BOB],
      ["deployer", DEPLOYER],
    ]),
    roles: new Map([
      ["Sales", SALES],
      ["Alpha", ALPHA],
    ]),
    account: { id: DEPLOYER.id, username: "deployer", isAdmin },
  };
}

describe("what the target's owners and roles differ in", () => {
  const cases: [
    what: string,
    declared: Pick<AssetAccess, "owners" | "roles">,
    present: { owners?: (typeof ALICE)[]; roles?: (typeof SALES)[] } | undefined,
    change: string | undefined,
  ][] = [
    ["nothing is declared", {}, { owners: [BOB], roles: [SALES] }, undefined],
    ["the same owners in another order", { owners: ["bob", "alice"] }, { owners: [ALICE, BOB] }, undefined],
    ["one person under two names", { owners: ["alice", "alice@example.com"] }, { owners: [ALICE] }, undefined],
    ["another owner", { owners: ["alice"] }, { owners: [BOB] }, "owners (+ alice, - Bob Test)"],
    ["an owner too many", { owners: ["alice"] }, { owners: [ALICE, BOB] }, "owners (- Bob Test)"],
    ["the importing account too many", { owners: ["alice"] }, { owners: [ALICE, DEPLOYER] }, "owners (- Deployer)"],
    ["no owner at all", { owners: [] }, { owners: [ALICE] }, "owners (- Alice Test)"],
    ["none declared and none there", { owners: [], roles: [] }, {}, undefined],
    ["roles alone", { roles: ["Sales"] }, { owners: [BOB], roles: [ALPHA] }, "roles (+ Sales, - Alpha)"],
    ["both", { owners: ["bob"], roles: [] }, { roles: [SALES] }, "owners (+ bob), roles (- Sales)"],
    ["an asset that is not there", { owners: ["bob"], roles: ["Sales"] }, undefined, "owners (+ bob), roles (+ Sales)"],
  ];

  it.each(cases)("%s", (_what, declared, present, change) => {
    const there = present && { owners: present.owners ?? [], roles: present.roles ?? [] };
    expect(describeAccessChange(declared, there, directory())).toBe(change);
  });

  it("somebody whom the target lacks is a difference too", () => {
    const present = { owners: [ALICE], roles: [] };
    expect(describeAccessChange({ owners: ["gone"], roles: ["Nix"] }, present, directory())).toBe(
      "owners (+ gone, - Alice Test), roles (+ Nix)",
    );
  });

  it("an account that is no Admin stays an owner, and that is no difference", () => {
    const present = { owners: [ALICE, DEPLOYER], roles: [] };
    expect(describeAccessChange({ owners: ["alice"] }, present, directory(false))).toBeUndefined();
    expect(describeAccessChange({ owners: ["alice", "deployer"] }, present, directory(false))).toBeUndefined();
    expect(
      describeAccessChange({ owners: ["alice", "deployer"] }, { owners: [ALICE], roles: [] }, directory(false)),
    ).toBe("owners (+ deployer)");
  });
});

describe("what the target lacks", () => {
  const declared: AssetAccess[] = [
    { kind: "chart", uuid: "1", path: "charts/a.yaml", owners: ["alice", "gone@example.com"] },
    { kind: "dashboard", uuid: "2", path: "dashboards/b.yaml", owners: ["gone@example.com"], roles: ["Nix", "Sales"] },
  ];

  const list = (assets: readonly AssetAccess[]) =>
    listMissing(
      assets.map(({ path, ...access }) => {
        const lacking = findLacking(access, directory());
        return { path, ...(lacking && { lacking }) };
      }),
    );

  it("is named once for each person and role, with what needs it", () => {
    expect(list(declared)).toEqual([
      '  no user "gone@example.com": owners of charts/a.yaml and 1 more',
      '  no role "Nix": roles of dashboards/b.yaml',
    ]);
    expect(list([])).toEqual([]);
    expect(findLacking({ owners: ["alice"], roles: ["Sales"] }, directory())).toBeUndefined();
    expect(findLacking({}, directory())).toBeUndefined();
  });

  it("refuses the whole run", () => {
    const missing = list(declared);
    expect(() => assertNothingMissing(missing, "qa")).toThrow(
      expect.objectContaining({
        code: "access/missing",
        exitCode: 3,
        message: expect.stringContaining('no role "Nix"'),
      }),
    );
    expect(() => assertNothingMissing([], "qa")).not.toThrow();
  });
});
