import { type Command, InvalidArgumentError } from "commander";

/** The output for programs. */
export function addJsonOption(command: Command): Command {
  return command.option("--json", "print JSON for programs, on stdout");
}

/** A time in seconds; undefined where the text is none. */
export function parseSeconds(text: string): number | undefined {
  return /^\d{1,5}(\.\d{1,3})?$/.test(text) ? Number(text) : undefined;
}

/** Reads the option that is a time in seconds. */
export function readSeconds(text: string): number {
  const seconds = parseSeconds(text);
  if (seconds === undefined) throw new InvalidArgumentError("It must be a number of seconds.");
  return seconds;
}
