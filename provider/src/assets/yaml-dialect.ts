import type { DocumentOptions, ParseOptions, ScalarTag, SchemaOptions, Tags, ToStringOptions } from "yaml";
import { stringifyString } from "yaml/util";

// Superset reads and writes with PyYAML, which resolves plain scalars as YAML 1.1 does, with gaps: `1e7` and `0o17` are
// text there (and are written without quotes), `yes` is true, `y` is text. Reading with YAML 1.2 rules would turn a
// label `1e7` into a number. The expressions are those of PyYAML's resolver.
const BOOLEAN = /^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/;
const TRUE = /^(?:yes|true|on)$/i;
const NULL = /^(?:~|null|Null|NULL|)$/;
const INTEGER =
  /^(?:[-+]?0b[01_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+|[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+)$/;
const FLOAT =
  /^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;
const TIMESTAMP =
  /^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?(?:[ \t]*(?:Z|[-+][0-9]{1,2}(?::?[0-9]{2})?))?)?$/;

/** The message with which a number is refused that JavaScript would change silently. */
export const IMPRECISE_NUMBER = "number beyond 2^53";

/** Characters that PyYAML takes for line ends or refuses to read: written as escapes. */
const UNSAFE_FOR_PYYAML = /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g;
/** Only in double quotes can they be escaped. A tab as well, in a text of one line: it ends a plain scalar. */
const NEEDS_QUOTES = /[\u2028\u2029\ufeff\ufffe\uffff]/;

/** Texts of several lines that PyYAML refuses or changes as a block: a tab before the first word, or blanks alone. */
const BLOCK_TRAP = /^[ \n]*(?:\t|$)/;

function parseSexagesimal(text: string): number {
  const sign = text.startsWith("-") ? -1 : 1;
  const digits = text.replace(/^[-+]/, "").split(":");
  return sign * digits.reduce((sum, part) => sum * 60 + Number(part), 0);
}

function parseInteger(source: string, onError: (message: string) => void): number {
  const text = source.replaceAll("_", "");
  if (text.includes(":")) return parseSexagesimal(text);
  const sign = text.startsWith("-") ? -1 : 1;
  const digits = text.replace(/^[-+]/, "");
  const value = sign * Number(/^0[0-7]+$/.test(digits) ? `0o${digits}` : digits);
  if (!Number.isSafeInteger(value)) onError(IMPRECISE_NUMBER);
  return value === 0 ? 0 : value;
}

function parseFloating(source: string): number {
  const text = source.replaceAll("_", "").toLowerCase();
  if (text.endsWith("nan")) return Number.NaN;
  if (text.endsWith("inf")) return text.startsWith("-") ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return text.includes(":") ? parseSexagesimal(text) : Number.parseFloat(text);
}

function writeNumber(value: unknown): string {
  const number = Number(value);
  if (Number.isNaN(number)) return ".nan";
  if (!Number.isFinite(number)) return number < 0 ? "-.inf" : ".inf";
  const text = String(number);
  // PyYAML reads `1e-7` as text: an exponent needs a point before it.
  return text.includes("e") && !text.includes(".") ? text.replace("e", ".0e") : text;
}

const CORE = "tag:yaml.org,2002:";
const keepText = (text: string): string => text;

const SCALARS: ScalarTag[] = [
  {
    tag: `${CORE}null`,
    default: true,
    identify: (value) => value === null || value === undefined,
    test: NULL,
    resolve: () => null,
    stringify: () => "null",
  },
  {
    tag: `${CORE}bool`,
    default: true,
    identify: (value) => typeof value === "boolean",
    test: BOOLEAN,
    resolve: (text) => TRUE.test(text),
    stringify: (node) => String(node.value),
  },
  {
    tag: `${CORE}int`,
    default: true,
    identify: (value) => typeof value === "number" && Number.isInteger(value),
    test: INTEGER,
    resolve: parseInteger,
    stringify: (node) => writeNumber(node.value),
  },
  {
    tag: `${CORE}float`,
    default: true,
    identify: (value) => typeof value === "number",
    test: FLOAT,
    resolve: parseFloating,
    stringify: (node) => writeNumber(node.value),
  },
  // Dates stay text (Superset's importer could not store a date), and text that looks like one is quoted.
  { tag: `${CORE}timestamp`, default: true, identify: () => false, test: TIMESTAMP, resolve: keepText },
  { tag: `${CORE}value`, default: true, identify: () => false, test: /^(?:=|<<)$/, resolve: keepText },
];

const TEXT: ScalarTag = {
  tag: `${CORE}str`,
  default: true,
  identify: (value) => typeof value === "string",
  resolve: keepText,
  stringify(item, context, onComment, onChompKeep) {
    const value = String(item.value);
    const quoted = NEEDS_QUOTES.test(value) || (value.includes("\n") ? BLOCK_TRAP.test(value) : value.includes("\t"));
    const scalar = quoted ? { value, type: "QUOTE_DOUBLE" as const } : { value };
    return stringifyString(scalar as typeof item, { actualString: true, ...context }, onComment, onChompKeep);
  },
};

function chooseTags(core: Tags): Tags {
  const collections = core.filter((tag) => typeof tag === "object" && tag.collection !== undefined);
  return [...collections, TEXT, ...SCALARS];
}

/** How asset files are read. */
export const READ_OPTIONS: ParseOptions & DocumentOptions & SchemaOptions = {
  schema: "core",
  customTags: chooseTags,
  stringKeys: true,
  // Pretty errors quote the file's lines, which may hold a secret.
  prettyErrors: false,
  // The library compares each key with all others: a file with a million keys would take hours. See `parse-yaml.ts`.
  uniqueKeys: false,
  logLevel: "silent",
};

/** How asset files are written: block style, nothing folded, no aliases. */
export const WRITE_OPTIONS: DocumentOptions & SchemaOptions & ToStringOptions & { aliasDuplicateObjects: false } = {
  schema: "core",
  customTags: chooseTags,
  // Other tools read with YAML 1.2: text that either dialect would take for a number is quoted.
  compat: "core",
  aliasDuplicateObjects: false,
  lineWidth: 0,
  singleQuote: true,
  blockQuote: "literal",
  indentSeq: false,
};

/** Escapes what PyYAML could not read in the text of a whole document; all of it stands in double quotes. */
export function escapeForPyYaml(text: string): string {
  return text.replace(UNSAFE_FOR_PYYAML, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
