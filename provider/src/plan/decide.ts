import type { AssetKind } from "../assets/definition";
import { formatStrategy, type Strategy } from "../settings/strategy";

/** What happens to one asset. */
export type Action =
  /** Written for the first time (or again, after somebody removed it). */
  | "create"
  /** Written over what the target has, in place. */
  | "update"
  /** As it should be: nothing is written. */
  | "keep"
  /** Left as it is, because a flag of the strategy is missing. */
  | "skip"
  /** A database of the target: used, never written. */
  | "use"
  /** The object goes on under another name; only the state changes. */
  | "take"
  /** Cannot be done; nothing is written at all. */
  | "refuse";

/** What the stack's state says about an asset: what was applied last. */
export interface KnownAsset {
  /** Pulumi's name of its resource. */
  readonly urn: string;
  readonly uuid: string;
  /** Title as last applied; of a database its name on the target. */
  readonly title: string;
  /** `created` by this stack, or `adopted`: it was there before. */
  readonly origin: Origin;
  /** Digest of the definition as last applied. */
  readonly checksum: string;
  /** Digest of the ids that its references had ({@link linksDigest}). */
  readonly links: string;
  /** Fingerprint of the target. */
  readonly target: string;
  readonly managed: boolean;
  readonly externalUrl?: string;
  /** Whether the engine was told, when this was deployed last, to forget it only and never call the delete hook. */
  readonly retained: boolean;
}

export type Origin = "created" | "adopted";

/** Everything that the decision depends on. */
export interface DecisionFacts {
  readonly kind: AssetKind;
  readonly strategy: Strategy;
  /** Digest of the definition as it would be applied now. */
  readonly checksum: string;
  /** Digest of the ids that its references have now; undefined if one of them is still to be created. */
  readonly links: string | undefined;
  readonly target: string;
  readonly managed: boolean;
  readonly externalUrl?: string;
  /** Of a dataset: whether the target has it in another database than the one that it is to be in. */
  readonly misplaced?: boolean;
  /** Whether the target has it (by UUID; databases by name). */
  readonly present: boolean;
  /** What the state says; undefined if this stack never had it. */
  readonly known?: KnownAsset;
  /** Why it cannot be done, if something stands against it. */
  readonly obstacle?: string;
}

export interface Decision {
  readonly action: Action;
  /** Why, one clause: it stands beside the resource in the preview. */
  readonly reason: string;
}

/**
 * The one decision about an asset. The program asks it before it registers a resource, the hooks ask it again before
 * they write.
 */
export function decide(facts: DecisionFacts): Decision {
  if (facts.kind === "database" && facts.present) return decideDatabase(facts);
  const decision = facts.present ? decidePresent(facts) : decideAbsent(facts);
  // What stands against writing is nobody's trouble where nothing is to be written.
  if (facts.obstacle !== undefined && isWrite(decision.action)) return { action: "refuse", reason: facts.obstacle };
  return decision;
}

/** A database that is there has its own address and credentials: it is never written (peers g). */
function decideDatabase(facts: DecisionFacts): Decision {
  if (facts.known === undefined)
    return { action: "use", reason: "the target has it; databases that are there are never written" };
  if (facts.known.target !== facts.target) return { action: "use", reason: "the stack's address changed" };
  if (facts.known.checksum === facts.checksum) return { action: "keep", reason: "unchanged" };
  return { action: "skip", reason: "its file changed, but a database that is there is never written" };
}

function decideAbsent({ strategy, known }: DecisionFacts): Decision {
  const gone = known === undefined ? "not on the target" : "gone from the target";
  if (strategy.has("CREATE")) return { action: "create", reason: gone };
  return { action: "skip", reason: `${gone}; the strategy (${formatStrategy(strategy)}) has no CREATE` };
}

function decidePresent(facts: DecisionFacts): Decision {
  const changes =
    facts.known === undefined ? ["on the target, not yet in this stack"] : listChanges(facts, facts.known);
  if (changes.length === 0) return { action: "keep", reason: "unchanged" };
  const reason = changes.join(", ");
  if (facts.strategy.has("UPDATE")) return { action: "update", reason };
  return { action: "skip", reason: `${reason}; the strategy (${formatStrategy(facts.strategy)}) has no UPDATE` };
}

/** What differs from what was applied last, in words. */
function listChanges(facts: DecisionFacts, known: KnownAsset): string[] {
  const changes: string[] = [];
  if (known.target !== facts.target) changes.push("the stack's address changed");
  if (known.checksum !== facts.checksum) changes.push("definition changed");
  if (known.managed !== facts.managed)
    changes.push(facts.managed ? "to be locked in the UI" : "to be unlocked in the UI");
  if (known.externalUrl !== facts.externalUrl) changes.push("external link changed");
  if (facts.misplaced) changes.push("it is in another database");
  // A changed definition may use other things, which says nothing about their ids.
  if (known.checksum !== facts.checksum) return changes;
  if (facts.links === undefined) changes.push("something it uses is created again");
  else if (known.links !== facts.links) changes.push("something it uses has another id now");
  return changes;
}

/** Whether the resource takes part in the deployment: only what is written, or what the state already has. */
export function isRegistered(decision: Decision, known: KnownAsset | undefined): boolean {
  return decision.action === "create" || decision.action === "update" || known !== undefined;
}

/** Whether a decision writes to the target. */
export function isWrite(action: Action): action is "create" | "update" {
  return action === "create" || action === "update";
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

const ACTIONS: readonly Action[] = ["create", "update", "keep", "skip", "use", "take", "refuse"];
