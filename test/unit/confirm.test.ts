import { describe, expect, it } from "vitest";
import { assertWord, confirm, confirmWord } from "../../provider/src/cli/confirm";

/** Nobody sits at a terminal here. */
describe("without a terminal", () => {
  it("a question is refused, with the options that answer it", async () => {
    await expect(confirm("Write it?")).rejects.toMatchObject({
      code: "cli/nobody-to-ask",
      message: expect.stringContaining("--yes to do it, or --dry-run"),
    });
  });

  it("a word is taken from --confirm, and has to be the exact one", async () => {
    expect(await confirmWord("Promote?", "PROMOTE", "PROMOTE")).toBe(true);
    await expect(confirmWord("Promote?", "PROMOTE", "promote")).rejects.toMatchObject({ code: "cli/wrong-word" });
    expect(() => assertWord("Write it?", "SYNC TO PRODUCTION", undefined)).toThrow('--confirm "SYNC TO PRODUCTION"');
  });
});
