import { describe, expect, it } from "vitest";
import type { Finding } from "../../provider/src/assets/definition";
import { formatReport, summarise, type ValidateReport } from "../../provider/src/cli/validate-report";

const FINDING: Finding = {
  rule: "chart-column",
  severity: "warning",
  file: "charts/a.yaml",
  line: 3,
  column: 5,
  message: 'the dataset "orders" has no column "x"',
  remedy: "Correct the name.",
};

const report = (findings: readonly Finding[], rest: Partial<ValidateReport> = {}): ValidateReport => ({
  folder: "/repo/assets",
  files: 4,
  findings,
  fixed: [],
  fixable: [],
  ...rest,
});

const FIX = {
  file: "charts/b.yaml",
  fixes: [{ at: ["params", "x"], message: "`x` removed" }],
  change: { location: "", after: "" },
};

describe("for people", () => {
  const print = (...findings: Finding[]) => formatReport(report(findings), "people", "/repo");

  it("findings stand below their file, with place, severity, rule and what to do", () => {
    const second = { ...FINDING, line: 9, severity: "error" as const, message: "it is gone" };
    expect(print(FINDING, second)).toBe(`charts/a.yaml
  3:5 warning: the dataset "orders" has no column "x" [chart-column]
      to do: Correct the name.
  9:5 error: it is gone [chart-column]
      to do: Correct the name.

`);
  });

  it("keep to 80 columns, and to what a terminal does not obey", () => {
    const text = print({ ...FINDING, message: `${"many words ".repeat(30)}\u001b[31m`, remedy: "do\nthis" });
    expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(text).not.toContain("\u001b");
    expect(text).toContain("to do: do this");
  });

  it("a finding about a whole file has no place", () => {
    const { line, column, ...whole } = FINDING;
    expect([line, column]).toEqual([3, 5]);
    expect(print(whole)).toContain("\n  warning: the");
  });

  it("what was fixed comes first", () => {
    const text = formatReport(report([FINDING], { fixed: [FIX] }), "people", "/repo");
    expect(text).toMatch(/^charts\/b\.yaml: fixed\n {2}- `x` removed\n\ncharts\/a\.yaml\n/);
  });

  it("the summary counts", () => {
    expect(summarise(report([FINDING, { ...FINDING, severity: "error" }]), 0.94)).toBe(
      "1 error, 1 warning in 4 files (0.9 s).",
    );
    expect(summarise(report([]), 0)).toBe("No findings in 4 files (0.0 s).");
  });
});

describe("as JSON", () => {
  it("has a version, counts, findings and fixes", () => {
    const text = formatReport(report([FINDING], { fixed: [FIX], fixable: [FIX] }), "json", "/repo");
    const fix = { file: "charts/b.yaml", key: "params.x", message: "`x` removed" };
    expect(JSON.parse(text)).toEqual({
      version: 1,
      folder: "/repo/assets",
      files: 4,
      counts: { errors: 0, warnings: 1, notes: 0 },
      findings: [FINDING],
      fixed: [fix],
      fixable: [fix],
    });
  });

  it("says null where there is no place", () => {
    const { line, column, ...whole } = FINDING;
    expect([line, column]).toEqual([3, 5]);
    const { findings } = JSON.parse(formatReport(report([whole]), "json", "/repo")) as { findings: unknown[] };
    expect(findings).toEqual([{ ...whole, line: null, column: null }]);
  });
});

describe("as annotations", () => {
  const print = (changes: Partial<Finding>) => formatReport(report([{ ...FINDING, ...changes }]), "github", "/repo");

  it("name the file in the repository, the place and the rule", () => {
    expect(print({})).toBe(
      '::warning file=assets/charts/a.yaml,line=3,col=5,title=chart-column::the dataset "orders" has no column "x"%0Ato do: Correct the name.\n',
    );
    expect(print({ severity: "error" })).toMatch(/^::error /);
    expect(print({ severity: "note" })).toMatch(/^::notice /);
  });

  it("let no text of a file become a command of its own", () => {
    const text = print({ file: "charts/100%,a:b.yaml", message: "50%\r\n::set-env name=X::y", remedy: "a\nb" });
    expect(text).toContain("file=assets/charts/100%25%2Ca%3Ab.yaml,");
    expect(text).toContain("::50%25%0A::set-env name=X::y%0Ato do: a%0Ab\n");
    expect(text.trimEnd().split("\n")).toHaveLength(1);
  });
});
