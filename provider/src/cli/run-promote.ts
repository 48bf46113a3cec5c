import pc from "picocolors";
import { count } from "../core/plain-text";
import { changeStack } from "./change-stack";
import { assertWord, confirmWord } from "./confirm";
import { explainGit } from "./git";
import { nameAuthor } from "./manifest";
import {
  assertReady,
  findProduction,
  judgeTree,
  listErrors,
  listUntested,
  openPromotion,
  readProjectTree,
  readPromotedFiles,
} from "./promote";
import { withFailureReport } from "./report-file";

/** What `promote` was called with. */
export interface PromoteOptions {
  readonly cwd: string;
  readonly dryRun?: boolean;
  readonly force?: boolean;
  readonly skipValidation?: boolean;
  readonly confirm?: string;
  readonly failFast?: boolean;
  readonly parallel: string;
  readonly report?: string;
  /** Checksum of the plan that was agreed to. */
  readonly plan?: string;
}

/**
 * Brings the files to production.
 *
 * @returns the exit code
 */
export function runPromote(given: PromoteOptions): Promise<number> {
  // Its role, until it is known which stack has it.
  let stack = "production";
  const nameStack = () => stack;
  return withFailureReport(given.report, nameStack, () => {
    stack = findProduction(given.cwd);
    return promote(given);
  });
}

async function promote(given: PromoteOptions): Promise<number> {
  const { cwd, dryRun = false, force = false, skipValidation = false, failFast = false, parallel } = given;
  const stacks = await openPromotion(cwd);
  const question = `Promote to ${stacks.production.settings.url}?`;
  if (!dryRun) assertWord(question, WORD, given.confirm);
  const { qa, production } = stacks;
  const tree = await readProjectTree(production, cwd);
  const why = tree === undefined ? await explainGit(cwd) : undefined;
  assertReady(judgeTree(tree, why), skipValidation ? [] : await listErrors(production, cwd), force);
  const declared = await readPromotedFiles(production, cwd);
  const source = { stack: qa.name, url: qa.settings.url, version: await qa.client.version() };
  await production.client.version();
  const untested = await listUntested(stacks, declared, cwd);
  if (untested.length > 0) {
    const lines = untested.slice(0, MOST_LINES).map((line) => `  ${line}`);
    const more = untested.length > MOST_LINES ? [`  … and ${untested.length - MOST_LINES} more`] : [];
    const head = pc.yellow(`${count(untested.length, "file")} not tested on ${qa.name}:`);
    process.stderr.write(`${[head, ...lines, ...more].join("\n")}\n`);
  }
  const author = await nameAuthor(cwd);
  return changeStack({
    instance: production,
    options: { stack: production.name, cwd, parallel, failFast },
    declared,
    title: `${production.name} as it is → the files`,
    dryRun,
    report: given.report,
    expected: given.plan,
    ask: (summary) => confirmWord(`${summary} ${question}`, WORD, given.confirm),
    note: {
      kind: "promotion",
      author,
      ...(tree !== undefined && { commit: tree.commit }),
      source,
    },
  });
}

const WORD = "PROMOTE";

const MOST_LINES = 10;
