import { resolve } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { ProblemError } from "../core/errors";
import { parseFlags, STRATEGY_FLAGS } from "../settings/strategy";
import { addBrowserOption } from "./browser-option";
import type { DeployOptions } from "./deploy";
import { addParallelOption } from "./parallel-option";

const DESCRIPTION = `Put the asset files onto the server of a stack.

Runs \`pulumi up\` without asking. It goes on when one asset fails, names at the end what was not done, and writes both to failed-assets.json. It takes over the lock of a run of this account that was killed on this machine, unless others may have its name (in CI, in a container with a given name). Running it again does only what is missing.

Look first with --dry-run: it runs \`pulumi preview\` with the same settings and writes nothing.`;

const EXAMPLES = `
Examples:
  pulumi-superset deploy --stack qa --dry-run
  pulumi-superset deploy --stack qa
  pulumi-superset deploy --stack qa --cwd ./bi --parallel 16
  pulumi-superset deploy --stack qa --strategy "CREATE | UPDATE | DELETE"
  pulumi-superset deploy --stack qa --strategy "CREATE | DELETE" -n -- --diff
  pulumi-superset deploy --stack qa -n --assets-dir other/assets --report plan.md
  npm run deploy -- --stack production      in the repository of this package

Exit codes: 0 done, 1 failed, 2 bad usage, 3 refused (the stack is in use,
or the plan is refused and nothing was written); with --dry-run 3 or those of
pulumi preview`;

interface CommandOptions extends Pick<DeployOptions, "stack" | "cwd" | "parallel"> {
  readonly strategy?: string;
  readonly failFast?: boolean;
  readonly retryFailed?: boolean;
  readonly dryRun?: boolean;
  readonly assetsDir?: string;
  readonly untrusted?: boolean;
  readonly report?: string;
}

/** `pulumi-superset deploy`: a `pulumi up` with the recommended flags that recovers from killed runs. */
export function addDeployCommand(program: Command): void {
  const command = program
    .command("deploy")
    .summary("put the asset files onto the server of a stack")
    .description(DESCRIPTION)
    .argument("[args...]", "with --dry-run and without --report, behind --: more for pulumi preview")
    .requiredOption("-s, --stack <name>", "the Pulumi stack to deploy")
    .option("-C, --cwd <folder>", "folder of Pulumi.yaml", ".")
    .option("--strategy <flags>", 'what this run may do, in place of superset:strategy; "": nothing', readStrategy)
    .option("--continue-on-error", "go on with the others when one fails (this is the default)")
    .option("--fail-fast", "stop at the first asset that fails")
    .option("--retry-failed", "only what failed-assets.json of the last run lists")
    .option("--assets-dir <folder>", "folder of the asset files, in place of superset:assets")
    .option("--untrusted", "refuse a folder with links, or too large to be meant well")
    .option("-n, --dry-run", "only show what would be done")
    .option("--report <file>", "with --dry-run: write the plan in words into a file, in Markdown")
    .addHelpText("after", EXAMPLES)
    .action(async (args: string[], options: CommandOptions) => {
      process.exitCode = await run(args, options);
    });
  addParallelOption(command);
  addBrowserOption(command);
}

/** @returns the exit code */
async function run(
  args: readonly string[],
  { dryRun, strategy, retryFailed, assetsDir, untrusted, report, ...given }: CommandOptions,
): Promise<number> {
  if (report !== undefined && !dryRun) throw reportOfDryRun();
  // With --target and the like, what is reported as planned or not done would not be true.
  if (args.length > 0 && (report !== undefined || !dryRun)) throw argumentsOfPreview(args);
  const [{ deploy, previewDeployment }, { noteFailedAssets, readFailedAssets }] = await Promise.all([
    import("./deploy.js"),
    import("./failed-assets.js"),
  ]);
  const folder = assetsDir === undefined ? undefined : resolve(assetsDir);
  const overrides = { ...(strategy !== undefined && { strategy }), ...(folder !== undefined && { assets: folder }) };
  const options = {
    ...given,
    ...(Object.keys(overrides).length > 0 && { overrides }),
    ...(retryFailed && { only: readFailedAssets(given) }),
  };
  if (report !== undefined) {
    const { runPlan } = await import("./run-plan.js");
    return runPlan({ options, folder, untrusted, report });
  }
  if (untrusted) {
    const [{ assertHarmless }, { openInstance }] = await Promise.all([
      import("./untrusted-folder.js"),
      import("./instances.js"),
    ]);
    await assertHarmless(folder ?? (await openInstance(given.stack, given.cwd)).folder);
  }
  if (dryRun) return (await previewDeployment(options, args)).code;
  const result = await deploy(options);
  noteFailedAssets(options, result, true);
  return result.code;
}

function reportOfDryRun(): ProblemError {
  return new ProblemError({
    code: "cli/report-without-dry-run",
    summary: "--report tells what --dry-run finds.",
    remedy: "Add --dry-run, or leave --report out.",
    exitCode: 2,
  });
}

function argumentsOfPreview(args: readonly string[]): ProblemError {
  return new ProblemError({
    code: "cli/unexpected-arguments",
    summary: `Only --dry-run without --report takes further arguments: ${args.join(" ")}`,
    remedy: "Leave them out, or run `pulumi up` with them.",
    exitCode: 2,
  });
}

function readStrategy(text: string): string {
  const flags = parseFlags(text);
  if (flags !== undefined) return flags.join(" | ");
  throw new InvalidArgumentError(`It must be made of ${STRATEGY_FLAGS.join(", ")}, joined by |, or "" for nothing.`);
}
