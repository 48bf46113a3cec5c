import { ProblemError } from "../core/errors";
import { count, formatJson } from "../core/plain-text";
import { assertStackExists } from "./instances";
import { showStep } from "./progress";
import { findProject, listStackNames } from "./project-files";
import type { StateAsset } from "./stack-state";
import { listDeviating, readStatus, type StackStatus } from "./status";
import { formatStatus } from "./status-table";

/** What `status` was called with. */
export interface StatusOptions {
  readonly cwd: string;
  readonly json?: boolean;
}

/**
 * Says how stacks stand.
 *
 * @param names empty: all that have a settings file
 * @returns the exit code
 */
export async function printStatus(names: readonly string[], { cwd, json }: StatusOptions): Promise<number> {
  const stacks = chooseStacks(names, cwd);
  const found = await showStep(`Asking ${count(stacks.length, "stack")}`, () =>
    Promise.all(stacks.map((stack) => readStatus(stack, cwd))),
  );
  if (json) process.stdout.write(`${formatJson({ version: 1, stacks: found.map(toReport) })}\n`);
  else process.stdout.write(`${formatStatus(found)}\n`);
  if (found.some(({ problems }) => problems.length > 0)) return 1;
  return found.some(({ assets }) => assets !== undefined && listDeviating(assets).length > 0) ? 7 : 0;
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
  for (const name of names) assertStackExists(name, cwd);
  return names.length === 0 ? known : [...new Set(names)];
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
    assets: assets === undefined ? null : { total: assets.total, inSync: assets.total - listDeviating(assets).length },
    drifted: assets?.drifted.map(nameAsset) ?? null,
    missing: assets?.missing.map(nameAsset) ?? null,
    relocked: assets?.relocked.map(nameAsset) ?? null,
    problems: problems.map(({ code, summary, why, remedy }) => ({ code, summary, why, remedy })),
  };
}

function nameAsset({ kind, title, path, uuid }: StateAsset) {
  return { kind, title, path, uuid };
}
