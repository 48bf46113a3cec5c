import type { AssetKind } from "../assets/definition";
import { type Match, objectUuid } from "../identity/mapping";
import { formatStrategy, type Strategy } from "../settings/strategy";
import { compareLock, type LockDifference } from "./compare-lock";

/** What happens to one asset. */
export type Action =
  /** Written for the first time (or again, after somebody removed it). */
  | "create"
  /** Written over what the target has, in place. */
  | "update"
  /** Deleted and created again with the same UUID. */
  | "replace"
  /** As it should be: nothing is written. */
  | "keep"
  /** Left as it is, because a flag of the strategy is missing. */
  | "skip"
  /** A database of the target: used, never written. */
  | "use"
  /** The target has it as it should be; only the state changes. */
  | "take"
  /** Cannot be done; nothing is written at all. */
  | "refuse";

/** What the stack's state says about an asset: what was applied last. */
export interface KnownAsset {
  /** Pulumi's name of its resource. */
  readonly urn: string;
  /** File when it was applied. */
  readonly path: string;
  /** UUID of the definition. */
  readonly uuid: string;
  /** UUID of the object, where it is another than the definition's. */
  readonly targetUuid?: string;
  /** Title as last applied; of a database its name on the target. */
  readonly title: string;
  /** The object's integer id when it was applied. */
  readonly supersetId: number;
  /** `created` by this stack, or `adopted`: it was there before. */
  readonly origin: Origin;
  /** Digest of the definition as last applied. */
  readonly checksum: string;
  /** Digest of the ids that its references had (`digestLinks`). */
  readonly links: string;
  /** Fingerprint of the target. */
  readonly target: string;
  readonly managed: boolean;
  readonly externalUrl?: string;
  /** When the object was changed last, in the server's words, after it was applied; absent in states of 0.1. */
  readonly changedOn?: string;
  /** How the object was found. */
  readonly match?: Match;
  /** Names of columns and metrics that the definition no longer has and the object keeps. */
  readonly retained?: readonly string[];
  /** Of a dataset: names of the columns that the definition had. */
  readonly columns?: readonly string[];
  /** Owners and roles that were declared; absent: they were left alone. */
  readonly access?: StatedAccess;
  /** The definition's text as it was applied, packed. */
  readonly applied?: string;
  /** Whether a refresh found the object changed, and noted so. */
  readonly isDrifted?: boolean;
  /** Whether the engine was told, when this was deployed last, to forget it only and never call the delete hook. */
  readonly isForgetful: boolean;
}

/** Owners and roles as `access.yaml` names them; what is absent is left alone. */
export interface StatedAccess {
  readonly owners?: readonly string[] | undefined;
  readonly roles?: readonly string[] | undefined;
}

export type Origin = "created" | "adopted";

/** What of the settings decides. */
export interface DecisionPolicy {
  readonly replace: "recreate" | "inPlace";
  readonly onDrift: "overwrite" | "keep" | "refuse";
}

/** Everything that the decision depends on. */
export interface DecisionFacts extends DecisionPolicy {
  readonly kind: AssetKind;
  readonly strategy: Strategy;
  /** Digest of the definition as it would be applied now. */
  readonly checksum: string;
  /** Digest of the ids that its references have now; undefined if one of them is still to be created. */
  readonly links: string | undefined;
  readonly target: string;
  readonly managed: boolean;
  readonly externalUrl?: string;
  /** The object on the target; absent if it is not there. */
  readonly object?: { readonly uuid: string; readonly id: number };
  /** Digest of what the target has, where it was read: it is new to this stack, or was changed since. */
  readonly content?: string;
  /** Whether the object is locked in the UI now; absent where nobody can have changed that since, or it was not asked. */
  readonly isLocked?: boolean;
  /** Of a dataset: whether the target has it in another database than the one that it is to be in. */
  readonly misplaced?: boolean;
  /** Whether the object is to get the definition's UUID. */
  readonly takesUuid?: boolean;
  /** Whether something that it uses is replaced in this run, so that it has to be linked again. */
  readonly usesReplaced?: boolean;
  /** Whether the old object of a replacement is still there, set aside: this stack then has the new one, or not yet. */
  readonly replacement?: "done" | "interrupted";
  /** What else differs from what was declared, in words: owners, roles. */
  readonly otherChanges?: readonly string[];
  /** Whether other owners or roles are declared than the state knows, although the target has them already. */
  readonly accessRestated?: boolean;
  /** What the state says; undefined if this stack never had it. */
  readonly known?: KnownAsset;
  /** Why it cannot be done, if something stands against it. */
  readonly obstacle?: string;
}

