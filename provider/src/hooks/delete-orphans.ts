import { assetKey } from "../assets/asset-key";
import { ASSET_KINDS } from "../assets/definition";
import { ProblemError } from "../core/errors";
import { remoteKey } from "../plan/orphans";
import { describeAsset } from "../settings/strategy";
import { type DeleteOutcome, deleteUnused } from "./delete-wave";
import type { OrphansInputs, OrphansOutputs } from "./orphan-state";
import { assertSameTarget } from "./same-target";
import type { Session } from "./session";

/**
 * Deletes what the target has and no file, each kind in one request, what uses others first.
 *
 * @param leaving what goes only later in this run, as {@link remoteKey}: its uses do not count
 * @throws ProblemError `delete/still-used` naming each that stayed, and why; all others are gone then
 */
export async function deleteOrphans(
  { kind, orphans, target, action }: OrphansInputs,
  session: Session,
  leaving: ReadonlySet<string>,
): Promise<OrphansOutputs> {
  assertSameTarget(target, session);
  const problems: string[] = [];
  for (const wave of [...ASSET_KINDS].reverse()) {
    const members = orphans.filter((orphan) => orphan.kind === wave);
    // A part of the program that was planned later may have taken one on.
    const free = members.filter(({ uuid }) => !session.run.declared.has(assetKey(wave, uuid)));
    for (const { name } of members.filter((orphan) => !free.includes(orphan)))
      problems.push(`${describeAsset(wave, name)}: the program declares it`);
    if (free.length === 0) continue;
    const uuids = free.map(({ uuid }) => uuid);
    const outcomes = await deleteUnused(session.client, wave, uuids, (user) => leaving.has(remoteKey(user)));
    const inventory = await session.inventory();
    for (const [index, { name, uuid }] of free.entries()) {
      const reason = findReason(outcomes[index]);
      if (reason === undefined) inventory.forget({ kind: wave, uuid });
      else problems.push(`${describeAsset(wave, name)}: ${reason}`);
    }
  }
  if (problems.length > 0) throw notAllDeleted(problems);
  return { kind, target, done: action };
}

/** Why an object stayed; undefined where it is gone. */
function findReason(outcome: DeleteOutcome | undefined): string | undefined {
  if (outcome === undefined || typeof outcome === "string") return undefined;
  return "users" in outcome ? outcome.users.map(({ name }) => name).join(", ") : outcome.message;
}

function notAllDeleted(problems: readonly string[]): ProblemError {
  return new ProblemError({
    code: "delete/still-used",
    summary: `Not everything was deleted that is in no file:\n${problems.map((problem) => `  ${problem}`).join("\n")}`,
    remedy: "Remove or repoint what uses it, or name it in superset:protect; then run `pulumi up` again.",
  });
}
