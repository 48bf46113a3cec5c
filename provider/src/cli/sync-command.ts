import type { Command } from "commander";
import { addBrowserOption } from "./browser-option";
import { addParallelOption } from "./parallel-option";
import type { SyncOptions } from "./run-sync";

const DESCRIPTION = `Bring what one server has to another: it reads the first, and deploys it through the stack of the second, with that stack's settings (strategy, databases by name, whether the UI is locked). The asset files stay as they are; \`export\` brings the content into them.

It shows what will change in words and as Pulumi's preview, asks, and applies exactly that plan. What only the second server has stays, unless its strategy has DELETE and this project deployed it. To a production stack the words SYNC TO PRODUCTION must be typed, and a manifest is left for \`rollback\`.`;

const EXAMPLES = `
Examples:
  pulumi-superset sync production qa
  pulumi-superset sync production qa -y
  pulumi-superset sync production qa -n
  pulumi-superset sync qa production --confirm "SYNC TO PRODUCTION"

Exit codes: 0 done or nothing to do, 1 failed, 2 bad usage, 3 refused,
7 --dry-run found something to do`;

/** `pulumi-superset sync A B`: one server to another. */
export function addSyncCommand(program: Command): void {
  const command = program
    .command("sync")
    .summary("bring what one server has to another")
    .description(DESCRIPTION)
    .argument("<from>", "stack, or instance of ~/.sup/config.yml")
    .argument("<to>", "stack, or an instance of ~/.sup/config.yml that has one")
    .option("-C, --cwd <folder>", "folder of Pulumi.yaml", ".")
    .option("-n, --dry-run", "only show what would be done")
    .option("-y, --yes", "do not ask; production needs --confirm besides")
    .option("--confirm <words>", '"SYNC TO PRODUCTION", where nobody sits at a terminal')
    .option("--all", "draft dashboards too, also those without a file")
    .option("--continue-on-error", "go on with the others when one fails (this is the default)")
    .option("--fail-fast", "stop at the first asset that fails")
    .option("--retry-failed", "only what failed-assets.json of the last run lists")
    .addHelpText("after", EXAMPLES)
    .action(async (from: string, to: string, options: SyncOptions) => {
      const { runSync } = await import("./run-sync.js");
      process.exitCode = await runSync(from, to, options);
    });
  addParallelOption(command);
  addBrowserOption(command);
}
