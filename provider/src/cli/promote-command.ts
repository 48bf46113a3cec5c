import type { Command } from "commander";
import pc from "picocolors";
import { changeStack } from "./change-stack";
import { confirmWord } from "./confirm";
import { readAuthor } from "./git";
import { count } from "./plain-text";
import { findProject } from "./project-files";
import { assertReady, judgeTree, listUntested, openPromotion, readProjectTree, readPromotedFiles } from "./promote";

const DESCRIPTION = `Bring the asset files to production: from the stack whose role is qa to the one whose role is production, never the other way.

It validates the files, asks git whether they are committed and pushed, says what QA does not have like that, and shows what will change on production in words and as Pulumi's preview. After the word PROMOTE it applies exactly that plan: if a file or the server was changed meanwhile, it refuses, and nothing is written. It leaves a manifest in promotions/, from which \`rollback\` brings back what was there before.`;

const EXAMPLES = `
Examples:
  pulumi-superset promote --dry-run
  pulumi-superset promote
  pulumi-superset promote --yes --confirm PROMOTE      in CI
  pulumi-superset promote --force                      findings are only warnings

Exit codes: 0 done or nothing to do, 1 failed, 2 bad usage, 3 refused,
7 --dry-run found something to do`;

interface CommandOptions {
  readonly cwd: string;
  readonly dryRun?: boolean;
  readonly force?: boolean;
  readonly skipValidation?: boolean;
  readonly yes?: boolean;
  readonly confirm?: string;
  readonly failFast?: boolean;
  readonly parallel: string;
}

/** `pulumi-superset promote`: QA to production. */
export function addPromoteCommand(program: Command): void {
  program
    .command("promote")
    .summary("bring the files from QA to production, with safety checks")
    .description(DESCRIPTION)
    .option("-C, --cwd <folder>", "folder of Pulumi.yaml", ".")
    .option("-n, --dry-run", "only show what would be done")
    .option("--force", "findings of validation and git are warnings; confirmation and plan stay")
    .option("--skip-validation", "do not validate the files")
    .option("-y, --yes", "answer ordinary questions; production needs --confirm besides")
    .option("--confirm <word>", "PROMOTE, where nobody sits at a terminal")
    .option("--continue-on-error", "go on with the others when one fails (this is the default)")
    .option("--fail-fast", "stop at the first asset that fails")
    .option("--parallel <number>", "resources handled at the same time", "512")
    .addHelpText("after", EXAMPLES)
    .action(async (options: CommandOptions) => {
      process.exitCode = await promote(options);
    });
}

/** @returns the exit code */
async function promote(given: CommandOptions): Promise<number> {
  const { cwd, dryRun = false, force = false, skipValidation = false, failFast = false, parallel } = given;
  const stacks = await openPromotion(cwd);
  const { qa, production } = stacks;
  const files = await readPromotedFiles(production);
  const tree = await readProjectTree(cwd);
  assertReady(judgeTree(tree), skipValidation ? [] : files.errors, force);
  const source = { stack: qa.name, url: qa.settings.url, version: await qa.client.version() };
  await production.client.version();
  const untested = await listUntested(stacks, files, cwd);
  if (untested.length > 0) {
    const lines = untested.slice(0, MOST_LINES).map((line) => `  ${line}`);
    const more = untested.length > MOST_LINES ? [`  … and ${untested.length - MOST_LINES} more`] : [];
    const head = pc.yellow(`${count(untested.length, "file")} not tested on ${qa.name}:`);
    process.stderr.write(`${[head, ...lines, ...more].join("\n")}\n`);
  }
  const author = await readAuthor(findProject(cwd).folder);
  return changeStack({
    instance: production,
    options: { stack: production.name, cwd, parallel, failFast },
    declared: files.definitions,
    title: `${production.name} as it is → the files`,
    dryRun,
    ask: (summary) => confirmWord(`${summary} Promote to ${production.settings.url}?`, "PROMOTE", given.confirm),
    note: {
      kind: "promotion",
      author: author ?? process.env.GITHUB_ACTOR ?? process.env.USER ?? "unknown",
      ...(tree !== undefined && { commit: tree.commit }),
      source,
    },
  });
}

const MOST_LINES = 10;
