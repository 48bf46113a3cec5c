import { createInterface } from "node:readline";
import { ProblemError } from "../core/errors";

/**
 * Asks a person; anything but yes means no.
 *
 * @throws ProblemError `cli/nobody-to-ask` where nobody sits at a terminal
 */
export async function confirm(question: string): Promise<boolean> {
  assertTerminal(question, "Pass --yes to do it, or --dry-run to only look.");
  return /^y(es)?$/i.test(await ask(`${question} [y/N] `));
}

/**
 * Asks a person for a word that nobody types by accident.
 *
 * @param given what `--confirm` says, if it was given
 * @throws ProblemError `cli/nobody-to-ask`, `cli/wrong-word`
 */
export async function confirmWord(question: string, word: string, given: string | undefined): Promise<boolean> {
  assertWord(question, word, given);
  return given === word || (await ask(`${question} Type ${word}: `)) === word;
}

/**
 * Refuses at once what {@link confirmWord} would refuse after minutes of planning.
 *
 * @throws ProblemError `cli/nobody-to-ask`, `cli/wrong-word`
 */
export function assertWord(question: string, word: string, given: string | undefined): void {
  if (given === word) return;
  if (given !== undefined) throw wrongWord(word);
  const argument = /\s/.test(word) ? `"${word}"` : word;
  assertTerminal(question, `Pass --confirm ${argument} to do it, or --dry-run to only look.`);
}

function wrongWord(word: string): ProblemError {
  return new ProblemError({
    code: "cli/wrong-word",
    summary: `--confirm must be exactly ${word}; nothing was written.`,
    remedy: "Upper and lower case count.",
    exitCode: 3,
  });
}

function assertTerminal(question: string, remedy: string): void {
  if (process.stdin.isTTY && process.stderr.isTTY) return;
  throw new ProblemError({
    code: "cli/nobody-to-ask",
    summary: `Nothing was written: nobody could be asked "${question}"`,
    remedy,
    exitCode: 3,
  });
}

async function ask(prompt: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await new Promise<string>((resolve) => {
    // Ctrl-C and Ctrl-D end the question without an answer.
    terminal.once("close", () => resolve("\n"));
    terminal.question(prompt, resolve);
  });
  if (answer === "\n") process.stderr.write(answer);
  terminal.close();
  return answer.trim();
}