export interface Decision {
  readonly action: Action;
  /** Why, one clause: it stands beside the resource in the preview. */
  readonly reason: string;
  /** Of an update: whether nothing of what the target had remains, as a replacement would leave it. */
  readonly exact?: true;
  /** Whether it undoes what somebody changed on the target. */
  readonly overwrites?: true;
  /** Whether it undoes that somebody locked or unlocked the object in the UI. */
  readonly resetsLock?: true;
}

/** The one decision about an asset. The program asks it before it registers a resource, and the hooks carry it out. */
export function decide(facts: DecisionFacts): Decision {
  if (facts.kind === "database" && facts.object !== undefined) return decideDatabase(facts, facts.object.id);
  const decision = decideAsset(facts);
  // What stands against writing is nobody's trouble where nothing is to be written.
  if (facts.obstacle !== undefined && isWrite(decision.action)) return { action: "refuse", reason: facts.obstacle };
  return decision;
}

function decideAsset(facts: DecisionFacts): Decision {
  // Whatever the strategy says now: what is there is closed, and its rules and grants still hang on the old object.
  if (facts.replacement === "interrupted")
    return { action: "replace", reason: "its replacement was interrupted, and goes on" };
  return facts.object === undefined ? decideAbsent(facts) : decidePresent(facts, facts.object);
}

/** A database that is there has its own address and credentials: it is never written (peers g). */
function decideDatabase(facts: DecisionFacts, id: number): Decision {
  if (facts.known === undefined)
    return { action: "use", reason: "the target has it; databases that are there are never written" };
  if (facts.known.target !== facts.target) return { action: "use", reason: "the stack's address changed" };
  if (facts.known.supersetId !== id) return { action: "take", reason: "it has another id now" };
  if (facts.known.checksum === facts.checksum) return { action: "keep", reason: "unchanged" };
  return { action: "skip", reason: "its file changed, but a database that is there is never written" };
}

function decideAbsent({ strategy, known }: DecisionFacts): Decision {
  const gone = known === undefined ? "not on the target" : "gone from the target";
  if (strategy.has("CREATE")) return { action: "create", reason: gone };
  return { action: "skip", reason: `${gone}; the strategy (${formatStrategy(strategy)}) has no CREATE` };
}

function decidePresent(facts: DecisionFacts, object: NonNullable<DecisionFacts["object"]>): Decision {
  const differences = [...compareContent(facts), ...compareSurroundings(facts, object)];
  const writes = differences.filter(({ needs }) => needs !== "record");
  const reasons = (writes.length === 0 ? differences : writes).map(({ reason }) => reason).join(", ");
  const lock = findLockDifference(facts);
  const drift = [DRIFTED, ...(lock === undefined ? [] : [lock.reason])].join(", ");
  if (hasDrifted(facts) && facts.onDrift === "refuse") {
    return {
      action: "refuse",
      reason: `${drift}, and superset:onDrift is refuse: bring the change into the file (pulumi-superset pull --drifted), or set it back on the server`,
    };
  }
  if (hasDrifted(facts) && facts.onDrift === "keep") {
    return { action: "skip", reason: `${drift}; superset:onDrift keeps it` };
  }
  if (differences.length === 0) return { action: "keep", reason: "unchanged" };
  if (writes.length === 0) return { action: "take", reason: reasons };
  const decision = chooseWrite(facts, writes, reasons);
  if (!isWrite(decision.action)) return decision;
  return {
    ...decision,
    ...(hasDrifted(facts) && { overwrites: true }),
    ...(lock?.isByHand && { resetsLock: true }),
  };
}

/** UPDATE does what it can; REPLACE is for what remains. */
function chooseWrite(facts: DecisionFacts, writes: readonly Difference[], reason: string): Decision {
  const { strategy } = facts;
  const isContent = writes.some(({ needs }) => needs === "content");
  if (strategy.has("UPDATE")) return { action: "update", reason };
  if (strategy.has("REPLACE")) {
    if (isContent && facts.replace === "recreate") return { action: "replace", reason };
    return { action: "update", reason: isContent ? `${reason}, replaced in place` : reason, exact: true };
  }
  // Part of the replacement of what it uses, which is allowed: it would be broken otherwise.
  if (facts.usesReplaced && writes.every(({ needs }) => needs === "link")) return { action: "update", reason };
  return { action: "skip", reason: `${reason}; the strategy (${formatStrategy(strategy)}) has no UPDATE` };
}

