import { z } from "zod";
import type { AssetKind } from "../assets/definition";
import { ProblemError } from "../core/errors";
import type { SupersetClient } from "./client";
import { OUTCOME_UNKNOWN, SupersetError } from "./errors";
import type { RemoteAsset } from "./listing";
import { readBack } from "./lookup";

export { type Dependent, findDependents } from "./users";

const Answer = z.object({ message: z.string().optional() });

/** gunicorn's longest request line is 4094 bytes (superset-api 2.2), and an id has ten digits at most. */
const DELETED_AT_ONCE = 300;

/**
 * Deletes objects of one kind, many in a request. Where one of them is gone already or still used, Superset deletes
 * none of them (superset-api 9.4): then one after another.
 *
 * @param remotes as read from this server just now
 * @returns for each what became of it, in their order; an error is one of {@link deleteRemote}
 */
export async function deleteRemotes(
  client: SupersetClient,
  kind: AssetKind,
  remotes: readonly RemoteAsset[],
): Promise<("deleted" | "gone" | ProblemError)[]> {
  const outcomes: ("deleted" | "gone" | ProblemError)[] = [];
  for (let start = 0; start < remotes.length; start += DELETED_AT_ONCE) {
    const some = remotes.slice(start, start + DELETED_AT_ONCE);
    const isDone = kind !== "database" && some.length > 1 && (await requestBulkDelete(client, kind, some));
    for (const remote of some) outcomes.push(isDone ? "deleted" : await deleteOne(client, remote));
  }
  return outcomes;
}

/** @returns false where nothing was deleted, or nobody knows: single deletes find out */
async function requestBulkDelete(
  client: SupersetClient,
  kind: AssetKind,
  remotes: readonly RemoteAsset[],
): Promise<boolean> {
  try {
    await client.send("DELETE", `/api/v1/${kind}/?q=!(${remotes.map(({ id }) => id).join(",")})`, undefined, Answer);
    return true;
  } catch (error) {
    if (!(error instanceof SupersetError)) throw error;
    if (error.code === OUTCOME_UNKNOWN || [400, 403, 404, 422].includes(error.status ?? 0)) return false;
    throw error;
  }
}

async function deleteOne(client: SupersetClient, remote: RemoteAsset): Promise<"deleted" | "gone" | ProblemError> {
  try {
    return await deleteRemote(client, remote);
  } catch (error) {
    if (error instanceof ProblemError) return error;
    throw error;
  }
}

/**
 * Deletes one object by its integer id, which must have been read from this server just now.
 *
 * @returns `gone` where it was not there any more
 * @throws ProblemError `delete/still-used` in the server's words; otherwise what a write can fail with
 */
export async function deleteRemote(client: SupersetClient, remote: RemoteAsset): Promise<"deleted" | "gone"> {
  try {
    return await requestDelete(client, remote);
  } catch (error) {
    if (!(error instanceof SupersetError) || error.code !== OUTCOME_UNKNOWN) throw error;
    const found = (await readBack(client, remote.kind, [remote.uuid])).get(remote.uuid);
    if (found === undefined) return "deleted";
    return requestDelete(client, found);
  }
}

async function requestDelete(client: SupersetClient, remote: RemoteAsset): Promise<"deleted" | "gone"> {
  try {
    await client.send("DELETE", `/api/v1/${remote.kind}/${remote.id}`, undefined, Answer);
    return "deleted";
  } catch (error) {
    if (!(error instanceof SupersetError)) throw error;
    if (error.status === 404) return "gone";
    if (error.status !== 422) throw error;
    throw new ProblemError({
      code: "delete/still-used",
      summary: `The ${remote.kind} "${remote.title}" cannot be deleted: something still uses it`,
      ...(error.said !== undefined && { why: error.said }),
      remedy: "Delete or change what uses it first.",
      place: { asset: `${remote.kind} ${remote.title}`, ...(error.place.stack && { stack: error.place.stack }) },
      exitCode: 3,
    });
  }
}
