import { z } from "zod";
import { suggestNearest } from "../core/nearest";
import { type AssetDocument, FILTER_TYPES, type Finding } from "./definition";
import { detectKind } from "./detect-kind";
import { locateAll } from "./parse-yaml";
import { SEVERITIES } from "./rules/registry";
import type { KeyPath } from "./values";

/** What is said where a key is missing or has a value of another form. */
function expecting(message: string) {
  return { error: ({ input }: { input?: unknown }) => (input === undefined ? "is missing" : message) };
}

const text = z.string(expecting("must be text; put quotes around a number")).min(1, "is empty");
const names = z.array(text, expecting("must be a list"));
const namesByGlob = z.record(text, names, expecting("must have an entry for each path or glob")).nullish();

const ruleSchema = z
  .strictObject({
    name: text.max(255, "is longer than 255 characters"),
    datasets: names.min(1, "names no dataset"),
    roles: names,
    clause: text,
    filterType: z
      .enum(FILTER_TYPES, {
        error: ({ input }) => `is none of ${FILTER_TYPES.join(", ")}${suggestNearest(String(input), FILTER_TYPES)}`,
      })
      .default("Regular"),
    groupKey: text.max(255, "is longer than 255 characters").nullish(),
    description: z.string().nullish(),
  })
  .refine(({ filterType, roles }) => filterType === "Base" || roles.length > 0, {
    path: ["roles"],
    message: "is empty: a Regular rule holds for the roles that it names, so this one would hold for nobody",
  });

const accessSchema = z.strictObject({
  owners: namesByGlob,
  roles: namesByGlob,
  rowLevelSecurity: z.array(ruleSchema, expecting("must be a list of rules")).nullish(),
});

/** A rule as its file writes it. */
export type StatedRule = z.output<typeof ruleSchema>;

/** A file that declares who owns and who may see assets. */
export interface AccessFile {
  /** Path inside the assets folder. */
  readonly path: string;
  readonly text: string;
  readonly document: AssetDocument;
}

/** What is wrong in an access file; the place is looked up afterwards. */
export interface AccessProblem {
  readonly rule: "access-field" | "access-unmatched" | "access-duplicate" | "access-ambiguous";
  readonly file: AccessFile;
  readonly at: KeyPath;
  /** Whether the key or its value is meant; default the value. */
  readonly on?: "key";
  readonly message: string;
  readonly remedy: string;
}

/** What an access file says. */
export type AccessContent = z.output<typeof accessSchema>;

/** Whether a path is that of a file about access; an asset may have that name too. */
export function isAccessName(path: string): boolean {
  return /(?:^|\/)access\.ya?ml$/i.test(path);
}

/** Whether a file of that name is no asset: those have a UUID, or keys that tell their kind. */
export function isAccessDocument(document: AssetDocument): boolean {
  // A path without folders, so that the content alone decides.
  return !Object.hasOwn(document, "uuid") && "notCarried" in detectKind("access.yaml", document);
}

/** Reads what an access file says, or why it says nothing. */
export function readAccessFile(file: AccessFile): { content?: AccessContent; problems: AccessProblem[] } {
  const parsed = accessSchema.safeParse(file.document);
  if (!parsed.success) return { problems: parsed.error.issues.flatMap((issue) => describeIssue(file, issue)) };
  return { content: parsed.data, problems: findRepeats(file, parsed.data) };
}

function describeIssue(file: AccessFile, issue: z.core.$ZodIssue): AccessProblem[] {
  const at = issue.path.filter((step) => typeof step !== "symbol");
  const problem = { rule: "access-field", file, remedy: "Write it as docs/access.md shows." } as const;
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      ...problem,
      at: [...at, key],
      on: "key",
      message: `\`${key}\` is no known key${suggestNearest(key, keysAt(at))}`,
    }));
  }
  const key = at.findLast((step) => typeof step === "string") ?? "";
  const what = typeof at.at(-1) === "number" ? `an entry of \`${key}\`` : `\`${key}\``;
  return [{ ...problem, at, message: `${what} ${issue.message}` }];
}

/** The keys that may stand where an unknown one does. */
function keysAt(at: KeyPath): string[] {
  return Object.keys(at.length === 0 ? accessSchema.shape : ruleSchema.shape);
}

/** A name that stands twice in one list: more often a slip for another name than meant. */
function findRepeats(file: AccessFile, content: AccessContent): AccessProblem[] {
  const lists: [KeyPath, readonly string[]][] = (["owners", "roles"] as const).flatMap((section) =>
    Object.entries(content[section] ?? {}).map(([glob, list]): [KeyPath, readonly string[]] => [[section, glob], list]),
  );
  content.rowLevelSecurity?.forEach((rule, index) => {
    lists.push([["rowLevelSecurity", index, "roles"], rule.roles]);
    lists.push([["rowLevelSecurity", index, "datasets"], rule.datasets]);
  });
  return lists.flatMap(([at, list]) => repeatsIn(file, at, list));
}

function repeatsIn(file: AccessFile, at: KeyPath, list: readonly string[]): AccessProblem[] {
  const folded = list.map(foldName);
  return list.flatMap((name, index): AccessProblem[] => {
    if (folded.indexOf(foldName(name)) === index) return [];
    const message = `"${name}" stands twice in the list`;
    return [{ rule: "access-duplicate", file, at: [...at, index], message, remedy: "Keep one of them." }];
  });
}

/** E-mail addresses are the same in upper and lower case; user names and roles are not. */
export function foldName(name: string): string {
  return name.includes("@") ? name.toLowerCase() : name;
}

/** Finds line and column of the problems of all access files. */
export function placeAccessProblems(problems: readonly AccessProblem[]): Finding[] {
  return problems.map(({ rule, file, at, on, message, remedy }) => {
    const [place] = locateAll(file.text, [{ at, on: on ?? "value" }]);
    return { rule, severity: SEVERITIES[rule] ?? "error", file: file.path, ...place, message, remedy };
  });
}
