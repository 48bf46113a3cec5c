import type { Command } from "commander";
import { addBrowserOption } from "./browser-option";
import type { DiffOptions } from "./run-diff";
import { SIDE_HELP } from "./selector-help";

const DESCRIPTION = `Say in words what differs between two sides: which databases, datasets, charts and dashboards were added, removed or changed on the way from the first to the second, and in which dashboards that is seen.

A side is ${SIDE_HELP}. A stack's name comes before a folder's, a folder before a file, and a file before a git revision; \`./name\` is always a path. Of a git revision it is the assets folder. What has another UUID on another server counts as the same if its database name, its database, schema and table, or its slug is the same. Addresses of databases are compared between files only: each server has its own.`;

const EXAMPLES = `
Examples:
  pulumi-superset diff qa production
  pulumi-superset diff production assets
  pulumi-superset diff HEAD~1 assets --stat
  pulumi-superset diff backup.zip production --json

Exit codes: 0 no difference, 1 failed, 2 bad usage, 3 files that cannot be read,
7 they differ`;

/** `pulumi-superset diff A B`: what differs, in words. */
export function addDiffCommand(program: Command): void {
  const command = program
    .command("diff")
    .summary("say what differs between servers, folders, commits and bundles")
    .description(DESCRIPTION)
    .argument("<from>", SIDE_HELP)
    .argument("<to>", "the same")
    .option("-C, --cwd <folder>", "folder of Pulumi.yaml", ".")
    .option("--stat", "only how many of each kind")
    .option("--json", "print JSON, for programs")
    .addHelpText("after", EXAMPLES)
    .action(async (from: string, to: string, options: DiffOptions) => {
      const { runDiff } = await import("./run-diff.js");
      process.exitCode = await runDiff(from, to, options);
    });
  addBrowserOption(command);
}
