import type { Delivered } from "../delivery/target";
import type { Finding } from "../extensions/bundle";
import { formatStrategy, type Strategy } from "../settings/strategy";
import { type Action, type Decision, isWrite } from "./decide";

/** Checksums of a bundle as it is read, or as a state keeps them. */
export interface PartChecksums {
  readonly manifest: string;
  readonly frontend?: string | undefined;
  readonly backend?: string | undefined;
  readonly whole: string;
}

/** What the stack's state says about an extension: what was delivered last. */
export interface KnownExtension {
  readonly urn: string;
  /** `publisher.name`. */
  readonly extension: string;
  readonly version: string;
  readonly checksums: PartChecksums;
  /** `created` by this stack, or `adopted`: it was on the target before. */
  readonly origin: "created" | "adopted";
  /** The target that it was delivered to. */
  readonly place: string;
  /** Whether a refresh found it changed, and noted so. */
  readonly isDrifted: boolean;
  /** Whether backend code was delivered that no server runs yet, as far as this stack knows. */
  readonly restartRequired: boolean;
  /** Whether the server did not show it after it was delivered. */
  readonly isUnconfirmed: boolean;
}

/** A bundle as a program declares it. */
export interface DeclaredExtension {
  /** `publisher.name`. */
  readonly extension: string;
  /** Path as people know it. */
  readonly path: string;
  readonly version: string;
  readonly checksums: PartChecksums;
  /** Base64. */
  readonly signature?: string;
}

/** Everything that the decision about an extension depends on. */
export interface ExtensionFacts {
  readonly declared: DeclaredExtension;
  /** What the target has of it. */
  readonly delivered?: Delivered;
  readonly known?: KnownExtension;
  readonly strategy: Strategy;
  /** The target. */
  readonly place: string;
  /** How the target's records call this stack. */
  readonly deliverer: string;
  readonly onDrift: "overwrite" | "keep" | "refuse";
  /** Whether the settings say how Superset is started again. */
  readonly canRestart: boolean;
  /** Why it cannot be delivered, if something stands against it. */
  readonly obstacle?: string;
}

/** An extension, the decision about it, and what its resource needs. */
export interface PlannedExtension {
  readonly declared: DeclaredExtension;
  readonly decision: Decision;
  readonly known?: KnownExtension;
  /** What the target has, as the plan saw it: {@link describeBasis}. */
  readonly basis: string;
  /** Whether the resource takes part: only what is written or taken over, or what the state has. */
  readonly registered: boolean;
  /** Whether this run delivers other backend code than the target had. */
  readonly changesBackend: boolean;
}

/** Decides about an extension. */
export function planExtension(facts: ExtensionFacts): PlannedExtension {
  const { declared, delivered, known, obstacle } = facts;
  const wanted = decideExtension(facts);
  const isStopped = obstacle !== undefined && isWrite(wanted.action);
  const decision: Decision = isStopped ? { action: "refuse", reason: obstacle } : wanted;
  return {
    declared,
    decision,
    ...(known !== undefined && { known }),
    basis: describeBasis(delivered),
    registered: known !== undefined || isWrite(decision.action) || decision.action === "take",
    changesBackend: isWrite(decision.action) && changesBackend(declared.checksums, delivered, known),
  };
}

/** What a target has of an extension, one word: what is written must be what the plan saw. */
export function describeBasis(delivered: Delivered | undefined): string {
  return delivered === undefined ? "absent" : `${delivered.state} ${delivered.checksum}`;
}

/**
 * Whether a delivery changes the code that Superset loads only when it starts. Where nobody knows what was there, backend
 * code counts as new.
 *
 * @param known what the state says
 */
export function changesBackend(
  checksums: PartChecksums,
  delivered: Delivered | undefined,
  known: Pick<KnownExtension, "checksums"> | undefined,
): boolean {
  if (delivered === undefined || delivered.state === "missing") return checksums.backend !== undefined;
  const isKnown = delivered.state === "intact" && known?.checksums.whole === delivered.checksum;
  if (isKnown) return known.checksums.backend !== checksums.backend;
  return checksums.backend !== undefined && !isThere(checksums, delivered);
}

