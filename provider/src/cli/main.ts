import { Command } from "commander";
import pc from "picocolors";
import { ProblemError } from "../core/errors";
import { redact } from "../core/redact";
import { addDeployCommand } from "./deploy-command";

/** Runs the command line; sets the exit code instead of leaving at once, so that all output arrives. */
export async function main(argv: readonly string[]): Promise<void> {
  const program = new Command("pulumi-superset")
    .description("Dashboards as code for Apache Superset: what people do around `pulumi up`.")
    .showHelpAfterError("(--help tells what there is)")
    .configureOutput({ outputError: (text, write) => write(pc.red(text)) })
    .exitOverride((stop) => {
      // Help and version are no failures; everything else that commander ends for is bad usage.
      process.exitCode = stop.exitCode === 0 ? 0 : 2;
      throw stop;
    });
  addDeployCommand(program);
  try {
    await program.parseAsync([...argv]);
  } catch (error) {
    if (process.exitCode === undefined) reportProblem(error);
  }
}

function reportProblem(error: unknown): void {
  if (error instanceof ProblemError) {
    process.stderr.write(`${pc.red("error:")} ${error.message}\n`);
    process.exitCode = error.exitCode;
    return;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`${pc.red("unexpected:")} ${redact(text)}\n`);
  process.exitCode = 1;
}
