import type { AssetKind } from "../assets/definition";
import type { ProblemError } from "../core/errors";
import type { SupersetClient } from "../superset/client";
import { type Dependent, deleteRemotes, findDependents } from "../superset/delete";
import { readBack } from "../superset/lookup";

/** What became of an object that was to be deleted; users where something still uses it, and it stayed. */
export type DeleteOutcome = "deleted" | "gone" | ProblemError | { readonly users: readonly Dependent[] };

/**
 * Deletes objects of one kind that nothing uses, in one request.
 *
 * @param uuids of the objects, on the target
 * @param isLeaving whether this run itself ends a use, later
 * @returns for each what became of it, in their order
 */
export async function deleteUnused(
  client: SupersetClient,
  kind: AssetKind,
  uuids: readonly string[],
  isLeaving: (user: Dependent) => boolean = () => false,
): Promise<DeleteOutcome[]> {
  const remotes = await readBack(client, kind, uuids);
  const found = [...remotes.values()];
  const usersOf = new Map(
    await Promise.all(
      found.map(async (remote) => {
        const users = await findDependents(client, remote);
        return [remote, users.filter((user) => !isLeaving(user))] as const;
      }),
    ),
  );
  const unused = found.filter((remote) => usersOf.get(remote)?.length === 0);
  const outcomes = await deleteRemotes(client, kind, unused);
  return uuids.map((uuid): DeleteOutcome => {
    const remote = remotes.get(uuid.toLowerCase());
    if (remote === undefined) return "gone";
    return outcomes[unused.indexOf(remote)] ?? { users: usersOf.get(remote) ?? [] };
  });
}