function isThere(checksums: PartChecksums, delivered: Delivered): boolean {
  return delivered.state === "intact" && delivered.checksum === checksums.whole;
}

function decideExtension(facts: ExtensionFacts): Decision {
  const { delivered, known, strategy, place } = facts;
  if (delivered === undefined || delivered.state === "missing") {
    const isGone = delivered !== undefined || known?.place === place;
    const reason = isGone ? "gone from the target" : "not on the target";
    return allow(strategy, "create", reason);
  }
  const differs = findDifference(facts, delivered);
  if (differs !== undefined) return decideDifferent(facts, delivered, differs);
  return decideSame(facts);
}

/** UPDATE and REPLACE come to the same: a bundle is never written in part. */
function allow(strategy: Strategy, action: "create" | "update", reason: string): Decision {
  const needs = action === "create" ? "CREATE" : "UPDATE";
  if (strategy.has(needs) || (action === "update" && strategy.has("REPLACE"))) return { action, reason };
  return { action: "skip", reason: `${reason}; the strategy (${formatStrategy(strategy)}) has no ${needs}` };
}

/** How the target differs from the bundle; undefined where it has it. */
function findDifference({ declared }: ExtensionFacts, delivered: Delivered): string | undefined {
  const { checksums, version, signature } = declared;
  if (delivered.state === "changed") return "changed on the target since it was delivered";
  if (delivered.checksum !== checksums.whole) return describeVersions(delivered.version, version);
  if (delivered.state === "foreign") return "put there by somebody else";
  return delivered.signature === signature?.trim() ? undefined : "its signature changed";
}

function describeVersions(from: string, to: string): string {
  return from === to ? `another build of version ${to}` : `version ${from} -> ${to}`;
}

function decideDifferent(facts: ExtensionFacts, delivered: Delivered, differs: string): Decision {
  const { known, onDrift, strategy, declared } = facts;
  if (!isKnownHere(facts)) return allow(strategy, "update", `${describeNewcomer(facts)}: ${differs}`);
  const hasDrifted = delivered.state === "changed" || delivered.checksum !== known?.checksums.whole;
  if (!hasDrifted) {
    const parts = listParts(known?.checksums, declared.checksums);
    return allow(strategy, "update", parts === "" ? differs : `${differs} (${parts})`);
  }
  const drift = describeDrift(delivered, differs);
  if (onDrift === "keep") return { action: "skip", reason: `${drift}; superset:onDrift keeps it` };
  if (onDrift === "refuse") {
    return { action: "refuse", reason: `${drift}, and superset:onDrift is refuse: set it back on the target` };
  }
  const decision = allow(strategy, "update", drift);
  return isWrite(decision.action) ? { ...decision, overwrites: true } : decision;
}

function describeDrift(delivered: Delivered, differs: string): string {
  if (delivered.state === "changed") return differs;
  const how = delivered.rolledBackFrom === undefined ? "delivered by somebody else" : "rolled back";
  return `${how} since the last deployment (${differs})`;
}

/** Files that differ, by their part; a manifest alone is named only where nothing else differs. */
function listParts(before: PartChecksums | undefined, after: PartChecksums): string {
  if (before === undefined) return "";
  const parts = (["frontend", "backend"] as const).filter((part) => before[part] !== after[part]);
  return parts.length === 0 && before.manifest !== after.manifest ? "manifest changed" : parts.map(toChange).join(", ");
}

function toChange(part: string): string {
  return `${part} changed`;
}

/** The target is as it should be; the server or the state may not be. */
function decideSame(facts: ExtensionFacts): Decision {
  const { known, declared, canRestart } = facts;
  if (!isKnownHere(facts)) {
    return { action: "take", reason: `${describeNewcomer(facts)}, with the same content` };
  }
  if (known?.isUnconfirmed) return { action: "take", reason: "the server did not show it yet" };
  if (known?.restartRequired && canRestart) return { action: "take", reason: "its backend waits for a restart" };
  if (known?.checksums.whole !== declared.checksums.whole) {
    return { action: "take", reason: "the target has the changed bundle already" };
  }
  if (known.isDrifted) return { action: "take", reason: "it is again as it was delivered" };
  return { action: "keep", reason: "unchanged" };
}

