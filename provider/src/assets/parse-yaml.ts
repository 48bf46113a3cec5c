import {
  Composer,
  type Document,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  type Node,
  Parser,
  stringify,
} from "yaml";
import { ProblemError } from "../core/errors";
import type { AssetDocument } from "./definition";
import { isMapping, type KeyPath } from "./values";
import { escapeForPyYaml, IMPRECISE_NUMBER, READ_OPTIONS, WRITE_OPTIONS } from "./yaml-dialect";

/** Deeper files are refused: at some thousand levels the composer's recursion ends the whole process. */
const DEEPEST_NESTING = 200;

/** What makes a text no usable asset document. */
export interface YamlProblem {
  readonly rule: "yaml-syntax" | "yaml-duplicate-key" | "yaml-too-complex" | "number-imprecise";
  /** Offset in the text. */
  readonly offset?: number;
  readonly message: string;
  readonly remedy: string;
}

/** A text that was read: its document, or why there is none. */
export interface ParsedYaml {
  readonly document: AssetDocument | undefined;
  readonly problems: readonly YamlProblem[];
}

/** A place in a text, both numbers from 1. */
export interface TextPlace {
  readonly line: number;
  readonly column: number;
}

class TooDeep extends Error {}

/** Sentences for the parser's codes; its own messages may quote the file, hence a secret. */
const SYNTAX_MESSAGES: { readonly [code: string]: string } = {
  BAD_INDENT: "the indentation does not fit what stands above",
  TAB_AS_INDENT: "a tab is used as indentation",
  MISSING_CHAR: "a closing quote, bracket, colon or comma is missing",
  BAD_ALIAS: "an alias names no anchor",
  MULTIPLE_DOCS: "the file holds several YAML documents",
  NON_STRING_KEY: "a key is not text",
  BLOCK_AS_IMPLICIT_KEY: "a mapping starts in the middle of a value",
  TAG_RESOLVE_FAILED: "a YAML tag is unknown or does not fit its value",
  MERGE_KEY: "a merge key `<<` is used; write the keys out",
  BAD_DQ_ESCAPE: "an escape in double quotes is not valid",
};

/**
 * Reads the YAML of one asset file, in the dialect of Superset.
 *
 * @param text the file's content
 * @returns the document, or all the reasons why it is none
 */
export function parseYaml(text: string): ParsedYaml {
  const composed = composeDocument(text);
  if ("problem" in composed) return { document: undefined, problems: [composed.problem] };
  const { document } = composed;
  const problems = [...syntaxProblems(document), ...keyProblems(document)];
  if (problems.length > 0) return { document: undefined, problems };
  return convertDocument(document);
}

/**
 * Reads YAML that a program wrote: canonical text ({@link writeYaml}), or a file of Superset's export.
 *
 * @param file where it stands, for the error
 * @throws ProblemError `assets/yaml-invalid`
 */
export function readYaml(text: string, file?: string): AssetDocument {
  const { document, problems } = parseYaml(text);
  if (document !== undefined) return document;
  throw new ProblemError({
    code: "assets/yaml-invalid",
    summary: `The YAML cannot be read: ${problems.map((problem) => problem.message).join("; ")}`,
    ...(file !== undefined && { place: { file } }),
  });
}

/** Writes a document as YAML that Superset (PyYAML) and YAML 1.2 readers understand alike. */
export function writeYaml(document: AssetDocument): string {
  return escapeForPyYaml(stringify(document, WRITE_OPTIONS));
}

/**
 * Finds where a key or its value stands. The text is parsed again: places are needed for findings only.
 *
 * @param paths the paths wanted, each with what is wanted of it
 */
export function locateAll(text: string, paths: readonly { at: KeyPath; on: "key" | "value" }[]): TextPlace[] {
  const lines = new LineCounter();
  const composed = composeDocument(text, lines);
  const root = "document" in composed ? composed.document.contents : null;
  return paths.map(({ at, on }) => placeOf(lines, root === null ? 0 : offsetOf(root, at, on)));
}

/** The place of an offset in a text. */
export function placeAt(text: string, offset: number): TextPlace {
  const before = text.slice(0, offset);
  const lastBreak = before.lastIndexOf("\n");
  return { line: before.split("\n").length, column: offset - lastBreak };
}

function placeOf(lines: LineCounter, offset: number): TextPlace {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}

function offsetOf(root: Node, at: KeyPath, on: "key" | "value"): number {
  let node: Node = root;
  let offset = root.range?.[0] ?? 0;
  for (const [depth, step] of at.entries()) {
    const found = stepInto(node, step);
    if (found === undefined) return offset;
    const last = depth === at.length - 1;
    offset = (last && on === "key" ? found.keyOffset : found.node.range?.[0]) ?? found.keyOffset ?? offset;
    node = found.node;
  }
  return offset;
}

