import { isDeepStrictEqual } from "node:util";
import { type Document, isMap, isScalar, isSeq, type Node, type Scalar, type YAMLMap, type YAMLSeq } from "yaml";
import { ProblemError } from "../core/errors";
import { canonicalise, toCanonicalText } from "./canonical";
import type { AssetDocument, AssetKind } from "./definition";
import { editYaml } from "./edit-yaml";
import { isOrdered, itemKeyOf, keyItems } from "./keyed-list";
import { type ChartNumbers, listLayoutCharts, numberCharts } from "./layout";
import { parseYaml, readYaml } from "./parse-yaml";
import { isMapping, type KeyPath, type Mapping, mappingOf } from "./values";

/**
 * Brings a document into the text of its file. What does not change stays as it stands: comments, the order of keys,
 * quotes, line breaks, and the file's own integer ids.
 *
 * @param text the file as it is
 * @param wanted canonical form of what the file shall say
 * @returns a text that reads back as `wanted`
 */
export function updateText(kind: AssetKind, text: string, wanted: AssetDocument): string {
  const stated = readYaml(text);
  const goal = toCanonicalText(canonicalise(kind, wanted));
  if (toCanonicalText(canonicalise(kind, stated)) === goal) return text;
  const change = (document: Document.Parsed) => changeDocument(kind, document, stated, wanted);
  // Last the canonical form: what a file says counts more than how it looks.
  const found = editYaml(text, { change, isRight: (candidate) => reads(kind, candidate, goal), fallback: goal });
  if (found === undefined) throw unwritable();
  return found;
}

function reads(kind: AssetKind, text: string, goal: string): boolean {
  const { document } = parseYaml(text);
  return document !== undefined && toCanonicalText(canonicalise(kind, document)) === goal;
}

function changeDocument(
  kind: AssetKind,
  document: Document.Parsed,
  stated: AssetDocument,
  wanted: AssetDocument,
): void {
  const options = kind === "dashboard" ? { numbers: keepNumbers(stated, wanted) } : {};
  const change = new Change(kind, document);
  const [from, to] = [canonicalise(kind, stated, options), canonicalise(kind, wanted, options)];
  document.contents = change.node(document.contents, from, to, []) as never;
}

/** The integer ids that the file has for its charts; those that it does not have yet get the next ones. */
function keepNumbers(stated: AssetDocument, wanted: AssetDocument): ChartNumbers {
  const charts = listLayoutCharts(mappingOf(stated.position));
  const numbers = new Map<string, number>();
  for (const { uuid, chartId } of charts) if (uuid !== undefined && chartId !== undefined) numbers.set(uuid, chartId);
  let last = Math.max(0, ...numbers.values());
  for (const uuid of numberCharts([...charts, ...listLayoutCharts(mappingOf(wanted.position))]).keys()) {
    if (!numbers.has(uuid)) numbers.set(uuid, ++last);
  }
  return numbers;
}

/** Changes the nodes of one document where two canonical values differ. */
class Change {
  constructor(
    private readonly kind: AssetKind,
    private readonly document: Document,
  ) {}

  /** The node with its value changed: the same one where it can say the new value. */
  node(node: unknown, from: unknown, to: unknown, at: KeyPath): unknown {
    if (isDeepStrictEqual(from, to)) return node;
    if (isMap(node) && isMapping(from) && isMapping(to)) return this.mapping(node, from, to, at);
    if (isSeq(node) && Array.isArray(from) && Array.isArray(to)) return this.list(node, from, to, at);
    if (isScalar(node) && !isMapping(to) && !Array.isArray(to)) {
      node.value = to;
      // Behind the last line of a block it would be part of the text.
      if (typeof to === "string" && to.includes("\n")) moveCommentUp(node);
      return node;
    }
    return this.create(to);
  }

  private mapping(map: YAMLMap, from: Mapping, to: Mapping, at: KeyPath): YAMLMap {
    for (const key of Object.keys(from)) if (!Object.hasOwn(to, key)) map.delete(key);
    for (const [key, value] of Object.entries(to)) {
      const pair = map.items.find((item) => isScalar(item.key) && String(item.key.value) === key);
      if (pair === undefined) map.add(this.document.createPair(key, this.create(value)));
      else if (Object.hasOwn(from, key)) pair.value = this.node(pair.value, from[key], value, [...at, key]);
      // What the canonical form leaves out stands there all the same.
      else pair.value = this.node(pair.value, undefined, value, [...at, key]);
    }
    return map;
  }

  private list(seq: YAMLSeq, from: readonly unknown[], to: readonly unknown[], at: KeyPath): unknown {
    const itemKey = itemKeyOf(this.kind, at);
    if (itemKey !== undefined) {
      const named = this.namedItems(seq, itemKey, from, to, at);
      if (named !== undefined) return named;
    }
    // Where the canonical form left items out, their places tell nothing.
    if (seq.items.length !== from.length) return this.create(to);
    const start = countEqual(from, to);
    const end = Math.min(countEqual(from.toReversed(), to.toReversed()), from.length - start, to.length - start);
    const [old, news] = [seq.items.slice(start, from.length - end), to.slice(start, to.length - end)];
    const items = news.map((value, index) =>
      old.length === news.length
        ? this.node(old[index], from[start + index], value, [...at, start + index])
        : this.create(value),
    );
    seq.items.splice(start, old.length, ...items);
    return seq;
  }

  private namedItems(
    seq: YAMLSeq,
    itemKey: string,
    from: readonly unknown[],
    to: readonly unknown[],
    at: KeyPath,
  ): YAMLSeq | undefined {
    const [before, after] = [keyItems(from, itemKey), keyItems(to, itemKey)];
    if (before === undefined || after === undefined) return undefined;
    const nameOf = (item: unknown) => (isMap(item) ? String(item.get(itemKey)) : "");
    const present = new Map(seq.items.map((item) => [nameOf(item), item]));
    const change = (name: string) =>
      present.has(name)
        ? this.node(present.get(name), before.get(name), after.get(name), [...at, name])
        : this.create(after.get(name));
    const kept = isOrdered(this.kind) ? [] : [...present.keys()].filter((name) => after.has(name));
    seq.items = [...new Set([...kept, ...after.keys()])].map(change);
    return seq;
  }

  private create(value: unknown): Node {
    return this.document.createNode(value, { aliasDuplicateObjects: false });
  }
}

function moveCommentUp(scalar: Scalar): void {
  scalar.commentBefore = [scalar.commentBefore, scalar.comment].filter(Boolean).join("\n") || null;
  scalar.comment = null;
}

function countEqual(left: readonly unknown[], right: readonly unknown[]): number {
  const different = left.findIndex((value, index) => index >= right.length || !isDeepStrictEqual(value, right[index]));
  return different === -1 ? left.length : different;
}

function unwritable(): ProblemError {
  return new ProblemError({
    code: "assets/unwritable",
    summary: "The content cannot be written so that it reads back the same; the file was left as it is.",
    remedy: "This is a fault of pulumi-superset: please report it with this text.",
  });
}
