import type { Command } from "commander";
import { addBrowserOption } from "./browser-option";
import type { StatusOptions } from "./print-status";

const DESCRIPTION = `Say how the stacks of this project stand: whether the server answers, its version, whether the login works, and of what was deployed how much is as it was then, how much people changed in Superset's UI (drifted), and how much they deleted (missing).

All stacks are asked at the same time. One that cannot be asked is told with its reason. Nothing is written. What files would change is not part of it: \`pulumi preview\` tells.`;

const EXAMPLES = `
Examples:
  pulumi-superset status                    all stacks
  pulumi-superset status qa production
  pulumi-superset status --json             for programs

Exit codes: 0 all is well, 1 a stack could not be asked, 2 bad usage,
7 something drifted or is missing`;

/** `pulumi-superset status`: servers, logins and drift of all stacks. */
export function addStatusCommand(program: Command): void {
  const command = program
    .command("status")
    .summary("say whether servers answer, logins work, and assets are as deployed")
    .description(DESCRIPTION)
    .argument("[stacks...]", "only these (default: all that have a settings file)")
    .option("-C, --cwd <folder>", "folder of Pulumi.yaml", ".")
    .option("--json", "print JSON, for programs")
    .addHelpText("after", EXAMPLES)
    .action(async (names: string[], options: StatusOptions) => {
      const { printStatus } = await import("./print-status.js");
      process.exitCode = await printStatus(names, options);
    });
  addBrowserOption(command);
}
