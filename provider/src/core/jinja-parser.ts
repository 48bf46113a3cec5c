import type { TemplateExtension } from "nunjucks/src/parser.js";
import { describeUnknown } from "./errors";

/** Why a text is no Jinja template. */
export interface JinjaProblem {
  readonly message: string;
  /** From 1; absent where the text ends too early. */
  readonly line?: number;
  /**
   * `unbalanced`: a brace or block is not closed, or closes nothing; no reader of Jinja takes that. `unknown`: it may be
   * right, as it holds what only the other reader of templates knows. `malformed`: it is not what Jinja expects.
   */
  readonly certainty: "unbalanced" | "malformed" | "unknown";
}

/** Reads a Jinja template without filling it in; undefined where it is well formed. */
export type CheckJinja = (template: string) => JinjaProblem | undefined;

/** Whether a text holds anything that Jinja would look at. */
export function isTemplated(text: string): boolean {
  return /\{[{%#]/.test(text);
}

/** Loads the parser of nunjucks, only where a template is to be read. */
export async function loadJinjaParser(): Promise<CheckJinja> {
  const { parse } = await import("nunjucks/src/parser.js");
  return (template) => {
    try {
      parse(template, EXTENSIONS);
      return undefined;
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      return describeProblem(template, error);
    }
  };
}

/** Blocks of Jinja that nunjucks does not have. */
const EXTENSIONS: readonly TemplateExtension[] = [makeBlock("with"), makeBlock("autoescape"), makeTag("print")];

function makeBlock(tag: string): TemplateExtension {
  return {
    tags: [tag],
    parse(parser) {
      const { value } = parser.nextToken();
      parser.parseSignature(null, true);
      parser.advanceAfterBlockEnd(value);
      const body = parser.parseUntilBlocks(`end${tag}`);
      parser.advanceAfterBlockEnd();
      return body;
    },
  };
}

function makeTag(tag: string): TemplateExtension {
  return {
    tags: [tag],
    parse(parser) {
      const { value } = parser.nextToken();
      const expression = parser.parseSignature(null, true);
      parser.advanceAfterBlockEnd(value);
      return expression;
    },
  };
}

/** What Jinja has and nunjucks does not; more is taken for it than is, which only makes a finding milder. */
const BEYOND_NUNJUCKS = [
  /,\s*[\])}]/, // a comma behind the last item
  /["']\s*["']/, // two texts beside each other
  /\[[^\][:]*:|:[^\][:]*\]/, // a slice
  /\*\*|[(,]\s*\*/, // arguments spread
  /\braw\b/, // raw blocks that trim blanks
  /\.\d|\de[+-]?\d/i,
  /\bis\s+(?:not\s+)?\w+\s+\S/, // a test with a bare argument
  /\brecursive\b/,
  /\bset\s+[\w.]+\s*,/,
  /%\+|\+%/,
];

function describeProblem(template: string, error: Error): JinjaProblem | undefined {
  if (error instanceof RangeError) return { message: "it is nested too deeply", certainty: "unknown" };
  const { lineno } = error as { lineno?: number };
  const message = readMessage(error);
  // Jinja takes `#}` outside a comment for text, as it does the very last `{#`.
  if (/unexpected end of comment/.test(message)) return undefined;
  // A raw block whose end is not seen hides all that follows it.
  const balance = /\braw\b|\{#$/.test(template) ? "unknown" : "unbalanced";
  if (lineno === undefined || isEarlyEnd(error, message) || isNeverClosed(template, message)) {
    return { message: "a brace or block is not closed before the end", certainty: balance };
  }
  const stray = /unknown block tag: (end\w+|else|elif)$/.exec(message)?.[1];
  if (stray !== undefined) {
    return { line: lineno, message: `\`${stray}\` belongs to no open block`, certainty: balance };
  }
  const isBeyond = BEYOND_NUNJUCKS.some((pattern) => pattern.test(template));
  return { line: lineno, message, certainty: isBeyond ? "unknown" : "malformed" };
}

/** The first lines of the library's messages are the place. */
function readMessage(error: Error): string {
  return describeUnknown(error).split("\n").at(-1)?.trim() ?? "";
}

/** Where the text ends too early, the parser stumbles over tokens that are not there. */
function isEarlyEnd(error: Error, message: string): boolean {
  return error instanceof TypeError || /end of file$/.test(message);
}

/** The parser stumbles over what follows a brace long before it sees that nothing closes it. */
function isNeverClosed(template: string, message: string): boolean {
  const closing = { variable: "}}", block: "%}" } as const;
  const kind = /^expected (variable|block) end/.exec(message)?.[1] as keyof typeof closing | undefined;
  if (kind === undefined) return false;
  return !template.slice(template.lastIndexOf(kind === "variable" ? "{{" : "{%")).includes(closing[kind]);
}
