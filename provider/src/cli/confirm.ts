import { createInterface } from "node:readline";
import { ProblemError } from "../core/errors";

/**
 * Asks a person; anything but yes means no.
 *
 * @throws ProblemError `cli/nobody-to-ask` where nobody sits at a terminal
 */
export async function confirm(question: string): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw new ProblemError({
      code: "cli/nobody-to-ask",
      summary: `Nothing was written: nobody could be asked "${question}"`,
      remedy: "Pass --yes to do it, or --dry-run to only look.",
      exitCode: 3,
    });
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await new Promise<string>((resolve) => {
    // Ctrl-C and Ctrl-D end the question without an answer.
    terminal.once("close", () => resolve("\n"));
    terminal.question(`${question} [y/N] `, resolve);
  });
  if (answer === "\n") process.stderr.write(answer);
  terminal.close();
  return /^y(es)?$/i.test(answer.trim());
}
