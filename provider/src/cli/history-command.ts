import type { Command } from "commander";
import type { HistoryOptions } from "./print-history";

const DESCRIPTION = `List the promotions, syncs and rollbacks of a stack, the newest first: when, who, from which commit, what changed, and how each ended. They are the manifests in promotions/.`;

const EXAMPLES = `
Examples:
  pulumi-superset history
  pulumi-superset history --stack qa --json

Exit codes: 0 done, 1 failed, 2 bad usage`;

/** `pulumi-superset history`: the manifests of a stack. */
export function addHistoryCommand(program: Command): void {
  program
    .command("history")
    .summary("list the promotions of a stack")
    .description(DESCRIPTION)
    .option("-s, --stack <name>", "the Pulumi stack (default: the one whose role is production)")
    .option("-C, --cwd <folder>", "folder of Pulumi.yaml", ".")
    .option("--json", "print a JSON list, for programs")
    .addHelpText("after", EXAMPLES)
    .action(async (options: HistoryOptions) => {
      const { printHistory } = await import("./print-history.js");
      process.exitCode = printHistory(options);
    });
}