/** What is on the target, and not in the state. */
function describeNewcomer({ known, delivered, deliverer }: ExtensionFacts): string {
  if (known !== undefined) return "the stack's target changed";
  return delivered?.deliveredBy === deliverer
    ? "delivered by this stack, whose state lost it"
    : "on the target, not yet in this stack";
}

function isKnownHere({ known, place }: ExtensionFacts): boolean {
  return known !== undefined && known.place === place;
}

/** An extension that the state has and the program no longer. */
export interface VanishedExtension {
  readonly known: KnownExtension;
  /** Why it stays on the target; undefined if it is to be removed. */
  readonly staysBecause?: string;
  /** Whether it keeps its resource: a later run, with the flag that is missing now, removes it. */
  readonly isKept: boolean;
}

/**
 * Why an extension that is no longer declared stays on the target: the same for the preview and for the hook that would
 * remove it.
 */
export function findReasonToLeave(
  known: Pick<KnownExtension, "origin" | "place">,
  strategy: Strategy,
  place: string | undefined,
): string | undefined {
  if (known.place !== place) return "it is on the target that this stack had before";
  if (known.origin === "adopted") return "it was there before this stack";
  return strategy.has("DELETE") ? undefined : `the strategy (${formatStrategy(strategy)}) has no DELETE`;
}

/** Finds what the state has and the program does not declare. */
export function findVanishedExtensions(
  known: Iterable<KnownExtension>,
  declared: ReadonlySet<string>,
  strategy: Strategy,
  place: string,
): VanishedExtension[] {
  return [...known].flatMap((extension) => {
    if (declared.has(extension.extension)) return [];
    const staysBecause = findReasonToLeave(extension, strategy, place);
    const isKept = staysBecause !== undefined && extension.origin === "created" && extension.place === place;
    return [{ known: extension, isKept, ...(staysBecause !== undefined && { staysBecause }) }];
  });
}

/** How people call an extension in a sentence. */
export function describeExtension(id: string): string {
  return `extension ${id}`;
}

/** One finding as a person reads it: place, rule, what, what to do. */
export function formatBundleFinding({ path, entry, rule, summary, remedy }: Finding): string {
  return `${path}${entry === undefined ? "" : ` › ${entry}`}: ${summary} [${rule}]\n    to do: ${remedy}`;
}

/** Decisions of some kind as lines for people; undefined if there are none. */
export function formatExtensions(
  title: string,
  planned: readonly PlannedExtension[],
  isShown: (action: Action, decision: Decision) => boolean,
): string | undefined {
  const lines = planned.flatMap(({ declared: { path, extension, version }, decision }) =>
    isShown(decision.action, decision) ? [`  ${path} (${extension} ${version}): ${decision.reason}`] : [],
  );
  return lines.length === 0 ? undefined : `${title}\n${lines.join("\n")}`;
}

/** What is left, and what is removed, one text each. */
export function formatVanishedExtensions(vanished: readonly VanishedExtension[]): string[] {
  const left = vanished.flatMap(({ known: { extension }, staysBecause, isKept }) => {
    if (staysBecause === undefined) return [];
    return [`  ${describeExtension(extension)} stays${isKept ? "" : ", forgotten by this stack"}: ${staysBecause}`];
  });
  const removed = vanished.filter(({ staysBecause }) => staysBecause === undefined);
  const lines = removed.map(({ known }) => `  ${describeExtension(known.extension)}`);
  return [
    ...(left.length === 0 ? [] : [`No longer declared, and left on the target:\n${left.join("\n")}`]),
    ...(lines.length === 0 ? [] : [`No longer declared, and removed from the target:\n${lines.join("\n")}`]),
  ];
}
