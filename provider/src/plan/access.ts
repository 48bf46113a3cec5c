import { isDeepStrictEqual } from "node:util";
import type { AssetAccess } from "../assets/access";
import { ProblemError } from "../core/errors";
import type { OwnAccount } from "../superset/account";
import type { RemoteAccess } from "../superset/asset-access";
import type { Directory, Person } from "../superset/people";
import type { StatedAccess } from "./decide";

/** What is declared about an asset's owners and roles, and how the target differs from it. */
export interface PlannedAccess extends AssetAccess {
  /** What would be added and taken away; absent where the target has what is declared. */
  readonly change?: string;
  /** Of what is declared, the names that the target lacks; absent where it has all. */
  readonly lacking?: Lacking;
}

interface Lacking {
  readonly owners: readonly string[];
  readonly roles: readonly string[];
}

/** The declared names that the target lacks; undefined where it has all. */
export function findLacking(
  { owners = [], roles = [] }: Pick<AssetAccess, "owners" | "roles">,
  directory: Pick<Directory, "people" | "roles">,
): Lacking | undefined {
  const lacking = {
    owners: owners.filter((name) => !directory.people.has(name)),
    roles: roles.filter((name) => !directory.roles.has(name)),
  };
  return lacking.owners.length + lacking.roles.length === 0 ? undefined : lacking;
}

/** Whether two declarations name the same people and roles. */
export function isSameAccess(one: StatedAccess = {}, other: StatedAccess = {}): boolean {
  const toKey = ({ owners, roles }: StatedAccess) => [owners?.toSorted(), roles?.toSorted()];
  return isDeepStrictEqual(toKey(one), toKey(other));
}

/** Names that the target lacks, one line each with what needs them; empty where it has all. */
export function listMissing(planned: readonly Pick<PlannedAccess, "path" | "lacking">[]): string[] {
  return [...listLacking(planned, "owners", "no user"), ...listLacking(planned, "roles", "no role")];
}

function listLacking(
  planned: readonly Pick<PlannedAccess, "path" | "lacking">[],
  section: keyof Lacking,
  what: string,
): string[] {
  const users = new Map<string, string[]>();
  for (const { path, lacking } of planned) {
    for (const name of lacking?.[section] ?? []) users.set(name, [...(users.get(name) ?? []), path]);
  }
  return [...users].map(([name, [first, ...others]]) => {
    const more = others.length === 0 ? "" : ` and ${others.length} more`;
    return `  ${what} "${name}": ${section} of ${first}${more}`;
  });
}

/**
 * @param missing lines of {@link listMissing}, and such about rules
 * @throws ProblemError `access/missing` naming every person, role or dataset that the target lacks
 */
export function assertNothingMissing(missing: readonly string[], stack: string): void {
  if (missing.length === 0) return;
  throw new ProblemError({
    code: "access/missing",
    summary: `The target lacks what access.yaml names; nothing was written:\n${missing.join("\n")}`,
    remedy: "Create it on the server, or take it out of access.yaml.",
    place: { stack },
    exitCode: 3,
  });
}

/**
 * Tells how the server's owners and roles differ from what is declared: what would be added and taken away.
 *
 * @param present undefined where the asset is not on the target: whatever is declared differs
 * @param directory a name that it does not have differs from all that is there
 * @returns undefined where nothing differs; else one clause for the preview
 */
export function describeAccessChange(
  declared: StatedAccess,
  present: RemoteAccess | undefined,
  directory: Directory,
): string | undefined {
  const { owners, roles } = declared;
  const changes = [
    owners && describeList("owners", owners, directory.people, keepOwners(owners, present, directory)),
    roles && describeList("roles", roles, directory.roles, present?.roles ?? []),
  ].filter((change) => change !== undefined);
  return changes.length === 0 ? undefined : changes.join(", ");
}

/** An account that is no Admin stays an owner, whatever is declared: that is no difference. */
function keepOwners(
  declared: readonly string[],
  present: RemoteAccess | undefined,
  { account, people }: { readonly account: OwnAccount; readonly people: ReadonlyMap<string, Person> },
): readonly Person[] {
  const isWanted = declared.some((name) => people.get(name)?.id === account.id);
  return (present?.owners ?? []).filter(({ id }) => account.isAdmin || isWanted || id !== account.id);
}

function describeList(
  what: string,
  declared: readonly string[],
  found: ReadonlyMap<string, { readonly id: number }>,
  present: readonly { readonly id: number; readonly name: string }[],
): string | undefined {
  const wanted = new Set(declared.map((name) => found.get(name)?.id));
  const there = new Set<number | undefined>(present.map(({ id }) => id));
  return describeDifference(
    what,
    declared.filter((name) => !there.has(found.get(name)?.id)),
    present.flatMap(({ id, name }) => (wanted.has(id) ? [] : [name])),
  );
}

/** `roles (+ Sales, - Alpha)`; undefined where nothing is added or taken away. */
export function describeDifference(
  what: string,
  added: readonly string[],
  removed: readonly string[],
): string | undefined {
  if (added.length + removed.length === 0) return undefined;
  return `${what} (${[...added.map((name) => `+ ${name}`), ...removed.map((name) => `- ${name}`)].join(", ")})`;
}
