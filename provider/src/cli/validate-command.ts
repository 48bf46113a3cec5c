import { type Command, Option } from "commander";
import { addBrowserOption } from "./browser-option";
import type { ValidateOptions } from "./run-validate";

const DESCRIPTION = `Check the asset files, and say what is wrong where, and what to do.

It knows all that a deployment refuses (docs/rules.md), and looks at more: whether SQL and Jinja can be read, whether the columns and metrics of charts are in their datasets, and whether filters reach anything. SQL that is templated, or of a dialect that is not known, is a note and never an error.

It needs no server, no Pulumi and no password. The folder is that of the project's stacks (superset:assets), and what their files Pulumi.<stack>.yaml say about databases and files to leave out is taken into account: of one stack with --stack, else what they have in common. With --target it also logs in to the server of a stack, and says what the preview there would refuse.

--fix puts right what does not change what is deployed: UUIDs in lower case, keys of other servers and of older versions, ids of charts that are not on a dashboard. Comments and form stay.`;

const EXAMPLES = `
Examples:
  pulumi-superset validate
  pulumi-superset validate --assets-dir ./my-export
  pulumi-superset validate assets/charts assets/dashboards/sales.yaml
  pulumi-superset validate --fix
  pulumi-superset validate --format github     annotations in pull requests
  pulumi-superset validate --target qa         asks the server of qa too

Exit codes: 0 no error (there may be warnings), 1 failed, 2 bad usage,
3 errors found`;

/** `pulumi-superset validate`: all rules for asset files. */
export function addValidateCommand(program: Command): void {
  const command = program
    .command("validate")
    .summary("check the asset files")
    .description(DESCRIPTION)
    .argument("[paths...]", "only tell what is wrong in these files or folders")
    .option("--assets-dir <folder>", "folder of the asset files (default: that of the project, or ./assets)")
    .option("-C, --cwd <folder>", "folder of Pulumi.yaml", ".")
    .option("-s, --stack <name>", "use what Pulumi.<name>.yaml says; asks nobody")
    .option("--target <stack>", "also ask the server of this stack")
    .option("--fix", "put right what does not change what is deployed")
    .addOption(new Option("--format <format>", "of the output").choices(["people", "json", "github"]).default("people"))
    .addOption(new Option("--json", "the same as --format json").implies({ format: "json" }))
    .addHelpText("after", EXAMPLES)
    .action(async (paths: string[], options: ValidateOptions) => {
      const { runValidate } = await import("./run-validate.js");
      process.exitCode = await runValidate(paths, options);
    });
  addBrowserOption(command);
}
