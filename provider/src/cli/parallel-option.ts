import { type Command, InvalidArgumentError } from "commander";

/** `--parallel` of the commands that deploy. */
export function addParallelOption(command: Command): Command {
  return command.option("--parallel <number>", "resources handled at the same time", readCount, "512");
}

function readCount(text: string): string {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError("It must be a whole number from 1.");
  return text;
}
