import type { Command } from "commander";
import { addBrowserOption } from "./browser-option";
import { addParallelOption } from "./parallel-option";
import type { RollbackOptions } from "./run-rollback";

const DESCRIPTION = `Bring a stack back to what it was before a promotion, a sync or a rollback: the content that its manifest keeps, with the same UUIDs and, for all that was not deleted, the same integer ids. What came with it is removed, what it deleted returns.

It is a \`pulumi up\` like any other: it shows the plan, asks, and applies exactly that, so the stack's state stays true. It leaves a manifest of its own, so a rollback can be rolled back. The files in git are not changed: the command says which commit to revert, or the next promotion brings it all again.`;

const EXAMPLES = `
Examples:
  pulumi-superset rollback                     the newest manifest of production
  pulumi-superset rollback --dry-run
  pulumi-superset rollback promotions/production/20261122T031500Z-1a2b3c4d5.json
  pulumi-superset rollback --yes --confirm ROLLBACK      in CI

Exit codes: 0 done or nothing to do, 1 failed, 2 bad usage, 3 refused,
7 --dry-run found something to do`;

/** `pulumi-superset rollback`: what was there before. */
export function addRollbackCommand(program: Command): void {
  const command = program
    .command("rollback")
    .summary("bring a stack back to what it was before a promotion")
    .description(DESCRIPTION)
    .argument("[manifest]", `file below promotions/ (default: the newest one of production)`)
    .option("-C, --cwd <folder>", "folder of Pulumi.yaml", ".")
    .option("-n, --dry-run", "only show what would be done")
    .option("-y, --yes", "do not ask; production needs --confirm besides")
    .option("--confirm <word>", "ROLLBACK, where nobody sits at a terminal")
    .option("--continue-on-error", "go on with the others when one fails (this is the default)")
    .option("--fail-fast", "stop at the first asset that fails")
    .addHelpText("after", EXAMPLES)
    .action(async (file: string | undefined, options: RollbackOptions) => {
      const { runRollback } = await import("./run-rollback.js");
      process.exitCode = await runRollback(file, options);
    });
  addParallelOption(command);
  addBrowserOption(command);
}
