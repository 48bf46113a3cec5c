import { type Command, InvalidArgumentError } from "commander";
import { formatStrategy, parseFlags, STRATEGY_FLAGS } from "../settings/strategy";
import { type DeployOptions, deploy } from "./deploy";

const DESCRIPTION = `Put the asset files onto the server of a stack.

Runs \`pulumi up\` without asking. It goes on when one asset fails, and names at the end what was not done. It takes over the lock of a run that was killed on this machine. Running it again does only what is missing.

Look first: pulumi preview --diff --stack <name>`;

const EXAMPLES = `
Examples:
  pulumi-superset deploy --stack qa
  pulumi-superset deploy --stack qa --cwd ./bi --parallel 16
  pulumi-superset deploy --stack qa --strategy "CREATE | UPDATE | DELETE"
  npm run deploy -- --stack production      in the repository of this package

Exit codes: 0 done, 1 failed, 2 bad usage, 3 refused (the stack is in use)`;

/** `pulumi-superset deploy`: a `pulumi up` with the recommended flags that recovers from killed runs. */
export function addDeployCommand(program: Command): void {
  program
    .command("deploy")
    .summary("put the asset files onto the server of a stack")
    .description(DESCRIPTION)
    .requiredOption("-s, --stack <name>", "the Pulumi stack to deploy")
    .option("-C, --cwd <folder>", "folder of Pulumi.yaml", ".")
    .option("--strategy <flags>", "what this run may do, in place of superset:strategy", readStrategy)
    .option("--parallel <number>", "resources handled at the same time", readCount, "512")
    .addHelpText("after", EXAMPLES)
    .action(async (options: DeployOptions) => {
      process.exitCode = await deploy(options);
    });
}

function readStrategy(text: string): string {
  const flags = parseFlags(text);
  if (flags !== undefined && flags.length > 0) return formatStrategy(new Set(flags));
  throw new InvalidArgumentError(`It must be made of ${STRATEGY_FLAGS.join(", ")}, joined by |.`);
}

function readCount(text: string): string {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError("It must be a whole number from 1.");
  return text;
}
