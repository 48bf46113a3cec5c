import type { Command } from "commander";
import { addBrowserOption } from "./browser-option";
import type { ExportCommandOptions } from "./run-export";
import { SELECTOR_HELP } from "./selector-help";

const DESCRIPTION = `Write what is on a server into asset files: databases, datasets, charts and dashboards, one file each, in the same form from every server.

A file that an asset has already keeps its name and its comments, and only what differs is changed in it. New files are named from the title and the first eight characters of the UUID. Files of assets that are gone from the server are removed, after a question; another question comes before a file is overwritten that git does not have as it is. Draft dashboards are left out unless they have a file.

Two exports of an unchanged server give the same bytes, also those of two servers with the same content. Passwords are never written. The database of a file that stands for another one on each server (settings, or another UUID) is left as it is.`;

const EXAMPLES = `
Examples:
  pulumi-superset export                        from the stack whose role is
                                                production, into its assets folder
  pulumi-superset export --from qa
  pulumi-superset export --from qa -o /tmp/qa-backup
  pulumi-superset export --from qa --only 'dashboards/sales*'
  pulumi-superset export --from qa --only https://qa.example.com/superset/dashboard/7/

Exit codes: 0 done, 1 failed (all or some), 2 bad usage, 3 refused (a secret,
broken files, nobody to ask), 7 --dry-run found something`;

/** `pulumi-superset export`: a server into files. */
export function addExportCommand(program: Command): void {
  const command = program
    .command("export")
    .summary("write what is on a server into asset files")
    .description(DESCRIPTION)
    .option("--from <name>", "stack, or instance of ~/.sup/config.yml (default: the stack whose role is production)")
    .option("-o, --output-dir <folder>", "where the files go (default: the setting superset:assets)")
    .option("-C, --cwd <folder>", "folder of Pulumi.yaml", ".")
    .option("--only <what...>", `this and what it uses: ${SELECTOR_HELP}`, [])
    .option("--published-only", "leave draft dashboards out that have no file (this is the default)")
    .option("--all", "draft dashboards too")
    .option("-n, --dry-run", "only show what would be written and removed")
    .option("-y, --yes", "remove and overwrite without asking")
    .option("--json", "print what was done as JSON, for programs")
    .addHelpText("after", EXAMPLES)
    .action(async (options: ExportCommandOptions) => {
      const { runExport } = await import("./run-export.js");
      process.exitCode = await runExport(options);
    });
  addBrowserOption(command);
}
