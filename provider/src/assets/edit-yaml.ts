import { type Document, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument, visit } from "yaml";
import { carryFormatting } from "./carry-formatting";
import { escapeForPyYaml, READ_OPTIONS, WRITE_OPTIONS } from "./yaml-dialect";

/** A change of a text that is YAML. */
export interface YamlEdit {
  /** Changes the nodes. */
  readonly change: (document: Document.Parsed) => void;
  /** Whether a text says what it is to say. */
  readonly isRight: (candidate: string) => boolean;
  /** What is taken where the nodes cannot say it. */
  readonly fallback?: string;
}

/**
 * Changes a text through its YAML nodes. What the change does not touch stays as it stands: comments, the order of keys,
 * quotes and line breaks.
 *
 * @returns undefined where no form of the text says what it is to say
 */
export function editYaml(text: string, { change, isRight, fallback }: YamlEdit): string | undefined {
  const plain = text.replace(/^\ufeff/, "").replaceAll("\r\n", "\n");
  const lines = new LineCounter();
  const document = parseDocument(plain, { ...READ_OPTIONS, ...WRITE_OPTIONS, lineCounter: lines });
  const style = { ...WRITE_OPTIONS, ...readStyle(document, lines) };
  const write = () => escapeForPyYaml(document.toString(style));
  const before = write();
  change(document);
  const after = write();
  // The text as the library writes it comes second.
  const candidates = [carryFormatting(plain, before, after), after, ...(fallback === undefined ? [] : [fallback])];
  const found = candidates.find(isRight);
  if (found === undefined) return undefined;
  return `${text.startsWith("\ufeff") ? "\ufeff" : ""}${text.includes("\r\n") ? found.replaceAll("\n", "\r\n") : found}`;
}

/** How a file is indented, as its first nested mapping and list show it. */
function readStyle(document: Document.Parsed, lines: LineCounter): { indent?: number; indentSeq?: boolean } {
  let indent: number | undefined;
  let indentSeq: boolean | undefined;
  const columnOf = (node: Node) => lines.linePos(node.range?.[0] ?? 0).col;
  visit(document, {
    Pair(_, { key, value }) {
      if (!isScalar(key) || !(isMap(value) || isSeq(value)) || value.flow) return undefined;
      const deeper = columnOf(value) - columnOf(key);
      if (isMap(value)) indent ??= deeper > 0 ? deeper : undefined;
      else indentSeq ??= deeper > 0;
      return indent !== undefined && indentSeq !== undefined ? visit.BREAK : undefined;
    },
  });
  return { ...(indent !== undefined && { indent }), ...(indentSeq !== undefined && { indentSeq }) };
}
