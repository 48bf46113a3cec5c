import {
  type AccessContent,
  type AccessFile,
  type AccessProblem,
  foldName,
  placeAccessProblems,
  readAccessFile,
  type StatedRule,
} from "./access-file";
import { findClosest, type Pattern, readPattern } from "./closest-pattern";
import type { AssetKind, Definition, FILTER_TYPES, Finding } from "./definition";
import { compareText, isUuid } from "./values";

/** Who owns an asset and who may see it. What is not declared is absent, and left alone. */
export interface AssetAccess {
  readonly kind: AssetKind;
  readonly uuid: string;
  readonly path: string;
  /** E-mail addresses or user names, all owners that it is to have. */
  readonly owners?: readonly string[];
  /** Of a dashboard: names of all roles that may see it; none means that no role is asked for. */
  readonly roles?: readonly string[];
}

/** A dataset that a rule limits. */
export interface RuleDataset {
  readonly uuid: string;
  /** Path of its file; absent where it is in no file. */
  readonly path?: string;
}

/** A rule about the rows that people see. Its name is its identity: it is unique on a server. */
export interface RowLevelSecurityRule {
  readonly name: string;
  /** File that declares it. */
  readonly path: string;
  readonly datasets: readonly RuleDataset[];
  readonly roles: readonly string[];
  readonly clause: string;
  readonly filterType: (typeof FILTER_TYPES)[number];
  readonly groupKey?: string;
  /** Absent: the server's is left alone. */
  readonly description?: string;
}

/** What the access files of a folder declare. */
export interface Access {
  /** Assets whose owners or roles are declared, by path. */
  readonly assets: readonly AssetAccess[];
  /** By name. */
  readonly rules: readonly RowLevelSecurityRule[];
}

/** What access files say about owners and roles, by glob. */
const SECTIONS = ["owners", "roles"] as const;
type Section = (typeof SECTIONS)[number];

/** Databases have no owners, and only dashboards ask for roles. */
const SECTION_KINDS: Readonly<Record<Section, readonly AssetKind[]>> = {
  owners: ["dataset", "chart", "dashboard"],
  roles: ["dashboard"],
};

/** An asset as far as access files speak of it. */
export type PlacedAsset = Pick<Definition, "kind" | "uuid" | "path">;

/** What the folder has beside the access files. */
interface Folder {
  readonly definitions: readonly PlacedAsset[];
  /** Paths of all files, those that the settings leave out too. */
  readonly paths: ReadonlySet<string>;
}

type ReadFile = AccessFile & { readonly content: AccessContent };

/**
 * Says for each asset what the access files declare about it.
 *
 * @param paths of all files of the folder, also of those that the settings leave out: naming them is no mistake
 */
export function resolveAccess(
  files: readonly AccessFile[],
  definitions: readonly PlacedAsset[],
  paths: readonly string[],
): { access: Access; findings: Finding[] } {
  const folder: Folder = { definitions, paths: new Set(paths) };
  const problems: AccessProblem[] = [];
  const readFiles = files.flatMap((file): ReadFile[] => {
    const read = readAccessFile(file);
    problems.push(...read.problems);
    return read.content === undefined ? [] : [{ ...file, content: read.content }];
  });
  const [owners, roles] = SECTIONS.map((section) => resolveSection(readFiles, section, folder, problems));
  const assets = definitions.flatMap((definition): AssetAccess[] => {
    const own = owners?.get(definition);
    const seenBy = roles?.get(definition);
    if (own === undefined && seenBy === undefined) return [];
    const { kind, uuid, path } = definition;
    return [{ kind, uuid, path, ...(own && { owners: own }), ...(seenBy && { roles: seenBy }) }];
  });
  const rules = resolveRules(readFiles, folder, problems);
  return { access: { assets, rules }, findings: placeAccessProblems(problems) };
}

/** One entry of a section: a pattern and its names. */
interface Statement {
  readonly file: AccessFile;
  readonly pattern: Pattern;
  readonly names: readonly string[];
}

function resolveSection(
  files: readonly ReadFile[],
  section: Section,
  folder: Folder,
  problems: AccessProblem[],
): Map<PlacedAsset, readonly string[]> {
  const statements = files.flatMap((file) =>
    Object.entries(file.content[section] ?? {}).map(
      ([text, names]): Statement => ({ file, pattern: readPattern(text, folder.paths), names }),
    ),
  );
  for (const { file, pattern } of statements) {
    const trouble = findMismatch(pattern, SECTION_KINDS[section], section, folder);
    if (trouble !== undefined) problems.push({ ...trouble, file, at: [section, pattern.text], on: "key" });
  }
  const chosen = new Map<PlacedAsset, readonly string[]>();
  for (const definition of folder.definitions) {
    if (!SECTION_KINDS[section].includes(definition.kind)) continue;
    const [first, ...others] = findClosest(statements.filter(({ pattern }) => pattern.matches(definition)));
    if (first === undefined) continue;
    chosen.set(definition, first.names);
    const other = others.find(({ names }) => !haveSameNames(names, first.names));
    if (other !== undefined) problems.push(describeAmbiguity(section, definition, first, other));
  }
  return chosen;
}

