import { type Command, Option } from "commander";
import { ASSET_KINDS } from "../assets/definition";
import { addBrowserOption } from "./browser-option";
import type { IdsOptions } from "./print-ids";

const DESCRIPTION = `Print which object of the server each asset is: its UUID in the files, its UUID on the server where that is another, integer id, kind, name, how it was found and when.

It comes from the stack's state, which every \`pulumi up\` and \`pulumi refresh\` brings up to date. With --sync the server is asked instead, also for what is not in this stack; the state stays as it is (\`pulumi refresh --run-program\` writes what it finds).`;

const EXAMPLES = `
Examples:
  pulumi-superset ids --stack qa
  pulumi-superset ids --stack qa --kind dashboard --json
  pulumi-superset ids --stack qa --sync        everything on the server
  pulumi-superset ids --stack qa --check       for CI: code 7 if an id is wrong

Exit codes: 0 done, 1 failed, 2 bad usage, 7 --check found something wrong`;

/** `pulumi-superset ids`: the mapping from definitions to the objects of a server. */
export function addIdsCommand(program: Command): void {
  const command = program
    .command("ids")
    .summary("print UUIDs and integer ids of a stack's assets")
    .description(DESCRIPTION)
    .requiredOption("-s, --stack <name>", "the Pulumi stack")
    .option("-C, --cwd <folder>", "folder of Pulumi.yaml", ".")
    .addOption(new Option("--kind <kind>", "only this kind").choices(ASSET_KINDS))
    .option("--sync", "ask the server, also for what is not in this stack")
    .option("--check", "ask the server and fail if an id is wrong")
    .option("--json", "print a JSON list, for programs")
    .addHelpText("after", EXAMPLES)
    .action(async (options: IdsOptions) => {
      const { printIds } = await import("./print-ids.js");
      process.exitCode = await printIds(options);
    });
  addBrowserOption(command);
}
