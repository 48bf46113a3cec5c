import type { Request } from "./decision";

/** Every label of the system begins with it. */
export const TENT = "🎪";

/** GitHub refuses longer names. Counted in UTF-16 units: a sign counts as two, so that a name fits however it counts. */
export const LONGEST_LABEL = 50;

/** What an offered label is written with. */
export const SIGNS = { start: "⚡", stop: "🛑", sync: "🔄", freeze: "🧊", blocked: "🔒", time: "⌛" } as const;

/** What the labels that the tool writes are told apart by. */
export const STATE_SIGNS = {
  status: "🚦",
  active: "🎯",
  building: "🏗️",
  created: "📅",
  address: "🌐",
  timeToLive: "⌛",
  requester: "🤡",
} as const;

/** What a label of the tool says of one commit. */
export type StateKind = keyof typeof STATE_SIGNS;

/** What one label says, in whichever spelling. */
export type ParsedLabel =
  | { readonly kind: "trigger"; readonly request: Request }
  | { readonly kind: "freeze" }
  | { readonly kind: "blocked" }
  /** Time to live of the pull request; the text may be no time. */
  | { readonly kind: "time"; readonly text: string }
  /** The name may be no name of a flag. */
  | { readonly kind: "flag"; readonly flag: string; readonly isOn: boolean }
  /** What the tool wrote: a view of what was, never asked for what is. */
  | { readonly kind: "state"; readonly state: StateKind; readonly commit: string; readonly value: string | undefined };

const KEYWORDS: Readonly<Record<string, ParsedLabel>> = {
  "trigger-start": { kind: "trigger", request: "start" },
  "trigger-stop": { kind: "trigger", request: "stop" },
  "trigger-sync": { kind: "trigger", request: "sync" },
  freeze: { kind: "freeze" },
  blocked: { kind: "blocked" },
};

/** Signs that point at a commit and say nothing else. */
const POINTERS: ReadonlySet<StateKind> = new Set(["active", "building"]);

const STATE_KINDS: ReadonlyMap<string, StateKind> = new Map(
  Object.entries(STATE_SIGNS).map(([kind, sign]) => [withoutVariation(sign), kind as StateKind]),
);

/**
 * The name as GitHub compares it: without regard to case. Emoji are compared without variation selectors, which
 * keyboards set or leave out.
 */
export function labelKey(name: string): string {
  return words(name).join(" ").toLowerCase();
}

/** Reads a label in all spellings of the document and of Superset Showtime; undefined for all other labels. */
export function parseLabel(name: string): ParsedLabel | undefined {
  const [tent, ...rest] = words(name);
  if (tent !== TENT || rest.length === 0) return undefined;
  return parseState(rest) ?? parseOffered(rest);
}

/** Whether the tool wrote it to show a state: what it may remove on its own. */
export function isStateLabel(name: string): boolean {
  return parseLabel(name)?.kind === "state";
}

function parseOffered(rest: readonly string[]): ParsedLabel | undefined {
  const [first = "", ...others] = rest;
  if (first === SIGNS.time) return others.length === 0 ? undefined : { kind: "time", text: others.join(" ") };
  return parseFlag(rest.join(" ")) ?? parseKeyword(first, others);
}

function parseFlag(text: string): ParsedLabel | undefined {
  const [, verb, flag = ""] = /^conf-(enable|disable)-(.*)$/i.exec(text) ?? [];
  // GitHub knows one label in one case: who adds `ALERTS` where `alerts` is defined gets `alerts`.
  if (verb === undefined) return undefined;
  return { kind: "flag", flag: flag.toUpperCase(), isOn: verb.toLowerCase() === "enable" };
}

/** `trigger-start`, `showtime-trigger-start`, with its own sign before it or without. */
function parseKeyword(first: string, others: readonly string[]): ParsedLabel | undefined {
  if (others.length > 1) return undefined;
  const [text, sign] = others[0] === undefined ? [first, undefined] : [others[0], first];
  const keyword = text.toLowerCase().replace(/^showtime-/, "");
  const parsed = Object.hasOwn(KEYWORDS, keyword) ? KEYWORDS[keyword] : undefined;
  if (parsed === undefined || sign === undefined) return parsed;
  const key = parsed.kind === "trigger" ? parsed.request : parsed.kind;
  return (SIGNS as Readonly<Record<string, string>>)[key] === sign ? parsed : undefined;
}

/** Both orders: `{commit} {sign} {value}` and `{sign} {commit} {value}`. */
function parseState(rest: readonly string[]): ParsedLabel | undefined {
  const [first = "", second = "", value, ...others] = rest;
  const isCommitFirst = isCommit(first);
  const commit = isCommitFirst ? first : second;
  const state = STATE_KINDS.get(isCommitFirst ? second : first);
  if (state === undefined || others.length > 0 || !isCommit(commit)) return undefined;
  if (POINTERS.has(state) !== (value === undefined)) return undefined;
  return { kind: "state", state, commit: commit.toLowerCase(), value };
}

function isCommit(word: string): boolean {
  return /^[0-9a-f]{7,40}$/i.test(word);
}

function words(name: string): string[] {
  return withoutVariation(name.normalize("NFC")).split(/\s+/).filter(Boolean);
}

function withoutVariation(text: string): string {
  return text.replaceAll("\u{FE0F}", "");
}
