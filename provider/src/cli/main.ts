import { Command } from "commander";
import pc from "picocolors";
import { ProblemError } from "../core/errors";
import { redact } from "../core/redact";
import { addDeployCommand } from "./deploy-command";
import { addDiffCommand } from "./diff-command";
import { addDriftCommand } from "./drift-command";
import { addExportCommand } from "./export-command";
import { addExtensionCommand } from "./extension-command";
import { ignoreWorkflowCommands } from "./github/workflow-commands";
import { addGithubCommand } from "./github-command";
import { addHistoryCommand } from "./history-command";
import { addIdsCommand } from "./ids-command";
import { addInitCommand } from "./init-command";
import { addLockCommands } from "./lock-command";
import { readOwnVersion } from "./own-version";
import { addPromoteCommand } from "./promote-command";
import { addPullCommand } from "./pull-command";
import { addPulumiCommand } from "./pulumi-command";
import { addRollbackCommand } from "./rollback-command";
import { addShowtimeCommand } from "./showtime-command";
import { addStackCommand } from "./stack-command";
import { addStatusCommand } from "./status-command";
import { endInOrder, sayWhenStopped } from "./stopping";
import { addSyncCommand } from "./sync-command";
import { addValidateCommand } from "./validate-command";

const EXAMPLES = `
Examples:
  pulumi-superset init dashboards
  pulumi-superset status
  pulumi-superset validate
  pulumi-superset deploy --stack qa
  pulumi-superset ids --stack qa
  pulumi-superset pull --drifted --stack qa
  pulumi-superset help deploy

Preview, refresh and destroy are Pulumi's own commands:
  pulumi preview --diff --stack qa
  pulumi refresh --run-program --stack qa
and with a login in the browser (provider oidc):
  pulumi-superset pulumi preview --diff --stack qa`;

/** The command line with all its commands. */
export function createProgram(): Command {
  const program = new Command("pulumi-superset")
    .description("Dashboards as code for Apache Superset, deployed with Pulumi.")
    .version(readOwnVersion(), "-V, --version", "print the version")
    .helpOption("-h, --help", "print this text")
    .helpCommand("help [command]", "print the text about a command")
    .addHelpText("after", EXAMPLES)
    .showHelpAfterError("(--help tells what there is)")
    .configureOutput({ outputError: (text, write) => write(pc.red(text)) })
    .exitOverride((stop) => {
      // Help and version are no failures; everything else that commander ends for is bad usage.
      process.exitCode = stop.exitCode === 0 ? 0 : 2;
      throw stop;
    })
    .hook("preAction", (_, action) => {
      // What it prints for GitHub's runner is escaped.
      if (action.name() !== "validate") ignoreWorkflowCommands();
    });
  addInitCommand(program);
  addExportCommand(program);
  addDiffCommand(program);
  addDeployCommand(program);
  addDriftCommand(program);
  addIdsCommand(program);
  addPullCommand(program);
  addSyncCommand(program);
  addPromoteCommand(program);
  addRollbackCommand(program);
  addHistoryCommand(program);
  addLockCommands(program);
  addValidateCommand(program);
  addPulumiCommand(program);
  addStatusCommand(program);
  addStackCommand(program);
  addGithubCommand(program);
  addShowtimeCommand(program);
  addExtensionCommand(program);
  return program;
}

/** Runs the command line; sets the exit code instead of leaving at once, so that all output arrives. */
export async function main(argv: readonly string[]): Promise<void> {
  endInOrder();
  outliveReaders();
  try {
    await createProgram().parseAsync([...argv]);
  } catch (error) {
    if (process.exitCode === undefined) reportProblem(error);
  }
}

/** Who reads may leave (a pager that is closed, `| head`): what is under way is finished all the same. */
function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
    });
  }
}

function reportProblem(error: unknown): void {
  sayWhenStopped(undefined);
  if (error instanceof ProblemError) {
    process.stderr.write(`${pc.red("error:")} ${error.message}\n`);
    process.exitCode = error.exitCode;
    // Whoever stops it waits for no answer that a server still owes.
    if (error.code === "cli/stopped") process.exit();
    return;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`${pc.red("unexpected:")} ${redact(text)}\n`);
  process.exitCode = 1;
}
