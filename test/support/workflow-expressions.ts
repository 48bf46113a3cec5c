import { data, Evaluator, Lexer, Parser } from "@actions/expressions";

/** What expressions of a workflow may name. */
export type Contexts = Readonly<Record<string, unknown>>;

/** How a job stands, for the functions that ask. */
export interface JobStatus {
  readonly hasFailed: boolean;
  /** Whether a file is in the workspace. */
  readonly hasFile: (path: string) => boolean;
}

/** Evaluates one expression with GitHub's own library. */
function evaluate(text: string, contexts: Contexts, { hasFailed, hasFile }: JobStatus): data.ExpressionData {
  const answer = (name: string, call: (argument: string) => data.ExpressionData) => ({
    name,
    minArgs: 0,
    maxArgs: 1,
    call: (argument?: data.ExpressionData) => call(argument?.coerceString() ?? ""),
  });
  const functions = [
    answer("success", () => new data.BooleanData(!hasFailed)),
    answer("always", () => new data.BooleanData(true)),
    answer("cancelled", () => new data.BooleanData(false)),
    answer("hashFiles", (path) => new data.StringData(hasFile(path) ? "a-hash" : "")),
  ];
  const { tokens } = new Lexer(text).lex();
  const parsed = new Parser(tokens, Object.keys(contexts), functions).parse();
  const known = JSON.parse(JSON.stringify(contexts), data.reviver) as data.Dictionary;
  return new Evaluator(parsed, known, new Map(functions.map((each) => [each.name.toLowerCase(), each]))).evaluate();
}

/** Fills in all that stands in `${{ }}`. */
export function fillIn(text: string, contexts: Contexts, status: JobStatus): string {
  return text.replace(/\$\{\{(.+?)\}\}/g, (_, inner: string) => evaluate(inner, contexts, status).coerceString());
}

/** Whether something with that condition runs; without one, it does as long as nothing failed. */
export function holds(condition: string | undefined, contexts: Contexts, status: JobStatus): boolean {
  const inner = (condition ?? "success()").replace(/^\$\{\{(.*)\}\}$/, "$1");
  const asks = /\b(success|failure|always|cancelled)\(\)/.test(inner);
  const value = evaluate(asks ? inner : `success() && (${inner})`, contexts, status);
  return !["", "false", "0"].includes(value.coerceString());
}