function haveSameNames(left: readonly string[], right: readonly string[]): boolean {
  const names = new Set(left.map(foldName));
  return names.size === new Set(right.map(foldName)).size && right.every((name) => names.has(foldName(name)));
}

function describeAmbiguity(section: Section, { path }: PlacedAsset, first: Statement, other: Statement): AccessProblem {
  const where = first.file === other.file ? "" : ` of ${first.file.path}`;
  return {
    rule: "access-ambiguous",
    file: other.file,
    at: [section, other.pattern.text],
    on: "key",
    message: `it says other ${section} for ${path} than \`${first.pattern.text}\`${where}, and both are equally close`,
    remedy: `Name ${path} itself, or make one of the two narrower.`,
  };
}

type Mismatch = Pick<AccessProblem, "rule" | "message" | "remedy">;

/** What is wrong with a pattern that names nothing it could name; undefined where it is sound. */
function findMismatch(
  pattern: Pattern,
  kinds: readonly AssetKind[],
  what: string,
  { definitions, paths }: Folder,
): Mismatch | undefined {
  const named = definitions.filter((definition) => pattern.matches(definition));
  if (named.some(({ kind }) => kinds.includes(kind))) return undefined;
  const rule = "access-unmatched";
  if (named.length > 0) {
    const list = kinds.map((kind) => `${kind}s`).join(", ");
    const others = [...new Set(named.map(({ kind }) => `${kind}s`))].join(" and ");
    return {
      rule,
      message: `\`${pattern.text}\` names only ${others}: ${what} are for ${list}`,
      remedy: "Correct it.",
    };
  }
  // A file that the settings of this stack leave out.
  if ([...paths].some((path) => pattern.matchesPath(path))) return undefined;
  const message = `\`${pattern.text}\` names no asset file`;
  return { rule, message, remedy: "Correct it; paths and globs are relative to the assets folder." };
}

function resolveRules(
  files: readonly ReadFile[],
  folder: Folder,
  problems: AccessProblem[],
): readonly RowLevelSecurityRule[] {
  const firsts = new Map<string, AccessFile>();
  const rules: RowLevelSecurityRule[] = [];
  for (const file of files) {
    file.content.rowLevelSecurity?.forEach((stated, index) => {
      const at = ["rowLevelSecurity", index] as const;
      const first = firsts.get(stated.name);
      if (first !== undefined) {
        const message = `${first === file ? "another rule" : first.path} has the name "${stated.name}" too`;
        const remedy = "Give one of the two another name; it is the identity of a rule.";
        problems.push({ rule: "access-duplicate", file, at: [...at, "name"], message, remedy });
      }
      firsts.set(stated.name, first ?? file);
      const datasets = findDatasets(file, stated, index, folder, problems);
      // All its datasets are left out by the settings of this stack: so is the rule.
      if (datasets.length > 0) rules.push(toRule(file, stated, datasets));
    });
  }
  return rules.sort((left, right) => compareText(left.name, right.name));
}

function findDatasets(
  file: AccessFile,
  { datasets }: StatedRule,
  index: number,
  folder: Folder,
  problems: AccessProblem[],
): RuleDataset[] {
  const found = new Map<string, RuleDataset>();
  datasets.forEach((text, position) => {
    const pattern = readPattern(text, folder.paths);
    const named = folder.definitions.filter((definition) => pattern.matches(definition));
    for (const { kind, uuid, path } of named) if (kind === "dataset") found.set(uuid, { uuid, path });
    // The server may have a dataset that is in no file.
    if (isUuid(text) && named.length === 0) found.set(text.toLowerCase(), { uuid: text.toLowerCase() });
    else {
      const trouble = findMismatch(pattern, ["dataset"], "rules", folder);
      if (trouble !== undefined) {
        problems.push({ ...trouble, file, at: ["rowLevelSecurity", index, "datasets", position] });
      }
    }
  });
  return [...found.values()].sort((left, right) => compareText(left.uuid, right.uuid));
}

function toRule(file: AccessFile, stated: StatedRule, datasets: readonly RuleDataset[]): RowLevelSecurityRule {
  const { name, clause, filterType, groupKey, description } = stated;
  return {
    name,
    path: file.path,
    datasets,
    roles: [...stated.roles].sort(compareText),
    clause,
    filterType,
    ...(groupKey != null && { groupKey }),
    ...(description != null && { description }),
  };
}
