import { existsSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { type Document, isMap, isScalar, LineCounter, type Node, parseDocument } from "yaml";
import { z } from "zod";
import { ProblemError } from "../../core/errors";
import { suggestNearest } from "../../core/nearest";
import { type ShowtimeSettings, showtimeSettingsSchema } from "../../showtime/settings";
import { findProject } from "../project-files";

/** The file of the settings, beside Pulumi.yaml. */
export const SHOWTIME_FILE = "showtime.yaml";

/**
 * Reads the settings of ephemeral environments.
 *
 * @param folder that of Pulumi.yaml, or one below it
 * @throws ProblemError `project/missing`, `showtime/no-settings`, `showtime/settings-invalid` with all that is wrong, by line
 */
export function readShowtimeSettings(folder: string): ShowtimeSettings {
  const file = join(findProject(folder).folder, SHOWTIME_FILE);
  if (!existsSync(file)) throw settingsMissing(file);
  return parseShowtimeSettings(readFileSync(file, "utf8"), relative(process.cwd(), file) || file);
}

/** The settings in a text; `file` is what errors call it. */
export function parseShowtimeSettings(text: string, file: string): ShowtimeSettings {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const [broken] = document.errors;
  if (broken !== undefined) {
    // The parser's own message quotes the file over several lines.
    const { line, col } = lines.linePos(broken.pos[0]);
    throw settingsInvalid([{ line, message: `it is no YAML (${broken.code}, column ${col})` }], file);
  }
  const parsed = showtimeSettingsSchema.safeParse(document.toJS() ?? {});
  const at = (path: readonly PropertyKey[]) => lines.linePos(offsetOf(document, path)).line || 1;
  if (!parsed.success) {
    throw settingsInvalid(
      parsed.error.issues.flatMap((issue) =>
        isMissing(issue, document) ? describeMissing(issue, at) : describeIssue(issue, at),
      ),
      file,
    );
  }
  const { size, sizes } = parsed.data;
  if (sizes[size] === undefined) {
    const names = Object.keys(sizes).join(", ");
    throw settingsInvalid([{ line: at(["size"]), message: `size: there is none of that name among ${names}` }], file);
  }
  return parsed.data;
}

/** What each setting means, by its name. */
const SETTINGS: ReadonlyMap<string, string | undefined> = new Map(
  Object.entries(showtimeSettingsSchema.shape).map(([name, { description }]) => [name, description]),
);

interface Wrong {
  readonly line: number;
  readonly message: string;
}

type LineOf = (path: readonly PropertyKey[]) => number;

function isMissing({ code, path }: z.core.$ZodIssue, document: Document.Parsed): boolean {
  return code !== "unrecognized_keys" && path.length > 0 && !document.hasIn(path);
}

function describeMissing({ path }: z.core.$ZodIssue, at: LineOf): Wrong[] {
  const meaning = path.length === 1 ? SETTINGS.get(String(path[0])) : undefined;
  const more = meaning === undefined ? "" : `: ${meaning}`;
  return [{ line: at(path), message: `${z.core.toDotPath(path)} is missing${more}` }];
}

function describeIssue(issue: z.core.$ZodIssue, at: LineOf): Wrong[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => {
      const path = [...issue.path, key];
      const nearest = issue.path.length === 0 ? suggestNearest(key, SETTINGS.keys()) : "";
      return { line: at(path), message: `${z.core.toDotPath(path)}: there is no such setting${nearest}` };
    });
  }
  const name = issue.path.length === 0 ? "the file" : z.core.toDotPath(issue.path);
  return [{ line: at(issue.path), message: `${name}: ${issue.message}` }];
}

/** Where a key stands; where there is none, the closest one above it. */
function offsetOf(document: Document.Parsed, path: readonly PropertyKey[]): number {
  let node: Node | null = document.contents;
  let offset = node?.range?.[0] ?? 0;
  for (const step of path) {
    if (isMap<Node, Node | null>(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
      if (pair === undefined) return offset;
      offset = pair.key.range?.[0] ?? offset;
      node = pair.value;
    } else {
      const inner: unknown = document.getIn([...path.slice(0, path.indexOf(step) + 1)], true);
      return isScalar(inner) ? (inner.range?.[0] ?? offset) : offset;
    }
  }
  return offset;
}

function settingsInvalid(wrong: readonly Wrong[], file: string): ProblemError {
  const [first, ...others] = wrong;
  const list = others.length === 0 ? (first?.message ?? "") : `several things are wrong:`;
  const rest = others.length === 0 ? [] : wrong.map(({ line, message }) => `    ${file}:${line}: ${message}`);
  return new ProblemError({
    code: "showtime/settings-invalid",
    summary: [`The settings cannot be used, ${list}`, ...rest].join("\n"),
    remedy: `Correct ${SHOWTIME_FILE}; docs/showtime-reference.md has all settings, and stacks/foundation prints the file.`,
    place: { file, ...(first !== undefined && { line: first.line }) },
    exitCode: 2,
  });
}

function settingsMissing(file: string): ProblemError {
  return new ProblemError({
    code: "showtime/no-settings",
    summary: `There is no ${SHOWTIME_FILE} beside Pulumi.yaml: ephemeral environments are not set up here.`,
    remedy:
      'docs/showtime-foundation.md says how: stacks/foundation makes what they need on AWS, and prints the file. To see them without AWS and GitHub: docs/showtime.md, "Try it without AWS".',
    place: { file },
    exitCode: 2,
  });
}
