import type { Command } from "commander";
import { deploy } from "./deploy";

const EXAMPLES = `
Examples:
  pulumi-superset deploy --stack qa            everything that differs, all at once
  pulumi-superset deploy --stack qa --parallel 16
  npm run deploy -- --stack production         the same in this repository

Exit codes: 0 done, 1 something failed, 2 bad usage, 3 refused (the stack is in use).
Look first: pulumi preview --diff --stack qa`;

/** `pulumi-superset deploy`: a `pulumi up` with the recommended flags that recovers from killed runs. */
export function addDeployCommand(program: Command): void {
  program
    .command("deploy")
    .description("Run `pulumi up` with the recommended flags; recover from a killed run; report what was not done.")
    .requiredOption("-s, --stack <name>", "the Pulumi stack, that is the server, to deploy to")
    .option("-C, --cwd <folder>", "folder of Pulumi.yaml", ".")
    .option("--parallel <number>", "how many resources the engine works on at a time", "512")
    .addHelpText("after", EXAMPLES)
    .action(async (options: { stack: string; cwd: string; parallel: string }) => {
      process.exitCode = await deploy(options);
    });
}
