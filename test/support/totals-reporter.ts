import type { Reporter, TestModule } from "vitest/node";

/** Ends the output with the totals on one plain line, which every machine can read. */
export default class TotalsReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const count = (state: "passed" | "failed" | "skipped") =>
      modules.reduce((sum, module) => sum + [...module.children.allTests(state)].length, 0);
    // A file that does not load, or whose preparation fails, has no failed test, and must not look like none failed.
    const broken = modules.filter(
      (module) => module.state() === "failed" && [...module.children.allTests("failed")].length === 0,
    ).length;
    const skipped = count("skipped");
    const totals = `${count("passed")} passed, ${count("failed") + broken + errors.length} failed`;
    process.on("exit", () => console.log(`${totals}${skipped > 0 ? `, ${skipped} skipped` : ""}`));
  }
}
