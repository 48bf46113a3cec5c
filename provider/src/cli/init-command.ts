import { type Command, Option } from "commander";
import type { InitOptions } from "./run-init";
import { addServerOptions } from "./server-options";

const DESCRIPTION = `Make a project in an empty folder: program, settings of the first stack, workflows for GitHub and the folder of the asset files, ready for \`pulumi up\`.

It asks for the address and what the login needs (--login says how), and tests them. Then it offers to write all that the server has into files, and to take that over into the stack, so that the first \`pulumi preview\` shows no change. Nothing is ever written to the server.

The folder is written as a whole at the end: who stops before that leaves nothing behind. The Pulumi CLI must be logged in (\`pulumi login\`).`;

const EXAMPLES = `
Examples:
  pulumi-superset init dashboards
  pulumi-superset init --url https://bi.example.com --username deployer
  pulumi-superset init --from superset-production
  pulumi-superset init --login oidc --issuer https://sso.example.com/realms/data \\
    --client-id superset-cli                               with single sign-on
  pulumi-superset init bi --url https://bi.example.com --username deployer \\
    --secret-env SUPERSET_PASSWORD --yes                   without a question

Exit codes: 0 done, 1 failed, 2 bad usage, 3 refused (the folder is not empty,
nobody to ask), 7 the first preview shows changes, 130 stopped`;

/** `pulumi-superset init`: a project for a server that is there. */
export function addInitCommand(program: Command): void {
  addServerOptions(program.command("init"))
    .summary("make a project in an empty folder, from what a server has")
    .description(DESCRIPTION)
    .argument("[folder]", "where; it may have a README and a .git folder", ".")
    .option("--stack <name>", "what the first stack is to be called")
    .option("--export", "write what the server has into files")
    .addOption(new Option("--no-export", "begin without files"))
    .option("--adopt", "take over what was exported into the stack")
    .addOption(new Option("--no-adopt", "leave that to the first `pulumi up`"))
    .option("--no-install", "do not run npm install, and take nothing over")
    .option("--package <what>", "version or file of pulumi-superset (default: the version of this one)")
    .option("-y, --yes", "answer yes: export, take over, the usual name of the stack")
    .option("--json", "print what was made as JSON, for programs")
    .addHelpText("after", EXAMPLES)
    .action(async (folder: string, options: InitOptions) => {
      const { runInit } = await import("./run-init.js");
      process.exitCode = await runInit(folder, options);
    });
}
