import type { AssetKind } from "../../provider/src/assets/definition";
import { isMapping, listOf, mappingOf } from "../../provider/src/assets/values";

/** A document that may be changed. */
export type Document = Record<string, unknown>;

/** Random choices that a seed decides. */
export interface Random {
  /** An integer from 0 on, below the limit. */
  below(limit: number): number;
  pick<T>(list: readonly T[]): T;
  /** A word that was never given before. */
  word(): string;
}

/** What an edit may use of the other assets. */
export interface Surroundings {
  readonly random: Random;
  /** The documents of a kind. */
  all(kind: AssetKind): readonly Document[];
}

/** Changes a document in place; answers false where there is nothing of the kind to change. */
export type Edit = (document: Document, around: Surroundings) => boolean;

/** Sets a key. */
export const set =
  (key: string, value: (random: Random) => unknown): Edit =>
  (document, { random }) => {
    document[key] = value(random);
    return true;
  };

/** Sets a key of a mapping. */
export const setIn =
  (holder: string, key: string, value: (random: Random) => unknown): Edit =>
  (document, { random }) => {
    document[holder] = { ...mappingOf(document[holder]), [key]: value(random) };
    return true;
  };

/** Changes one item of a list of mappings, or leaves it out. */
export const changeItem =
  (key: string, change: (item: Document, random: Random) => Document | undefined): Edit =>
  (document, { random }) => {
    const items = listOf(document[key]).filter(isMapping);
    if (items.length === 0) return false;
    const chosen = random.pick(items);
    document[key] = items.flatMap((item) => (item === chosen ? (change({ ...item }, random) ?? []) : item));
    return true;
  };

/** Adds an item to a list. */
export const addItem =
  (key: string, make: (random: Random) => Document): Edit =>
  (document, { random }) => {
    document[key] = [...listOf(document[key]), make(random)];
    return true;
  };

/** Texts that YAML dialects, or carelessness, turn into something else. */
const ODD_TEXTS = [
  "yes",
  "~",
  "1e7",
  "1:30",
  "2024-01-01",
  "=",
  " blank ",
  "\ttab",
  "Zeile\nzwei 📈\n",
  "\u2028",
  "'\"",
  "#a: b",
];
const ODD_VALUES = [0, 0.1, 1e-7, 1e22, -0.5, true, null, [], {}, [null], { "1": { a: [] } }, ...ODD_TEXTS];

/** Any value that a mapping without a schema may hold. */
export const oddValue = (random: Random): unknown => random.pick(ODD_VALUES);

/** A text as people write it, or none. */
export const textOrNull = (random: Random) => random.pick([`Text ${random.word()}`, "", null, random.pick(ODD_TEXTS)]);

/** A number, often zero. */
export const number = (random: Random) => random.pick([0, 60, 300, 1000 + random.below(9000)]);
