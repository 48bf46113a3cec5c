/** The parser alone: the package's main module brings the renderer too, and its public types leave the parser out. */
declare module "nunjucks/src/parser.js" {
  /** A parser in the middle of a template. */
  interface TemplateParser {
    nextToken(): { readonly value: string };
    parseSignature(tolerant: boolean | null, noParentheses: boolean): unknown;
    parseUntilBlocks(...names: string[]): unknown;
    advanceAfterBlockEnd(name?: string): void;
  }

  /** A block that the parser does not know itself. */
  interface TemplateExtension {
    readonly tags: readonly string[];
    parse(parser: TemplateParser): unknown;
  }

  /** @throws Error where the text is no template: with `lineno` and `colno` from 1, or without them at its end */
  function parse(text: string, extensions: readonly TemplateExtension[]): unknown;
}
