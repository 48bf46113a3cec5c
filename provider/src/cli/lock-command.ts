import type { Command } from "commander";
import { addBrowserOption } from "./browser-option";
import type { LockVerb } from "./lock-report";
import type { LockOptions } from "./run-lock";
import { SELECTOR_HELP } from "./selector-help";

const COMMON = `Only dashboards, charts and datasets that the stack has deployed are touched. Databases are left out: a deployment never writes one that is there, so nothing would set it back. What is locked or unlocked already is not written again.

In Superset 6.1 the lock hides buttons and switches Save off in dialogs; it is no protection: see docs/workflows.md.`;

const TEXTS: Readonly<Record<LockVerb, { summary: string; description: string; examples: string }>> = {
  lock: {
    summary: "lock deployed assets in Superset's UI",
    description: `Lock what a stack has deployed in Superset's UI (\`is_managed_externally\`): after an emergency edit, or until the next deployment. If superset:managed is false for the stack, the next \`up\` unlocks it again; previews say so.

${COMMON}`,
    examples: `
Examples:
  pulumi-superset lock --target production
  pulumi-superset lock --target production --only 'dashboards/sales*' -y`,
  },
  unlock: {
    summary: "unlock deployed assets in Superset's UI, for an emergency edit",
    description: `Unlock what a stack has deployed in Superset's UI (\`is_managed_externally\`), for an emergency edit. If superset:managed is true for the stack, every preview and drift check names it until the next \`up\`, or \`lock\`, locks it again. Without --only all of it is unlocked. For a production stack the word UNLOCK must be typed.

What is edited meanwhile is drift: \`pulumi-superset pull --drifted\` brings it into the files.

${COMMON}`,
    examples: `
Examples:
  pulumi-superset unlock --target production \\
    --only https://bi.example.com/superset/dashboard/7/
  pulumi-superset unlock --target production --only charts/revenue.yaml --dry-run
  pulumi-superset unlock --target production --only charts/revenue.yaml \\
    --confirm UNLOCK`,
  },
};

const EXIT_CODES = `

Exit codes: 0 done or nothing to do, 1 failed (all or some), 2 bad usage,
3 refused, 7 --dry-run found something to do`;

/** `pulumi-superset lock` and `unlock`: whether the UI lets people edit what was deployed. */
export function addLockCommands(program: Command): void {
  addCommand(program, "lock");
  addCommand(program, "unlock").option("--confirm <word>", "UNLOCK, where nobody sits at a terminal");
}

function addCommand(program: Command, verb: LockVerb): Command {
  const { summary, description, examples } = TEXTS[verb];
  const command = program
    .command(verb)
    .summary(summary)
    .description(description)
    .requiredOption("--target <name>", "stack, or an instance of ~/.sup/config.yml that has one")
    .option("-C, --cwd <folder>", "folder of Pulumi.yaml", ".")
    .option("--only <what...>", `this alone, without what it uses: ${SELECTOR_HELP}`, [])
    .option("-n, --dry-run", "only show what would be done")
    .option("-y, --yes", `do not ask${verb === "unlock" ? "; production needs --confirm besides" : ""}`)
    .option("--json", "print what was done as JSON, for programs")
    .addHelpText("after", `${examples}${EXIT_CODES}`)
    .action(async (options: LockOptions) => {
      const { runLock } = await import("./run-lock.js");
      process.exitCode = await runLock(verb, options);
    });
  return addBrowserOption(command);
}
