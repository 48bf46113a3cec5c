/** An error for people: what happened, why, and what to do about it. */
export class SetupError extends Error {
  /**
   * @param {string} what one sentence: what happened
   * @param {{why?: string, remedy?: string, cause?: unknown}} [details]
   */
  constructor(what, { why, remedy, cause } = {}) {
    const lines = [what, why && `  why:        ${indent(why)}`, remedy && `  what to do: ${indent(remedy)}`];
    super(lines.filter(Boolean).join("\n"), { cause });
    this.name = "SetupError";
  }
}

/** A bad option or argument on the command line. */
export class UsageError extends SetupError {}

/**
 * Prints an error and sets the exit code: 2 for bad usage, 1 for the rest.
 * A stack trace helps only with our own bugs, so people's errors are shown without one.
 * @param {unknown} error
 */
export function reportFailure(error) {
  const expected = error instanceof SetupError;
  process.stderr.write(`\n${expected ? error.message : (error?.stack ?? String(error))}\n`);
  if (expected && process.env.DEBUG) process.stderr.write(`${error.stack}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}

function indent(text) {
  return text.trimEnd().replaceAll("\n", `\n${" ".repeat(14)}`);
}
