import type { RowLevelSecurityRule } from "../assets/access";
import { digestText } from "../assets/canonical";
import { formatStrategy, type Strategy } from "../settings/strategy";
import type { Role } from "../superset/people";
import type { RemoteRule } from "../superset/row-level-security";
import { describeDifference } from "./access";
import { type Decision, isWrite } from "./decide";
import { findReasonToStay, isOwned } from "./vanished";

/** What the state says about a rule: what was applied last. */
export interface KnownRule {
  readonly urn: string;
  readonly name: string;
  readonly origin: "created" | "adopted";
  /** {@link digestRule} as last applied. */
  readonly checksum: string;
  /** Fingerprint of the target. */
  readonly target: string;
  /** Whether a refresh found the rule changed, and noted so. */
  readonly isDrifted?: boolean;
}

/** A dataset of a rule, as it will be when the rule is written. */
export interface TargetDataset {
  /** Its UUID on the target. */
  readonly uuid: string;
  /** For people: table name, or the UUID of one that nobody knows. */
  readonly title: string;
  /** Its id; absent where the target does not have it, or will have it under another id. */
  readonly id?: number;
  /** Id of the object that it replaces, as long as that is set aside: nobody may read it without the rule. */
  readonly asideId?: number;
  /** Whether this run creates it. */
  readonly isToBeCreated: boolean;
}

/** Everything that the decision about a rule depends on. */
export interface RuleFacts {
  readonly rule: RowLevelSecurityRule;
  readonly datasets: readonly TargetDataset[];
  /** The target's roles, by name. */
  readonly roles: ReadonlyMap<string, Role>;
  /** The target's rule of that name. */
  readonly remote?: RemoteRule;
  readonly known?: KnownRule;
  readonly strategy: Strategy;
  readonly target: string;
}

/** A rule, the decision about it, and what its resource needs. */
export interface PlannedRule {
  readonly rule: RowLevelSecurityRule;
  readonly decision: Decision;
  /** UUIDs on the target. */
  readonly datasets: readonly string[];
  readonly known?: KnownRule;
  /** Whether the resource takes part in the deployment: only what is written or taken over, or what the state has. */
  readonly registered: boolean;
  /** What of the decision cannot be done, one line each. */
  readonly missing: readonly string[];
}

/** Decides about a rule. */
export function planRule(facts: RuleFacts): PlannedRule {
  const decision = decideRule(facts);
  const { rule, datasets, known } = facts;
  return {
    rule,
    decision,
    datasets: datasets.map(({ uuid }) => uuid),
    ...(known !== undefined && { known }),
    registered: isWrite(decision.action) || decision.action === "take" || known !== undefined,
    missing: isWrite(decision.action) ? listMissingOfRule(facts) : [],
  };
}

function decideRule({ rule, datasets, remote, known, strategy, target }: RuleFacts): Decision {
  if (remote === undefined) {
    const gone = known === undefined ? "not on the target" : "gone from the target";
    if (strategy.has("CREATE")) return { action: "create", reason: gone };
    return { action: "skip", reason: `${gone}; the strategy (${formatStrategy(strategy)}) has no CREATE` };
  }
  const cause = describeCause(rule, known, target);
  const differences = listRuleDifferences(rule, datasets, remote);
  if (differences.length === 0) {
    // The server is as it should be; what the state says may not be.
    if (cause === DRIFTED) return { action: "take", reason: "it is again as it was deployed" };
    return cause === undefined ? { action: "keep", reason: "unchanged" } : { action: "take", reason: cause };
  }
  const outside = datasets.some(({ isToBeCreated }) => isToBeCreated) ? "a dataset is created again" : DRIFTED;
  const reason = `${cause ?? outside}: ${differences.join(", ")}`;
  if (strategy.has("UPDATE")) return { action: "update", reason };
  return { action: "skip", reason: `${reason}; the strategy (${formatStrategy(strategy)}) has no UPDATE` };
}

const DRIFTED = "changed on the server";

/** Why the state is not what it should be; undefined where it is. */
function describeCause(rule: RowLevelSecurityRule, known: KnownRule | undefined, target: string): string | undefined {
  if (known === undefined) return "on the target, not yet in this stack";
  if (known.target !== target) return "the stack's address changed";
  if (known.checksum !== digestRule(rule)) return "definition changed";
  return known.isDrifted ? DRIFTED : undefined;
}

/** What a rule says apart from its datasets. */
interface RuleText extends Pick<RowLevelSecurityRule, "clause" | "filterType" | "roles"> {
  readonly groupKey?: string | undefined;
  readonly description?: string | undefined;
}

