import type { Command } from "commander";
import { addBundleCommands } from "./extensions/bundle-commands";
import { addTargetCommands } from "./extensions/target-commands";

const DESCRIPTION = `Put Superset's extensions (\`.supx\`) on a server safely: check, pack and sign them, bring them into the folder that Superset reads, say what is there, and go back.

Starting and compiling an extension is the work of Apache's own tool (\`superset-extensions init\`, \`build\`); this begins where it ends. docs/extensions.md has the whole way.`;

const EXAMPLES = `
Examples:
  pulumi-superset extension validate hello-world
  pulumi-superset extension pack hello-world --output bundles
  pulumi-superset extension upsert --from bundles --target /app/extensions
  pulumi-superset extension list --target /app/extensions
  pulumi-superset extension rollback acme-lab.hello-world \\
    --target /app/extensions`;

/** `pulumi-superset extension …`: bundles, and the folder that Superset reads. */
export function addExtensionCommand(program: Command): void {
  const group = program
    .command("extension")
    .summary("check, pack, sign and deliver Superset's extensions")
    .description(DESCRIPTION)
    .addHelpText("after", EXAMPLES);
  addBundleCommands(group);
  addTargetCommands(group);
}