interface Difference {
  readonly reason: string;
  /** Whether the object's content has to be written, only what surrounds it, only its links, or only the state. */
  readonly needs: "content" | "surroundings" | "link" | "record";
}

const DRIFTED = "changed on the target since the last deployment";

/** Whether somebody else changed what this stack applied, and not to what the definition says now. */
function hasDrifted({ known, target, content, checksum }: DecisionFacts): boolean {
  if (known === undefined || known.target !== target || content === undefined) return false;
  return content !== known.checksum && content !== checksum;
}

/** What differs between the definition and the object's content, as far as it was read, or else what was applied. */
function compareContent(facts: DecisionFacts): Difference[] {
  const { known, content, checksum } = facts;
  const isThere = content === checksum;
  if (known === undefined || known.target !== facts.target) {
    const news = known === undefined ? "on the target, not yet in this stack" : "the stack's address changed";
    if (content === undefined) return [{ reason: news, needs: "content" }];
    return [
      { reason: `${news}, with ${isThere ? "the same" : "other"} content`, needs: isThere ? "record" : "content" },
    ];
  }
  const differences: Difference[] = [];
  if (known.checksum !== checksum) {
    const reason = isThere ? "the target has the changed definition already" : "definition changed";
    differences.push({ reason, needs: isThere ? "record" : "content" });
  }
  if (hasDrifted(facts)) differences.push({ reason: DRIFTED, needs: "content" });
  return differences;
}

/** What differs around the content: flags, place, identity, links. */
function compareSurroundings(facts: DecisionFacts, object: NonNullable<DecisionFacts["object"]>): Difference[] {
  const differences: Difference[] = [];
  const add = (reason: string, needs: Difference["needs"] = "surroundings") => differences.push({ reason, needs });
  const known = appliedHere(facts);
  const lock = findLockDifference(facts);
  if (lock !== undefined) add(lock.reason, lock.needs);
  // A new object has no link, as far as anybody can tell (superset-api 5.2).
  if (known?.externalUrl !== facts.externalUrl) add("external link changed");
  if (facts.misplaced) add("it is in another database", "content");
  if (facts.takesUuid) add("the object gets the UUID of the file");
  for (const reason of facts.otherChanges ?? []) add(reason);
  if (facts.replacement === "done") add("the object that it replaced is still there, and is deleted now", "record");
  if (known === undefined) return differences;
  if (known.isDrifted && !hasDrifted(facts)) add("it is again as it was deployed", "record");
  if (facts.accessRestated) add("other owners or roles are declared", "record");
  if (objectUuid(known) !== object.uuid) add("another object of the target stands for it", "content");
  else if (known.supersetId !== object.id) add("it has another id now", "record");
  // A changed definition may use other things, which says nothing about their ids.
  if (known.checksum !== facts.checksum) return differences;
  if (facts.links === undefined) {
    add(facts.usesReplaced ? "something it uses is replaced" : "something it uses is created again", "link");
  } else if (known.links !== facts.links) add("something it uses has another id now", "link");
  return differences;
}

/** What the state says, unless that is about another server. */
function appliedHere({ known, target }: DecisionFacts): KnownAsset | undefined {
  return known?.target === target ? known : undefined;
}

function findLockDifference(facts: DecisionFacts): LockDifference | undefined {
  return compareLock(facts.managed, facts.isLocked, appliedHere(facts)?.managed);
}

/** Whether the resource takes part in the deployment: what is written or taken over, or what the state already has. */
export function isRegistered(decision: Decision, known: KnownAsset | undefined): boolean {
  return known !== undefined || isWrite(decision.action) || decision.action === "take";
}

/** Whether a decision writes to the target. */
export function isWrite(action: Action): action is "create" | "update" | "replace" {
  return action === "create" || action === "update" || action === "replace";
}

/** The text that previews show beside a resource. */
export function formatDecision(decision: Decision): string {
  return `${decision.action}: ${decision.reason}`;
}

/** Reads {@link formatDecision} back. */
export function parseAction(text: unknown): Action | undefined {
  const word = typeof text === "string" ? text.split(":", 1)[0] : undefined;
  return ACTIONS.find((action) => action === word);
}

const ACTIONS: readonly Action[] = ["create", "update", "replace", "keep", "skip", "use", "take", "refuse"];
