#!/usr/bin/env node
/** Runs `pulumi` or `pulumi-superset` on the stack that quickstart made: npm run local -- preview --diff */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { reportFailure, SetupError, UsageError } from "./lib/errors.mjs";
import { chooseCommand, OUR_COMMANDS } from "./lib/local-command.mjs";
import { PATHS, pulumiEnvironment, STACK } from "./lib/local-stack.mjs";
import { ensurePulumi } from "./lib/pulumi.mjs";
import { runOnTerminal } from "./lib/run.mjs";

const HELP = `Usage: npm run local -- <command> [options]

Works on the stack "${STACK}" that npm run quickstart made. These are commands of
pulumi-superset, all others are Pulumi's:
  ${OUR_COMMANDS.slice(0, 7).join(", ")},
  ${OUR_COMMANDS.slice(7).join(", ")}

Examples:
  npm run local -- preview --diff
  npm run local -- up
  npm run local -- ids
  npm run local -- pull --drifted
  npm run local -- deploy --strategy "CREATE | UPDATE | DELETE" --dry-run
  npm run local -- refresh --run-program
  npm run local -- destroy --run-program
`;

async function main() {
  const args = process.argv.slice(2);
  if (args.length === 0) throw new UsageError(HELP.trimEnd());
  if (["--help", "-h"].includes(args[0])) return void process.stdout.write(HELP);
  if (!existsSync(join(PATHS.project, "Pulumi.yaml"))) {
    throw new SetupError("There is no local stack yet.", { remedy: "npm run quickstart makes one." });
  }
  const { bin } = await ensurePulumi({ log: (text) => process.stderr.write(`${text}\n`) });
  const { command, args: commandArgs, cwd } = chooseCommand(args);
  process.exitCode = await runOnTerminal(command, commandArgs, { cwd, env: pulumiEnvironment(bin) });
}

main().catch(reportFailure);
