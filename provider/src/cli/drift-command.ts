import type { Command } from "commander";
import { addBrowserOption } from "./browser-option";
import type { DriftOptions } from "./run-drift";

const DESCRIPTION = `Say what on a server is no longer as it was deployed: what people changed in Superset's UI, in words, what they deleted, and ids that are wrong. It is made for a run every night.

It runs \`pulumi refresh --preview-only --run-program --expect-no-changes\`, and asks the server for all its assets as \`ids --sync\` does. Nothing is written, neither to the server nor to the state.

With --report it writes a file in Markdown: \`github issue\` keeps an issue of it. The file is empty where nothing drifted, and is not written where that could not be found out.`;

const EXAMPLES = `
Examples:
  pulumi-superset drift --stack production
  pulumi-superset drift --stack production --report drift.md

What people changed comes into the files with \`pulumi-superset pull --drifted\`.

Exit codes: 0 all is as it was deployed, 1 failed, 2 bad usage,
3 refused (nothing was deployed yet, nobody can log in), 7 something drifted`;

/** `pulumi-superset drift`: the check of every night. */
export function addDriftCommand(program: Command): void {
  const command = program
    .command("drift")
    .summary("say what people changed on a server since it was deployed")
    .description(DESCRIPTION)
    .requiredOption("-s, --stack <name>", "the Pulumi stack")
    .option("-C, --cwd <folder>", "folder of Pulumi.yaml", ".")
    .option("--report <file>", "write it into a file, in Markdown; empty where nothing drifted")
    .addHelpText("after", EXAMPLES)
    .action(async (options: DriftOptions) => {
      const { runDrift } = await import("./run-drift.js");
      process.exitCode = await runDrift(options);
    });
  addBrowserOption(command);
}
