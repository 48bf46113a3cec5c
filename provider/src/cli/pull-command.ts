import { type Command, Option } from "commander";
import { addBrowserOption } from "./browser-option";
import type { PullCommandOptions } from "./run-pull";

const DESCRIPTION = `Bring what people changed in Superset's UI back into the asset files.

It looks at the datasets, charts and dashboards that changed on the server since they were last deployed, merges each with its file, shows what would change, and asks before it writes. What was last deployed is the common origin of both: changes in different places go together, and comments, order and form of a file stay. What a pulled asset uses and no file has, such as a new chart on a dashboard, gets a new file.

Where file and server changed the same place, that is a conflict: both values are shown and the file stays as it is. Put the server's value into it and pull again; or decide all conflicts with --ours or --theirs, which bring what else changed into the file as well.

Nothing is written to the server. What was deleted there is named, and its file stays.`;

const EXAMPLES = `
Examples:
  pulumi-superset pull --drifted --stack qa
  pulumi-superset pull --drifted --stack qa assets/charts
  pulumi-superset pull --drifted --stack qa --dry-run    for CI: code 7 on drift
  pulumi-superset pull --drifted --stack qa --theirs --yes

Exit codes: 0 done, 1 failed, 2 bad usage, 3 refused (a conflict, nobody to ask,
the answer was no, invalid files), 7 --dry-run found something`;

/** `pulumi-superset pull --drifted`: the UI's version into the files. */
export function addPullCommand(program: Command): void {
  const command = program
    .command("pull")
    .summary("bring changes made in Superset's UI into the files")
    .description(DESCRIPTION)
    .argument("[paths...]", "only these files or folders")
    .requiredOption("--drifted", "what changed on the server since the last deployment")
    .requiredOption("-s, --stack <name>", "the Pulumi stack")
    .option("-C, --cwd <folder>", "folder of Pulumi.yaml", ".")
    .option("--assets <folder>", "folder of the asset files (default: the setting superset:assets)")
    .addOption(new Option("--ours", "at a conflict keep what the file says").conflicts("theirs"))
    .addOption(new Option("--theirs", "at a conflict take what the server has"))
    .option("-n, --dry-run", "only show what would be written")
    .option("-y, --yes", "write without asking")
    .addHelpText("after", EXAMPLES)
    .action(async (paths: string[], options: PullCommandOptions) => {
      const { runPull } = await import("./run-pull.js");
      process.exitCode = await runPull(paths, options);
    });
  addBrowserOption(command);
}
