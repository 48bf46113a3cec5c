import type { Request } from "./decision";
import type { FeatureFlags } from "./environment";
import { isFlagName } from "./flag-names";
import { type ParsedLabel, parseLabel } from "./label-grammar";
import { parseTimeToLive } from "./time-to-live";

export { isStateLabel } from "./label-grammar";
export { describeLabel, LABEL_DEFINITIONS, LABEL_TABLE } from "./label-table";

/** What the labels of a pull request say. Names are as they were found. */
export interface ReadLabels {
  readonly start: readonly string[];
  readonly stop: readonly string[];
  readonly sync: readonly string[];
  readonly freeze: readonly string[];
  readonly blocked: readonly string[];
  /** For the whole pull request; of several the shortest. */
  readonly timeToLive: { readonly label: string; readonly text: string } | undefined;
  /** Labels that mean something and say it wrongly: ignored, and told. */
  readonly invalid: readonly InvalidLabel[];
  readonly flags: FeatureFlags;
  /** What the tool wrote: a view, never asked for what is. */
  readonly state: readonly string[];
  /** What `stop` removes: every label of the tool but those that block it, which are a person's guard. */
  readonly all: readonly string[];
}

/** A label that is ignored. */
export interface InvalidLabel {
  readonly label: string;
  readonly why: string;
}

type Kind = ParsedLabel["kind"];
type Found<K extends Kind> = { readonly name: string; readonly label: Extract<ParsedLabel, { kind: K }> };

/** Reads all spellings, old and new. Labels of others are nowhere in the answer. */
export function readLabels(names: readonly string[]): ReadLabels {
  const found = names.flatMap((name) => {
    const label = parseLabel(name);
    return label === undefined ? [] : [{ name, label }];
  });
  const ofKind = <K extends Kind>(kind: K) => found.filter((one): one is Found<K> => one.label.kind === kind);
  const namesOf = (some: readonly { readonly name: string }[]) => some.map(({ name }) => name);
  const triggers = (request: Request) => namesOf(ofKind("trigger").filter(({ label }) => label.request === request));
  const times = readTimes(ofKind("time"));
  const flags = readFlagLabels(ofKind("flag"));
  return {
    start: triggers("start"),
    stop: triggers("stop"),
    sync: triggers("sync"),
    freeze: namesOf(ofKind("freeze")),
    blocked: namesOf(ofKind("blocked")),
    timeToLive: times.timeToLive,
    invalid: [...times.invalid, ...flags.invalid],
    flags: flags.flags,
    state: namesOf(ofKind("state")),
    all: namesOf(found.filter(({ label }) => label.kind !== "blocked")),
  };
}

function readTimes(found: readonly Found<"time">[]): Pick<ReadLabels, "timeToLive" | "invalid"> {
  const invalid: InvalidLabel[] = [];
  const valid: { label: string; text: string; hours: number }[] = [];
  for (const { name, label } of found) {
    const text = label.text.toLowerCase();
    const time = parseTimeToLive(text);
    if (time === undefined) invalid.push({ label: name, why: "is no time to live: write 24h, 48h, 72h, 1w or close" });
    else valid.push({ label: name, text, hours: time === "close" ? Number.POSITIVE_INFINITY : time.hours });
  }
  const [shortest, ...longer] = valid.sort((one, other) => one.hours - other.hours);
  if (shortest === undefined) return { timeToLive: undefined, invalid };
  const why = `is ignored: there is more than one time to live, and ${shortest.text} is the shortest`;
  const { label, text } = shortest;
  return { timeToLive: { label, text }, invalid: [...invalid, ...longer.map((one) => ({ label: one.label, why }))] };
}

function readFlagLabels(found: readonly Found<"flag">[]): Pick<ReadLabels, "flags" | "invalid"> {
  const invalid: InvalidLabel[] = [];
  const flags: [string, boolean][] = [];
  for (const { name, label } of found) {
    const opposite = found.some((other) => other.label.flag === label.flag && other.label.isOn !== label.isOn);
    if (!isFlagName(label.flag)) invalid.push({ label: name, why: "names no feature flag" });
    else if (opposite) invalid.push({ label: name, why: `is ignored: ${label.flag} is both enabled and disabled` });
    else flags.push([label.flag, label.isOn]);
  }
  return { flags: Object.fromEntries(flags), invalid };
}
