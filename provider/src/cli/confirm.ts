import { ProblemError } from "../core/errors";
import { ask, assertTerminal } from "./ask";

const DO_OR_LOOK = "Pass --yes to do it, or --dry-run to only look";

/**
 * Asks a person; anything but yes means no.
 *
 * @throws ProblemError `cli/nobody-to-ask` where nobody sits at a terminal; `cli/stopped` on Ctrl-C and Ctrl-D
 */
export async function confirm(question: string): Promise<boolean> {
  return /^y(es)?$/i.test((await ask({ text: `${question} [y/N] `, otherwise: DO_OR_LOOK })).trim());
}

/**
 * Asks a person for a word that nobody types by accident.
 *
 * @param given what `--confirm` says, if it was given
 * @throws ProblemError `cli/nobody-to-ask`, `cli/wrong-word`, `cli/stopped`
 */
export async function confirmWord(question: string, word: string, given: string | undefined): Promise<boolean> {
  assertWord(question, word, given);
  if (given === word) return true;
  return (await ask({ text: `${question} Type ${word}: `, otherwise: passWord(word) })).trim() === word;
}

/**
 * Refuses at once what {@link confirmWord} would refuse after minutes of planning.
 *
 * @throws ProblemError `cli/nobody-to-ask`, `cli/wrong-word`
 */
export function assertWord(question: string, word: string, given: string | undefined): void {
  if (given === word) return;
  if (given !== undefined) throw wrongWord(word);
  assertTerminal({ text: question, otherwise: passWord(word) });
}

function passWord(word: string): string {
  const argument = /\s/.test(word) ? `"${word}"` : word;
  return `Pass --confirm ${argument} to do it, or --dry-run to only look`;
}

function wrongWord(word: string): ProblemError {
  return new ProblemError({
    code: "cli/wrong-word",
    summary: `--confirm must be exactly ${word}; nothing was written.`,
    remedy: "Upper and lower case count.",
    exitCode: 3,
  });
}