/** What of the server's rule differs from the declared one, for people. */
export function listRuleDifferences(
  rule: RuleText,
  datasets: readonly Pick<TargetDataset, "id" | "asideId" | "title">[],
  remote: RemoteRule,
): string[] {
  const isDescribed = rule.description === undefined || rule.description === (remote.description ?? "");
  const datasetIds = new Set(datasets.flatMap(({ id, asideId }) => [id, asideId]));
  const remoteIds = new Set<number | undefined>(remote.datasets.map(({ id }) => id));
  const remoteRoles = remote.roles.map(({ name }) => name);
  return [
    rule.clause === remote.clause ? undefined : "clause",
    rule.filterType === remote.filterType ? undefined : `type (${remote.filterType} -> ${rule.filterType})`,
    (rule.groupKey ?? null) === remote.groupKey ? undefined : "group key",
    isDescribed ? undefined : "description",
    describeDifference(
      "roles",
      rule.roles.filter((name) => !remoteRoles.includes(name)),
      remoteRoles.filter((name) => !rule.roles.includes(name)),
    ),
    describeDifference(
      "datasets",
      datasets.flatMap(({ id, title }) => (id !== undefined && remoteIds.has(id) ? [] : [title])),
      remote.datasets.flatMap(({ id, title }) => (datasetIds.has(id) ? [] : [title])),
    ),
  ].filter((difference) => difference !== undefined);
}

function listMissingOfRule({ rule, datasets, roles }: RuleFacts): string[] {
  const user = `${describeRule(rule.name)} (${rule.path})`;
  return [
    ...rule.roles.flatMap((name) => (roles.has(name) ? [] : [`  no role "${name}": ${user}`])),
    ...datasets.flatMap(({ id, isToBeCreated, title }) =>
      id !== undefined || isToBeCreated ? [] : [`  no dataset "${title}": ${user}`],
    ),
  ];
}

/** Digest of what a rule declares: equal for equal rules. */
export function digestRule(rule: Omit<RowLevelSecurityRule, "path" | "datasets"> & DatasetList): string {
  const { name, clause, filterType, groupKey, description, roles, datasets } = rule;
  const uuids = datasets.map(({ uuid }) => uuid);
  return digestText(
    JSON.stringify([name, clause, filterType, groupKey ?? null, description ?? null, [...roles].sort(), uuids.sort()]),
  );
}

interface DatasetList {
  readonly datasets: readonly { readonly uuid: string }[];
}

/** A rule that the state has and no file any more. */
export interface VanishedRule {
  readonly known: KnownRule;
  /** Why it stays on the server; undefined if it is to be deleted. */
  readonly staysBecause?: string;
  /** Whether it keeps its resource: a later run, with the flag that is missing now, deletes it. */
  readonly isKept: boolean;
  /** What the server has of it. */
  readonly remote?: RemoteRule;
}

/** Finds the rules that the state has and no file declares. */
export function findVanishedRules(
  known: Iterable<KnownRule>,
  declared: readonly Pick<RowLevelSecurityRule, "name">[],
  remotes: readonly RemoteRule[],
  strategy: Strategy,
  target: string,
): VanishedRule[] {
  const names = new Set(declared.map(({ name }) => name));
  return [...known].flatMap((rule) => {
    if (names.has(rule.name)) return [];
    const staysBecause = findReasonToStay(rule, strategy, target);
    const remote = remotes.find(({ name }) => name === rule.name);
    const isKept = staysBecause !== undefined && isOwned(rule, target);
    return [{ known: rule, isKept, ...(staysBecause !== undefined && { staysBecause }), ...(remote && { remote }) }];
  });
}

/** How people call a rule in a sentence. */
export function describeRule(name: string): string {
  return `row-level security rule "${name}"`;
}

/** What becomes visible because a rule is deleted, one text; undefined if nothing is deleted. */
export function formatExposed(vanished: readonly VanishedRule[]): string | undefined {
  const deleted = vanished.filter(({ staysBecause, remote }) => staysBecause === undefined && remote !== undefined);
  if (deleted.length === 0) return undefined;
  const lines = deleted.map(({ known, remote }) => {
    const datasets = remote?.datasets.map(({ title }) => title).join(", ") || "no dataset";
    return `  ${describeRule(known.name)} on ${datasets}, for ${describeReach(remote)}: ${remote?.clause ?? ""}`;
  });
  return `No longer declared, and deleted from the server. Rows that these rules hide become visible:\n${lines.join("\n")}`;
}

function describeReach(remote: RemoteRule | undefined): string {
  const roles = remote?.roles.map(({ name }) => name).join(", ") ?? "";
  if (remote?.filterType === "Base") return roles === "" ? "everybody" : `everybody but ${roles}`;
  return roles === "" ? "nobody" : roles;
}

/** Rules that stay on the server although no file declares them any more, one text; undefined if there are none. */
export function formatStayingRules(vanished: readonly VanishedRule[]): string | undefined {
  const lines = vanished.flatMap(({ known, staysBecause, isKept }) => {
    if (staysBecause === undefined) return [];
    const how = isKept ? "stays on the server" : "stays on the server, forgotten by this stack";
    return [`  ${describeRule(known.name)} ${how}: ${staysBecause}`];
  });
  return lines.length === 0 ? undefined : `No longer declared, and left on the server:\n${lines.join("\n")}`;
}

/** What the strategy leaves as it is, one text; undefined if that is nothing. */
export function formatSkippedRules(planned: readonly PlannedRule[]): string | undefined {
  const lines = planned.flatMap(({ rule, decision }) =>
    decision.action === "skip" ? [`  ${rule.path} (${describeRule(rule.name)}): ${decision.reason}`] : [],
  );
  return lines.length === 0 ? undefined : `Rules left as they are:\n${lines.join("\n")}`;
}
