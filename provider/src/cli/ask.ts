import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { ProblemError } from "../core/errors";
import { registerSecret } from "../core/redact";
import { wordsWhenStopped } from "./stopping";

/** What a question needs. */
export interface Question {
  readonly text: string;
  /** How to answer it without a terminal: the option, or the environment variable. */
  readonly otherwise: string;
}

/** A question that is answered with a line. */
export interface LineQuestion extends Question {
  /** What an empty answer means. */
  readonly preset?: string;
  /** What is wrong with an answer, in words; then it is asked again. */
  readonly check?: (answer: string) => string | undefined;
}

/** Whether a person can be asked. */
export function hasTerminal(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}

/**
 * Asks a person for a line.
 *
 * @throws ProblemError `cli/nobody-to-ask` without a terminal; `cli/stopped` on Ctrl-C and Ctrl-D
 */
export async function askLine({ text, otherwise, preset = "", check }: LineQuestion): Promise<string> {
  const hint = preset === "" ? "" : ` [${preset}]`;
  for (;;) {
    const answer = (await ask({ text: `${text}${hint}: `, otherwise })).trim() || preset;
    const wrong = answer === "" ? "An answer is needed." : check?.(answer);
    if (wrong === undefined) return answer;
    process.stderr.write(`  ${wrong}\n`);
  }
}

/**
 * Asks a person for a secret; nothing of it is shown.
 *
 * @throws ProblemError as {@link askLine}
 */
export async function askSecret({ text, otherwise }: Question): Promise<string> {
  for (;;) {
    const answer = await ask({ text: `${text} (not shown): `, otherwise }, true);
    registerSecret(answer);
    if (answer !== "") return answer;
    process.stderr.write("  An answer is needed.\n");
  }
}

/**
 * Asks a person whether to do something; Enter alone means yes.
 *
 * @throws ProblemError as {@link askLine}
 */
export async function askYes({ text, otherwise }: Question): Promise<boolean> {
  for (;;) {
    const answer = (await ask({ text: `${text} [Y/n] `, otherwise })).trim();
    if (/^(y(es)?)?$/i.test(answer)) return true;
    if (/^no?$/i.test(answer)) return false;
    process.stderr.write("  Please answer y or n.\n");
  }
}

/**
 * Asks a person for whatever they type.
 *
 * @param question its text stands before the cursor as it is
 * @param isHidden whether what is typed is not shown
 * @throws ProblemError as {@link askLine}
 */
export async function ask(question: Question, isHidden = false): Promise<string> {
  assertTerminal(question);
  const { text } = question;
  // The line editor echoes what is typed into its output: that of a secret leads nowhere.
  const output = isHidden ? new Writable({ write: (_chunk, _encoding, done) => done() }) : process.stderr;
  const terminal = createInterface({ input: process.stdin, output, terminal: true, historySize: 0 });
  if (isHidden) process.stderr.write(text);
  try {
    return await new Promise<string>((resolve, reject) => {
      terminal.once("SIGINT", () => reject(stopped()));
      // Ctrl-D on an empty line, or a terminal that went away; once it is answered this has no effect.
      terminal.once("close", () => reject(stopped()));
      terminal.question(isHidden ? "" : text, resolve);
    });
  } catch (error) {
    if (!isHidden) process.stderr.write("\n");
    throw error;
  } finally {
    terminal.close();
    // The Enter key was not shown either.
    if (isHidden) process.stderr.write("\n");
  }
}

/**
 * Refuses a question that nobody could answer.
 *
 * @throws ProblemError `cli/nobody-to-ask`
 */
export function assertTerminal({ text, otherwise }: Question): void {
  if (hasTerminal()) return;
  throw new ProblemError({
    code: "cli/nobody-to-ask",
    summary: `Nothing was written: nobody could be asked "${text.replace(/( \(not shown\)| \[y\/n\])?[:\s]*$/i, "")}"`,
    remedy: `${otherwise}; or run this at a terminal.`,
    exitCode: 3,
  });
}

/** What a command ends with that a person stopped. */
export function stopped(): ProblemError {
  return new ProblemError({ code: "cli/stopped", summary: wordsWhenStopped(), exitCode: 130 });
}
