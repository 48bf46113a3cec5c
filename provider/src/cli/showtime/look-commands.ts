import type { Command } from "commander";
import { addJsonOption } from "../common-options";
import { addMaxAgeOption, addPlaceOption, readNumber, readTime } from "./command-options";
import type { CleanupOptions } from "./run-cleanup";
import type { LabelsOptions } from "./run-labels";
import type { ListOptions } from "./run-list";
import type { LoginOptions } from "./run-login";
import type { SetupLabelsOptions } from "./run-setup-labels";
import type { StatusOptions } from "./run-status";

const STATUS = `Show the environment of a pull request: what it does, its address, how long it lives, who asked for it, where its logs are. AWS is asked, not the labels.`;

const STATUS_EXAMPLES = `
Examples:
  pulumi-superset showtime status 1234
  pulumi-superset showtime status 1234 --json

Exit codes: 0 also where there is none, 1 failed, 2 bad usage`;

const LIST = `List all environments of this project, out of AWS alone; those of Superset Showtime are among them.`;

const LIST_EXAMPLES = `
Examples:
  pulumi-superset showtime list
  pulumi-superset showtime list --status running --user ann
  pulumi-superset showtime list --json

Exit codes: 0 done, 1 failed, 2 bad usage`;

const LABELS_EXAMPLES = `
Examples:
  pulumi-superset showtime labels`;

const SETUP = `Make the labels that people set, with colours and descriptions, so that GitHub offers them. Labels of others are left alone.`;

const SETUP_EXAMPLES = `
Examples:
  pulumi-superset showtime setup-labels --dry-run
  pulumi-superset showtime setup-labels

Exit codes: 0 done, 1 failed, 2 bad usage`;

const LOGIN = `Show how to log in to the environment of a pull request, to those whose role on AWS may read it. Not in CI: who can read a run would read it.`;

const LOGIN_EXAMPLES = `
Examples:
  pulumi-superset showtime login 1234

Exit codes: 0 done, 1 failed, 2 bad usage, 3 refused (in CI)`;

const CLEANUP = `Remove environments whose time is over or whose pull request is closed, and what is left of others: images, secrets, task definitions, logs, labels, stacks. Nothing is touched that has not the tags of this project. Every pull request is looked up first.

What is going to be removed is shown in a table; then it is asked. Where AWS or GitHub cannot be reached, nothing is removed.`;

const CLEANUP_EXAMPLES = `
Examples:
  pulumi-superset showtime cleanup --dry-run
  pulumi-superset showtime cleanup --respect-ttl --force
  pulumi-superset showtime cleanup --older-than 48h --force

Exit codes: 0 done, 1 something could not be judged or removed, 2 bad usage,
3 nobody could be asked`;

/** The commands that tell, set up, and clean up. */
export function addLookCommands(group: Command): void {
  addStatus(group);
  addList(group);
  addLabels(group);
  addLogin(group);
  addCleanup(group);
  addSetupLabels(group);
}

function addStatus(group: Command): void {
  const command = group
    .command("status")
    .summary("show the environment of a pull request")
    .description(STATUS)
    .argument("<number>", "of the pull request", readNumber);
  addJsonOption(addPlaceOption(command))
    .addHelpText("after", STATUS_EXAMPLES)
    .action(async (number: number, options: StatusOptions) => {
      const { runStatus } = await import("./run-status.js");
      process.exitCode = await runStatus(number, options);
    });
}

function addList(group: Command): void {
  const command = group
    .command("list")
    .summary("list all environments")
    .description(LIST)
    .option("--status <status>", "only those that do so: running, building, failed …")
    .option("--user <name>", "only those that this account on GitHub asked for");
  addJsonOption(addPlaceOption(command))
    .addHelpText("after", LIST_EXAMPLES)
    .action(async (options: ListOptions) => {
      const { runList } = await import("./run-list.js");
      process.exitCode = await runList(options);
    });
}

function addLabels(group: Command): void {
  addJsonOption(group.command("labels"))
    .summary("explain the labels")
    .description("Explain the labels: what people set, what this tool writes, which spellings are read.")
    .addHelpText("after", LABELS_EXAMPLES)
    .action(async (options: LabelsOptions) => {
      const { runLabels } = await import("./run-labels.js");
      process.exitCode = runLabels(options);
    });
}

function addLogin(group: Command): void {
  const command = group
    .command("login")
    .summary("show how to log in to an environment")
    .description(LOGIN)
    .argument("<number>", "of the pull request", readNumber);
  addJsonOption(addPlaceOption(command))
    .addHelpText("after", LOGIN_EXAMPLES)
    .action(async (number: number, options: LoginOptions) => {
      const { runLogin } = await import("./run-login.js");
      process.exitCode = await runLogin(number, options);
    });
}

function addCleanup(group: Command): void {
  const command = group
    .command("cleanup")
    .summary("remove what is expired, closed or left over")
    .description(CLEANUP)
    .option("--older-than <age>", "also what is older: 48h, 3d, 1w", readTime)
    .option("--respect-ttl", "with --older-than: not before its own time is over")
    .option("--force", "do not ask")
    .option("-n, --dry-run", "only show what would be removed");
  addJsonOption(addMaxAgeOption(addPlaceOption(command)))
    .addHelpText("after", CLEANUP_EXAMPLES)
    .action(async (options: CleanupOptions) => {
      const { runCleanup } = await import("./run-cleanup.js");
      process.exitCode = await runCleanup(options);
    });
}

function addSetupLabels(group: Command): void {
  const command = group
    .command("setup-labels")
    .summary("make the labels that GitHub offers")
    .description(SETUP)
    .option("-n, --dry-run", "only show what would be made");
  addJsonOption(addPlaceOption(command))
    .addHelpText("after", SETUP_EXAMPLES)
    .action(async (options: SetupLabelsOptions) => {
      const { runSetupLabels } = await import("./run-setup-labels.js");
      process.exitCode = await runSetupLabels(options);
    });
}
