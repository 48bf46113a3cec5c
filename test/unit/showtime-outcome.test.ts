import { afterEach, describe, expect, it, vi } from "vitest";
import { type Outcome, printOutcome } from "../../provider/src/cli/showtime/outcome";
import { ProblemError } from "../../provider/src/core/errors";

const problem = (code: string, exitCode: 1 | 2 | 3 | 130) =>
  new ProblemError({ code, summary: `It is ${code}.`, remedy: "Wait.", exitCode });

/** What a program reads, and the exit code. */
async function print(work: () => Promise<Outcome>, json = true) {
  let text = "";
  vi.spyOn(process.stdout, "write").mockImplementation((chunk) => {
    text += String(chunk);
    return true;
  });
  const code = await printOutcome(7, json, work);
  return { code, report: JSON.parse(text) };
}

afterEach(() => vi.restoreAllMocks());

describe("--json", () => {
  it.each([
    ["showtime/no-image", 1, "failed", 1],
    ["showtime/settings-invalid", 2, "failed", 2],
    ["github/refused", 3, "refused", 3],
    ["stack/locked", 3, "locked", 3],
    ["cli/stopped", 130, "stopped", 130],
  ] as const)(
    "is one document also where it ends with %s before anything is begun",
    async (code, given, outcome, exitCode) => {
      const ended = await print(() => Promise.reject(problem(code, given)));
      expect(ended.code).toBe(exitCode);
      expect(ended.report).toEqual({
        ...{ version: 1, pullRequest: 7, outcome, reason: `It is ${code}.`, commit: null, url: null, expires: null },
        ...{ notes: [], untold: [], plan: null, exitCode },
        error: { code, summary: `It is ${code}.`, why: null, remedy: "Wait." },
      });
    },
  );

  it("has the same keys as where something was done", async () => {
    const done = await print(async () => ({
      pullRequest: 7,
      outcome: "none",
      reason: "it runs",
      notes: [],
      untold: [],
    }));
    const ended = await print(() => Promise.reject(problem("showtime/no-image", 1)));
    expect(Object.keys(ended.report)).toEqual(Object.keys(done.report));
  });

  it("hides no fault of the program, and people are told by the command line", async () => {
    await expect(print(() => Promise.reject(new TypeError("bug")))).rejects.toThrow("bug");
    const refused = print(() => Promise.reject(problem("stack/locked", 3)), false);
    await expect(refused).rejects.toMatchObject({ code: "stack/locked" });
  });
});
