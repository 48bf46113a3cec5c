import type { Command } from "commander";
import { ProblemError } from "../core/errors";
import { suggestNearest } from "../core/nearest";
import { count, formatJson } from "./plain-text";
import { showStep } from "./progress";
import { findProject, listStackNames } from "./project-files";
import type { StateAsset } from "./stack-state";
import { readStatus, type StackStatus } from "./status";
import { formatStatus } from "./status-table";

const DESCRIPTION = `Say how the stacks of this project stand: whether the server answers, its version, whether the login works, and of what was deployed how much is as it was then, how much people changed in Superset's UI (drifted), and how much they deleted (missing).

All stacks are asked at the same time. One that cannot be asked is told with its reason. Nothing is written. What files would change is not part of it: \`pulumi preview\` tells.`;

const EXAMPLES = `
Examples:
  pulumi-superset status                    all stacks
  pulumi-superset status qa production
  pulumi-superset status --json             for programs

Exit codes: 0 all is well, 1 a stack could not be asked, 2 bad usage,
7 something drifted or is missing`;

interface CommandOptions {
  readonly cwd: string;
  readonly json?: boolean;
}

/** `pulumi-superset status`: servers, logins and drift of all stacks. */
export function addStatusCommand(program: Command): void {
  program
    .command("status")
    .summary("say whether servers answer, logins work, and assets are as deployed")
    .description(DESCRIPTION)
    .argument("[stacks...]", "only these (default: all that have a settings file)")
    .option("-C, --cwd <folder>", "folder of Pulumi.yaml", ".")
    .option("--json", "print JSON, for programs")
    .addHelpText("after", EXAMPLES)
    .action(async (names: string[], options: CommandOptions) => {
      process.exitCode = await printStatus(names, options);
    });
}

/** @returns the exit code */
async function printStatus(names: readonly string[], { cwd, json }: CommandOptions): Promise<number> {
  const stacks = chooseStacks(names, cwd);
  const found = await showStep(`Asking ${count(stacks.length, "stack")}`, () =>
    Promise.all(stacks.map((stack) => readStatus(stack, cwd))),
  );
  if (json) process.stdout.write(`${formatJson({ version: 1, stacks: found.map(toReport) })}\n`);
  else process.stdout.write(`${formatStatus(found)}\n`);
  if (found.some(({ problems }) => problems.length > 0)) return 1;
  return found.some(({ assets }) => (assets?.drifted.length ?? 0) + (assets?.missing.length ?? 0) > 0) ? 7 : 0;
}

/** @throws ProblemError `stack/unknown`, `stack/none` */
function chooseStacks(names: readonly string[], cwd: string): string[] {
  const project = findProject(cwd);
  const known = listStackNames(project);
  if (known.length === 0) {
    throw new ProblemError({
      code: "stack/none",
      summary: `The project in ${project.folder} has no stack: there is no Pulumi.<stack>.yaml.`,
      remedy: "Make one: pulumi-superset stack add <name> --url https://…",
      exitCode: 2,
    });
  }
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return names.length === 0 ? known : [...new Set(names)];
  throw new ProblemError({
    code: "stack/unknown",
    summary: `There is no Pulumi.${unknown}.yaml${suggestNearest(unknown, known)}`,
    why: `the stacks of this project are ${known.join(", ")}`,
    remedy: `Make it: pulumi-superset stack add ${unknown} --url https://…`,
    exitCode: 2,
  });
}

function toReport({ stack, role, url, server, assets, isDeployed, problems }: StackStatus) {
  return {
    stack,
    role: role ?? null,
    url: url ?? null,
    reachable: server?.isReachable ?? null,
    version: server?.version ?? null,
    username: server?.username ?? null,
    loggedIn: server?.isLoggedIn ?? null,
    deployed: isDeployed ?? null,
    assets: assets === undefined ? null : { total: assets.total, inSync: countInSync(assets) },
    drifted: assets?.drifted.map(nameAsset) ?? null,
    missing: assets?.missing.map(nameAsset) ?? null,
    problems: problems.map(({ code, summary, why, remedy }) => ({ code, summary, why, remedy })),
  };
}

function countInSync({ total, drifted, missing }: NonNullable<StackStatus["assets"]>): number {
  return total - drifted.length - missing.length;
}

function nameAsset({ kind, title, path, uuid }: StateAsset) {
  return { kind, title, path, uuid };
}
