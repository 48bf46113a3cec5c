import type { Command } from "commander";
import { addBrowserOption } from "./browser-option";
import { addParallelOption } from "./parallel-option";
import type { PromoteOptions } from "./run-promote";

const DESCRIPTION = `Bring the asset files to production: from the stack whose role is qa to the one whose role is production, never the other way.

It validates the files, asks git whether they are committed and pushed, says what QA does not have like that, and shows what will change on production in words and as Pulumi's preview. After the word PROMOTE it applies exactly that plan: if a file or the server was changed meanwhile, it refuses, and nothing is written. It leaves a manifest in promotions/, from which \`rollback\` brings back what was there before.`;

const EXAMPLES = `
Examples:
  pulumi-superset promote --dry-run
  pulumi-superset promote
  pulumi-superset promote --yes --confirm PROMOTE      in CI
  pulumi-superset promote --yes --confirm PROMOTE --plan 0a1b2c3d4e5f6071
  pulumi-superset promote --force                      findings are only warnings

Exit codes: 0 done or nothing to do, 1 failed, 2 bad usage, 3 refused,
7 --dry-run found something to do`;

/** `pulumi-superset promote`: QA to production. */
export function addPromoteCommand(program: Command): void {
  const command = program
    .command("promote")
    .summary("bring the files from QA to production, with safety checks")
    .description(DESCRIPTION)
    .option("-C, --cwd <folder>", "folder of Pulumi.yaml", ".")
    .option("-n, --dry-run", "only show what would be done")
    .option("--report <file>", "write the plan in words into a file, in Markdown")
    .option("--plan <checksum>", "apply no other plan than that of an earlier --dry-run")
    .option("--force", "findings of validation and git are warnings; confirmation and plan stay")
    .option("--skip-validation", "do not validate the files")
    .option("-y, --yes", "for scripts that pass it to every command: promote has no question but that of --confirm")
    .option("--confirm <word>", "PROMOTE, where nobody sits at a terminal")
    .option("--continue-on-error", "go on with the others when one fails (this is the default)")
    .option("--fail-fast", "stop at the first asset that fails")
    .addHelpText("after", EXAMPLES)
    .action(async (options: PromoteOptions) => {
      const { runPromote } = await import("./run-promote.js");
      process.exitCode = await runPromote(options);
    });
  addParallelOption(command);
  addBrowserOption(command);
}
