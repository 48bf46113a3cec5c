import { type Command, Option } from "commander";
import { addJsonOption, readSeconds } from "../common-options";
import {
  addAssetsOption,
  addChangeOptions,
  addMaxAgeOption,
  addPlaceOption,
  readCommit,
  readNumber,
  readTime,
} from "./command-options";
import type { HandleTriggerOptions } from "./run-handle-trigger";
import type { StartCommandOptions } from "./run-start";
import type { StopOptions } from "./run-stop";
import type { SyncOptions } from "./run-sync";
import type { LifecycleOptions } from "./run-test-lifecycle";

const EXIT_CODES = `Exit codes: 0 done, or there was nothing to do; 1 failed; 2 bad usage;
3 refused (closed, blocked, in use by somebody else); 130 stopped by Ctrl-C`;

const START = `Make the environment of a pull request, or bring it to a commit.

A new commit gets an environment of its own; when that answers, the address is switched, and the old one goes. Where the commit runs already, only what differs is changed. What --ttl, --size, --image and --assets say stays said for this pull request.

The image of the commit must be in the image repository: the workflow builds it.`;

const START_EXAMPLES = `
Examples:
  pulumi-superset showtime start 1234
  pulumi-superset showtime start 1234 --sha abc123f --ttl 24h --size medium
  pulumi-superset showtime start 1234 --assets
  pulumi-superset showtime start 1234 --force     a new task, same commit
  pulumi-superset showtime start 1234 --dry-run
  pulumi-superset showtime start 1234 --dry-run-aws --aws-sleep 10

${EXIT_CODES}`;

const STOP = `Remove the environment of a pull request, all of it: services, images, secrets, task definitions, logs, its address, the labels of this tool, and its Pulumi stack.

It waits until AWS has really ended it; what is left is in the error.`;

const STOP_EXAMPLES = `
Examples:
  pulumi-superset showtime stop 1234
  pulumi-superset showtime stop 1234 --dry-run

${EXIT_CODES}`;

const SYNC = `Bring the environment of a pull request to what its labels, its newest commit and its text ask for.

That is a start, an update, a stop, or nothing. It mends what is not as it should be: labels that somebody removed, an environment that somebody scaled to zero, a run that was killed.

--check-only writes nothing and prints lines for GITHUB_OUTPUT: action (deploy, remove, none, refuse), build_needed, sync_needed, reason, pr_number, target_sha, image_tag, platform, is_fork, assets.`;

const SYNC_EXAMPLES = `
Examples:
  pulumi-superset showtime sync 1234
  pulumi-superset showtime sync 1234 --check-only >> "$GITHUB_OUTPUT"
  pulumi-superset showtime sync 1234 --sha "$BUILT"   only if still wanted

${EXIT_CODES}`;

const TRIGGER = `Do what the labels of a pull request ask for: what the workflow calls on each event.

The same as sync, for workflows. Who may trigger is judged by the rights of the person who set the label, not of whoever caused the event; without an answer from GitHub nothing is done. Trigger labels are removed when they are done or refused.`;

const TRIGGER_EXAMPLES = `
Examples:
  pulumi-superset showtime handle-trigger 1234
  pulumi-superset showtime handle-trigger 1234 --sha "$BUILT"
  pulumi-superset showtime handle-trigger 1234 --dry-run-aws

${EXIT_CODES}`;

const LIFECYCLE = `Walk through the life of an environment: start, new commit, feature flag, freeze, stop. AWS is pretended, and so is GitHub: nothing is written anywhere. It needs showtime.yaml, but no credentials, no token and no login to Pulumi.

With --real-github the labels, the comment and the deployments of that pull request are real, and are removed in the end. The pull request must have no environment.`;

const LIFECYCLE_EXAMPLES = `
Examples:
  pulumi-superset showtime test-lifecycle 1234
  pulumi-superset showtime test-lifecycle 1234 --real-github --aws-sleep 5

${EXIT_CODES}`;

/** The commands that change environments. */
export function addChangeCommands(group: Command): void {
  addStart(group);
  addStop(group);
  addSync(group);
  addHandleTrigger(group);
  addTestLifecycle(group);
}

function addStart(group: Command): void {
  const command = addNumber(group.command("start"))
    .summary("make the environment of a pull request, or update it")
    .description(START)
    .addOption(new Option("--sha <commit>", "this commit (default: the newest)").argParser(readCommit))
    .addOption(new Option("--ttl <time>", "how long it lives: 24h, 48h, 72h, 1w, close").argParser(readTime))
    .option("--size <name>", "one of the sizes of the settings")
    .option("--image <reference>", "another image than that of the commit")
    .option("--assets", "put the branch's assets into it")
    .option("--force", "a new task, even where nothing differs");
  addChangeOptions(addMaxAgeOption(addAssetsOption(command)))
    .addHelpText("after", START_EXAMPLES)
    .action(async (number: number, options: StartCommandOptions) => {
      const { runStart } = await import("./run-start.js");
      process.exitCode = await runStart(number, options);
    });
}

function addStop(group: Command): void {
  const command = addNumber(group.command("stop"))
    .summary("remove the environment of a pull request")
    .description(STOP);
  addChangeOptions(command)
    .addHelpText("after", STOP_EXAMPLES)
    .action(async (number: number, options: StopOptions) => {
      const { runStop } = await import("./run-stop.js");
      process.exitCode = await runStop(number, options);
    });
}

function addSync(group: Command): void {
  const command = addNumber(group.command("sync"))
    .summary("bring an environment to what its pull request asks for")
    .description(SYNC)
    .option("--check-only", "write nothing: print what would be done, for GITHUB_OUTPUT")
    .addOption(builtCommit());
  addChangeOptions(addMaxAgeOption(addAssetsOption(command)))
    .addHelpText("after", SYNC_EXAMPLES)
    .action(async (number: number, options: SyncOptions) => {
      const { runSync } = await import("./run-sync.js");
      process.exitCode = await runSync(number, options);
    });
}

function addHandleTrigger(group: Command): void {
  const command = addNumber(group.command("handle-trigger"))
    .summary("do what the labels ask for (for workflows)")
    .description(TRIGGER)
    .addOption(builtCommit());
  addChangeOptions(addMaxAgeOption(addAssetsOption(command)))
    .addHelpText("after", TRIGGER_EXAMPLES)
    .action(async (number: number, options: HandleTriggerOptions) => {
      const { runHandleTrigger } = await import("./run-handle-trigger.js");
      process.exitCode = await runHandleTrigger(number, options);
    });
}

function addTestLifecycle(group: Command): void {
  const command = addNumber(group.command("test-lifecycle"))
    .summary("walk through the life of an environment, pretended")
    .description(LIFECYCLE)
    .option("--real-github", "write real labels and comments to that pull request")
    .addOption(
      new Option("--aws-sleep <seconds>", "how long a pretended environment takes").argParser(readSeconds).default(0),
    );
  addJsonOption(addPlaceOption(command))
    .addHelpText("after", LIFECYCLE_EXAMPLES)
    .action(async (number: number, options: LifecycleOptions) => {
      const { runTestLifecycle } = await import("./run-test-lifecycle.js");
      process.exitCode = await runTestLifecycle(number, options);
    });
}

function addNumber(command: Command): Command {
  return command.argument("<number>", "of the pull request", readNumber);
}

function builtCommit(): Option {
  return new Option("--sha <commit>", "the commit that was built: nothing is done if it is outdated").argParser(
    readCommit,
  );
}
