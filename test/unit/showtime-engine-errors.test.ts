import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { explainRun, parseProblem } from "../../provider/src/cli/showtime/engine-errors";
import { ProblemError } from "../../provider/src/core/errors";

const folder = mkdtempSync(join(tmpdir(), "engine-errors-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const problem = new ProblemError({
  code: "environment/crashed",
  summary: "The environment pr-7-abc123f did not come up.",
  why: "Essential container in task exited\nboom: no module\n  at line 3",
  remedy: "Look at the log, then push a commit.",
});

/** A run whose log says this. */
function explain(...diagnostics: { message: string; urn?: string; severity?: string }[]) {
  const log = join(folder, "events.jsonl");
  const events = diagnostics.map((event) => ({ diagnosticEvent: { severity: "error", ...event } }));
  writeFileSync(log, ["", ...events.map((event) => JSON.stringify(event)), '{"summaryEvent":{}}', "{half"].join("\n"));
  return explainRun({ code: 255, cancelled: false, output: "error: update failed", stdout: "" }, log);
}

describe("a failure of the engine", () => {
  it("is told in the words of the hook, with what to do", () => {
    const told = explain(
      { message: "<{%reset%}>update failed<{%reset%}>", urn: "urn:pulumi:pr-7::x::pulumi:pulumi:Stack::x" },
      { message: `<{%fg 1%}>${problem.message}<{%reset%}>`, urn: "urn:pulumi:pr-7::x::dynamic::environment" },
    );
    expect(told).toMatchObject({
      code: problem.code,
      summary: problem.summary,
      why: problem.why,
      remedy: problem.remedy,
    });
  });

  it.each([
    ["behind the engine's own words", `resource 'environment' failed: Error: ${problem.message}`],
    ["before a stack of calls", `${problem.message}\n    at create (/somewhere/hooks.js:3:1)\n    at run`],
  ])("is found %s", (_, message) => {
    expect(parseProblem(message)).toMatchObject({ code: problem.code, remedy: problem.remedy });
    expect(parseProblem(message)?.message).not.toContain("hooks.js");
  });

  it("is told in the engine's words where no hook said anything", () => {
    const told = explain({ message: "<{%reset%}>the backend is gone<{%reset%}>\n" });
    expect(told).toMatchObject({ code: "engine/failed", why: "the backend is gone" });
    expect(explainRun({ code: 1, cancelled: false, output: "broken\n", stdout: "" }, join(folder, "none")).why).toBe(
      "broken",
    );
  });
});
