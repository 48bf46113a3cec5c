import { type Command, Option } from "commander";
import { addJsonOption, readSeconds } from "../common-options";
import { addSignatureOption } from "./bundle-commands";
import type { ChangeDeliveredOptions, RollbackOptions } from "./change-delivered";
import type { ListExtensionsOptions } from "./run-list";
import type { UpsertOptions } from "./run-upsert";

const TARGET_HELP = "the folder that Superset reads, or s3://bucket/prefix?region=…";

const LIST = `List the extensions of a folder of bundles, or, with --target, those that were delivered to a target: whether each is as it was delivered, was changed, is missing, or was put there by somebody else, and which version a rollback would bring back.

Where neither is given, it is the folder SUPERSET_EXTENSIONS_PATH, or the current one.`;

const LIST_EXAMPLES = `
Examples:
  pulumi-superset extension list bundles
  pulumi-superset extension list --target /app/extensions
  pulumi-superset extension list --target s3://bi/extensions --json

Exit codes: 0 all is well, 1 failed, 2 bad usage, 3 a bundle with errors,
7 something on the target is not as it was delivered`;

const UPSERT = `Bring all bundles of a folder to the target, as a container does before it starts Superset: find, read, compare, write what changed, count. Several may run at once on one target: each extension has a lock of its own, and is written by one of them.

It never stands against the start of Superset: whatever happens is a line of the log, and the exit code is 0, but with --strict. A bundle with errors is a WARNING, and the others go on; an extension that somebody else is just writing is skipped.

Environment:
  SUPERSET_EXTENSIONS_PATH        the folder of bundles, in place of --from
  SUPERSET_EXTENSIONS_TARGET      the target, in place of --target; without
                                  either, the folder of bundles itself
  EXTENSION_STARTUP_LOCK_TIMEOUT  seconds to wait for a lock, in place of
                                  --lock-timeout

Superset 6.1 itself reads none of them: superset_config.py must set EXTENSIONS_PATH.`;

const UPSERT_EXAMPLES = `
Examples:
  pulumi-superset extension upsert --from /bundles --target /app/extensions
  SUPERSET_EXTENSIONS_PATH=/bundles pulumi-superset extension upsert \\
    --target s3://bi/extensions
  pulumi-superset extension upsert --require-signature public.pem --strict

Exit codes: 0 whatever happens, but 2 for options that do not exist; with
--strict: 0 done or nothing to do, 1 some failed, 2 bad settings`;

const ROLLBACK = `Bring back the version of an extension that its last delivery replaced. A second rollback takes the first one back.

\`upsert\` leaves it so at the next starts, until another bundle comes. Backend code is loaded when Superset starts: start it again.`;

const ROLLBACK_EXAMPLES = `
Examples:
  pulumi-superset extension rollback acme-lab.hello-world \\
    --target /app/extensions
  pulumi-superset extension rollback acme-lab.hello-world \\
    --target s3://bi/extensions --json

Exit codes: 0 done, 1 failed, 2 bad usage, 3 refused: no previous version, one
that is not signed, or somebody else is writing it`;

const REMOVE = `Take an extension off the target, with its previous version and all that belongs to it. Take its bundle away from where \`upsert\` finds it first, or the next start brings it again.`;

const REMOVE_EXAMPLES = `
Examples:
  pulumi-superset extension remove acme-lab.hello-world --target /app/extensions

Exit codes: 0 done, 1 failed, 2 bad usage, 3 refused: it is not there, or
somebody else is writing it`;

/** The commands about a target. */
export function addTargetCommands(group: Command): void {
  addUpsert(group);
  addList(group);
  addRollback(group);
  addRemove(group);
}

function addUpsert(group: Command): void {
  const command = group
    .command("upsert")
    .summary("bring bundles to the target, before Superset starts")
    .description(UPSERT)
    .option("--from <folder>", "the folder of bundles")
    .option("--target <place>", TARGET_HELP);
  addLockTimeoutOption(command);
  addSignatureOption(command)
    .option("--strict", "fail where anything did not go well")
    .addOption(
      new Option("--log-level <level>", "the least that is told")
        .choices(["debug", "info", "warning", "error"])
        .default("info"),
    );
  addJsonOption(command)
    .addHelpText("after", UPSERT_EXAMPLES)
    .action(async (options: UpsertOptions) => {
      const { runUpsert } = await import("./run-upsert.js");
      process.exitCode = await runUpsert(options);
    });
}

function addList(group: Command): void {
  const command = group
    .command("list")
    .summary("list bundles, or what is on a target")
    .description(LIST)
    .argument("[folder]", "folder of bundles")
    .option("--target <place>", TARGET_HELP);
  addJsonOption(command)
    .addHelpText("after", LIST_EXAMPLES)
    .action(async (folder: string | undefined, options: ListExtensionsOptions) => {
      const { runListExtensions } = await import("./run-list.js");
      process.exitCode = await runListExtensions(folder, options);
    });
}

function addRollback(group: Command): void {
  addSignatureOption(addChange(group.command("rollback")))
    .summary("bring back the version before")
    .description(ROLLBACK)
    .addHelpText("after", ROLLBACK_EXAMPLES)
    .action(async (id: string, options: RollbackOptions) => {
      const { runRollbackExtension } = await import("./change-delivered.js");
      process.exitCode = await runRollbackExtension(id, options);
    });
}

function addRemove(group: Command): void {
  addChange(group.command("remove"))
    .summary("take an extension off the target")
    .description(REMOVE)
    .addHelpText("after", REMOVE_EXAMPLES)
    .action(async (id: string, options: ChangeDeliveredOptions) => {
      const { runRemoveExtension } = await import("./change-delivered.js");
      process.exitCode = await runRemoveExtension(id, options);
    });
}

/** What changes one extension that was delivered. */
function addChange(command: Command): Command {
  command.argument("<id>", "of the extension: publisher.name").requiredOption("--target <place>", TARGET_HELP);
  return addJsonOption(addLockTimeoutOption(command));
}

function addLockTimeoutOption(command: Command): Command {
  return command.addOption(
    new Option("--lock-timeout <seconds>", "how long to wait for a lock (default: 30)").argParser(readSeconds),
  );
}
