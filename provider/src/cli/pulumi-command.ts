import type { Command } from "commander";
import { addBrowserOption } from "./browser-option";

const DESCRIPTION = `Run a command of Pulumi with the login of a stack.

With the login provider oidc a person logs in in the browser, and \`pulumi preview\` alone cannot: the program and the hooks run in processes of their own. This logs in first, runs Pulumi, and hands them the token while it runs. It never stands in their environment, in a file or in the state.

With every other provider, Pulumi can be run directly.`;

const EXAMPLES = `
Examples:
  pulumi-superset pulumi preview --diff --stack qa
  pulumi-superset pulumi up --stack qa
  pulumi-superset pulumi refresh --run-program --stack qa
  pulumi-superset pulumi --no-browser destroy --stack qa

Options of pulumi-superset stand before the command of Pulumi.
Exit codes: those of Pulumi; 3 where nobody can log in`;

/** `pulumi-superset pulumi …`: Pulumi's own commands with a login in the browser. */
export function addPulumiCommand(program: Command): void {
  // Whatever stands behind the first argument is Pulumi's.
  program.enablePositionalOptions();
  const command = program
    .command("pulumi")
    .summary("run a command of Pulumi with the login of a stack")
    .description(DESCRIPTION)
    .argument("<args...>", "arguments of pulumi")
    .passThroughOptions()
    .allowUnknownOption()
    .addHelpText("after", EXAMPLES)
    .action(async (args: string[]) => {
      const { runWithLogin } = await import("./run-pulumi.js");
      process.exitCode = await runWithLogin(args);
    });
  addBrowserOption(command);
}
