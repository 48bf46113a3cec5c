import type { EnvironmentFacts } from "./environment";
import { findUsed, isBegun } from "./in-use";
import { isStateLabel, LONGEST_LABEL, labelKey, STATE_SIGNS, type StateKind, TENT } from "./label-grammar";
import { shortCommit } from "./names";

/** An environment of this tool: it has a commit. */
type Own = EnvironmentFacts & { readonly commit: string };

/**
 * The labels that show the environments of one pull request. Services of Superset Showtime get none: they are not ours.
 *
 * @param activeCommit the commit that the address leads to, where it is known; else the newest that runs
 */
export function viewLabels(environments: readonly EnvironmentFacts[], activeCommit?: string): readonly string[] {
  const shown = newestOfEachCommit(environments);
  const active = findPointed(shown, activeCommit);
  const next = shown.find((one) => one !== active && isBegun(one));
  return [
    ...shown.flatMap(labelsOf),
    ...(active === undefined ? [] : [pointTo("active", active)]),
    ...(active === undefined || next === undefined ? [] : [pointTo("building", next)]),
  ];
}

/** One environment a commit, the newest generation first. */
function newestOfEachCommit(environments: readonly EnvironmentFacts[]): readonly Own[] {
  const own = environments.filter((one): one is Own => !one.isLegacy && one.commit !== undefined);
  const sorted = own.sort((one, other) => other.generation - one.generation);
  const commits = sorted.map(({ commit }) => shortCommit(commit));
  return sorted.filter(({ commit }, index) => commits.indexOf(shortCommit(commit)) === index);
}

/** The first environment of a pull request is its active one from the beginning, as the document shows it. */
function findPointed(shown: readonly Own[], activeCommit: string | undefined): Own | undefined {
  const said = activeCommit === undefined ? undefined : shortCommit(activeCommit);
  return shown.find(({ commit }) => shortCommit(commit) === said) ?? findUsed(shown) ?? shown.find(isBegun);
}

function labelsOf(environment: Own): readonly string[] {
  const { commit, status, created, url, timeToLive, requester } = environment;
  const address = url === undefined ? undefined : toAddress(url);
  const start = (kind: StateKind) => `${TENT} ${shortCommit(commit)} ${STATE_SIGNS[kind]} `;
  const whole = (kind: StateKind, value: string | undefined) => {
    const label = start(kind) + value;
    return value === undefined || value === "" || label.length > LONGEST_LABEL ? [] : [label];
  };
  return [
    ...whole("status", status),
    ...whole("created", created?.toISOString().slice(0, 16).replace(":", "-")),
    ...whole("address", address),
    ...whole("timeToLive", timeToLive),
    ...whole("requester", requester && cut(requester, LONGEST_LABEL - start("requester").length)),
  ];
}

function pointTo(kind: "active" | "building", { commit }: Own): string {
  return `${TENT} ${STATE_SIGNS[kind]} ${shortCommit(commit)}`;
}

/** `52.1.2.3:8080`, `pr-1234.example.com`: a part of an address would lead elsewhere, so it is whole or not at all. */
function toAddress(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).host : undefined;
}

/** A login that is too long is still recognised by its beginning. */
function cut(text: string, most: number): string {
  const line = text.replace(/\s+/g, "");
  return line.length <= most ? line : `${line.slice(0, most - 1)}…`;
}

/** What is to be added and removed so that the labels show what is. */
export interface LabelChanges {
  readonly add: string[];
  readonly remove: string[];
}

/** Compares labels as GitHub does. Removes nothing but what the tool itself writes: no trigger, no intent, no other's. */
export function compareLabels(present: readonly string[], wanted: readonly string[]): LabelChanges {
  const presentKeys = new Set(present.map(labelKey));
  const wantedKeys = new Set(wanted.map(labelKey));
  return {
    add: wanted.filter((name) => !presentKeys.has(labelKey(name))),
    remove: present.filter((name) => isStateLabel(name) && !wantedKeys.has(labelKey(name))),
  };
}
