import { describe, expect, it } from "vitest";
import { assetKey } from "../../provider/src/assets/asset-key";
import type { Finding } from "../../provider/src/assets/definition";
import {
  assertNoErrors,
  assertNothingRefused,
  formatAdopted,
  formatFindings,
  formatLocks,
  formatOtherServer,
  formatRecreated,
  formatSkipped,
} from "../../provider/src/plan/report";
import { define, known, plan, remote, UUIDS } from "./plan-support";

const finding = (changes: Partial<Finding>): Finding => ({
  rule: "uuid-missing",
  severity: "error",
  file: "charts/a.yaml",
  line: 3,
  column: 5,
  message: "the chart has no UUID",
  remedy: "Add a uuid.",
  ...changes,
});

describe("what people read", () => {
  it("names every error of every file with place, rule and remedy, and never just the first", () => {
    const findings = [
      finding({}),
      finding({ file: "charts/b.yaml" }),
      finding({ severity: "warning", file: "charts/c.yaml" }),
    ];
    const read = () => assertNoErrors(findings, "assets");
    expect(read).toThrow("2 errors in the asset files of assets; nothing was written: [assets/invalid]\n");
    expect(read).toThrow("charts/a.yaml:3:5: the chart has no UUID [uuid-missing]\n    to do: Add a uuid.");
    expect(read).toThrow("charts/b.yaml:3:5");
    expect(read).not.toThrow("charts/c.yaml");
    expect(() => assertNoErrors([finding({ severity: "warning" })], "assets")).not.toThrow();
  });

  it("keeps the severities apart", () => {
    const findings = [finding({ severity: "warning" }), finding({ severity: "note", file: "tags.yaml" })];
    expect(formatFindings(findings, "warning")).toContain("charts/a.yaml");
    expect(formatFindings(findings, "warning")).not.toContain("tags.yaml");
    expect(formatFindings(findings, "error")).toBeUndefined();
  });

  it("ends a list that nobody would read, and says how much is left", () => {
    const many = Array.from({ length: 45 }, (_, index) =>
      finding({ severity: "warning", file: `charts/${index}.yaml` }),
    );
    expect(formatFindings(many, "warning")).toContain("and 15 more");
  });

  it("names what the strategy leaves alone, with the missing flag", () => {
    const text = formatSkipped(plan({ settings: { strategy: "UPDATE" } }));
    expect(text).toMatch(/^4 assets left as they are:/);
    expect(text).toContain('charts/one.yaml (chart "Revenue"): not on the target; the strategy (UPDATE) has no CREATE');
    expect(formatSkipped(plan())).toBeUndefined();
  });

  it("says that the settings name another server; what that one lacks is not gone from it", () => {
    const applied = new Map([[assetKey("chart", UUIDS.chart), known("chart", { target: "target-0" })]]);
    const planned = plan({ known: applied });
    expect(formatOtherServer(planned, "target-1")).toContain("the last deployment of 1 asset did");
    expect(formatRecreated(planned, "target-1")).toBeUndefined();
    const here = plan({ known: new Map([[assetKey("chart", UUIDS.chart), known("chart")]]) });
    expect(formatOtherServer(here, "target-1")).toBeUndefined();
    expect(formatRecreated(here, "target-1")).toContain("1 asset of this stack was gone from the server");
  });

  it("names what somebody unlocked, as lists tell it of charts and dashboards and single requests of datasets", () => {
    const kinds = ["database", "dataset", "chart", "dashboard"] as const;
    const applied = new Map(kinds.map((kind) => [assetKey(kind, UUIDS[kind]), known(kind, { managed: true })]));
    const located = { known: applied, settings: { managed: "true" } };
    const dataset = remote("dataset");
    const locked = [
      remote("database"),
      dataset,
      remote("chart", { managed: true }),
      remote("dashboard", { managed: true }),
    ];
    expect(formatLocks(plan({ ...located, remotes: locked }))).toBeUndefined();
    const unlocked = [
      remote("database"),
      dataset,
      remote("chart", { managed: false }),
      remote("dashboard", { managed: true }),
    ];
    const text = formatLocks(plan({ ...located, remotes: unlocked, isDatasetLocked: false }));
    expect(text).toBe(
      [
        "2 assets were unlocked in the UI since the last deployment, and are locked again (superset:managed):",
        '  datasets/one.yaml (dataset "orders")',
        '  charts/one.yaml (chart "Revenue")',
      ].join("\n"),
    );
  });

  it("says what is taken over from the server, because Pulumi calls it create", () => {
    const text = formatAdopted(plan({ remotes: [remote("chart"), remote("dashboard", { uuid: UUIDS.other })] }));
    expect(text).toMatch(/^2 declared assets are on the server already/);
    expect(text).toContain('charts/one.yaml (chart "Revenue"): written over it');
    expect(text).toContain(
      `dashboards/one.yaml (dashboard "Sales"): written over ${UUIDS.other}, which has the same slug and keeps its UUID`,
    );
    expect(formatAdopted(plan())).toBeUndefined();
  });

  it("refuses with the stack and all reasons, and then nothing is written", () => {
    const definitions = [define("database", { sqlalchemy_uri: "postgresql://a:XXXXXXXXXX@b/c" }), define("dashboard")];
    const planned = plan({
      definitions,
      remotes: [remote("dashboard", { uuid: "99999999-9999-4999-8999-999999999999" })],
      settings: { adopt: "false" },
    });
    const read = () => assertNothingRefused(planned, "qa");
    expect(read).toThrow("stack qa: 2 assets cannot be deployed; nothing was written: [plan/refused]\n");
    expect(read).toThrow(/databases\/one\.yaml.*\n.*dashboards\/one\.yaml/);
    expect(() => assertNothingRefused(plan(), "qa")).not.toThrow();
  });
});
