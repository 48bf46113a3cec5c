import { existsSync, realpathSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { setFlagsFromString } from "node:v8";
import type { Finding } from "../assets/definition";
import { type FileFix, planFixes, writeFixes } from "../assets/fix-folder";
import { type Validation, validateFolder } from "../assets/validate-folder";
import { ProblemError } from "../core/errors";
import { count } from "../core/plain-text";
import { insideFolder } from "./asset-paths";
import { showStep } from "./progress";
import { sayWhenStopped } from "./stopping";
import { type Format, formatReport, summarise, type ValidateReport } from "./validate-report";
import { chooseScope, type ValidateScope } from "./validate-scope";

/** What `validate` was called with. */
export interface ValidateOptions {
  readonly cwd: string;
  readonly assetsDir?: string;
  readonly stack?: string;
  readonly target?: string;
  readonly fix?: boolean;
  readonly format: Format;
}

/**
 * Checks the asset files and prints what was found.
 *
 * @returns the exit code
 */
export async function runValidate(paths: readonly string[], options: ValidateOptions): Promise<number> {
  const began = performance.now();
  // The parser of SQL is WebAssembly. A process waits for its second, better compilation before it ends, which takes
  // longer than all that is read with it.
  setFlagsFromString("--liftoff-only");
  const { report, notes } = await validate(paths, options);
  process.stdout.write(formatReport(report, options.format, findRepository(report.folder)));
  for (const note of notes) process.stderr.write(`${note}\n`);
  process.stderr.write(`${summarise(report, (performance.now() - began) / 1000)}\n`);
  return report.findings.some(({ severity }) => severity === "error") ? 3 : 0;
}

interface Outcome {
  readonly report: ValidateReport;
  /** For stderr. */
  readonly notes: readonly string[];
}

async function validate(paths: readonly string[], options: ValidateOptions): Promise<Outcome> {
  const { target, stack, cwd, fix = false } = options;
  if (target !== undefined && stack !== undefined && stack !== target) throw twoStacks(stack, target);
  const server = target === undefined ? undefined : await openTarget(target, options);
  const scope = server?.scope ?? chooseScope({ ...options, cwd });
  let validation = await validateFolder(scope.folder, scope.read);
  const isWanted = choosePaths(paths, scope.folder, validation);
  const chosen = validation.files.filter(({ stated }) => isWanted(stated.path));
  const fixable = await planFixes(scope.folder, chosen, scope.read.keepIds);
  if (fix && fixable.length > 0) {
    sayWhenStopped("Stopped; by then some of the files may be fixed. The same command does the rest.");
    await writeFixes(fixable);
    validation = await validateFolder(scope.folder, scope.read);
  }
  const told = await server?.ask(validation);
  const findings = [...validation.findings, ...(told ?? [])].filter(({ file }) => isWanted(file));
  const report: ValidateReport = {
    folder: scope.folder,
    files: chosen.length,
    findings,
    fixed: fix ? fixable : [],
    fixable: fix ? [] : fixable,
  };
  return { report, notes: listNotes(report, fixable, told === undefined ? target : undefined) };
}

/** A server, and what it is asked once the files are known. */
interface OpenTarget {
  readonly scope: ValidateScope;
  /** Undefined where it was not asked, because the files have errors. */
  readonly ask: (validation: Validation) => Promise<Finding[] | undefined>;
}

/** Its modules bring the whole of the plan, which a check of files alone does not need. */
async function openTarget(stack: string, { cwd, assetsDir }: ValidateOptions): Promise<OpenTarget> {
  const { readTarget, askTarget } = await import("./validate-target.js");
  const { settings, scope } = await showStep("Reading the settings", () => readTarget(stack, cwd, assetsDir));
  return {
    scope,
    ask: async (validation) => {
      if (validation.findings.some(({ severity }) => severity === "error")) return undefined;
      return showStep(`Asking ${settings.url}`, () => askTarget({ stack, cwd, settings, scope, validation }));
    },
  };
}

function listNotes({ fixed }: ValidateReport, fixes: readonly FileFix[], unasked: string | undefined): string[] {
  const left = unasked === undefined ? [] : [`The server of ${unasked} was not asked: correct the errors first.`];
  if (fixes.length === 0) return left;
  const files = count(fixes.length, "file");
  return [fixed.length > 0 ? `${files} fixed.` : `--fix can put right something in ${files}.`, ...left];
}

/** Whether a path inside the assets folder is one that people asked about. */
function choosePaths(
  paths: readonly string[],
  folder: string,
  { files, findings }: Validation,
): (path: string) => boolean {
  if (paths.length === 0) return () => true;
  const wanted = paths.map((path) => ({ path, inside: insideFolder(path, folder) }));
  const isBelow = (path: string, inside: string) => inside === "" || path === inside || path.startsWith(`${inside}/`);
  const known = [...files.map(({ stated }) => stated.path), ...findings.map(({ file }) => file)];
  const unknown = wanted.find(({ inside }) => !known.some((path) => isBelow(path, inside)));
  if (unknown !== undefined) throw unknownPath(unknown.path, folder);
  return (path) => wanted.some(({ inside }) => isBelow(path, inside));
}

function twoStacks(stack: string, target: string): ProblemError {
  return new ProblemError({
    code: "validate/two-stacks",
    summary: `--stack names ${stack}, and --target ${target}.`,
    remedy: "Leave --stack out: --target uses the settings of its stack.",
    exitCode: 2,
  });
}

function unknownPath(path: string, folder: string): ProblemError {
  return new ProblemError({
    code: "validate/unknown-path",
    summary: `There is no asset file at ${path}.`,
    remedy: `Name files or folders, as they are on the disk or inside ${folder}.`,
    exitCode: 2,
  });
}

/** The folder that GitHub's annotations are relative to. */
function findRepository(folder: string): string {
  const workspace = process.env.GITHUB_WORKSPACE;
  if (workspace) return workspace;
  for (let above = resolve(folder); ; above = dirname(above)) {
    if (existsSync(join(above, ".git"))) return above;
    if (above === dirname(above)) return realpathSync(process.cwd());
  }
}
