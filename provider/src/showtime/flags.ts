import { createHash } from "node:crypto";
import type { FeatureFlags } from "./environment";
import { isFlagName } from "./flag-names";
import type { ReadLabels } from "./labels";

/** `FEATURE_X=true`, wherever it stands in a text; a longer word before it is another variable. */
const ASSIGNMENT = /(?<!\w)(?:SUPERSET_)?FEATURE_(\w+)=(\w*)/g;

const VALUES: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  "1": true,
  false: false,
  no: false,
  "0": false,
};

/** How much of other people's text a message repeats. */
const LONGEST_SHOWN = 40;

/**
 * The feature flags of a pull request: of its labels, and of its text where no label speaks of a flag.
 *
 * @returns the flags, sorted by name, and what of the text is ignored, in words
 */
export function readFlags(
  body: string,
  labels: Pick<ReadLabels, "flags">,
): { readonly flags: FeatureFlags; readonly ignored: readonly string[] } {
  const text = readText(body);
  const undecided = text.contradictions.filter((flag) => !Object.hasOwn(labels.flags, flag));
  const flags = { ...text.flags, ...labels.flags };
  return {
    flags: Object.fromEntries(sortByName(flags)),
    ignored: [...text.ignored, ...undecided.map((flag) => `FEATURE_${flag} is both on and off in the text`)],
  };
}

/** Tells sets of flags apart; fits into a tag of AWS. */
export function digestFlags(flags: FeatureFlags): string {
  const sorted = sortByName(flags);
  if (sorted.length === 0) return "none";
  return createHash("sha256").update(JSON.stringify(sorted)).digest("hex").slice(0, 16);
}

/** The variables that Superset's own configuration reads feature flags from. */
export function toFlagVariables(flags: FeatureFlags): Record<string, string> {
  return Object.fromEntries(
    sortByName(flags).map(([flag, isOn]) => [`SUPERSET_FEATURE_${flag}`, isOn ? "True" : "False"]),
  );
}

function sortByName(flags: FeatureFlags): [string, boolean][] {
  return Object.entries(flags).sort(([one], [other]) => (one < other ? -1 : 1));
}

function readText(body: string) {
  const flags = new Map<string, boolean>();
  const contradictions = new Set<string>();
  const ignored = new Set<string>();
  for (const [, flag = "", word = ""] of body.matchAll(ASSIGNMENT)) {
    const key = word.toLowerCase();
    const value = Object.hasOwn(VALUES, key) ? VALUES[key] : undefined;
    const shown = shorten(`FEATURE_${flag}=${word}`);
    if (!isFlagName(flag)) ignored.add(`${shown} names no feature flag: write its name in capitals`);
    else if (value === undefined) ignored.add(`${shown} is neither true nor false`);
    else if ((flags.get(flag) ?? value) !== value) contradictions.add(flag);
    else flags.set(flag, value);
  }
  for (const flag of contradictions) flags.delete(flag);
  return { flags: Object.fromEntries(flags), contradictions: [...contradictions], ignored: [...ignored] };
}

function shorten(text: string): string {
  return text.length <= LONGEST_SHOWN ? text : `${text.slice(0, LONGEST_SHOWN)}…`;
}
