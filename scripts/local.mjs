#!/usr/bin/env node
/** Runs `pulumi` on the stack that quickstart made: npm run local -- preview --diff */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { reportFailure, SetupError, UsageError } from "./lib/errors.mjs";
import { PATHS, pulumiEnvironment, STACK } from "./lib/local-stack.mjs";
import { ensurePulumi } from "./lib/pulumi.mjs";
import { runOnTerminal } from "./lib/run.mjs";

const HELP = `Usage: npm run local -- <pulumi command> [options]

Runs Pulumi on the stack "${STACK}" that npm run quickstart made.

Examples:
  npm run local -- preview --diff
  npm run local -- up
  npm run local -- refresh --run-program
  npm run local -- destroy --run-program
`;

/** These use the settings of the state, not today's, unless they are told to run the program. */
const NEED_PROGRAM = ["refresh", "destroy"];

async function main() {
  const args = process.argv.slice(2);
  if (args.length === 0) throw new UsageError(HELP.trimEnd());
  if (["--help", "-h"].includes(args[0])) return void process.stdout.write(HELP);
  if (!existsSync(join(PATHS.project, "Pulumi.yaml"))) {
    throw new SetupError("There is no local stack yet.", { remedy: "npm run quickstart makes one." });
  }
  const { bin } = await ensurePulumi({ log: (text) => process.stderr.write(`${text}\n`) });
  process.exitCode = await runOnTerminal("pulumi", withProgram(args), {
    cwd: PATHS.project,
    env: pulumiEnvironment(bin),
  });
}

function withProgram(args) {
  if (!NEED_PROGRAM.includes(args[0]) || args.some((arg) => arg.startsWith("--run-program"))) return args;
  return [args[0], "--run-program", ...args.slice(1)];
}

main().catch(reportFailure);
