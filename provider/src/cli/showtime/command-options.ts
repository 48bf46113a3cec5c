import { type Command, InvalidArgumentError, Option } from "commander";
import { formatTimeToLive, parseTimeToLive } from "../../showtime/time-to-live";
import { addJsonOption, readSeconds } from "../common-options";

/** Where the settings are. */
export interface PlaceOptions {
  /** Folder of Pulumi.yaml and showtime.yaml, or one below it. */
  readonly cwd: string;
}

/** What of a run is not done but told. */
export interface DryRunOptions {
  /** Nothing is written anywhere. */
  readonly dryRun?: boolean;
  /** AWS is pretended. */
  readonly dryRunAws?: boolean;
  /** Seconds that pretended environments take. */
  readonly awsSleep?: number;
  /** GitHub is read, not written. */
  readonly dryRunGithub?: boolean;
}

/** What every command that changes environments has. */
export interface ChangeOptions extends PlaceOptions, DryRunOptions {
  /** The longest time to live, in place of that of the settings. */
  readonly maxAge?: string;
  /** Folder of the branch's assets. */
  readonly assetsDir?: string;
  readonly json?: boolean;
}

/** The folder of the settings. */
export function addPlaceOption(command: Command): Command {
  return command.option("-C, --cwd <folder>", "folder of Pulumi.yaml and showtime.yaml", ".");
}

/** The options of {@link ChangeOptions}. */
export function addChangeOptions(command: Command): Command {
  addPlaceOption(command)
    .option("-n, --dry-run", "write nothing anywhere: tell what would be done")
    .option("--dry-run-aws", "pretend AWS; labels and comments are real")
    .addOption(
      new Option("--aws-sleep <seconds>", "with --dry-run-aws: how long an environment takes")
        .argParser(readSeconds)
        .implies({ dryRunAws: true }),
    )
    .option("--dry-run-github", "write nothing to GitHub: tell what would be written");
  return addJsonOption(command);
}

/** Where the branch's assets are: a workflow has the branch beside its own files. */
export function addAssetsOption(command: Command): Command {
  return command.option("--assets-dir <folder>", "folder of the branch's assets (default: of the settings)");
}

/** The limit of the time to live. */
export function addMaxAgeOption(command: Command): Command {
  return command.addOption(
    new Option("--max-age <time>", "the longest time to live (default: of the settings)").argParser(readTime),
  );
}

/** Reads the number of a pull request. */
export function readNumber(text: string): number {
  if (!/^[1-9]\d{0,9}$/.test(text)) throw new InvalidArgumentError("It must be a whole number from 1.");
  return Number(text);
}

/** Reads a time to live. */
export function readTime(text: string): string {
  const time = parseTimeToLive(text);
  if (time !== undefined) return formatTimeToLive(time);
  throw new InvalidArgumentError("It must be 24h, 48h, 72h, 3d, 1w or close.");
}

/** Reads a commit: all of it, or its first characters. */
export function readCommit(text: string): string {
  if (/^[0-9a-f]{7,40}$/i.test(text)) return text.toLowerCase();
  throw new InvalidArgumentError("It must be 7 to 40 hexadecimal characters.");
}
