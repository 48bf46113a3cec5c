import type { CanonicalOptions } from "./canonical";
import type { AssetIdentity, Finding } from "./definition";
import { locateAll } from "./parse-yaml";
import { checkContent } from "./rules/content";
import { checkNames, checkNaturalKeys, checkUuid, checkUuidDuplicates } from "./rules/identity";
import { checkIds } from "./rules/ids";
import { checkImporterFields } from "./rules/importer";
import { checkReferenceForms, checkReferences, listUsedUuids } from "./rules/references";
import { type AssetFile, HIDING_RULES, type Problem, SEVERITIES } from "./rules/registry";
import { checkSecrets } from "./rules/secrets";
import { compareText } from "./values";

export { type AssetFile, RULES } from "./rules/registry";

/** What lint knows beyond the files. */
export interface LintOptions extends CanonicalOptions {
  /** UUIDs that the stack's settings map to a database of the target: they need no file. */
  readonly mappedDatabaseUuids?: readonly string[];
  /** Assets that the program declares: they need no file. */
  readonly declared?: readonly AssetIdentity[];
  /** UUIDs, in lower case, of assets whose files cannot be used; those have an error of their own. */
  readonly unread?: ReadonlySet<string>;
}

const FILE_CHECKS = [checkUuid, checkNames, checkImporterFields, checkReferenceForms, checkSecrets, checkContent];

/**
 * Checks asset files, each for itself and against the others.
 *
 * @returns all findings of all files, as {@link sortFindings} orders them
 */
export function lintAssets(files: readonly AssetFile[], options: LintOptions = {}): Finding[] {
  return sortFindings(placeProblems(findProblems(files, options)));
}

/** What {@link lintAssets} finds, before it is looked up where it stands. */
export function findProblems(files: readonly AssetFile[], options: LintOptions): Problem[] {
  const mapped = (options.mappedDatabaseUuids ?? []).map((uuid) => ({ kind: "database", uuid }) as const);
  const elsewhere = [...mapped, ...(options.declared ?? [])];
  return [
    ...files.flatMap((file) => checkFile(file, options)),
    ...checkUuidDuplicates(files),
    ...checkNaturalKeys(files, listUsedUuids(files)),
    ...checkReferences(files, elsewhere, options.unread ?? new Set()),
  ];
}

/**
 * Checks one asset for itself, as a program declares it: what a file may not hold, arguments may not hold either.
 *
 * @returns the errors, without a place, as there is no file
 */
export function lintDeclared(asset: AssetFile, options: CanonicalOptions = {}): Omit<Finding, "line" | "column">[] {
  return checkFile(asset, options)
    .map(toFinding)
    .filter(({ severity }) => severity === "error");
}

function checkFile(file: AssetFile, options: CanonicalOptions): Problem[] {
  return [...FILE_CHECKS.flatMap((check) => check(file)), ...checkIds(file, options)];
}

/** Findings by file, place and rule; first what hides a whole file, as others may follow from it. */
export function sortFindings(findings: readonly Finding[]): Finding[] {
  const rank = ({ rule }: Finding) => (HIDING_RULES.has(rule) ? 0 : 1);
  return [...findings].sort(
    (left, right) =>
      rank(left) - rank(right) ||
      compareText(left.file, right.file) ||
      (left.line ?? 0) - (right.line ?? 0) ||
      (left.column ?? 0) - (right.column ?? 0) ||
      compareText(left.rule, right.rule),
  );
}

/** Finds line and column of problems; each file is parsed once more. */
export function placeProblems(problems: readonly Problem[]): Finding[] {
  const byFile = groupByFile(problems);
  return [...byFile].flatMap(([file, own]) => {
    const places = locateAll(
      file.text,
      own.map(({ at, on }) => ({ at, on: on ?? "value" })),
    );
    return own.map((problem, index) => ({ ...toFinding(problem), ...places[index] }));
  });
}

function toFinding({ rule, file, message, remedy, severity }: Problem): Omit<Finding, "line" | "column"> {
  return { rule, severity: severity ?? SEVERITIES[rule] ?? "error", file: file.path, message, remedy };
}

function groupByFile(problems: readonly Problem[]): Map<AssetFile, Problem[]> {
  const groups = new Map<AssetFile, Problem[]>();
  for (const problem of problems) {
    const group = groups.get(problem.file);
    if (group) group.push(problem);
    else groups.set(problem.file, [problem]);
  }
  return groups;
}