function stepInto(node: Node, step: string | number): { node: Node; keyOffset: number | undefined } | undefined {
  if (isSeq<Node>(node)) {
    const item = node.items[Number(step)];
    return item && { node: item, keyOffset: item.range?.[0] };
  }
  if (!isMap<Node, Node | null>(node)) return undefined;
  const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
  return pair && { node: pair.value ?? pair.key, keyOffset: pair.key.range?.[0] };
}

function composeDocument(text: string, lines?: LineCounter): { document: Document.Parsed } | { problem: YamlProblem } {
  try {
    const documents = [...new Composer(READ_OPTIONS).compose(parseTokens(text, lines), true, text.length)];
    const [document, second] = documents;
    if (second !== undefined) return { problem: syntaxProblem("MULTIPLE_DOCS", second.range?.[0]) };
    if (document === undefined) return { problem: syntaxProblem("EMPTY", 0) };
    return { document: document as Document.Parsed };
  } catch (error) {
    if (error instanceof TooDeep || error instanceof RangeError)
      return { problem: tooComplex("it is nested too deeply") };
    throw error;
  }
}

/** The library's parser, watched: it must be stopped before the composer recurses into what it built. */
function* parseTokens(text: string, lines: LineCounter | undefined) {
  if (lines) lines.addNewLine(0);
  const parser = new Parser();
  for (const lexeme of new Lexer().lex(text)) {
    yield* parser.next(lexeme);
    if (parser.stack.length > DEEPEST_NESTING) throw new TooDeep();
  }
  yield* parser.end();
  if (lines) for (const match of text.matchAll(/\n/g)) lines.addNewLine(match.index + 1);
}

function syntaxProblems(document: Document.Parsed): YamlProblem[] {
  // An unknown tag is only a warning to the library, but Superset's loader refuses the file.
  return [...document.errors, ...document.warnings].map((error) =>
    error.message.includes(IMPRECISE_NUMBER)
      ? {
          rule: "number-imprecise",
          offset: error.pos[0],
          message: "the number is too large to be carried without loss",
          remedy: "Write it as text in quotes, or as a smaller number.",
        }
      : syntaxProblem(error.code, error.pos[0]),
  );
}

function syntaxProblem(code: string, offset: number | undefined): YamlProblem {
  const sentence =
    SYNTAX_MESSAGES[code] ?? (code === "EMPTY" ? "the file is empty" : `the YAML is not well formed (${code})`);
  const place = offset === undefined ? {} : { offset };
  return {
    rule: "yaml-syntax",
    ...place,
    message: sentence,
    remedy: "Correct the YAML. Or remove the file and export the asset again.",
  };
}

function tooComplex(what: string): YamlProblem {
  return {
    rule: "yaml-too-complex",
    message: `the YAML is refused: ${what}`,
    remedy: "Write the file out plainly, as Superset exports it.",
  };
}

function keyProblems(document: Document.Parsed): YamlProblem[] {
  const problems: YamlProblem[] = [];
  const pending: unknown[] = [document.contents];
  while (pending.length > 0) {
    const node = pending.pop();
    if (isSeq(node)) pending.push(...node.items);
    if (!isMap(node)) continue;
    const seen = new Set<string>();
    for (const { key, value } of node.items) {
      pending.push(value);
      if (!isScalar(key)) continue;
      const name = String(key.value);
      // PyYAML would merge another mapping here; a quoted "<<" is an ordinary key.
      if (name === "<<" && key.type === "PLAIN") problems.push(syntaxProblem("MERGE_KEY", key.range?.[0]));
      if (seen.has(name)) problems.push(duplicateKey(name, key.range?.[0]));
      seen.add(name);
    }
  }
  return problems;
}

function duplicateKey(name: string, offset: number | undefined): YamlProblem {
  return {
    rule: "yaml-duplicate-key",
    ...(offset === undefined ? {} : { offset }),
    message: `the key "${name.slice(0, 80)}" stands twice in the same mapping`,
    remedy: "Keep one of the two; readers of YAML disagree which one counts.",
  };
}

function convertDocument(document: Document.Parsed): ParsedYaml {
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    // The library throws ReferenceError for both an unknown alias and too many of them.
    if (!(error instanceof ReferenceError)) throw error;
    return { document: undefined, problems: [tooComplex("its aliases expand to more than is sensible")] };
  }
  if (isMapping(value)) return { document: value, problems: [] };
  const problem = { ...syntaxProblem("EMPTY", 0), message: "the file is no mapping of keys to values" };
  return { document: undefined, problems: [problem] };
}
