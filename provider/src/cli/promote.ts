import type { Definition, Finding } from "../assets/definition";
import { readAssets } from "../assets/read-folder";
import { validateFolder } from "../assets/validate-folder";
import { ProblemError } from "../core/errors";
import { count, plainLine } from "../core/plain-text";
import { compareSides } from "../plan/compare-sides";
import { formatFinding } from "../plan/report";
import { describeAsset } from "../settings/strategy";
import { FAILED_ASSETS } from "./failed-assets";
import { readTreeState, type TreeState } from "./git";
import { assertTwoServers, findStackOfRole, type Instance, openInstance } from "./instances";
import { MANIFESTS } from "./manifest";
import { findProject } from "./project-files";
import { readSide } from "./sides";
import { chooseScope } from "./validate-scope";

/** The two stacks of a promotion. */
export interface PromotionStacks {
  readonly qa: Instance;
  readonly production: Instance;
}

/**
 * Finds the stack of each role: a promotion has one direction only.
 *
 * @throws ProblemError `instance/role`
 */
export async function openPromotion(cwd: string): Promise<PromotionStacks> {
  const [qa, production] = [onlyStack("qa", cwd), findProduction(cwd)];
  const stacks = { qa: await openInstance(qa, cwd), production: await openInstance(production, cwd) };
  assertTwoServers(stacks.qa, stacks.production);
  return stacks;
}

/** The name of the stack that is promoted to. */
export function findProduction(cwd: string): string {
  return onlyStack("production", cwd);
}

function onlyStack(role: "qa" | "production", cwd: string): string {
  const remedy = `A promotion goes from role qa to role production: set \`superset:role: ${role}\` in the settings of exactly one stack.`;
  return findStackOfRole(role, cwd, remedy);
}

/** The files as the stack of production would deploy them. */
export async function readPromotedFiles({ name }: Instance, cwd: string): Promise<readonly Definition[]> {
  const { folder, read } = chooseScope({ cwd, stack: name });
  return (await readAssets(folder, read)).definitions;
}

/** What validation finds wrong in them. */
export async function listErrors({ name }: Instance, cwd: string): Promise<Finding[]> {
  const { folder, read } = chooseScope({ cwd, stack: name });
  const { findings } = await validateFolder(folder, read);
  return findings.filter(({ severity }) => severity === "error");
}

/**
 * What speaks against the state of the working tree, one line each.
 *
 * @param why there is none
 */
export function judgeTree(tree: TreeState | undefined, why: string | undefined): string[] {
  if (tree === undefined) return [`${why ?? "Git tells nothing."} So nothing says later what was promoted.`];
  const { uncommitted, isPartly, isPushed, commit } = tree;
  const names = uncommitted.slice(0, MOST_NAMES).map(plainLine).join(", ");
  const more = uncommitted.length > MOST_NAMES ? ` and ${uncommitted.length - MOST_NAMES} more` : "";
  return [
    ...(uncommitted.length > 0 ? [`${count(uncommitted.length, "file")} not committed: ${names}${more}.`] : []),
    ...(isPartly ? ["The asset files are in no repository, so git does not have them."] : []),
    ...(isPushed ? [] : [`The commit ${commit.slice(0, 9)} is on no branch of a remote: push it first.`]),
  ];
}

const MOST_NAMES = 5;

/**
 * Reads the working tree of the project and of the files that are promoted; manifests and the list of what failed are
 * written by promotions themselves.
 */
export function readProjectTree({ folder: assets }: Instance, cwd: string): Promise<TreeState | undefined> {
  return readTreeState({ folder: findProject(cwd).folder, assets, ignored: [MANIFESTS, FAILED_ASSETS] });
}

/**
 * Refuses, or with `force` only tells.
 *
 * @throws ProblemError `promote/not-ready` naming everything
 */
export function assertReady(problems: readonly string[], errors: readonly Finding[], force: boolean): void {
  const lines = [...problems, ...errors.map(formatFinding)];
  if (lines.length === 0) return;
  const text = lines.map((line) => `  ${line}`).join("\n");
  if (force) {
    process.stderr.write(`warning: promoted although (--force):\n${text}\n`);
    return;
  }
  throw new ProblemError({
    code: "promote/not-ready",
    summary: `This cannot be promoted; nothing was written:\n${text}`,
    remedy: "Correct it. --force turns these findings into warnings.",
    exitCode: 3,
  });
}

/** What of the files QA does not have as they say, one line each: it was not tested there. */
export async function listUntested(
  { qa }: PromotionStacks,
  definitions: readonly Definition[],
  cwd: string,
): Promise<string[]> {
  const tested = await readSide(qa.name, cwd);
  const { differences } = compareSides(tested, { definitions, isServer: false });
  return differences
    .filter(({ verdict }) => verdict !== "removed")
    .map(({ kind, title, path, verdict }) => {
      const state = verdict === "added" ? "is not on" : "is another on";
      return `${path}: ${plainLine(describeAsset(kind, title))} ${state} ${qa.name}`;
    });
}
